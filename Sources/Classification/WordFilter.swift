// Which patterns a text can match, told by the words it holds.

struct WordFilter: Sendable {
    /// Every word that is looked for once; its number is its place.
    private(set) var words: [String] = []
    /// Behind word n stand in `triggers[starts[n]..<starts[n + 1]]` the patterns of `text` that it makes worth trying, each with its rule.
    private var starts: [Int32] = [0]
    private var triggers: [Int32] = []
    /// For each pattern its rule.
    private var patternRules: [Int32] = []
    /// Patterns of `text` that require no word.
    private var unfiltered: [Int32] = []
    /// From each of a pattern's clauses the text must hold a word, as far as its runs tell. Those of pattern n stand at
    /// `clauses[clauseStarts[n]]`: how many they are, and of each how many words it has and the runs of these, `numbersOfWord` each.
    private var clauseStarts: [Int32] = []
    private var clauses: [UInt16] = []

    /// How many clauses of a pattern are looked at, and how many words of one: more say little more.
    private static let limitClauses = 4
    private static let limitClauseWords = 24

    var patternCount: Int { patternRules.count }

    /// - Parameter usage: What the words are chosen by.
    /// - Throws: the first pattern that cannot be read.
    init(_ rules: [Rule], usage: WordUsage) throws(TextMatcher.Failure) {
        var patternsOfWord: [String: [Int32]] = [:]
        for (number, rule) in rules.enumerated() {
            for (index, text) in (rule.text + rule.notText).enumerated() {
                let pattern = Int32(patternRules.count)
                patternRules.append(Int32(number))
                let clauses = try Self.requiredWords(text)
                addRuns(of: clauses)
                // Those of `not_text` are tried where all else of their rule holds: too seldom to look for their words each time.
                guard index < rule.text.count else { continue }
                let words = usage.rarest(of: clauses)
                if words.isEmpty { unfiltered.append(pattern) }
                for word in words { patternsOfWord[word, default: []].append(pattern) }
            }
        }
        for (word, patterns) in patternsOfWord.sorted(by: { $0.key < $1.key }) {
            words.append(word)
            for pattern in patterns { triggers += [pattern, patternRules[Int(pattern)]] }
            starts.append(Int32(triggers.count))
        }
    }

    private mutating func addRuns(of clauses: [[String]]) {
        let told = clauses.filter {
            $0.count <= Self.limitClauseWords && $0.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
        }
        let shortest = told.sorted { $0.count < $1.count }.prefix(Self.limitClauses)
        clauseStarts.append(Int32(self.clauses.count))
        self.clauses.append(UInt16(shortest.count))
        for clause in shortest {
            self.clauses.append(UInt16(clause.count))
            self.clauses += clause.flatMap { TextRuns.numbers(of: $0) }
        }
    }

    private static func requiredWords(_ text: String) throws(TextMatcher.Failure) -> [[String]] {
        do {
            let pattern = try Pattern(text)
            _ = try PatternProgram(pattern)
            return RequiredLiterals(pattern).clauses
        } catch {
            throw TextMatcher.Failure(pattern: text, reason: error.reason)
        }
    }

    /// Marks the patterns of `text` that any text can match, as far as words tell, and the rules of those.
    func markUnfiltered(_ patterns: BitSet, _ candidates: BitSet) {
        for pattern in unfiltered { mark(pattern, patternRules[Int(pattern)], patterns, candidates) }
    }

    /// Marks each pattern of `text` that a text with these words can match, and the rules of those.
    func mark(_ found: SparseSet, _ patterns: BitSet, _ candidates: BitSet) {
        let (starts, triggers) = (starts.span, triggers.span)
        for word in found.elements {
            for trigger in stride(from: Int(starts[Int(word)]), to: Int(starts[Int(word) + 1]), by: 2) {
                mark(triggers[trigger], triggers[trigger + 1], patterns, candidates)
            }
        }
    }

    @inline(__always)
    private func mark(_ pattern: Int32, _ rule: Int32, _ patterns: BitSet, _ candidates: BitSet) {
        patterns.insert(Int(pattern))
        candidates.insert(Int(rule))
    }

    /// Whether a text with these runs can hold a word of each of the pattern's clauses.
    func allows(_ pattern: Int, _ runs: TextRuns) -> Bool {
        let numbers = clauses.span
        var next = Int(clauseStarts.span[pattern])
        var clausesLeft = numbers[next]
        next &+= 1
        while clausesLeft > 0 {
            var word = next &+ 1
            next = word &+ Int(numbers[next]) &* TextRuns.numbersOfWord
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
        writer.write(words) { $0.write($1) }
        for numbers in [starts, triggers, patternRules, unfiltered, clauseStarts, clauses.map(Int32.init)] {
            writer.write(numbers)
        }
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Truncated) {
        words = try reader.readStrings()
        starts = try reader.readNumbers()
        triggers = try reader.readNumbers()
        patternRules = try reader.readNumbers()
        unfiltered = try reader.readNumbers()
        clauseStarts = try reader.readNumbers()
        clauses = try reader.readNumbers().map { UInt16(truncatingIfNeeded: $0) }
    }
}
