// Finding a byte or a fixed word in a slice, by memchr, in time linear in the slice.

internal import Glibc

extension ArraySlice<UInt8> {
    /// The index of the first such byte.
    package func firstIndex(ofByte byte: UInt8) -> Int? {
        span.firstIndex(of: byte, from: 0, upTo: count).map { $0 + startIndex }
    }

    /// The index of the last such byte.
    package func lastIndex(ofByte byte: UInt8) -> Int? { lastIndex(of: byte) }

    /// The slice before and the slice behind the first such byte; nil where there is none.
    package func split(atByte byte: UInt8) -> (head: Bytes, tail: Bytes)? {
        guard let index = firstIndex(ofByte: byte) else { return nil }
        return (self[..<index], self[(index + 1)...])
    }

    /// Where the word first stands; ASCII letters compare without regard to case.
    package func firstRange(of word: StaticString) -> Range<Int>? {
        let offset = word.withUTF8Buffer { span.firstOffset(of: $0) }
        return offset.map { (startIndex + $0)..<(startIndex + $0 + word.utf8CodeUnitCount) }
    }

    /// The longest suffix of bytes that all satisfy the condition.
    package func suffix(while condition: (UInt8) -> Bool) -> Bytes {
        var start = endIndex
        while start > startIndex, condition(self[start - 1]) { start -= 1 }
        return self[start...]
    }

    package func contains(_ word: StaticString) -> Bool { firstRange(of: word) != nil }
}

extension Span<UInt8> {
    /// The offset of the first such byte in `from..<limit`, which must lie in the span.
    func firstIndex(of byte: UInt8, from: Int, upTo limit: Int) -> Int? {
        precondition(from >= 0 && limit <= count)
        guard from < limit else { return nil }
        return withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress,
                let found = unsafe memchr(base + from, Int32(byte), limit - from)
            else { return nil }
            return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
        }
    }

    /// The offset of the first such byte in a range of the span.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        firstIndex(of: byte, from: range.lowerBound, upTo: range.upperBound)
    }

    /// The offset at which the word first stands, whatever the case of its letters. The word's first byte is looked for
    /// by memchr, once for each case; both places are kept until they are passed, so that no byte is looked at twice by
    /// either.
    fileprivate func firstOffset(of word: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = word.first?.asciiLowercased else { return 0 }
        let last = count - word.count
        guard last >= 0 else { return nil }
        let upper = first.isASCIILetter ? first & ~0x20 : first
        var nextLower = -1
        var nextUpper = upper == first ? Int.max : -1
        var position = 0
        while position <= last {
            if nextLower < position {
                nextLower = firstIndex(of: first, from: position, upTo: last + 1) ?? Int.max
            }
            if nextUpper < position {
                nextUpper = firstIndex(of: upper, from: position, upTo: last + 1) ?? Int.max
            }
            position = Swift.min(nextLower, nextUpper)
            guard position <= last else { return nil }
            var matched = 1
            while matched < word.count,
                self[position + matched].asciiLowercased == word[matched].asciiLowercased
            {
                matched += 1
            }
            if matched == word.count { return position }
            position += 1
        }
        return nil
    }
}
