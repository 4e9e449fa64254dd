// The text of a reply as patterns see it: what `Diagnostic.normalize` gives, with the typographer's spaces and quotation marks made
// plain, so that a pattern need not say `['’]`.

import MailSyntax

enum FoldedText {
    /// The most that `Diagnostic.normalize` leaves: 2,000 characters of four bytes.
    static let limitBytes = Diagnostic.limitCharacters * 4

    /// Folds normalised text, which is UTF-8, into `output` of at least `limitBytes`; gives how many bytes that made, never more than
    /// came in. ’ and ‘ become ', “ and ” become ", wide spaces one space, zero-width characters nothing.
    static func fold(_ text: Bytes, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        text.withUnsafeBufferPointer { source in
            let end = min(source.count, output.count)
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
