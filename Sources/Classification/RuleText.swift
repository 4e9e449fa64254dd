// The lines of a rule file. The TOML reader tells positions for syntax errors only, so the line of a table, a key or a sample is
// looked up in the text.

import MailSyntax

/// The text of one rule file as lines, with the lines at which its tables begin.
struct RuleText {
    let file: String
    private let lines: [Bytes]
    /// Indices into `lines` of each `[[rule]]` and `[[provider]]`, in order.
    private let rules: [Int]
    private let providers: [Int]

    init(file: String, bytes: [UInt8]) {
        self.file = file
        let lines = bytes[...].lines.map(\.trimmed)
        self.lines = lines
        rules = lines.indices.filter { lines[$0].hasPrefix("[[rule]]") }
        providers = lines.indices.filter { lines[$0].hasPrefix("[[provider]]") }
    }

    /// Where the `number`th table of an array of tables begins, counted from 0.
    func place(of table: Table, _ number: Int) -> RulePlace {
        RulePlace(file: file, line: start(of: table, number).map { $0 + 1 } ?? 0)
    }

    /// Where `key` stands in that table; the table's first line where it is not found.
    func place(of key: String, in table: Table, _ number: Int) -> RulePlace {
        guard let start = start(of: table, number) else { return RulePlace(file: file, line: 0) }
        let found = range(from: start).first { isKey(key, lines[$0]) } ?? start
        return RulePlace(file: file, line: found + 1)
    }

    /// Where a key outside of any table stands.
    func place(of key: String) -> RulePlace {
        RulePlace(file: file, line: lines.indices.first { isKey(key, lines[$0]) }.map { $0 + 1 } ?? 0)
    }

    /// Where the `number`th sample of a rule's `match` or `no_match` stands, told by its text, from the key on.
    func place(ofSample reply: String, behind key: RulePlace) -> RulePlace {
        guard key.line > 0 else { return key }
        let wanted = Array(reply.utf8.prefix(40))
        let quoted = wanted.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
        let found = range(from: key.line - 1).first { Self.contains(lines[$0], quoted) }
        return RulePlace(file: file, line: found.map { $0 + 1 } ?? key.line)
    }

    enum Table { case rule, provider }

    private func start(of table: Table, _ number: Int) -> Int? {
        let starts = table == .rule ? rules : providers
        return starts.indices.contains(number) ? starts[number] : nil
    }

    /// The lines of the table that `start` lies in, from `start` on.
    private func range(from start: Int) -> Range<Int> {
        let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("[[") } ?? lines.endIndex
        return start..<end
    }

    private func isKey(_ key: String, _ line: Bytes) -> Bool {
        let key = Array(key.utf8)
        guard line.starts(with: key) else { return false }
        return line.dropFirst(key.count).trimmed.first == UInt8(ascii: "=")
    }

    private static func contains(_ line: Bytes, _ word: ArraySlice<UInt8>) -> Bool {
        guard !word.isEmpty, line.count >= word.count else { return false }
        return (line.startIndex...(line.endIndex - word.count)).contains { line[$0..<($0 + word.count)] == word }
    }
}
