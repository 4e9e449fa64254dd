// RFC 2047: encoded words in header fields.

enum EncodedWords {
    /// The longest encoded word that is taken for one. RFC 2047 allows 75; several programs write a whole subject as
    /// one.
    private static let wordLimitBytes = 4_096

    private struct Word {
        var charset: Bytes
        var encoding: TransferEncoding
        var text: Bytes
        var end: Int
    }

    /// The value with its encoded words in UTF-8; the same slice where there is none.
    static func decode(_ value: Bytes) -> Bytes {
        guard value.firstRange(of: "=?") != nil else {
            return Charset.utf8(value, charset: nil)
        }
        var decoded: [UInt8] = []
        var position = value.startIndex
        var isBehindWord = false
        while let start = nextStart(in: value, from: position) {
            guard let first = word(in: value, at: start) else {
                decoded += Charset.utf8(value[position..<(start + 2)], charset: nil)
                position = start + 2
                isBehindWord = false
                continue
            }
            let between = value[position..<start]
            // White space between two encoded words is no part of the text.
            if !(isBehindWord && between.allSatisfy(\.isLinearWhitespace)) {
                decoded += Charset.utf8(between, charset: nil)
            }
            let (bytes, end) = run(from: first, in: value)
            decoded += Charset.utf8(bytes, charset: first.charset)
            position = end
            isBehindWord = true
        }
        decoded += Charset.utf8(value[position...], charset: nil)
        return decoded[...]
    }

    /// A word and those right behind it in the same charset, decoded together: some programs cut a character in two.
    private static func run(from first: Word, in value: Bytes) -> (bytes: Bytes, end: Int) {
        var bytes = text(of: first)
        var end = first.end
        while let start = nextStart(in: value, from: end), value[end..<start].allSatisfy(\.isLinearWhitespace),
            let following = word(in: value, at: start), following.charset.equals(first.charset)
        {
            bytes += text(of: following)
            end = following.end
        }
        return (bytes, end)
    }

    private static func nextStart(in value: Bytes, from position: Int) -> Int? {
        value[position...].firstRange(of: "=?")?.lowerBound
    }

    /// `=?charset*language?encoding?text?=` at `start`.
    private static func word(in value: Bytes, at start: Int) -> Word? {
        let window = value[(start + 2)..<min(value.endIndex, start + wordLimitBytes)]
        guard let first = window.split(atByte: UInt8(ascii: "?")), !first.head.isEmpty,
            let second = first.tail.split(atByte: UInt8(ascii: "?")), second.head.count == 1,
            let letter = second.head.first?.asciiLowercased, let end = second.tail.firstRange(of: "?=")
        else { return nil }
        let charset = first.head.split(atByte: UInt8(ascii: "*"))?.head ?? first.head
        let text = second.tail[..<end.lowerBound]
        switch letter {
        case UInt8(ascii: "b"): return Word(charset: charset, encoding: .base64, text: text, end: end.upperBound)
        case UInt8(ascii: "q"):
            return Word(charset: charset, encoding: .quotedPrintable, text: text, end: end.upperBound)
        default: return nil
        }
    }

    private static func text(of word: Word) -> Bytes {
        guard word.encoding == .quotedPrintable else {
            return word.encoding.decode(word.text, limitBytes: wordLimitBytes)
        }
        let spaced = word.text.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: " ") : $0 }
        return word.encoding.decode(spaced[...], limitBytes: wordLimitBytes)
    }
}
