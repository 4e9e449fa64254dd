// Numbers of rules, patterns or words, as bits.

/// A set of small numbers whose memory is given once and used again. A value that is copied is the same set; its owner calls
/// `deallocate()` once.
struct BitSet {
    private let words: UnsafeMutableBufferPointer<UInt64>

    /// For numbers below `limit`; others are not taken.
    init(limit: Int) {
        words = .allocate(capacity: limit / 64 + 1)
        words.initialize(repeating: 0)
    }

    func deallocate() { words.deallocate() }

    func insert(_ number: Int) {
        if number >> 6 < words.count { words[number >> 6] |= 1 << UInt64(number & 63) }
    }

    func contains(_ number: Int) -> Bool {
        number >> 6 < words.count && words[number >> 6] & (1 << UInt64(number & 63)) != 0
    }

    func removeAll() { words.update(repeating: 0) }

    /// Calls `body` with each number, in ascending order, until it says true; gives that number.
    @inline(__always)
    func first(where body: (Int) -> Bool) -> Int? { first(in: 0..<(words.count * 64), where: body) }

    /// As `first(where:)`, of the numbers in a range.
    @inline(__always)
    func first(in range: Range<Int>, where body: (Int) -> Bool) -> Int? {
        guard !range.isEmpty, range.upperBound <= words.count * 64 else { return nil }
        for index in (range.lowerBound >> 6)...((range.upperBound - 1) >> 6) {
            var word = words[index]
            if index == range.lowerBound >> 6 { word &= ~0 << UInt64(range.lowerBound & 63) }
            if index == (range.upperBound - 1) >> 6 { word &= ~0 >> UInt64(63 - (range.upperBound - 1) & 63) }
            while word != 0 {
                let number = index << 6 + word.trailingZeroBitCount
                if body(number) { return number }
                word &= word - 1
            }
        }
        return nil
    }
}
