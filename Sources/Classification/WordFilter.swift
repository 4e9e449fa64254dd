// Which patterns a text can match, told by the words it holds.

struct WordFilter: Sendable {
    /// Every word that is looked for once; its number is its place.
    private(set) var words: [String] = []
    /// Behind word n stand the patterns `triggers[starts[n]..<starts[n + 1]]` that it makes worth trying.
    private var starts: [Int32] = [0]
    private var triggers: [Int32] = []
    /// For each pattern its rule, -1 for one of `not_text`.
    private var patternRules: [Int32] = []
    /// Patterns that require no word.
    private var unfiltered: [Int32] = []
    /// Of a pattern's clauses `patternClauses[n]..<patternClauses[n + 1]` the text must hold a word too, as far as its runs tell. The
    /// words of clause n are `clauseWords[n]..<clauseWords[n + 1]`; word n has the runs `wordRuns[4 * n]..<wordRuns[4 * n + 4]`.
    private var patternClauses: [Int32] = [0]
    private var clauseWords: [Int32] = [0]
    private var wordRuns: [UInt16] = []

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
                patternRules.append(index < rule.text.count ? Int32(number) : -1)
                let clauses = try Self.requiredWords(text)
                let words = usage.rarest(of: clauses)
                if words.isEmpty { unfiltered.append(pattern) }
                for word in words { patternsOfWord[word, default: []].append(pattern) }
                addRuns(of: clauses)
            }
        }
        for (word, patterns) in patternsOfWord.sorted(by: { $0.key < $1.key }) {
            words.append(word)
            triggers += patterns
            starts.append(Int32(triggers.count))
        }
    }

    private mutating func addRuns(of clauses: [[String]]) {
        let told = clauses.filter {
            $0.count <= Self.limitClauseWords && $0.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
        }
        for clause in told.sorted(by: { $0.count < $1.count }).prefix(Self.limitClauses) {
            wordRuns += clause.flatMap { TextRuns.numbers(of: $0) }
            clauseWords.append(Int32(wordRuns.count / TextRuns.numbersOfWord))
        }
        patternClauses.append(Int32(clauseWords.count - 1))
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

    /// Marks the patterns that any text can match, as far as words tell, and the rules of those.
    func markUnfiltered(_ patterns: BitSet, _ candidates: BitSet) {
        for pattern in unfiltered { mark(pattern, patterns, candidates) }
    }

    /// Marks each pattern that a text with these words can match, and the rules of those.
    func mark(_ found: SparseSet, _ patterns: BitSet, _ candidates: BitSet) {
        let (starts, triggers) = (starts.span, triggers.span)
        for word in found.elements {
            for trigger in starts[Int(word)]..<starts[Int(word) + 1] {
                mark(triggers[Int(trigger)], patterns, candidates)
            }
        }
    }

    @inline(__always)
    private func mark(_ pattern: Int32, _ patterns: BitSet, _ candidates: BitSet) {
        patterns.insert(Int(pattern))
        let rule = patternRules.span[Int(pattern)]
        if rule >= 0 { candidates.insert(Int(rule)) }
    }

    /// Whether a text with these runs can hold a word of each of the pattern's clauses.
    func allows(_ pattern: Int, _ runs: BitSet) -> Bool {
        let (clauses, words, numbers) = (patternClauses.span, clauseWords.span, wordRuns.span)
        for clause in Int(clauses[pattern])..<Int(clauses[pattern + 1]) {
            var holds = false
            for word in Int(words[clause])..<Int(words[clause + 1]) where !holds {
                let first = word * TextRuns.numbersOfWord
                holds =
                    runs.contains(Int(numbers[first])) && runs.contains(Int(numbers[first + 1]))
                    && runs.contains(Int(numbers[first + 2])) && runs.contains(Int(numbers[first + 3]))
            }
            if !holds { return false }
        }
        return true
    }
}

// MARK: - Kept in the cache

extension WordFilter {
    func encode(_ writer: inout CacheWriter) {
        writer.write(words) { $0.write($1) }
        for numbers in [
            starts, triggers, patternRules, unfiltered, patternClauses, clauseWords, wordRuns.map(Int32.init),
        ] {
            writer.write(numbers)
        }
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Truncated) {
        words = try reader.readStrings()
        starts = try reader.readNumbers()
        triggers = try reader.readNumbers()
        patternRules = try reader.readNumbers()
        unfiltered = try reader.readNumbers()
        patternClauses = try reader.readNumbers()
        clauseWords = try reader.readNumbers()
        wordRuns = try reader.readNumbers().map { UInt16(truncatingIfNeeded: $0) }
    }
}
