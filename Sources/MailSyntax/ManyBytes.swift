// Looking for bytes 64 or 32 at once.

private import CManyBytes

extension Span<UInt8> {
    /// Where the first CR or LF in `start..<limit` stands, which must lie in the span; `limit` where there is none.
    @inline(__always)
    func firstLineEnd(from start: Int, upTo limit: Int) -> Int {
        first(from: start, upTo: limit, step: 64, many_bytes_line_ends) ?? limit
    }

    /// Where the first byte in `start..<limit` stands, which must lie in the span, that no field name is made of (`ftext` of RFC 5322,
    /// 3.6.8); `limit` where there is none. Names are short.
    @inline(__always)
    func firstBehindFieldName(from start: Int, upTo limit: Int) -> Int {
        first(from: start, upTo: limit, step: 32, many_bytes_outside_field_name) ?? limit
    }

    /// Where the two bytes first stand beside each other in `start..<limit`, which must lie in the span.
    func firstPair(_ first: FoldedByte, _ second: FoldedByte, from start: Int, upTo limit: Int) -> Int? {
        // Each run shares its last byte with the next one.
        self.first(from: start, upTo: limit, step: 63) { bytes, count in
            many_bytes_pairs(bytes, count, first.byte, first.caseBit, second.byte, second.caseBit)
        }
    }

    /// Where a byte of the one range first stands before one of the other in `start..<limit`, which must lie in the span. Zero is in no
    /// range.
    func firstPair(_ first: ClosedRange<UInt8>, _ second: ClosedRange<UInt8>, from start: Int, upTo limit: Int) -> Int?
    {
        self.first(from: start, upTo: limit, step: 63) { bytes, count in
            many_bytes_range_pairs(
                bytes, count, first.lowerBound, first.upperBound, second.lowerBound, second.upperBound)
        }
    }

    /// Whether a byte of a range, in which zero is not, stands in a part of the span.
    func contains(_ range: ClosedRange<UInt8>, in part: Range<Int>) -> Bool {
        first(from: part.lowerBound, upTo: part.upperBound, step: 64) { bytes, count in
            many_bytes_range(bytes, count, range.lowerBound, range.upperBound)
        } != nil
    }

    /// A bit for each of the 64 bytes from a place in the span on, the first as the lowest: letters and digits of ASCII, and `_`.
    package func wordBytes(from place: Int) -> UInt64 {
        precondition(place >= 0 && place <= count)
        return withUnsafeBytes { bytes in
            bytes.baseAddress.map { many_bytes_of_words($0 + place, bytes.count - place) } ?? 0
        }
    }

    /// Whether all is printable ASCII, with no space behind another.
    var isPrintableLine: Bool {
        // Each run shares its last byte with the next one.
        first(from: 0, upTo: count, step: 63, many_bytes_not_plain) == nil
    }

    /// Calls `body` with the place of each space from `start` on.
    @inline(__always)
    func forEachSpace(from start: Int, _ body: (Int) -> Void) {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var place = start
            while place < bytes.count {
                var spaces = many_bytes_spaces(base + place, bytes.count - place)
                while spaces != 0 {
                    body(place + spaces.trailingZeroBitCount)
                    spaces &= spaces &- 1
                }
                place += 64
            }
        }
    }

    /// Where the first byte in `start..<limit` stands, which must lie in the span, that has a bit in what `bits` gives for the bytes from a
    /// place on, of which it looks at `step`.
    @inline(__always)
    private func first(
        from start: Int, upTo limit: Int, step: Int, _ bits: (UnsafeRawPointer, Int) -> UInt64
    ) -> Int? {
        precondition(start >= 0 && limit <= count)
        return withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var place = start
            while place < limit {
                let found = bits(base + place, limit - place)
                if found != 0 { return place + found.trailingZeroBitCount }
                place += step
            }
            return nil
        }
    }
}

/// A byte that is looked for; a letter of ASCII in both its cases.
struct FoldedByte {
    fileprivate let byte: UInt8
    /// The bit in which the two cases of a letter differ.
    fileprivate let caseBit: UInt8

    init(_ byte: UInt8) {
        self.byte = byte.asciiLowercased
        caseBit = byte.isASCIILetter ? 0x20 : 0
    }

    @inline(__always)
    func isEqual(to other: UInt8) -> Bool { other | caseBit == byte }
}
