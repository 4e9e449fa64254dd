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

    private static let dash = FoldedByte(UInt8(ascii: "-"))

    init(at position: Int, limit: Int) {
        self.position = position
        self.limit = limit
    }

    /// The next line; nil at the end. CR CR LF, which gateways make of CRLF, is one terminator.
    mutating func next(in bytes: Span<UInt8>) -> Line? {
        guard position < limit else { return nil }
        let end = bytes.firstLineEnd(from: position, upTo: limit)
        let line = Line(start: position, end: end, next: behindTerminator(at: end, in: bytes))
        position = line.next
        return line
    }

    /// The next line that begins with `--`; those before it are passed over without a look at where they end.
    mutating func nextDashed(in bytes: Span<UInt8>) -> Line? {
        var search = position
        while let place = bytes.firstPair(Self.dash, Self.dash, from: search, upTo: limit) {
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
