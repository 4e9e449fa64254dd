// What a reply only supposes: "If the user does not exist we would say so" says nothing of this user.

import MailSyntax

enum Supposition {
    /// Whether a word that supposes stands before a place in a folded text, in its clause, or at the beginning of its sentence.
    static func covers(_ place: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = Span(_unsafeElements: text)
        var end = place
        var isOfClause = true
        while end > 0 {
            var start = end
            while start > 0, text[start - 1].isASCIILetter { start -= 1 }
            if start < end {
                let word = text.extracting(start..<end)
                let opening = opensClause(start, in: text)
                if isOfClause, isSupposing(word) || opening && word.equals("when") { return true }
                if opening, isSupposing(word) || isSupposingOpening(word) {
                    if isOfClause || opensSentence(start, in: text) { return true }
                }
            }
            if start > 0, isEndOfClause(text[start - 1]) {
                guard text[start - 1] == UInt8(ascii: ",") else { return false }
                isOfClause = false
            }
            end = start - 1
        }
        return false
    }

    private static func isSupposing(_ word: Span<UInt8>) -> Bool {
        switch word.count {
        case 2: word.equals("if")
        case 6: word.equals("unless")
        case 7: word.equals("whether")
        case 8: word.equals("whenever")
        default: false
        }
    }

    /// At the beginning of a clause alone.
    private static func isSupposingOpening(_ word: Span<UInt8>) -> Bool {
        switch word.count {
        case 3: word.equals("had")
        case 4: word.equals("once") || word.equals("were")
        case 5: word.equals("until")
        case 6: word.equals("should")
        case 8: word.equals("assuming") || word.equals("provided")
        default: false
        }
    }

    private static func opensSentence(_ start: Int, in text: Span<UInt8>) -> Bool {
        start == 0 || start > 1 && text[start - 2] != UInt8(ascii: ",") && isEndOfClause(text[start - 2])
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
