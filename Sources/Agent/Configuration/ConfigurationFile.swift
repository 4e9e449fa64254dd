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
        for key in table.keys.sorted(by: { Self.line(of: $0, in: text) ?? 0 < Self.line(of: $1, in: text) ?? 0 }) {
            let line = Self.line(of: key, in: text)
            guard let option = ConfigurationOption.all.first(where: { $0.name == key }) else {
                let near = NearMiss.nearest(to: key, among: ConfigurationOption.all.map(\.name))
                let advice = near.map { "; did you mean \"\($0)\"?" } ?? ""
                throw ConfigurationError(file: file, line: line, reason: "unknown option \"\(key)\"\(advice)")
            }
            guard let value = table[key], option.read(value, &self) else {
                throw ConfigurationError(file: file, line: line, reason: "\(key) must be \(option.expects)")
            }
        }
        guard maxHeaderBytes <= maxMessageBytes else {
            throw ConfigurationError(
                file: file,
                line: Self.line(of: "max_header_bytes", in: text) ?? Self.line(of: "max_message_bytes", in: text),
                reason: "max_header_bytes must not be more than max_message_bytes")
        }
    }

    /// The options of `other` that differ from these and that only a restart brings into force.
    package func differencesThatNeedRestart(from other: Configuration) -> [String] {
        ConfigurationOption.all.filter { $0.needsRestart && $0.written(self) != $0.written(other) }.map(\.name)
    }

    /// The line, from 1, on which a top-level key or table stands. TOML++ tells positions only of syntax errors.
    private static func line(of key: String, in text: String) -> Int? {
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var rest = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "[") }
            let isQuoted = rest.first == UInt8(ascii: "\"") || rest.first == UInt8(ascii: "'")
            if isQuoted { rest = rest.dropFirst() }
            guard rest.starts(with: key.utf8) else { continue }
            guard let next = rest.dropFirst(key.utf8.count).first else { continue }
            if " \t=.]\"'".utf8.contains(next) { return number }
        }
        return nil
    }
}
