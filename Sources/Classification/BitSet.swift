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

    @inline(__always)
    func insert(_ number: Int) {
        let word = number &>> 6
        if word >= 0, word < words.count { words[word] |= 1 &<< UInt64(truncatingIfNeeded: number) }
    }

    @inline(__always)
    func contains(_ number: Int) -> Bool {
        let word = number &>> 6
        return word >= 0 && word < words.count && words[word] & (1 &<< UInt64(truncatingIfNeeded: number)) != 0
    }

    func remove(_ number: Int) {
        let word = number &>> 6
        if word >= 0, word < words.count { words[word] &= ~(1 &<< UInt64(truncatingIfNeeded: number)) }
    }

    /// Takes the place of what was in it; both have the same limit.
    func update(from other: BitSet) { _ = words.update(fromContentsOf: other.words.prefix(words.count)) }

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

/// A set of a few of many small numbers, which is gone through and emptied without a look at the others. Its owner calls `deallocate()` once.
struct SparseSet {
    private let bits: BitSet
    private let numbers: UnsafeMutableBufferPointer<Int32>
    private var count = 0

    /// For numbers below `limit`; others are not taken.
    init(limit: Int) {
        bits = BitSet(limit: limit)
        numbers = .allocate(capacity: limit)
    }

    func deallocate() {
        bits.deallocate()
        numbers.deallocate()
    }

    mutating func insert(_ number: Int) {
        guard count < numbers.count, number < numbers.count, !bits.contains(number) else { return }
        bits.insert(number)
        numbers[count] = Int32(truncatingIfNeeded: number)
        count += 1
    }

    mutating func removeAll() {
        for number in numbers[..<count] { bits.remove(Int(number)) }
        count = 0
    }

    /// In the order in which they came.
    var elements: Slice<UnsafeMutableBufferPointer<Int32>> { numbers[..<count] }
}
