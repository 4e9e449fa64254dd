// A text that patterns are matched against, with the memory that a match works in.

import MailSyntax

/// The bytes of a text and the borders of its words; made once, used for one text after the other.
final class MatchedText {
    // Behind a pointer: to change a variable of a class costs more than most of what is done with these.
    private let state: UnsafeMutablePointer<State>

    private struct State {
        var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        var isASCII = true
        var lead: Lead?
        var borders = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 64)
        var wordStarts = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 64)
        var tried = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 256)
        var waiting = WaitingWays()
    }

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
    }

    deinit {
        state.pointee.borders.deallocate()
        state.pointee.wordStarts.deallocate()
        state.pointee.tried.deallocate()
        state.pointee.waiting.deallocate()
        state.deallocate()
    }

    /// Not owned: there as long as whoever gave them to `read(_:)` keeps them.
    var bytes: UnsafeBufferPointer<UInt8> { state.pointee.bytes }
    var isASCII: Bool { state.pointee.isASCII }
    /// That of a reply, whose own words begin behind it for `^`, and end for `$` before advice; nil for any other text.
    var lead: Lead? { state.pointee.lead }
    /// A bit for each byte and for the end: whether a word ends or begins before it.
    var borders: UnsafeBufferPointer<UInt64> { UnsafeBufferPointer(state.pointee.borders) }
    /// Those of the borders that a word begins at.
    var wordStarts: UnsafeBufferPointer<UInt64> { UnsafeBufferPointer(state.pointee.wordStarts) }
    /// Of the match that is made.
    var waiting: WaitingWays {
        get { state.pointee.waiting }
        _modify { yield &state.pointee.waiting }
    }

    /// A text has so many bytes behind it that may be read, of no meaning: some things read eight bytes at once.
    static let margin = 8

    /// Takes a text in the place of the one before; it has `margin` bytes behind it.
    func read(_ text: UnsafeBufferPointer<UInt8>, lead: Lead? = nil) {
        state.pointee.bytes = text
        state.pointee.isASCII = text.reduce(0, |) < 0x80
        state.pointee.lead = lead
        let (span, blocks) = (Span(_unsafeElements: text), text.count / 64 + 1)
        Self.grow(&state.pointee.borders, to: blocks)
        Self.grow(&state.pointee.wordStarts, to: blocks)
        var isInWord: UInt64 = 0
        for block in 0..<blocks {
            let words = span.wordBytes(from: block * 64)
            let borders = words ^ (words << 1 | isInWord)
            state.pointee.borders[block] = borders
            state.pointee.wordStarts[block] = borders & words
            isInWord = words >> 63
        }
    }

    /// Memory of what was tried: of so many rows with a bit for each byte and for the end, none is set.
    func cleared(rows: Int) -> UnsafeMutableBufferPointer<UInt64> {
        let words = rows * (bytes.count + 1) / 64 + 1
        Self.grow(&state.pointee.tried, to: words)
        state.pointee.tried[..<words].update(repeating: 0)
        return state.pointee.tried
    }

    private static func grow(_ bits: inout UnsafeMutableBufferPointer<UInt64>, to count: Int) {
        guard bits.count < count else { return }
        bits.deallocate()
        bits = .allocate(capacity: count)
    }
}

/// A way through a pattern that is yet to be gone.
struct Way {
    var step: Int32
    var position: Int32
}

/// The ways that wait: the last one is gone first. Its owner calls `deallocate()` once.
struct WaitingWays {
    private var ways = UnsafeMutableBufferPointer<Way>.allocate(capacity: 256)
    private(set) var count = 0

    func deallocate() { ways.deallocate() }

    mutating func removeAll() { count = 0 }

    mutating func append(_ step: Int, _ position: Int) {
        if count == ways.count { grow() }
        ways[count] = Way(step: Int32(truncatingIfNeeded: step), position: Int32(truncatingIfNeeded: position))
        count += 1
    }

    /// Appends one where that is wanted, without a branch that would be guessed wrong too often.
    @inline(__always)
    mutating func append(_ step: Int, _ position: Int, if isWanted: Bool) {
        if count == ways.count { grow() }
        ways[count] = Way(step: Int32(truncatingIfNeeded: step), position: Int32(truncatingIfNeeded: position))
        count &+= isWanted ? 1 : 0
    }

    private mutating func grow() {
        let grown = UnsafeMutableBufferPointer<Way>.allocate(capacity: 2 * ways.count)
        _ = grown.initialize(fromContentsOf: ways)
        ways.deallocate()
        ways = grown
    }

    mutating func popLast() -> Way? {
        guard count > 0 else { return nil }
        count -= 1
        return ways[count]
    }

    /// Puts those from `start` on the other way round.
    func reverse(from start: Int) {
        var (low, high) = (start, count - 1)
        while low < high {
            ways.swapAt(low, high)
            (low, high) = (low + 1, high - 1)
        }
    }
}
