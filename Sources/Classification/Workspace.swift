// The memory that one classification works in: given once, used again, so that no allocation grows with the number of rules.

import MailSyntax
import Synchronization

/// vectorscan's scratch, the folded text, what it holds.
final class Workspace: @unchecked Sendable {
    // Unchecked: the pool hands it to one thread at a time.

    /// Rules that may hold.
    let candidates: BitSet
    /// Patterns of `text` that may match.
    let patterns: BitSet
    let runs = TextRuns()
    /// The folded text.
    let text = MatchedText()
    /// The patterns that this workspace has tried, by their numbers: at hand without asking what other threads do.
    var programs: [PatternProgram?]
    /// What any text marks.
    private let unfiltered: (patterns: BitSet, candidates: BitSet)
    private var words: SparseSet
    private let scratch: OpaquePointer?
    private let buffer: UnsafeMutableBufferPointer<UInt8>

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
        for set in [candidates, patterns, unfiltered.patterns, unfiltered.candidates] { set.deallocate() }
        runs.deallocate()
        words.deallocate()
    }

    /// Takes the text in and finds the rules that may hold.
    func examine(_ facts: Facts, _ rules: RuleSet) {
        let count = FoldedText.fold(facts.text, into: buffer)
        let bytes = UnsafeBufferPointer(rebasing: buffer[..<count])
        text.read(bytes)
        patterns.update(from: unfiltered.patterns)
        candidates.update(from: unfiltered.candidates)
        runs.read(bytes)
        words.removeAll()
        rules.matcher.words?.scan(bytes, scratch, into: &words)
        rules.matcher.filter.mark(words, patterns, candidates)
        rules.index.mark(facts, into: candidates)
    }
}

/// Workspaces that are not in use, and wait for the next call. Without a lock: all threads come here for each report.
final class WorkspacePool: Sendable {
    private let rules: RuleSet
    /// A workspace is in one place or with one caller, never both. More calls at once than there are places make their own.
    private let idle = InlineArray<16, Atomic<Unmanaged<Workspace>?>> { _ in Atomic(nil) }

    init(rules: RuleSet) { self.rules = rules }

    deinit {
        for index in idle.indices { idle[index].load(ordering: .acquiring)?.release() }
    }

    func take() -> Workspace {
        for index in idle.indices where idle[index].load(ordering: .relaxed) != nil {
            if let workspace = idle[index].exchange(nil, ordering: .acquiring) { return workspace.takeRetainedValue() }
        }
        return Workspace(rules)
    }

    func give(_ workspace: Workspace) {
        let retained = Unmanaged.passRetained(workspace)
        for index in idle.indices {
            let (exchanged, _) = idle[index].compareExchange(expected: nil, desired: retained, ordering: .releasing)
            if exchanged { return }
        }
        retained.release()
    }
}
