// What stands behind a reply's own words: whom to ask, where to read more, a number in brackets, that the message is refused, what an MTA
// does now. It says nothing of the mailbox.

import MailSyntax

enum Advice {
    /// Whether nothing else, or what closes a sentence or a quotation, stands behind a place in a folded text. Takes time linear in the
    /// text for all places together.
    static func follows(_ position: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = Span(_unsafeElements: text)
        var start = position
        if start + 1 == text.count { return isClosing(text[start]) }
        for _ in 0..<limitClosings {
            if start < text.count, text[start] == UInt8(ascii: ".") { start += 1 }
            if start == text.count { return true }
            guard start + 1 < text.count, text[start] == 0x20 else { return false }
            start += 1
            if begins(at: start, in: text) || isNumber(at: start, in: text) || isLink(at: start, in: text) {
                return true
            }
            guard let end = ClosingWords.end(in: text, from: start) else { return false }
            start = end
        }
        return false
    }

    private static func isClosing(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ">")
    }

    /// A refusal, two numbers, and what a gateway adds.
    private static let limitClosings = 4

    /// One of the reply's in brackets, and no host's address.
    private static func isNumber(at start: Int, in text: Span<UInt8>) -> Bool {
        text[start] == UInt8(ascii: "[") && start + 1 < text.count && text[start + 1].isASCIILetter
            && text[text.count - 1] == UInt8(ascii: "]")
    }

    private static func isLink(at start: Int, in text: Span<UInt8>) -> Bool {
        text.extracting(start...).hasPrefix("http") && (start..<text.count).allSatisfy { text[$0] != 0x20 }
    }

    /// The first sentences of it in a folded text, behind other words, as far as one follows the other.
    static func range(in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        let text = Span(_unsafeElements: text)
        for start in text.indices.dropFirst() where isSentence(at: start, in: text) {
            var end = start
            repeat {
                end += 1
                while end < text.count, text[end] != 0x20 || text[end - 1] != UInt8(ascii: ".") { end += 1 }
            } while end + 1 < text.count && isSentence(at: end + 1, in: text)
            return start..<end
        }
        return nil
    }

    private static func isSentence(at start: Int, in text: Span<UInt8>) -> Bool {
        guard text[start - 1] == 0x20 else { return false }
        if begins(at: start, in: text) { return true }
        return start > 1 && text[start - 2] == UInt8(ascii: ".") && ClosingWords.isRefusal(at: start, in: text)
    }

    private static func begins(at start: Int, in text: Span<UInt8>) -> Bool {
        let candidates: [StaticString]
        switch text[start].asciiLowercased {
        case UInt8(ascii: "p"): candidates = requests
        case UInt8(ascii: "i"): candidates = conditions
        case UInt8(ascii: "f"): candidates = purposes
        case UInt8(ascii: "c"), UInt8(ascii: "l"), UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "v"):
            candidates = others
        case UInt8(ascii: "g"), UInt8(ascii: "("): candidates = actions
        default: return false
        }
        for words in candidates where text.extracting(start...).hasPrefix(words) { return true }
        return false
    }

    private static let requests: [StaticString] = [
        "please contact ", "please see ", "please visit ", "please refer to ",
    ]
    private static let conditions: [StaticString] = [
        "if you think ", "if you believe ", "if you feel ", "if you need ", "if you have questions",
    ]
    private static let purposes: [StaticString] = [
        "for more ", "for further ", "for assistance", "for help", "for details", "for additional ",
    ]
    private static let others: [StaticString] = ["contact your ", "learn more ", "see http", "visit http", "more info"]
    /// Of qmail and PowerMTA.
    private static let actions: [StaticString] = ["giving up on ", "(delivery attempts"]
}
