// What a reply only supposes, or asks: "If the user does not exist we would say so" says nothing of this user.

import MailSyntax

enum Supposition {
    /// Whether a word that supposes stands before a part of a folded text, in its clause or at the beginning of its sentence, or its
    /// clause is a question.
    static func covers(_ part: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = Span(_unsafeElements: text)
        return isSupposed(part.lowerBound, in: text) || isAsked(part.upperBound, in: text)
    }

    private static func isSupposed(_ place: Int, in text: Span<UInt8>) -> Bool {
        var end = place
        var isOfClause = true
        while end > 0 {
            var start = end
            while start > 0, text[start - 1].isASCIILetter { start -= 1 }
            if start < end, !isOfName(end, in: text) {
                let word = text.extracting(start..<end)
                if isOfClause, isAny(of: supposing, word) { return true }
                let border = start > 1 && isEndOfClause(text[start - 2]) ? text[start - 2] : nil
                if start == 0 || border != nil, isOfClause || border != UInt8(ascii: ",") {
                    if isAny(of: supposing, word) || isAny(of: opening, word) { return true }
                }
            }
            if start > 0, isEndOfClause(text[start - 1]), !isOfName(start - 1, in: text) {
                guard text[start - 1] == UInt8(ascii: ",") else { return false }
                isOfClause = false
            }
            end = start - 1
        }
        return false
    }

    /// A dot inside a host's name or a number.
    private static func isOfName(_ place: Int, in text: Span<UInt8>) -> Bool {
        place + 1 < text.count && text[place] == UInt8(ascii: ".") && text[place + 1].isASCIIAlphanumeric
    }

    /// A question that ends farther off may be of the next line: "not listed in Domino Directory What should you do?"
    private static func isAsked(_ place: Int, in text: Span<UInt8>) -> Bool {
        for index in place..<min(text.count, place + limitQuestionBytes)
        where isEndOfClause(text[index]) || isDash(index, in: text) {
            return text[index] == UInt8(ascii: "?") && (index + 1 == text.count || text[index + 1] == 0x20)
                && !opensQuestion(place..<index, in: text)
        }
        return false
    }

    /// Whether the question begins in a part of a text only: "No such user Need help?" in two lines.
    private static func opensQuestion(_ part: Range<Int>, in text: Span<UInt8>) -> Bool {
        var start = part.lowerBound
        for index in part.lowerBound...part.upperBound where !text[index].isASCIILetter {
            if start < index, isAny(of: asking, text.extracting(start..<index)) { return true }
            start = index + 1
        }
        return false
    }

    private static func isDash(_ index: Int, in text: Span<UInt8>) -> Bool {
        text[index] == UInt8(ascii: "-") && index > 0 && text[index - 1] == 0x20
    }

    private static func isAny(of words: [StaticString], _ word: Span<UInt8>) -> Bool {
        for candidate in words where candidate.utf8Start.pointee == word[0].asciiLowercased {
            if word.equals(candidate) { return true }
        }
        return false
    }

    private static func isEndOfClause(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"),
            UInt8(ascii: "?"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""):
            true
        default: false
        }
    }

    private static let limitQuestionBytes = 16

    /// Anywhere in a clause.
    private static let supposing: [StaticString] = ["if", "unless", "whether", "whenever"]
    /// At its beginning.
    private static let opening: [StaticString] = [
        "when", "should", "once", "until", "were", "had", "assuming", "provided", "wenn", "falls", "sofern", "sollte",
        "caso", "indien",
    ]
    /// Of questions to the reader.
    private static let asking: [StaticString] = [
        "need", "questions", "problem", "problems", "trouble", "is", "did", "have", "why", "what", "how", "wrong",
        "fragen",
        "besoin",
    ]
}
