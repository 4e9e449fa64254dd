// The text conditions of all rules. One pass over a reply finds the words that patterns require; then only the few patterns whose words
// are all there are matched, in the order of their rules, until one rule holds.

import Synchronization

/// The text patterns of a rule set, numbered in the order of the rules, each rule's `text` before its `not_text`.
final class TextMatcher: Sendable {
    /// All required words as one database; nil where there are none.
    let words: WordDatabase?
    let filter: WordFilter
    private let patterns: [PreparedPattern]
    private let places: [Place]

    /// The numbers of a rule's patterns.
    private struct Place {
        var text: Range<Int>
        var notText: Range<Int>
    }

    /// What is wrong with one pattern, or with the words together.
    struct Failure: Error {
        var pattern: String?
        var reason: String
    }

    init(_ rules: [Rule], filter: WordFilter, words: WordDatabase?) {
        self.filter = filter
        self.words = words
        var patterns: [PreparedPattern] = []
        places = rules.map { rule in
            let start = patterns.count
            patterns += (rule.text + rule.notText).map(PreparedPattern.init)
            return Place(text: start..<(start + rule.text.count), notText: (start + rule.text.count)..<patterns.count)
        }
        self.patterns = patterns
    }

    /// Reads all patterns; the words take some tenths of a second to compile.
    ///
    /// - Parameter samples: Replies, by which it is told which words are rare.
    convenience init(compiling rules: [Rule], samples: [String]) throws(Failure) {
        let filter = try WordFilter(rules, usage: WordUsage(samples))
        do {
            let words = filter.words.isEmpty ? nil : try WordDatabase(words: filter.words)
            self.init(rules, filter: filter, words: words)
        } catch {
            throw Failure(pattern: nil, reason: error.reason)
        }
    }

    /// Whether the text of a workspace holds one of a rule's `text` patterns, where it has any, and none of its `not_text`.
    func holds(_ rule: Int, _ workspace: Workspace) -> Bool {
        let place = places[rule]
        if !place.text.isEmpty, workspace.patterns.first(in: place.text, where: { matches($0, workspace) }) == nil {
            return false
        }
        return !place.notText.contains { matches($0, workspace) }
    }

    private func matches(_ number: Int, _ workspace: Workspace) -> Bool {
        guard filter.allows(number, workspace.runs), let program = program(number, workspace) else { return false }
        return program.firstMatch(in: workspace.text) != nil
    }

    private func program(_ number: Int, _ workspace: Workspace) -> PatternProgram? {
        if let program = workspace.programs[number] { return program }
        workspace.programs[number] = patterns[number].program()
        return workspace.programs[number]
    }
}

/// A pattern that is read when it is first needed.
private final class PreparedPattern: Sendable {
    private let text: String
    private let made = AtomicLazyReference<PatternProgram>()

    init(_ text: String) { self.text = text }

    /// Not nil: every pattern was read once when its file was checked.
    func program() -> PatternProgram? {
        if let program = made.load() { return program }
        guard let pattern = try? Pattern(text), let program = try? PatternProgram(pattern) else { return nil }
        return made.storeIfNil(program)
    }
}
