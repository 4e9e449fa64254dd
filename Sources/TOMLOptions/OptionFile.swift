// Reads a configuration file: every key known, every value right, or an error that names the file, the line and what is right.

import POSIX
import TOMLKit

/// One thing that is wrong with a configuration file, and what would be right: `FILE:LINE: reason`.
package struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int?
    package var reason: String

    package var description: String {
        if let line { "\(file):\(line): \(reason)" } else { "\(file): \(reason)" }
    }
}

/// Why a configuration file was refused.
package struct ConfigurationError: Error, CustomStringConvertible {
    /// More are counted only.
    package static let limitProblems = 50

    /// At least one, in the order of lines; what is about no line comes last.
    package private(set) var problems: [ConfigurationProblem]

    package init(file: String, line: Int? = nil, reason: String) {
        problems = [ConfigurationProblem(file: file, line: line, reason: reason)]
    }

    /// Nil where nothing is wrong.
    package init?(_ problems: [ConfigurationProblem]) {
        guard let first = problems.first else { return nil }
        let inOrder = problems.sorted { $0.line ?? .max < $1.line ?? .max }
        self.problems = Array(inOrder.prefix(Self.limitProblems))
        let more = problems.count - Self.limitProblems
        if more > 0 { self.problems.append(ConfigurationProblem(file: first.file, reason: "and \(more) more")) }
    }

    /// A line for each.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One of the two configurations. Either's file can be given in place of the other's by mistake: both go with an option -c.
package struct ConfigurationKind: Sendable {
    /// The name of its file.
    let file: String
    /// Whose it is.
    let owner: String
    /// Options by which it is known from the other.
    let options: [String]

    package static let agent = ConfigurationKind(
        file: "bounce-milter.toml", owner: "the agent",
        options: [
            "socket", "user", "journal", "log", "log_level", "bounce_addresses", "outbound_daemons", "stamp",
            "delivery_log",
        ])
    package static let store = ConfigurationKind(
        file: "bounce-store.toml", owner: "the suppression store",
        options: ["store", "journals", "own_journal", "hash_addresses", "trust"])
}

/// The text of a configuration file.
package struct OptionFile: Sendable {
    /// No file of options is longer.
    package static let limitBytes = 1 << 20

    /// Only for errors.
    package let path: String
    private let text: String
    private let lines: OptionLines

    /// Takes a text as a file's.
    package init(text: String, path: String) {
        self.text = text
        lines = OptionLines(text)
        self.path = path
    }

    /// Reads a whole file.
    package init(path: String) throws(ConfigurationError) {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.contents(of: path, limitBytes: Self.limitBytes)
        } catch {
            throw ConfigurationError(file: path, reason: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: path, reason: "is not UTF-8 text")
        }
        self.init(text: text, path: path)
    }

    /// Puts each value of the file into its place. `agreements`: what must hold of several. `kind`: what the file should be; `other`:
    /// what it may be instead.
    package func read<Configuration>(
        _ options: [TOMLOption<Configuration>], _ agreements: [OptionAgreement<Configuration>],
        into configuration: inout Configuration, kind: ConfigurationKind, other: ConfigurationKind
    ) throws(ConfigurationError) {
        // As it is shipped, all its options are comments.
        if path.hasSuffix("/" + other.file) || path == other.file {
            throw ConfigurationError(
                file: path,
                reason: "is \(other.owner)'s configuration; what is asked for here is \(kind.file)")
        }
        if let mistake = TOMLMistake(in: Array(text.utf8)) {
            throw ConfigurationError(file: path, line: mistake.line, reason: mistake.reason)
        }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let line = error.source.begin.line
            let reason = lines.unquoted(line).map { "a string stands in quotes: \($0)" } ?? error.description
            throw ConfigurationError(file: path, line: line, reason: reason)
        } catch {
            throw ConfigurationError(file: path, reason: "\(error)")
        }
        let values = Self.values(of: table, options).sorted { lines[$0.name] ?? .max < lines[$1.name] ?? .max }
        var problems: [ConfigurationProblem] = []
        var wrong: Set<String> = []
        for (name, value) in values {
            guard let option = options.first(where: { $0.name == name }) else {
                // What is over the limit is counted, and its name is compared with no other.
                let reason =
                    problems.count < ConfigurationError.limitProblems
                    ? Self.reason(forUnknown: name, options.map(\.name), other) : "unknown option"
                problems.append(problem(at: name, reason: reason))
                continue
            }
            if !option.read(value, &configuration) {
                problems.append(problem(at: name, reason: "\(name) must be \(option.expects)"))
                wrong.insert(name)
            }
        }
        for agreement in agreements where wrong.isDisjoint(with: agreement.options) && !agreement.holds(configuration) {
            let line = agreement.options.lazy.compactMap { lines[$0] }.first
            problems.append(ConfigurationProblem(file: path, line: line, reason: agreement.reason))
        }
        if let error = ConfigurationError(problems) { throw error }
    }

    private func problem(at name: String, reason: String) -> ConfigurationProblem {
        ConfigurationProblem(file: path, line: lines[name], reason: reason)
    }

    private static func reason(forUnknown name: String, _ names: [String], _ other: ConfigurationKind) -> String {
        if other.options.contains(name) {
            return "\"\(name)\" is an option of \(other.file), \(other.owner)'s configuration"
        }
        // A table's option may stand outside of it.
        let near = names.first { $0.hasSuffix("." + name) } ?? NearMiss.nearest(to: name, among: names)
        return "unknown option \"\(name)\"" + (near.map { "; did you mean \"\($0)\"?" } ?? "")
    }

    /// The file's options by their names, `stamp.key_files` being `key_files` of the table `[stamp]`. A table that no option is in
    /// stands for itself.
    private static func values<Configuration>(
        of table: TOMLTable, _ options: [TOMLOption<Configuration>]
    ) -> [(name: String, value: any TOMLValueConvertible)] {
        table.keys.flatMap { key -> [(name: String, value: any TOMLValueConvertible)] in
            guard let value = table[key] else { return [] }
            guard let inner = value.table, options.contains(where: { $0.name.hasPrefix(key + ".") }) else {
                return [(key, value)]
            }
            return inner.keys.compactMap { name in inner[name].map { (key + "." + name, $0) } }
        }
    }
}
