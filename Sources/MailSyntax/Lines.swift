// Lines as mail has them: ended by CRLF, by LF alone or by CR alone.

/// One line: `start..<end` is its text, `next` where the line behind its terminator begins.
struct Line {
    var start: Int
    var end: Int
    var next: Int
}

/// Walks a buffer line by line. Where the next LF and the next CR stand is remembered, so that a buffer that has but one of them is
/// still read once for each.
struct LineCursor {
    var position: Int
    /// Where the buffer, for this cursor, ends.
    let limit: Int
    /// The first LF at or behind `position`, or `limit`; stale while smaller than `position`.
    private var nextLineFeed = -1
    /// As `nextLineFeed`, of CR.
    private var nextCarriageReturn = -1

    init(at position: Int, limit: Int) {
        self.position = position
        self.limit = limit
    }

    /// The next line; nil at the end. CR CR LF, which gateways make of CRLF, is one terminator.
    mutating func next(in bytes: Span<UInt8>) -> Line? {
        guard position < limit else { return nil }
        if nextLineFeed < position {
            nextLineFeed = bytes.firstIndex(of: 0x0A, from: position, upTo: limit) ?? limit
        }
        if nextCarriageReturn < position {
            nextCarriageReturn = bytes.firstIndex(of: 0x0D, from: position, upTo: limit) ?? limit
        }
        let start = position
        if nextCarriageReturn < nextLineFeed {
            let end = nextCarriageReturn
            var next = end + 1
            if nextLineFeed < limit {
                if next == nextLineFeed {
                    next += 1
                } else if next + 1 == nextLineFeed, bytes[next] == 0x0D {
                    next += 2
                }
            }
            position = next
            return Line(start: start, end: end, next: next)
        }
        position = min(nextLineFeed + 1, limit)
        return Line(start: start, end: nextLineFeed, next: position)
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
