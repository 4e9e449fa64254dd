// Phrases looked for at the spaces of a text alone, which are few of its bytes.

/// Up to 64 fixed phrases, each with a space somewhere behind three other bytes. ASCII letters compare without regard to case.
struct SpacedPhrases: Sendable {
    private let phrases: [StaticString]
    /// Where in each phrase the space is at which it is looked for.
    private let spaces: [Int]
    /// By the hash of the three bytes before a space: the phrases to be compared there, a bit for the number of each.
    private let numbers: [UInt64]

    init(_ phrases: [StaticString]) {
        precondition(phrases.count <= 64)
        var spaces: [Int] = []
        var numbers = [UInt64](repeating: 0, count: Self.hashCount)
        for (number, phrase) in phrases.enumerated() {
            let bytes = Bytes(phrase)
            guard let space = bytes.dropFirst(3).firstIndex(ofByte: 0x20) else { preconditionFailure("no space") }
            spaces.append(space)
            let three = bytes[(space - 3)..<space].reversed().reduce(0) { $0 << 8 | UInt32($1) }
            numbers[Self.hash(three)] |= 1 << UInt64(number)
        }
        self.phrases = phrases
        self.spaces = spaces
        self.numbers = numbers
    }

    /// Numbers of phrases, in ascending order.
    struct Numbers: Sequence, IteratorProtocol {
        fileprivate var bits: UInt64 = 0

        mutating func next() -> Int? {
            guard bits != 0 else { return nil }
            defer { bits &= bits &- 1 }
            return bits.trailingZeroBitCount
        }
    }

    private static let hashCount = 1 << 9

    /// Of the three lower bytes, the same for a letter in both its cases.
    @inline(__always)
    private static func hash(_ bytes: UInt32) -> Int { Int(((bytes & 0x1F1F1F) &* 0x9E37_79B1) &>> 23) }

    /// The phrases that the text holds.
    func found(in text: Span<UInt8>) -> Numbers {
        text.withUnsafeBytes { bytes in
            var found = Numbers()
            text.forEachSpace(from: 3) { space in found.bits |= standing(around: space, in: bytes) }
            return found
        }
    }

    /// The phrases that have their space at a place of the text, which has three bytes before it.
    @inline(__always)
    private func standing(around space: Int, in text: UnsafeRawBufferPointer) -> UInt64 {
        let four = UInt32(littleEndian: text.loadUnaligned(fromByteOffset: space - 3, as: UInt32.self))
        let possible = numbers[Self.hash(four)]
        return possible == 0 ? 0 : standing(possible, around: space, in: text)
    }

    @inline(never)
    private func standing(_ possible: UInt64, around space: Int, in text: UnsafeRawBufferPointer) -> UInt64 {
        Numbers(bits: possible).reduce(0) { standing, number in
            let (phrase, start) = (phrases[number], space - spaces[number])
            guard start >= 0, start + phrase.utf8CodeUnitCount <= text.count, let base = text.baseAddress,
                equalsFolded(base + start, phrase.utf8Start, count: phrase.utf8CodeUnitCount)
            else { return standing }
            return standing | 1 << UInt64(number)
        }
    }
}
