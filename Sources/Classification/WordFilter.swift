// Which patterns a text can match, told by the words it holds.

/// Patterns are numbered in the order of the rules, each rule's `text` before its `not_text`. In the place of `text` a rule without it has
/// one pattern that any text matches.
struct WordFilter: Sendable {
    /// Every word that is looked for once; its number is its place.
    private(set) var words: [String] = []
    /// Behind word n stand in `triggers[starts[n]..<starts[n + 1]]` the patterns of `text` that it makes worth trying.
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

    @inline(__always)
    func rule(of pattern: Int) -> Int { Int(patternRules.span[pattern]) }

    /// - Parameter usage: What the words are chosen by.
    /// - Throws: the first pattern that cannot be read.
    init(_ rules: [Rule], usage: WordUsage) throws(TextMatcher.Failure) {
        var patternsOfWord: [String: [Int32]] = [:]
        for (number, rule) in rules.enumerated() {
            if rule.text.isEmpty {
                patternRules.append(Int32(number))
                addRuns(of: [])
            }
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
            triggers += patterns
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

    /// Marks the patterns of `text` that any text can match, as far as words tell.
    func markUnfiltered(_ patterns: BitSet) {
        for pattern in unfiltered { patterns.insert(Int(pattern)) }
    }

    /// Calls `scan` with what marks in `patterns` each pattern of `text` that a text can match, once it is given the words that the text
    /// holds. `words` becomes these.
    @inline(__always)
    func withMarking(_ patterns: BitSet, _ words: BitSet, _ scan: (inout Marking) -> Void) {
        words.removeAll()
        starts.withUnsafeBufferPointer { starts in
            triggers.withUnsafeBufferPointer { triggers in
                var marking = Marking(starts: starts, triggers: triggers, words: words, patterns: patterns)
                scan(&marking)
            }
        }
    }

    /// What is done with each word while a text is scanned.
    struct Marking {
        fileprivate let starts: UnsafeBufferPointer<Int32>
        fileprivate let triggers: UnsafeBufferPointer<Int32>
        fileprivate let words: BitSet
        fileprivate let patterns: BitSet

        /// A word may be taken more than once.
        @inline(__always)
        func take(_ word: Int) {
            guard !words.contains(word), word &+ 1 < starts.count else { return }
            words.insert(word)
            var index = Int(starts[word])
            let end = min(Int(starts[word &+ 1]), triggers.count)
            while index < end {
                patterns.insert(Int(triggers[index]))
                index &+= 1
            }
        }
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
