// The text of a reply as patterns see it: what `Diagnostic.normalize` gives, with the typographer's spaces and quotation marks made
// plain, so that a pattern need not say `['’]`, and with the words taken out of addresses and of the recipient's domain: neither
// <full@a.example> nor <anna@full.example> is full.

internal import Glibc
import MailSyntax

enum FoldedText {
    /// The most that `Diagnostic.normalize` leaves: 2,000 characters of four bytes.
    static let limitBytes = Diagnostic.limitCharacters * 4

    /// Folds normalised text, which is UTF-8, into `output` of at least `limitBytes`; gives how many bytes that made, never more than
    /// came in. ’ and ‘ become ', “ and ” become ", wide spaces one space, zero-width characters nothing, and the letters and digits of
    /// addresses and of the recipient's domain, with hosts below it, x.
    static func fold(_ text: Bytes, recipientDomain: Bytes?, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let count = makePlain(text, into: output)
        let folded = UnsafeMutableBufferPointer(rebasing: output[..<count])
        maskAddresses(folded)
        if let recipientDomain { mask(recipientDomain, in: folded) }
        return count
    }

    private static func makePlain(_ text: Bytes, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        text.withUnsafeBufferPointer { source in
            let end = min(source.count, output.count)
            if Diagnostic.isPlain(text[..<(text.startIndex + end)]) {
                _ = output.update(fromContentsOf: source[..<end])
                return end
            }
            var written = 0
            var index = 0
            while index < end {
                let byte = source[index]
                if byte < 0xE2 || byte > 0xEF || index + 2 >= end {
                    let isSecondSpace = byte == 0x20 && written > 0 && output[written - 1] == 0x20
                    if !isSecondSpace {
                        output[written] = byte
                        written += 1
                    }
                    index += 1
                    continue
                }
                switch plain(byte, source[index + 1], source[index + 2]) {
                case .itself:
                    output[written] = byte
                    written += 1
                    index += 1
                case .byte(0x20) where written > 0 && output[written - 1] == 0x20: index += 3
                case .byte(let byte):
                    output[written] = byte
                    written += 1
                    index += 3
                case .nothing: index += 3
                }
            }
            return written
        }
    }

    /// `full.house@unknown.example` becomes `xxxx.xxxxx@xxxxxxx.xxxxxxx`.
    private static func maskAddresses(_ text: UnsafeMutableBufferPointer<UInt8>) {
        guard let base = text.baseAddress else { return }
        var start = 0
        while start < text.count, let found = memchr(base + start, CInt(UInt8(ascii: "@")), text.count - start) {
            let at = UnsafeMutableRawPointer(base).distance(to: found)
            let local = startOfLocalPart(in: text, from: start, upTo: at)
            guard local < at, at + 1 < text.count, text[at + 1].isASCIIAlphanumeric else {
                start = at + 1
                continue
            }
            start = endOfDomain(in: text, from: at + 1)
            mask(text[local..<start])
        }
    }

    /// A name among others, or the end of a host's, as in `Name service error for name=unknown.example type=MX`.
    private static func mask(_ domain: Bytes, in text: UnsafeMutableBufferPointer<UInt8>) {
        guard domain.contains(UInt8(ascii: ".")) else { return }
        var next = 0
        while let range = text.span.firstRange(of: domain, from: next) {
            next = range.upperBound
            guard endOfDomain(in: text, from: range.upperBound) == range.upperBound else { continue }
            var start = range.lowerBound
            if start > 0, text[start - 1] == UInt8(ascii: ".") {
                while start > 0, isLabelText(text[start - 1]) { start -= 1 }
            }
            if start == 0 || !isLabelText(text[start - 1]) { mask(text[start..<range.upperBound]) }
        }
    }

    private static func mask(_ part: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        for index in part.indices where part[index].isASCIIAlphanumeric { part.base[index] = UInt8(ascii: "x") }
    }

    /// Where labels with single dots between them end.
    private static func endOfDomain(in text: UnsafeMutableBufferPointer<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let isFollowed = end + 1 < text.count && text[end + 1].isASCIIAlphanumeric
            guard text[end] == UInt8(ascii: ".") ? isFollowed : isLabelText(text[end]) else { break }
            end += 1
        }
        return end
    }

    private static func isLabelText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: byte.isASCIIAlphanumeric
        }
    }

    /// Where a local part begins, dot-atom or quoted (RFC 5321, 4.1.2), that ends before an @.
    private static func startOfLocalPart(
        in text: UnsafeMutableBufferPointer<UInt8>, from start: Int, upTo at: Int
    ) -> Int {
        var local = at
        if at > start, text[at - 1] == UInt8(ascii: "\"") {
            local -= 1
            while local > start, text[local - 1] != UInt8(ascii: "\"") { local -= 1 }
            return max(local - 1, start)
        }
        while local > start, isAtomText(text[local - 1]) { local -= 1 }
        return local
    }

    /// RFC 5322's `atext` and the dot, without what stands in links before an address: `https://list.example/?user=anna@a.example`.
    private static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "="),
            UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "~"):
            true
        default: byte.isASCIIAlphanumeric
        }
    }

    private enum Plain { case itself, nothing, byte(UInt8) }

    /// What a character of three bytes becomes.
    private static func plain(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Plain {
        switch (first, second, third) {
        case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF), (0xE3, 0x80, 0x80): .byte(0x20)
        case (0xE2, 0x80, 0x8B...0x8F), (0xEF, 0xBB, 0xBF): .nothing
        case (0xE2, 0x80, 0x98...0x99): .byte(UInt8(ascii: "'"))
        case (0xE2, 0x80, 0x9C...0x9D): .byte(UInt8(ascii: "\""))
        default: .itself
        }
    }
}
