// The text conditions of all rules. One pass over a reply finds runs of the words that patterns require; then only the few patterns whose
// words may all be there are matched, in the order of their rules, until one rule holds.

import Synchronization

/// The text patterns of a rule set, numbered as `WordFilter` tells.
final class TextMatcher: Sendable {
    let filter: WordFilter
    /// nil: any text matches.
    private let patterns: [PreparedPattern?]
    /// Programs that need not be made.
    let kept: KeptPrograms?
    /// The number of each rule's first pattern.
    let firstPatterns: [Int32]
    /// The numbers of each rule's `not_text`.
    private let excluding: [Range<Int32>]

    init(_ rules: [Rule], filter: WordFilter, kept: KeptPrograms? = nil) {
        (self.filter, self.kept) = (filter, kept)
        var patterns: [PreparedPattern?] = []
        var (firstPatterns, excluding): ([Int32], [Range<Int32>]) = ([], [])
        for rule in rules {
            firstPatterns.append(Int32(patterns.count))
            let outcome = RuleOutcome(rule)
            let text = rule.text.map {
                PreparedPattern(
                    $0, isClaim: outcome.isAboutRecipient, isLinkless: Links.areHidden(from: $0, of: outcome),
                    isAdviceless: outcome.category == .spamContent)
            }
            patterns += text.isEmpty ? [nil] : text
            let start = Int32(patterns.count)
            patterns += rule.notText.map {
                PreparedPattern($0, isClaim: false, isLinkless: !Links.areNamed(in: $0), isAdviceless: true)
            }
            excluding.append(start..<Int32(patterns.count))
        }
        (self.patterns, self.firstPatterns, self.excluding) = (patterns, firstPatterns, excluding)
    }

    /// Reads all patterns.
    ///
    /// - Parameter samples: Replies, by which it is told which words are rare.
    convenience init(compiling rules: [Rule], samples: [String]) throws(Pattern.Defect) {
        self.init(rules, filter: try WordFilter(rules, usage: WordUsage(samples)))
        for pattern in patterns { try pattern?.prepare() }
    }

    /// Whether the text of a workspace holds a pattern, and does so without its links where these are hidden from the pattern.
    func matches(_ pattern: Int, _ workspace: Workspace) -> Bool {
        guard filter.allows(pattern, workspace.runs) else { return false }
        if workspace.tried.contains(pattern) { return workspace.matching.contains(pattern) }
        if workspace.programs[pattern] == nil {
            guard let program = program(pattern) else { return patterns[pattern] == nil }
            workspace.programs[pattern] = Unmanaged.passUnretained(program)
        }
        workspace.tried.insert(pattern)
        guard let program = workspace.programs[pattern],
            let range = program._withUnsafeGuaranteedRef({ $0.firstMatch(in: workspace.text) }),
            isOfOwnWords(range, pattern, workspace)
        else { return false }
        workspace.matching.insert(pattern)
        return true
    }

    /// Whether a pattern that matches does so without the links that are hidden from it, outside of advice where that says nothing to it,
    /// and, where it tells of the recipient, in words that do not only suppose it.
    private func isOfOwnWords(_ range: Range<Int>, _ pattern: Int, _ workspace: Workspace) -> Bool {
        guard let prepared = patterns[pattern], prepared.isLinkless || prepared.isClaim else { return true }
        var (range, text) = (range, workspace.text)
        if prepared.isLinkless, let linkless = workspace.linklessText {
            guard let match = program(pattern)?.firstMatch(in: linkless) else { return false }
            (range, text) = (match, linkless)
        }
        if prepared.isAdviceless, let advice = workspace.advice, advice.contains(range.lowerBound) {
            return program(pattern)?.firstMatch(in: text, from: advice.upperBound) != nil
        }
        guard prepared.isClaim, Supposition.covers(range, in: text.bytes) else { return true }
        guard let next = program(pattern)?.firstMatch(in: text, from: range.upperBound) else { return false }
        return !Supposition.covers(next, in: text.bytes)
    }

    /// nil: any text matches.
    func program(_ pattern: Int) -> PatternProgram? {
        patterns[pattern]?.program(or: kept?[pattern])
    }

    /// Whether it holds one of a rule's `not_text`.
    func isExcluded(_ rule: Int, _ workspace: Workspace) -> Bool {
        excluding[rule].contains { matches(Int($0), workspace) }
    }
}

/// A pattern that is read when it is first needed.
private final class PreparedPattern: Sendable {
    /// It tells of the recipient: what is only supposed is no claim.
    let isClaim: Bool
    /// It is matched against texts with their links masked.
    let isLinkless: Bool
    /// It holds for no words of advice, which may speak of spam below any refusal: one of `not_text`, or of a rule for spam.
    let isAdviceless: Bool
    private let text: String
    private let made = AtomicLazyReference<PatternProgram>()

    init(_ text: String, isClaim: Bool, isLinkless: Bool, isAdviceless: Bool) {
        self.text = text
        (self.isClaim, self.isLinkless, self.isAdviceless) = (isClaim, isLinkless, isAdviceless)
    }

    /// - Throws: what is wrong with the pattern.
    func prepare() throws(Pattern.Defect) { _ = made.storeIfNil(try PatternProgram(Pattern(text))) }

    /// Not nil: every pattern was read once when its file was checked.
    ///
    /// - Parameter kept: Where there is one, it is not made.
    func program(or kept: @autoclosure () -> PatternProgram?) -> PatternProgram? {
        if let program = made.load() { return program }
        if let program = kept() { return made.storeIfNil(program) }
        try? prepare()
        return made.load()
    }
}
