// RFC 5322, 2.2 and 3.6.8: header fields, in a message's header and in the blocks of fields that reports are made of
// (RFC 3464, 2.1).

/// One header field as ranges into its message's bytes.
package struct HeaderField: Sendable {
    package let name: Range<Int>
    /// Without white space at both ends; folds stand as they came.
    package let value: Range<Int>
}

/// What a block of header fields is made of, by its places in the block.
package enum FieldLine: Sendable {
    /// `value` is trimmed and may hold folds (see `Bytes.unfolded`).
    case field(name: Range<Int>, value: Range<Int>)
    /// An empty line.
    case blank
    /// A line that is no field: neither a name and a colon nor the continuation of one.
    case other(Range<Int>)
}

/// The fields, empty lines and other lines of a slice, in order.
package struct FieldLines: Sequence, IteratorProtocol {
    private let bytes: Bytes
    private var cursor: LineCursor

    init(_ bytes: Bytes) {
        self.bytes = bytes
        self.cursor = LineCursor(at: 0, limit: bytes.count)
    }

    package mutating func next() -> FieldLine? {
        var cursor = cursor
        defer { self.cursor = cursor }
        let start = bytes.startIndex
        if let field = cursor.nextField(in: bytes.span) {
            return .field(name: field.name.shifted(by: start), value: field.value.shifted(by: start))
        }
        guard let line = cursor.next(in: bytes.span) else { return nil }
        return line.start == line.end ? .blank : .other((line.start..<line.end).shifted(by: start))
    }
}

extension ArraySlice<UInt8> {
    /// The slice read as a block of header fields.
    package var fieldLines: FieldLines { FieldLines(self) }

    /// Whether there is a CR or LF in it.
    var hasLineEnd: Bool { span.firstLineEnd(from: 0, upTo: count) < count }

    /// The slice without line ends before white space, the white space kept (RFC 5322, 2.2.3); the same slice where
    /// there is no fold.
    package var unfolded: Bytes {
        guard hasLineEnd else { return self }
        return [UInt8](unsafeUninitializedCapacity: count) { output, written in
            for byte in self where byte != 0x0A && byte != 0x0D {
                output[written] = byte
                written += 1
            }
        }[...]
    }
}

extension ArraySlice<UInt8> {
    /// The identifier in the value of a field Message-ID (RFC 5322, 3.6.4), without its angle brackets where it has any; nil where
    /// there is none.
    package var messageIdentifier: Bytes? {
        guard let open = firstIndex(ofByte: UInt8(ascii: "<")),
            let close = self[open...].firstIndex(ofByte: UInt8(ascii: ">"))
        else { return trimmed.isEmpty ? nil : trimmed }
        return self[(open + 1)..<close].trimmed
    }
}

extension LineCursor {
    /// The longest field name that is taken for one; RFC 5322 lines end at 998.
    private static let nameLimitBytes = 256

    /// The field that begins at the cursor, its continuation lines consumed; nil (and nothing consumed) where none does.
    @inline(__always)
    mutating func nextField(in bytes: Span<UInt8>) -> HeaderField? {
        guard let name = fieldName(at: position, in: bytes) else { return nil }
        var end = bytes.firstLineEnd(from: name.colon + 1, upTo: limit)
        var next = behindTerminator(at: end, in: bytes)
        while next < limit, bytes[next].isBlank {
            end = bytes.firstLineEnd(from: next, upTo: limit)
            next = behindTerminator(at: end, in: bytes)
        }
        var start = name.colon + 1
        while start < end, bytes[start].isLinearWhitespace { start += 1 }
        while end > start, bytes[end - 1].isLinearWhitespace { end -= 1 }
        defer { position = next }
        return HeaderField(name: position..<name.end, value: start..<end)
    }

    /// Where the field name that begins at `start` ends and where its colon stands; blanks between the two are let pass (RFC
    /// 5322, 4.5.8).
    @inline(__always)
    func fieldName(at start: Int, in bytes: Span<UInt8>) -> (end: Int, colon: Int)? {
        let limit = min(limit, start + Self.nameLimitBytes)
        let end = bytes.firstBehindFieldName(from: start, upTo: limit)
        var colon = end
        while colon < limit, bytes[colon].isBlank { colon += 1 }
        guard end > start, colon < limit, bytes[colon] == UInt8(ascii: ":") else { return nil }
        return (end, colon)
    }
}
