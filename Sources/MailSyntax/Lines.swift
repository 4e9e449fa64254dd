// Lines as mail has them: ended by CRLF, by LF alone or by CR alone.

/// One line: `start..<end` is its text, `next` where the line behind its terminator begins.
struct Line {
    var start: Int
    var end: Int
    var next: Int
}

/// Walks a buffer line by line. Each call is given the bytes that the cursor walks over.
struct LineCursor {
    var position: Int
    /// Where the buffer, for this cursor, ends.
    let limit: Int

    init(at position: Int, limit: Int) {
        self.position = position
        self.limit = limit
    }

    /// The next line; nil at the end. CR CR LF, which gateways make of CRLF, is one terminator.
    mutating func next(in bytes: Span<UInt8>) -> Line? {
        guard position < limit else { return nil }
        let end = bytes.firstLineEnd(from: position, upTo: limit)
        defer { position = behindTerminator(at: end, in: bytes) }
        return Line(start: position, end: end, next: behindTerminator(at: end, in: bytes))
    }

    /// The next line that begins with `--`; those before it are passed over without a look at where they end.
    mutating func nextDashed(in bytes: Span<UInt8>) -> Line? {
        var search = position
        while let place = bytes.firstTwoDashes(from: search, upTo: limit) {
            if place == position || bytes[place - 1].isLineEnd {
                position = place
                return next(in: bytes)
            }
            search = place + 2
            while search < limit, bytes[search] == UInt8(ascii: "-") { search += 1 }
        }
        position = limit
        return nil
    }

    /// Where the line behind a terminator begins.
    @inline(__always)
    func behindTerminator(at end: Int, in bytes: Span<UInt8>) -> Int {
        guard end < limit else { return limit }
        if bytes[end] == 0x0A { return end + 1 }
        if end + 1 < limit, bytes[end + 1] == 0x0A { return end + 2 }
        return end + 2 < limit && bytes[end + 1] == 0x0D && bytes[end + 2] == 0x0A ? end + 3 : end + 1
    }
}

extension Span<UInt8> {
    /// Where the first CR or LF in `start..<limit` stands, which must lie in the span; `limit` where there is none. 32 bytes are
    /// looked at at once.
    @inline(__always)
    func firstLineEnd(from start: Int, upTo limit: Int) -> Int {
        precondition(start >= 0 && limit <= count)
        return withUnsafeBytes { bytes in
            let lineFeeds = SIMD32<UInt8>(repeating: 0x0A)
            let carriageReturns = SIMD32<UInt8>(repeating: 0x0D)
            var index = start
            while limit - index >= 32 {
                let run = bytes.loadUnaligned(fromByteOffset: index, as: SIMD32<UInt8>.self)
                if let first = ((run .== lineFeeds) .| (run .== carriageReturns)).firstLane { return index + first }
                index += 32
            }
            while index < limit, !bytes[index].isLineEnd { index += 1 }
            return index
        }
    }

    /// Where two `-` first stand in `start..<limit`, which must lie in the span. 32 places are looked at at once.
    fileprivate func firstTwoDashes(from start: Int, upTo limit: Int) -> Int? {
        precondition(start >= 0 && limit <= count)
        return withUnsafeBytes { bytes in
            let dashes = SIMD32<UInt8>(repeating: UInt8(ascii: "-"))
            var index = start
            while limit - index > 32 {
                let run = bytes.loadUnaligned(fromByteOffset: index, as: SIMD32<UInt8>.self)
                let following = bytes.loadUnaligned(fromByteOffset: index + 1, as: SIMD32<UInt8>.self)
                if let first = ((run .== dashes) .& (following .== dashes)).firstLane { return index + first }
                index += 32
            }
            while index + 1 < limit {
                if bytes[index] == UInt8(ascii: "-"), bytes[index + 1] == UInt8(ascii: "-") { return index }
                index += 1
            }
            return nil
        }
    }
}

extension SIMDMask<SIMD32<Int8>> {
    /// The first lane that is true.
    @inline(__always)
    fileprivate var firstLane: Int? {
        let words = unsafeBitCast(self, to: SIMD4<UInt64>.self)
        guard words[0] | words[1] | words[2] | words[3] != 0 else { return nil }
        // Chosen without a branch: which of the words it is, is different every time.
        let isInFirstHalf = words[0] | words[1] != 0
        let first = isInFirstHalf ? words[0] : words[2]
        let word = first != 0 ? first : isInFirstHalf ? words[1] : words[3]
        return (isInFirstHalf ? 0 : 16) + (first != 0 ? 0 : 8) + word.littleEndian.trailingZeroBitCount >> 3
    }
}

/// The places of a slice's lines, without their terminators. An unended last line counts; an empty slice has none.
package struct LinePlaces: Sequence, IteratorProtocol {
    fileprivate let bytes: Bytes
    private var cursor: LineCursor

    init(_ bytes: Bytes) {
        self.bytes = bytes
        self.cursor = LineCursor(at: 0, limit: bytes.count)
    }

    package mutating func next() -> Range<Int>? {
        var cursor = cursor
        defer { self.cursor = cursor }
        guard let line = cursor.next(in: bytes.span) else { return nil }
        return (line.start..<line.end).shifted(by: bytes.startIndex)
    }
}

/// As `LinePlaces`, each line as a slice.
package struct LineSequence: Sequence, IteratorProtocol {
    private var places: LinePlaces

    init(_ bytes: Bytes) {
        places = LinePlaces(bytes)
    }

    package mutating func next() -> Bytes? { places.next().map { places.bytes[$0] } }
}

extension ArraySlice<UInt8> {
    /// The slice's lines; each is a slice of it.
    package var lines: LineSequence { LineSequence(self) }

    /// Where the slice's lines stand in it.
    package var linePlaces: LinePlaces { LinePlaces(self) }
}
