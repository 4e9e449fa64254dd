// The memory that one classification works in: given once, used again, so that no allocation grows with the number of rules.

internal import Glibc
import MailSyntax
import Synchronization

/// The folded text, what it holds, which patterns it may match.
final class Workspace: @unchecked Sendable {
    // Unchecked: the pool hands it to one thread at a time.

    /// Patterns of `text` that may match, and so the rules that may hold.
    let patterns: BitSet
    let runs = TextRuns()
    /// The folded text.
    let text = MatchedText()
    private let maskedText = MatchedText()
    private var links = LinkState.unread
    /// Not nil once it was looked for.
    private var knownAdvice: Range<Int>??
    /// Patterns that were tried on `text`, and those of them that match.
    let tried: BitSet
    let matching: BitSet
    /// What any text marks.
    private let unfiltered: BitSet
    /// What `text` marks.
    private let marked: BitSet
    /// The patterns that this workspace has tried, by their numbers, kept by the rules: at hand without counting a reference.
    let programs: UnsafeMutableBufferPointer<Unmanaged<PatternProgram>?>
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private let nextBuffer: UnsafeMutableBufferPointer<UInt8>
    private let maskedBuffer: UnsafeMutableBufferPointer<UInt8>
    /// For `RunTable`.
    private let found: UnsafeMutableBufferPointer<Int32>

    init(_ rules: RuleSet) {
        let filter = rules.matcher.filter
        patterns = BitSet(limit: filter.patternCount)
        tried = BitSet(limit: filter.patternCount)
        matching = BitSet(limit: filter.patternCount)
        unfiltered = BitSet(limit: filter.patternCount)
        marked = BitSet(limit: filter.patternCount)
        filter.markUnfiltered(unfiltered)
        programs = .allocate(capacity: filter.patternCount)
        programs.initialize(repeating: nil)
        buffer = Self.makeBuffer()
        nextBuffer = Self.makeBuffer()
        maskedBuffer = Self.makeBuffer()
        found = .allocate(capacity: 2 * FoldedText.limitBytes + 1)
    }

    deinit {
        buffer.deallocate()
        nextBuffer.deallocate()
        maskedBuffer.deallocate()
        found.deallocate()
        for set in [patterns, tried, matching, unfiltered, marked] { set.deallocate() }
        runs.deallocate()
        programs.deallocate()
    }

    /// Takes the text in and finds the rules that may hold; gives whether the text is another than the one before. Many recipients of a
    /// report can have one reply: what its patterns say of it is asked once.
    @discardableResult
    func examine(_ evidence: borrowing Evidence, _ facts: borrowing Facts, _ rules: RuleSet) -> Bool {
        // A provider's own name is part of what it says.
        let domain = evidence.recipientDomain.flatMap { rules.isProvider($0) ? nil : $0 }
        let room = UnsafeMutableBufferPointer(rebasing: nextBuffer[..<FoldedText.limitBytes])
        let count = FoldedText.fold(facts.text, recipientDomain: domain, into: room)
        let isAnother = !isText(room[..<count])
        if isAnother { read(room[..<count], rules) }
        patterns.update(from: marked)
        rules.index.mark(facts, into: patterns)
        return isAnother
    }

    private func isText(_ folded: Slice<UnsafeMutableBufferPointer<UInt8>>) -> Bool {
        guard let last = text.bytes.baseAddress, let next = folded.base.baseAddress else { return false }
        return folded.count == text.bytes.count && memcmp(last, next, folded.count) == 0
    }

    private func read(_ folded: Slice<UnsafeMutableBufferPointer<UInt8>>, _ rules: RuleSet) {
        _ = buffer.update(fromContentsOf: folded)
        buffer[folded.count..<(folded.count + MatchedText.margin)].update(repeating: 0)
        let bytes = UnsafeBufferPointer(rebasing: buffer[..<folded.count])
        text.read(bytes, lead: Lead(of: bytes))
        links = .unread
        knownAdvice = nil
        tried.removeAll()
        matching.removeAll()
        marked.update(from: unfiltered)
        rules.matcher.filter.runs.mark(bytes, runs, found, marked)
    }

    /// What `FoldedText` makes, and the margin behind it.
    private static func makeBuffer() -> UnsafeMutableBufferPointer<UInt8> {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: FoldedText.limitBytes + MatchedText.margin)
        buffer.initialize(repeating: 0)
        return buffer
    }

    /// Where the text gives advice. Looked for when it is first asked for.
    var advice: Range<Int>? {
        if let knownAdvice { return knownAdvice }
        let advice = Advice.range(in: text.bytes)
        knownAdvice = .some(advice)
        return advice
    }

    /// What is known of the text's links.
    private enum LinkState { case unread, none, masked }

    /// The text with its links masked; nil where it has none. Made when it is first asked for.
    var linklessText: MatchedText? {
        if links == .unread {
            let masked = UnsafeMutableBufferPointer(rebasing: maskedBuffer[..<text.bytes.count])
            links = Links.mask(text.bytes, into: masked) ? .masked : .none
            if links == .masked { maskedText.read(UnsafeBufferPointer(masked), lead: text.lead) }
        }
        return links == .masked ? maskedText : nil
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
