// The memory that one classification works in: given once, used again, so that no allocation grows with the number of rules.

import MailSyntax
import Synchronization

/// vectorscan's scratch, the folded text, what it holds. One thread has it at a time.
final class Workspace {
    /// Rules that may hold.
    let candidates: BitSet
    /// Patterns that may match.
    let patterns: BitSet
    /// `TextRuns` of the text.
    let runs = BitSet(limit: TextRuns.limit)
    let memory = PatternProgram.Memory()
    /// The patterns that this workspace has tried, by their numbers: at hand without asking what other threads do.
    var programs: [PatternProgram?]
    /// What any text marks.
    private let unfiltered: (patterns: BitSet, candidates: BitSet)
    private var words: SparseSet
    private let scratch: OpaquePointer?
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var count = 0

    init(_ rules: RuleSet) {
        candidates = BitSet(limit: rules.rules.count)
        patterns = BitSet(limit: rules.matcher.filter.patternCount)
        unfiltered = (
            BitSet(limit: rules.matcher.filter.patternCount), BitSet(limit: rules.rules.count)
        )
        rules.matcher.filter.markUnfiltered(unfiltered.patterns, unfiltered.candidates)
        words = SparseSet(limit: rules.matcher.filter.words.count)
        programs = Array(repeating: nil, count: rules.matcher.filter.patternCount)
        scratch = rules.matcher.words?.makeScratch()
        buffer = .allocate(capacity: FoldedText.limitBytes)
        buffer.initialize(repeating: 0)
    }

    deinit {
        WordDatabase.release(scratch: scratch)
        buffer.deallocate()
        for set in [candidates, patterns, runs, unfiltered.patterns, unfiltered.candidates] { set.deallocate() }
        words.deallocate()
    }

    /// The folded text.
    var text: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: buffer[..<count]) }

    /// Takes the text in and finds the rules that may hold.
    func examine(_ facts: Facts, _ rules: RuleSet) {
        count = FoldedText.fold(facts.text, into: buffer)
        patterns.update(from: unfiltered.patterns)
        candidates.update(from: unfiltered.candidates)
        runs.removeAll()
        TextRuns.mark(text, into: runs)
        words.removeAll()
        rules.matcher.words?.scan(text, scratch, into: &words)
        rules.matcher.filter.mark(words, patterns, candidates)
        rules.index.mark(facts, into: candidates)
    }
}

/// Workspaces that are not in use: as many as there were ever calls at once.
final class WorkspacePool: Sendable {
    private let rules: RuleSet
    private let idle = Mutex<[Idle]>([])

    /// Sendable: a workspace is here or with exactly one caller, never both.
    private struct Idle: @unchecked Sendable { let workspace: Workspace }

    init(rules: RuleSet) { self.rules = rules }

    func take() -> Workspace {
        idle.withLock { $0.popLast() }?.workspace ?? Workspace(rules)
    }

    func give(_ workspace: Workspace) {
        let workspace = Idle(workspace: workspace)
        idle.withLock { $0.append(workspace) }
    }
}
