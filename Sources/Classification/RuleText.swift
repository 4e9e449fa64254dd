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

    /// Where the keys of that table stand.
    func keys(of table: Table, _ number: Int) -> KeyPlaces {
        guard let start = start(of: table, number) else { return KeyPlaces(start: place(of: table, number)) }
        let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("[[") } ?? lines.endIndex
        return KeyPlaces(start: place(of: table, number), lines[start..<end])
    }

    /// Where the keys outside of any table stand.
    func keys() -> KeyPlaces { KeyPlaces(start: RulePlace(file: file, line: 0), lines[...]) }

    /// Where a sample of a rule's `match` or `no_match` stands, told by its text: from the place of the key, or of the sample before it, on;
    /// that place where it is not found.
    func place(ofSample reply: String, behind place: RulePlace) -> RulePlace {
        guard place.line > 0 else { return place }
        let wanted = Array(reply.utf8.prefix(40))
        let quoted = wanted.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
        let found = lines[(place.line - 1)...].prefix(Self.limitLinesOfSample)
            .firstIndex { $0.span.firstRange(of: quoted, from: 0) != nil }
        return RulePlace(file: file, line: found.map { $0 + 1 } ?? place.line)
    }

    /// How many lines are looked through for one sample.
    private static let limitLinesOfSample = 100

    enum Table { case rule, provider }

    private func start(of table: Table, _ number: Int) -> Int? {
        let starts = table == .rule ? rules : providers
        return starts.indices.contains(number) ? starts[number] : nil
    }
}

/// The lines of a table's keys.
struct KeyPlaces {
    /// The table's first line.
    let start: RulePlace
    private var lines: [Bytes: Int] = [:]

    init(start: RulePlace, _ text: ArraySlice<Bytes> = []) {
        self.start = start
        for (index, line) in zip(text.indices, text) {
            guard let key = Self.key(line) else { continue }
            if lines[key] == nil { lines[key] = index + 1 }
        }
    }

    /// `id` of `id = "a.b"`, `rules` of `[[rules]]` and of `[rules.a]`.
    private static func key(_ line: Bytes) -> Bytes? {
        guard line.first == UInt8(ascii: "[") else { return line.split(atByte: UInt8(ascii: "="))?.head.trimmed }
        return line.drop { $0 == UInt8(ascii: "[") }.prefix { $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: ".") }
            .trimmed
    }

    /// The table's first line where the key is not found.
    subscript(key: String) -> RulePlace {
        lines[Bytes(utf8: key)].map { RulePlace(file: start.file, line: $0) } ?? start
    }
}
