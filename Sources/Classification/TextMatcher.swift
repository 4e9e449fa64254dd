// The text conditions of all rules. One pass over a reply finds the words that patterns require; then only the few rules whose words
// are all there are tried, in their order, until one holds.

import Synchronization

/// The compiled texts of a rule set. Time is linear in the text: one that holds every word costs a pass for each group of rules.
final class TextMatcher: Sendable {
    /// All required words; nil where there are none.
    let words: PatternDatabase?
    let filter: WordFilter
    let groups: [PatternGroup]
    /// For each rule the place of its patterns; nil for a rule without text.
    let places: [Place?]

    /// Where the patterns of a rule are.
    struct Place: Sendable {
        var group: Int
        /// Numbers within the group.
        var text: Range<Int>
        var notText: Range<Int>
    }

    /// How many rules with text share a database: fewer are quicker to scan, more need less memory.
    private static let rulesInGroup = 4

    /// Lays out the rules; nothing is compiled.
    init(_ rules: [Rule], filter: WordFilter, words: PatternDatabase?, stored: (Int) -> StoredDatabase?) {
        self.filter = filter
        self.words = words
        var places: [Place?] = []
        var patterns: [[String]] = []
        var rulesOfLast = Self.rulesInGroup
        for rule in rules {
            guard !rule.text.isEmpty || !rule.notText.isEmpty else {
                places.append(nil)
                continue
            }
            if rulesOfLast == Self.rulesInGroup {
                patterns.append([])
                rulesOfLast = 0
            }
            rulesOfLast += 1
            let group = patterns.count - 1
            let start = patterns[group].count
            let middle = start + rule.text.count
            patterns[group] += rule.text + rule.notText
            places.append(Place(group: group, text: start..<middle, notText: middle..<patterns[group].count))
        }
        self.places = places
        groups = patterns.enumerated().map { PatternGroup($1, stored: stored($0)) }
    }

    /// Lays out the rules and compiles all.
    convenience init(compiling rules: [Rule]) throws(PatternDatabase.Failure) {
        let filter = WordFilter(rules)
        let words = filter.words.isEmpty ? nil : try PatternDatabase(filter.words.map(WordFilter.escaped))
        self.init(rules, filter: filter, words: words) { _ in nil }
        for group in groups { _ = try group.compiled() }
    }
}

/// The patterns of a few rules, compiled when they are first needed or taken from what the cache has.
final class PatternGroup: Sendable {
    let patterns: [String]
    private let stored: StoredDatabase?
    private let database = Mutex<PatternDatabase?>(nil)

    init(_ patterns: [String], stored: StoredDatabase?) {
        self.patterns = patterns
        self.stored = stored
    }

    func compiled() throws(PatternDatabase.Failure) -> PatternDatabase {
        if let database = database.withLock({ $0 }) { return database }
        let made: PatternDatabase
        if let kept = stored?.database() { made = kept } else { made = try PatternDatabase(patterns) }
        database.withLock { $0 = made }
        return made
    }
}

/// Which rules a text can be about, told by the words it holds.
struct WordFilter: Sendable {
    /// Every required word once; its number is its place.
    private(set) var words: [String] = []
    /// Behind word n stand the patterns `triggers[starts[n]..<starts[n + 1]]` that it may make worth trying.
    private var starts: [Int32] = [0]
    private var triggers: [Int32] = []
    /// For each pattern its rule, and behind it the clauses of which the text must hold a word too:
    /// `patternClauses[n]..<patternClauses[n + 1]`.
    private var patternRules: [Int32] = []
    private var patternClauses: [Int32] = [0]
    /// The words of clause n are `clauseWords[clauseStarts[n]..<clauseStarts[n + 1]]`.
    private var clauseStarts: [Int32] = [0]
    private var clauseWords: [Int32] = []
    /// Rules with a pattern that requires no word.
    private var unfiltered: [Int32] = []

    /// All that a filter is made of beside its words, in the order in which the cache keeps it.
    var tables: [[Int32]] {
        [starts, triggers, patternRules, patternClauses, clauseStarts, clauseWords, unfiltered]
    }
    static let tableCount = 7

    /// As `tables` gave them, `tableCount` in number.
    init(words: [String], tables: [[Int32]]) {
        precondition(tables.count == Self.tableCount)
        self.words = words
        (starts, triggers, patternRules) = (tables[0], tables[1], tables[2])
        (patternClauses, clauseStarts, clauseWords, unfiltered) = (tables[3], tables[4], tables[5], tables[6])
    }

    /// How many clauses of a pattern are looked at beside the rarest: more say little more.
    private static let limitClauses = 5

    init(_ rules: [Rule]) {
        var numbers: [String: Int32] = [:]
        var patternsOfWord: [[Int32]] = []
        for (number, rule) in rules.enumerated() {
            for pattern in rule.text {
                let required = RequiredLiterals(pattern).clauses.sorted {
                    RequiredLiterals.frequency($0) < RequiredLiterals.frequency($1)
                }
                guard let rarest = required.first else {
                    if unfiltered.last != Int32(number) { unfiltered.append(Int32(number)) }
                    continue
                }
                for clause in required.dropFirst().prefix(Self.limitClauses) {
                    clauseWords += clause.map { Self.number($0, &words, &numbers, &patternsOfWord) }
                    clauseStarts.append(Int32(clauseWords.count))
                }
                for word in rarest {
                    let word = Self.number(word, &words, &numbers, &patternsOfWord)
                    patternsOfWord[Int(word)].append(Int32(patternRules.count))
                }
                patternRules.append(Int32(number))
                patternClauses.append(Int32(clauseStarts.count - 1))
            }
        }
        for patterns in patternsOfWord {
            triggers += patterns
            starts.append(Int32(triggers.count))
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

    /// A word as a pattern that matches just it.
    static func escaped(_ word: String) -> String {
        var pattern = ""
        for scalar in word.unicodeScalars {
            let isPlain = !scalar.isASCII || scalar == " " || UInt8(ascii: scalar).isASCIIAlphanumeric
            if !isPlain { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
    }

    /// Marks each rule that a text with these words can be about.
    func mark(_ found: BitSet, into candidates: BitSet) {
        let (starts, triggers, rules) = (starts.span, triggers.span, patternRules.span)
        for rule in unfiltered { candidates.insert(Int(rule)) }
        _ = found.first { word in
            for trigger in Int(starts[word])..<Int(starts[word + 1]) {
                let pattern = Int(triggers[trigger])
                let rule = Int(rules[pattern])
                if !candidates.contains(rule), holds(pattern, found) { candidates.insert(rule) }
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
