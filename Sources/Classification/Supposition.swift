// What a reply only supposes: "If the user does not exist we would say so" says nothing of this user.

import MailSyntax

enum Supposition {
    /// Whether a word that supposes stands before a place in a folded text, and nothing that ends a clause between them.
    static func covers(_ place: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = Span(_unsafeElements: text)
        var end = place
        while end > 0 {
            var start = end
            while start > 0, text[start - 1].isASCIILetter { start -= 1 }
            if start < end, isSupposing(text.extracting(start..<end), opensClause: opensClause(start, in: text)) {
                return true
            }
            if start > 0, isEndOfClause(text[start - 1]) { return false }
            end = start - 1
        }
        return false
    }

    private static func isSupposing(_ word: Span<UInt8>, opensClause: Bool) -> Bool {
        switch word.count {
        case 2: word.equals("if")
        case 4: word.equals("when") && opensClause
        case 6: word.equals("unless") || word.equals("should") && opensClause
        case 7: word.equals("whether")
        case 8: word.equals("whenever")
        default: false
        }
    }

    private static func opensClause(_ start: Int, in text: Span<UInt8>) -> Bool {
        start == 0 || start > 1 && isEndOfClause(text[start - 2])
    }

    private static func isEndOfClause(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"),
            UInt8(ascii: "?"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""):
            true
        default: false
        }
    }
}
