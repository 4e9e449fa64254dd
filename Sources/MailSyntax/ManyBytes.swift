// Looking for bytes 32 at once.

extension Span<UInt8> {
    /// Where the first CR or LF in `start..<limit` stands, which must lie in the span; `limit` where there is none.
    @inline(__always)
    func firstLineEnd(from start: Int, upTo limit: Int) -> Int {
        let lineFeeds = SIMD32<UInt8>(repeating: 0x0A)
        let carriageReturns = SIMD32<UInt8>(repeating: 0x0D)
        return first(from: start, upTo: limit, where: \.isLineEnd) { run in
            let bytes = unsafeBitCast(run, to: SIMD32<UInt8>.self)
            return words((bytes .== lineFeeds) .| (bytes .== carriageReturns))
        }
    }

    /// Where the first byte in `start..<limit` stands, which must lie in the span, that is none of `isFieldNameText`; `limit` where
    /// there is none.
    @inline(__always)
    func firstBehindFieldName(from start: Int, upTo limit: Int) -> Int {
        // The top bit of each byte says what it is; what is added carries into no other byte.
        let ones = SIMD4<UInt64>(repeating: 0x0101_0101_0101_0101)
        return first(from: start, upTo: limit, where: { !$0.isFieldNameText }) { run in
            let low = run & (ones &* 0x7F)
            let isPrintable = (low &+ ones &* 0x5F) & ~(low &+ ones)
            let isNoColon = (low ^ ones &* UInt64(UInt8(ascii: ":"))) &+ ones &* 0x7F
            return ~(isPrintable & isNoColon & ~run) & (ones &* 0x80)
        }
    }

    /// Where the first byte in `start..<limit` stands, which must lie in the span, that is sought; `limit` where there is none. `lanes`
    /// has a byte that is not 0 for each such byte of 32.
    @inline(__always)
    private func first(
        from start: Int, upTo limit: Int, where isSought: (UInt8) -> Bool,
        _ lanes: (SIMD4<UInt64>) -> SIMD4<UInt64>
    ) -> Int {
        precondition(start >= 0 && limit <= count)
        return withUnsafeBytes { bytes in
            guard limit - start >= 32 else {
                var index = start
                while index < limit, !isSought(bytes[index]) { index += 1 }
                return index
            }
            return firstLane(from: start, through: limit - 32) { place in
                lanes(bytes.loadUnaligned(fromByteOffset: place, as: SIMD4<UInt64>.self))
            } ?? limit
        }
    }

    /// Where the two bytes first stand beside each other in `start..<limit`, which must lie in the span.
    func firstPair(_ first: FoldedByte, _ second: FoldedByte, from start: Int, upTo limit: Int) -> Int? {
        precondition(start >= 0 && limit <= count)
        return withUnsafeBytes { bytes in
            guard limit - start > 32 else {
                return (start..<max(limit - 1, start)).first {
                    first.isEqual(to: bytes[$0]) && second.isEqual(to: bytes[$0 + 1])
                }
            }
            return firstLane(from: start, through: limit - 33) { place in
                let run = bytes.loadUnaligned(fromByteOffset: place, as: SIMD4<UInt64>.self)
                let following = bytes.loadUnaligned(fromByteOffset: place + 1, as: SIMD4<UInt64>.self)
                return words(first.lanes(of: run) .& second.lanes(of: following))
            }
        }
    }
}

/// The first place that is sought. `lanes` is asked for a byte that is not 0 at each such place of a run of 32, of which the last begins
/// at `last`; the places that it shares with the run before are known by then to be others.
@inline(__always)
private func firstLane(from start: Int, through last: Int, _ lanes: (Int) -> SIMD4<UInt64>) -> Int? {
    var place = start
    while true {
        if let lane = firstLane(of: lanes(place)) { return place + lane }
        guard place < last else { return nil }
        place = min(place + 32, last)
    }
}

/// A byte that is looked for; a letter of ASCII in both its cases.
struct FoldedByte {
    private let byte: UInt8
    /// The bit in which the two cases of a letter differ.
    private let caseBit: UInt8

    init(_ byte: UInt8) {
        self.byte = byte.asciiLowercased
        caseBit = byte.isASCIILetter ? 0x20 : 0
    }

    @inline(__always)
    func isEqual(to other: UInt8) -> Bool { other | caseBit == byte }

    /// Which of 32 bytes it is equal to. They come as four words, which are folded as such.
    @inline(__always)
    fileprivate func lanes(of run: SIMD4<UInt64>) -> SIMDMask<SIMD32<Int8>> {
        let bytes = SIMD32<UInt8>(repeating: byte)
        let caseBits = SIMD4<UInt64>(repeating: UInt64(caseBit) &* 0x0101_0101_0101_0101)
        return unsafeBitCast(run | caseBits, to: SIMD32<UInt8>.self) .== bytes
    }
}

@inline(__always)
private func words(_ mask: SIMDMask<SIMD32<Int8>>) -> SIMD4<UInt64> { unsafeBitCast(mask, to: SIMD4<UInt64>.self) }

/// The first of 32 bytes that is not 0.
@inline(__always)
private func firstLane(of words: SIMD4<UInt64>) -> Int? {
    guard words[0] | words[1] | words[2] | words[3] != 0 else { return nil }
    // Chosen without a branch: which of the words it is, is different every time.
    let isInFirstHalf = words[0] | words[1] != 0
    let first = isInFirstHalf ? words[0] : words[2]
    let word = first != 0 ? first : isInFirstHalf ? words[1] : words[3]
    return (isInFirstHalf ? 0 : 16) + (first != 0 ? 0 : 8) + word.littleEndian.trailingZeroBitCount >> 3
}
