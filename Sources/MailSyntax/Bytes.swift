// A run of bytes of a message, and the few questions that mail asks of one. Everything that is read from a message is
// handed on as a slice of the buffer it came in; `String` is made when a record is written.

/// A slice of a message or of a part that was decoded. Its indices are those of the array it was cut from.
package typealias Bytes = ArraySlice<UInt8>

extension ArraySlice<UInt8> {
    /// The bytes of a fixed word.
    package init(_ word: StaticString) {
        self = word.withUTF8Buffer { ArraySlice($0) }
    }

    package init(utf8 string: String) {
        self = ArraySlice(string.utf8)
    }

    /// As UTF-8; what is not UTF-8 becomes U+FFFD.
    package var text: String { String(decoding: self, as: UTF8.self) }

    /// Without spaces, tabs, carriage returns and line feeds at both ends.
    package var trimmed: Bytes { self[trimmed(startIndex..<endIndex)] }

    /// A part of the slice without these.
    package func trimmed(_ range: Range<Int>) -> Range<Int> {
        span.trimmed(range.shifted(by: -startIndex)).shifted(by: startIndex)
    }

    /// A to Z folded to a to z.
    package func lowercased() -> [UInt8] { map(\.asciiLowercased) }

    /// Whether the slice is the word; letters of ASCII compare without regard to case, here and in the functions below.
    package func equals(_ word: StaticString) -> Bool {
        count == word.utf8CodeUnitCount && matches(word, at: startIndex)
    }

    /// Whether the word is what stands at a place.
    package func equals(_ word: StaticString, at range: Range<Int>) -> Bool {
        range.count == word.utf8CodeUnitCount && matches(word, at: range.lowerBound)
    }

    /// As `equals(_:)` with a word that was read rather than fixed.
    package func equals(_ other: Bytes) -> Bool {
        span.equals(other.span)
    }

    @inlinable
    package func hasPrefix(_ word: StaticString) -> Bool { span.hasPrefix(word) }

    /// Whether what stands at a place begins with the word.
    @inlinable
    package func hasPrefix(_ word: StaticString, at range: Range<Int>) -> Bool {
        span.extracting(range.shifted(by: -startIndex)).hasPrefix(word)
    }

    package func hasSuffix(_ word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && matches(word, at: endIndex - word.utf8CodeUnitCount)
    }

    /// What stands behind the prefix; nil where the slice does not begin with it.
    package func dropping(prefix word: StaticString) -> Bytes? {
        hasPrefix(word) ? self[(startIndex + word.utf8CodeUnitCount)...] : nil
    }

    /// What stands before the suffix; nil where the slice does not end with it.
    package func dropping(suffix word: StaticString) -> Bytes? {
        hasSuffix(word) ? self[..<(endIndex - word.utf8CodeUnitCount)] : nil
    }

    /// Whether the word stands at `index`, which must lie so that the whole word is inside the slice.
    @inline(__always)
    private func matches(_ word: StaticString, at index: Int) -> Bool {
        span.extracting((index - startIndex)..<(index - startIndex + word.utf8CodeUnitCount)).equals(word)
    }
}

extension ArraySlice<UInt8>? {
    /// Whether there is none. What `== nil` means elsewhere, the comparison of two optional values, would copy the slice.
    @inline(__always)
    package static func == (slice: Bytes?, none: _OptionalNilComparisonType) -> Bool {
        switch slice {
        case nil: true
        case .some: false
        }
    }

    @inline(__always)
    package static func != (slice: Bytes?, none: _OptionalNilComparisonType) -> Bool { !(slice == none) }
}

extension Span<UInt8> {
    /// Whether it is the word. Most words are told apart by their first byte.
    @inlinable @inline(__always)
    package func equals(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        guard count > 0 else { return true }
        return (self[0] ^ word.utf8Start[0]) & ~0x20 == 0 && hasLetters(of: word)
    }

    /// As `equals(_:)` with a word that was read rather than fixed.
    package func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { these in
            other.withUnsafeBytes { those in
                guard let these = these.baseAddress, let those = those.baseAddress else { return true }
                return equalsFolded(these, those, count: count)
            }
        }
    }

    @inlinable @inline(__always)
    package func hasPrefix(_ word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && extracting(..<word.utf8CodeUnitCount).equals(word)
    }

    func hasSuffix(_ word: StaticString) -> Bool {
        count >= word.utf8CodeUnitCount && extracting((count - word.utf8CodeUnitCount)...).equals(word)
    }

    /// A part without spaces, tabs, carriage returns and line feeds at both ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, self[lower].isLinearWhitespace { lower += 1 }
        while upper > lower, self[upper - 1].isLinearWhitespace { upper -= 1 }
        return lower..<upper
    }

    @usableFromInline
    package func hasLetters(of word: StaticString) -> Bool {
        withUnsafeBytes { bytes in
            bytes.baseAddress.map { equalsFolded($0, word.utf8Start, count: bytes.count) } ?? true
        }
    }
}

extension Range<Int> {
    /// From offsets in a slice to its indices.
    @inlinable
    package func shifted(by start: Int) -> Range<Int> { (lowerBound + start)..<(upperBound + start) }
}

/// The classes of byte that the grammars of RFC 5321 and RFC 5322 are made of.
extension UInt8 {
    package var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    package var isASCIIDigit: Bool { self &- 0x30 < 10 }
    package var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
    package var isASCIIAlphanumeric: Bool { isASCIIDigit || isASCIILetter }
    /// SP or HT.
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    /// SP, HT, CR or LF.
    var isLinearWhitespace: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
    /// CR or LF.
    var isLineEnd: Bool { self == 0x0A || self == 0x0D }
    /// `atext` of RFC 5322, 3.2.3, with the bytes of UTF-8 beyond ASCII (RFC 6532).
    var isAtomText: Bool {
        if isASCIIAlphanumeric || self >= 0x80 { return true }
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }
    /// 0 to 15; nil for what is no hexadecimal digit.
    package var hexadecimalValue: UInt8? {
        if isASCIIDigit { return self - 0x30 }
        let letter = asciiLowercased &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}
