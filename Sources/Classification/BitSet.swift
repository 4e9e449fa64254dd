// Numbers of patterns, as bits.

/// A set of small numbers whose memory is given once and used again. A value that is copied is the same set; its owner calls
/// `deallocate()` once.
struct BitSet {
    private let words: UnsafeMutableBufferPointer<UInt64>

    /// For numbers below `limit`; what it has no memory for is not taken.
    init(limit: Int) {
        words = .allocate(capacity: limit / 64 + 1)
        words.initialize(repeating: 0)
    }

    func deallocate() { words.deallocate() }

    @inline(__always)
    func insert(_ number: Int) {
        let word = number &>> 6
        if UInt(bitPattern: word) < UInt(words.count) { words[word] |= 1 &<< UInt64(truncatingIfNeeded: number) }
    }

    /// - Precondition: There is memory for the number.
    @inline(__always)
    func contains(_ number: Int) -> Bool { words[number &>> 6] & 1 &<< UInt64(truncatingIfNeeded: number) != 0 }

    func removeAll() { words.update(repeating: 0) }

    /// Takes the place of what was in it; both have the same limit.
    func update(from other: BitSet) { _ = words.update(fromContentsOf: other.words.prefix(words.count)) }
}

/// The numbers in ascending order.
extension BitSet: Sequence {
    struct Iterator: IteratorProtocol {
        fileprivate let words: UnsafeMutableBufferPointer<UInt64>
        fileprivate var index = 0
        /// Of the word before `index` those that are still to come.
        fileprivate var rest: UInt64 = 0

        @inline(__always)
        mutating func next() -> Int? {
            while rest == 0 {
                guard index < words.count else { return nil }
                rest = words[index]
                index &+= 1
            }
            defer { rest &= rest &- 1 }
            return (index &- 1) &<< 6 | rest.trailingZeroBitCount
        }
    }

    func makeIterator() -> Iterator { Iterator(words: words) }
}
