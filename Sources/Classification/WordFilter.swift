// Which patterns a text can match, told by the words it holds.

struct WordFilter: Sendable {
    /// Every required word once; its number is its place.
    private(set) var words: [String] = []
    /// Behind word n stand the patterns `triggers[starts[n]..<starts[n + 1]]` that it may make worth trying.
    private var starts: [Int32] = [0]
    private var triggers: [Int32] = []
    /// For each pattern its rule, -1 for one of `not_text`, and the clauses of which the text must hold a word too:
    /// `patternClauses[n]..<patternClauses[n + 1]`.
    private var patternRules: [Int32] = []
    private var patternClauses: [Int32] = [0]
    /// The words of clause n are `clauseWords[clauseStarts[n]..<clauseStarts[n + 1]]`.
    private var clauseStarts: [Int32] = [0]
    private var clauseWords: [Int32] = []
    /// Patterns that require no word.
    private var unfiltered: [Int32] = []

    /// How many clauses of a pattern are looked at beside the rarest: more say little more.
    private static let limitClauses = 3

    var patternCount: Int { patternRules.count }

    /// - Throws: the first pattern that cannot be read.
    init(_ rules: [Rule]) throws(TextMatcher.Failure) {
        var numbers: [String: Int32] = [:]
        var patternsOfWord: [[Int32]] = []
        for (rule, texts) in rules.enumerated().map({
            ($0, $1.text.map { ($0, true) } + $1.notText.map { ($0, false) })
        }) {
            for (text, isText) in texts {
                let required = try Self.required(text)
                patternRules.append(isText ? Int32(rule) : -1)
                if required.isEmpty { unfiltered.append(Int32(patternRules.count - 1)) }
                for clause in required.dropFirst().prefix(Self.limitClauses) {
                    clauseWords += clause.map { Self.number($0, &words, &numbers, &patternsOfWord) }
                    clauseStarts.append(Int32(clauseWords.count))
                }
                for word in required.first ?? [] {
                    let word = Self.number(word, &words, &numbers, &patternsOfWord)
                    patternsOfWord[Int(word)].append(Int32(patternRules.count - 1))
                }
                patternClauses.append(Int32(clauseStarts.count - 1))
            }
        }
        for patterns in patternsOfWord {
            triggers += patterns
            starts.append(Int32(triggers.count))
        }
    }

    /// A pattern's clauses, the rarest first.
    private static func required(_ text: String) throws(TextMatcher.Failure) -> [[String]] {
        do {
            let pattern = try Pattern(text)
            _ = try PatternProgram(pattern)
            return RequiredLiterals(pattern).clauses
        } catch {
            throw TextMatcher.Failure(pattern: text, reason: error.reason)
        }
    }

    private static func number(
        _ word: String, _ words: inout [String], _ numbers: inout [String: Int32], _ patterns: inout [[Int32]]
    ) -> Int32 {
        if let number = numbers[word] { return number }
        let number = Int32(words.count)
        numbers[word] = number
        words.append(word)
        patterns.append([])
        return number
    }

    /// Marks each pattern that a text with these words can match, and the rules of those.
    func mark(_ found: BitSet, _ patterns: BitSet, _ candidates: BitSet) {
        let (starts, triggers, rules) = (starts.span, triggers.span, patternRules.span)
        for pattern in unfiltered {
            patterns.insert(Int(pattern))
            if rules[Int(pattern)] >= 0 { candidates.insert(Int(rules[Int(pattern)])) }
        }
        _ = found.first { word in
            for trigger in Int(starts[word])..<Int(starts[word + 1]) {
                let pattern = Int(triggers[trigger])
                guard !patterns.contains(pattern), holds(pattern, found) else { continue }
                patterns.insert(pattern)
                if rules[pattern] >= 0 { candidates.insert(Int(rules[pattern])) }
            }
            return false
        }
    }

    private func holds(_ pattern: Int, _ found: BitSet) -> Bool {
        let (clauses, starts, words) = (patternClauses.span, clauseStarts.span, clauseWords.span)
        for clause in Int(clauses[pattern])..<Int(clauses[pattern + 1]) {
            var holds = false
            for word in Int(starts[clause])..<Int(starts[clause + 1]) where found.contains(Int(words[word])) {
                holds = true
                break
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
        for numbers in [starts, triggers, patternRules, patternClauses, clauseStarts, clauseWords, unfiltered] {
            writer.write(numbers)
        }
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Truncated) {
        words = try reader.readStrings()
        starts = try reader.readNumbers()
        triggers = try reader.readNumbers()
        patternRules = try reader.readNumbers()
        patternClauses = try reader.readNumbers()
        clauseStarts = try reader.readNumbers()
        clauseWords = try reader.readNumbers()
        unfiltered = try reader.readNumbers()
    }
}
