// Finding a byte or a fixed word in a slice, in time linear in the slice.

internal import Glibc

extension ArraySlice<UInt8> {
    /// The index of the first such byte.
    package func firstIndex(ofByte byte: UInt8) -> Int? {
        span.firstIndex(of: byte, from: 0, upTo: count).map { $0 + startIndex }
    }

    /// The index of the first such byte in a part of the slice.
    package func firstIndex(ofByte byte: UInt8, in range: Range<Int>) -> Int? {
        span.firstIndex(of: byte, in: range.shifted(by: -startIndex)).map { $0 + startIndex }
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
        span.firstRange(of: word)?.shifted(by: startIndex)
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
    /// Whether the bytes are the same, the case of letters too.
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { these in
            other.withUnsafeBytes { those in
                guard let these = these.baseAddress, let those = those.baseAddress else { return true }
                return unsafe memcmp(these, those, count) == 0
            }
        }
    }

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
    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        firstIndex(of: byte, from: range.lowerBound, upTo: range.upperBound)
    }

    /// Where the word first stands; ASCII letters compare without regard to case.
    func firstRange(of word: StaticString) -> Range<Int>? {
        let offset = word.withUTF8Buffer { firstOffset(of: $0) }
        return offset.map { $0..<($0 + word.utf8CodeUnitCount) }
    }

    /// Where a word that is not empty first stands from an offset on; ASCII letters compare without regard to case.
    package func firstRange(of word: Bytes, from start: Int) -> Range<Int>? {
        guard !word.isEmpty, start <= count else { return nil }
        let offset = word.withUnsafeBufferPointer { extracting(start...).firstOffset(of: $0) }
        return offset.map { (start + $0)..<(start + $0 + word.count) }
    }

    /// The offset at which the word first stands, whatever the case of its letters: where its first two bytes do, the rest is
    /// compared. A first byte that is seldom in a text (`>`, `(`, `=`, a part of a character) is looked for alone, which is faster.
    private func firstOffset(of word: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = word.baseAddress, word.count > 1 else { return firstOffset(ofShort: word) }
        let (first, second) = (FoldedByte(word[0]), FoldedByte(word[1]))
        let isSeldom = !word[0].isASCIIAlphanumeric && !word[0].isBlank
        var position = 0
        while word.count <= count - position,
            let place = isSeldom
                ? firstIndex(of: word[0], from: position, upTo: count - word.count + 1)
                : firstPair(first, second, from: position, upTo: count - word.count + 2)
        {
            let isWord = withUnsafeBytes { bytes in
                bytes.baseAddress.map { equalsFolded($0 + place, base, count: word.count) } ?? false
            }
            if isWord { return place }
            position = place + 1
        }
        return nil
    }

    /// A word of one byte or none.
    private func firstOffset(ofShort word: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let byte = word.first.map(FoldedByte.init) else { return 0 }
        return indices.first { byte.isEqual(to: self[$0]) }
    }
}
