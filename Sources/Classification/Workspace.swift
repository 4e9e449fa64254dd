// The memory that one classification works in: given once, used again, so that no allocation grows with the number of rules.

import MailSyntax
import Synchronization

/// vectorscan's scratch, the folded text, what it holds. One thread has it at a time.
final class Workspace {
    /// Rules that may hold.
    let candidates: BitSet
    private let matcher: TextMatcher
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var count = 0
    private var scratch: OpaquePointer?
    private let words: BitSet
    /// Of the group that was scanned last.
    private let hits: BitSet
    private var scannedGroup: Int?
    /// Groups that the scratch is large enough for.
    private let prepared: BitSet

    init(_ rules: RuleSet) {
        matcher = rules.matcher
        candidates = BitSet(limit: rules.rules.count)
        buffer = .allocate(capacity: FoldedText.limitBytes)
        buffer.initialize(repeating: 0)
        words = BitSet(limit: matcher.filter.words.count)
        hits = BitSet(limit: matcher.groups.map(\.patterns.count).max() ?? 0)
        prepared = BitSet(limit: matcher.groups.count)
        matcher.words?.prepare(&scratch)
    }

    deinit {
        PatternDatabase.release(scratch: scratch)
        buffer.deallocate()
    }

    /// The folded text.
    var text: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: buffer[..<count]) }

    /// Takes the text in and finds the rules that may hold.
    func examine(_ facts: Facts, _ rules: RuleSet) {
        count = FoldedText.fold(facts.text, into: buffer)
        scannedGroup = nil
        words.removeAll()
        candidates.removeAll()
        matcher.words?.scan(text, scratch, into: words)
        matcher.filter.mark(words, into: candidates)
        rules.index.mark(facts, into: candidates)
    }

    /// Whether the text holds one of a rule's `text` patterns, where it has any, and none of its `not_text`.
    func textHolds(_ matcher: TextMatcher, _ rule: Int) -> Bool {
        guard let place = matcher.places[rule] else { return true }
        if scannedGroup != place.group { scan(place.group) }
        if !place.text.isEmpty, !place.text.contains(where: { hits.contains($0) }) { return false }
        return !place.notText.contains { hits.contains($0) }
    }

    /// A group that cannot be had (only for want of memory: all were compiled once) holds nothing.
    private func scan(_ group: Int) {
        hits.removeAll()
        scannedGroup = group
        guard let database = try? matcher.groups[group].compiled() else { return }
        if !prepared.contains(group) {
            database.prepare(&scratch)
            prepared.insert(group)
        }
        database.scan(text, scratch, into: hits)
    }
}

/// Workspaces that are not in use: as many as there were ever calls at once.
final class WorkspacePool: Sendable {
    private let rules: RuleSet
    private let idle = Mutex(Idle())

    /// Sendable: a workspace is here or with exactly one caller, never both.
    private struct Idle: @unchecked Sendable { var workspaces: [Workspace] = [] }

    init(rules: RuleSet) { self.rules = rules }

    func take() -> Workspace {
        let idle = self.idle.withLock { Idle(workspaces: $0.workspaces.popLast().map { [$0] } ?? []) }
        return idle.workspaces.first ?? Workspace(rules)
    }

    func give(_ workspace: Workspace) {
        let idle = Idle(workspaces: [workspace])
        self.idle.withLock { $0.workspaces += idle.workspaces }
    }
}
