// Reads bounce-milter.toml(5): every key known, every value right, or an error that names the file, the line and what is right.

import Classification
import TOMLKit

/// Why a configuration file was refused: `FILE:LINE: reason`.
package struct ConfigurationError: Error, CustomStringConvertible {
    package var file: String
    package var line: Int?
    package var reason: String

    package var description: String {
        if let line { "\(file):\(line): \(reason)" } else { "\(file): \(reason)" }
    }
}

extension Configuration {
    /// No file of options is longer.
    static let maxFileBytes = 1 << 20

    /// Reads a whole file.
    package init(file: String) throws(ConfigurationError) {
        let bytes: [UInt8]
        do {
            bytes = try SystemCalls.contents(of: file, limitBytes: Self.maxFileBytes)
        } catch {
            throw ConfigurationError(file: file, reason: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: file, reason: "is not UTF-8 text")
        }
        try self.init(text: text, file: file)
    }

    /// Reads the text of a file; `file` is only for the error.
    package init(text: String, file: String) throws(ConfigurationError) {
        self.init()
        if let mistake = TOMLMistake(in: Array(text.utf8)) {
            throw ConfigurationError(file: file, line: mistake.line, reason: mistake.reason)
        }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw ConfigurationError(file: file, line: error.source.begin.line, reason: error.description)
        } catch {
            throw ConfigurationError(file: file, reason: "\(error)")
        }
        let lines = OptionLines(text)
        let options = Self.values(of: table).sorted { lines[$0.name] ?? 0 < lines[$1.name] ?? 0 }
        for (name, value) in options {
            let line = lines[name]
            guard let option = ConfigurationOption.all.first(where: { $0.name == name }) else {
                let names = ConfigurationOption.all.map(\.name)
                // A table's option may stand outside of it.
                let near = names.first { $0.hasSuffix("." + name) } ?? NearMiss.nearest(to: name, among: names)
                let advice = near.map { "; did you mean \"\($0)\"?" } ?? ""
                throw ConfigurationError(file: file, line: line, reason: "unknown option \"\(name)\"\(advice)")
            }
            guard option.read(value, &self) else {
                throw ConfigurationError(file: file, line: line, reason: "\(name) must be \(option.expects)")
            }
        }
        guard maxHeaderBytes <= maxMessageBytes else {
            throw ConfigurationError(
                file: file,
                line: lines["max_header_bytes"] ?? lines["max_message_bytes"],
                reason: "max_header_bytes must not be more than max_message_bytes")
        }
    }

    /// The options of `other` that differ from these and that only a restart brings into force.
    package func differencesThatNeedRestart(from other: Configuration) -> [String] {
        ConfigurationOption.all.filter { $0.needsRestart && $0.written(self) != $0.written(other) }.map(\.name)
    }

    /// The file's options by their names, `stamp.key_files` being `key_files` of the table `[stamp]`. A table that no option is in stands
    /// for itself.
    private static func values(of table: TOMLTable) -> [(name: String, value: any TOMLValueConvertible)] {
        table.keys.flatMap { key -> [(name: String, value: any TOMLValueConvertible)] in
            guard let value = table[key] else { return [] }
            guard let inner = value.table, ConfigurationOption.all.contains(where: { $0.name.hasPrefix(key + ".") })
            else { return [(key, value)] }
            return inner.keys.compactMap { name in inner[name].map { (key + "." + name, $0) } }
        }
    }
}

/// The lines, from 1, on which the options of a file stand. TOML++ tells positions only of syntax errors.
private struct OptionLines {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var number = 0
        var table = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let words = line.drop { $0 == " " || $0 == "\t" }
            if words.first == "[" {
                table = Self.name(words.drop { $0 == "[" }.prefix { $0 != "]" })
                add(table, number)
            } else if let equals = words.firstIndex(of: "=") {
                let name = Self.name(words[..<equals])
                add(table.isEmpty ? name : table + "." + name, number)
                // `stamp = { key_files = [] }`, and a dotted name's table.
                if table.isEmpty, let dot = name.firstIndex(of: ".") { add(String(name[..<dot]), number) }
            }
        }
    }

    /// For what an inline table holds, the table's line.
    subscript(name: String) -> Int? { lines[name] ?? name.firstIndex(of: ".").flatMap { lines[String(name[..<$0])] } }

    private mutating func add(_ name: String, _ line: Int) {
        if lines[name] == nil { lines[name] = line }
    }

    /// Without the quotes and blanks that a key may have.
    private static func name(_ text: Substring) -> String {
        String(text.filter { $0 != "\"" && $0 != "'" && $0 != " " && $0 != "\t" && $0 != "\r" })
    }
}
