// Which patterns a text can match, told by runs of the words that they require.

/// Patterns are numbered in the order of the rules, each rule's `text` before its `not_text`. In the place of `text` a rule without it has
/// one pattern that any text matches.
struct WordFilter: Sendable {
    /// What makes a pattern of `text` worth trying: the text holds a run of one of its words.
    let runs: RunTable
    private let patterns: [Entry]
    /// Patterns of `text` that require no word.
    private var unfiltered: [Int32] = []
    /// From each of a pattern's clauses the text must hold a word, as far as its runs tell. There stand how many clauses it has, and of each
    /// how many words it has and the runs of these, `TextRuns.numbersOfWord` each.
    private let clauses: [UInt16]

    private struct Entry {
        var rule: Int32
        /// Where in `clauses` its own stand.
        var clauses: Int32
    }

    /// How many clauses of a pattern are looked at, and how many words of one: more say little more.
    private static let limitClauses = 4
    private static let limitClauseWords = 80

    var patternCount: Int { patterns.count }

    @inline(__always)
    func rule(of pattern: Int) -> Int { Int(patterns.span[pattern].rule) }

    /// - Parameter usage: What the words are chosen by.
    /// - Throws: what is wrong with the first pattern that cannot be read.
    init(_ rules: [Rule], usage: WordUsage) throws(Pattern.Defect) {
        var (patterns, clauses): ([Entry], [UInt16]) = ([], [])
        var marks: [RunTable.Mark] = []
        for (number, rule) in rules.enumerated() {
            func add(_ required: [[String]]) {
                patterns.append(Entry(rule: Int32(number), clauses: Int32(clauses.count)))
                clauses += Self.runs(of: required)
            }
            if rule.text.isEmpty { add([]) }
            for (index, text) in (rule.text + rule.notText).enumerated() {
                let pattern = Int32(patterns.count)
                let required = try Self.requiredWords(text)
                add(required)
                // Those of `not_text` are tried where all else of their rule holds: too seldom to look for their words each time.
                guard index < rule.text.count else { continue }
                let runs = usage.rarestRuns(of: required)
                if runs.isEmpty { unfiltered.append(pattern) }
                marks += runs.map { RunTable.Mark(run: Int32($0.number), pattern: pattern) }
            }
        }
        (self.patterns, self.clauses, runs) = (patterns, clauses, RunTable(marks))
    }

    /// What of a pattern's clauses is looked at, as `clauses` has it.
    private static func runs(of clauses: [[String]]) -> [UInt16] {
        let told = clauses.filter {
            $0.count <= limitClauseWords && $0.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
        }
        let shortest = told.sorted { $0.count < $1.count }.prefix(limitClauses)
        return [UInt16(shortest.count)]
            + shortest.flatMap { [UInt16($0.count)] + $0.flatMap { TextRuns.numbers(of: $0) } }
    }

    private static func requiredWords(_ text: String) throws(Pattern.Defect) -> [[String]] {
        RequiredLiterals(try Pattern(text)).clauses
    }

    /// Marks the patterns of `text` that any text can match, as far as words tell.
    func markUnfiltered(_ patterns: BitSet) {
        for pattern in unfiltered { patterns.insert(Int(pattern)) }
    }

    /// Whether a text with these runs can hold a word of each of the pattern's clauses.
    func allows(_ pattern: Int, _ runs: TextRuns) -> Bool {
        let numbers = clauses.span
        var next = Int(patterns.span[pattern].clauses)
        var clausesLeft = numbers[next]
        next &+= 1
        while clausesLeft > 0 {
            var word = next &+ 1
            next = word &+ Int(numbers[next]) &* TextRuns.numbersOfWord
            precondition(next <= numbers.count)
            while word < next, !runs.hold(numbers, word) { word &+= TextRuns.numbersOfWord }
            if word >= next { return false }
            clausesLeft &-= 1
        }
        return true
    }
}

// MARK: - Kept in the cache

extension WordFilter {
    func encode(_ writer: inout CacheWriter) {
        writer.write(clauses)
        writer.write(unfiltered)
        runs.encode(&writer)
    }

    /// - Parameter rules: What tells of which rule each pattern is.
    init(_ reader: inout CacheReader, of rules: [Rule]) throws(CacheReader.Damage) {
        let clauses: [UInt16] = try reader.readNumbers(below: WordRun.limitOfThree)
        var (patterns, next): ([Entry], Int) = ([], 0)
        for (number, rule) in rules.enumerated() {
            for _ in 0..<(max(rule.text.count, 1) + rule.notText.count) {
                patterns.append(Entry(rule: Int32(number), clauses: Int32(next)))
                guard let end = Self.end(ofClausesAt: next, clauses) else { throw CacheReader.Damage() }
                next = end
            }
        }
        guard next == clauses.count else { throw CacheReader.Damage() }
        (self.patterns, self.clauses) = (patterns, clauses)
        unfiltered = try reader.readNumbers(below: patterns.count)
        runs = try RunTable(&reader, patternCount: patterns.count)
    }

    /// Where the clauses of one pattern end; nil where none stand there whole.
    private static func end(ofClausesAt start: Int, _ clauses: [UInt16]) -> Int? {
        guard start < clauses.count else { return nil }
        var next = start + 1
        for _ in 0..<clauses[start] {
            guard next < clauses.count else { return nil }
            next += 1 + Int(clauses[next]) * TextRuns.numbersOfWord
        }
        return next <= clauses.count ? next : nil
    }
}
