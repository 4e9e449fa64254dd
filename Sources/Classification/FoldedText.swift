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
    /// addresses and of the recipient's domain x.
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
            guard at + 1 < text.count, isLetterOrDigit(text[at + 1]) else {
                start = at + 1
                continue
            }
            var index = at - 1
            while index >= start, isAtomText(text[index]) {
                mask(&text[index])
                index -= 1
            }
            start = endOfDomain(in: text, from: at + 1)
            for index in (at + 1)..<start { mask(&text[index]) }
        }
    }

    /// A name among others, as in `Host or domain name not found. Name service error for name=unknown.example type=MX`.
    private static func mask(_ domain: Bytes, in text: UnsafeMutableBufferPointer<UInt8>) {
        guard domain.contains(UInt8(ascii: ".")) else { return }
        var start = 0
        while let range = text.span.firstRange(of: domain, from: start) {
            let isBegun = range.lowerBound > 0 && isLabelText(text[range.lowerBound - 1])
            if !isBegun, endOfDomain(in: text, from: range.lowerBound) == range.upperBound {
                for index in range { mask(&text[index]) }
            }
            start = range.upperBound
        }
    }

    /// Where labels with single dots between them end.
    private static func endOfDomain(in text: UnsafeMutableBufferPointer<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let isFollowed = end + 1 < text.count && isLetterOrDigit(text[end + 1])
            guard text[end] == UInt8(ascii: ".") ? isFollowed : isLabelText(text[end]) else { break }
            end += 1
        }
        return end
    }

    private static func isLabelText(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func mask(_ byte: inout UInt8) {
        if isLetterOrDigit(byte) { byte = UInt8(ascii: "x") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// What stands in a local part without quotes, as MTAs print it: RFC 5322's dot-atom without what may surround an address.
    private static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="): true
        default: isLetterOrDigit(byte)
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
