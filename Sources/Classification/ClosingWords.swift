// What a server ends its replies with, whatever they say: that the message is refused, and the number by which its log knows it.

import MailSyntax

enum ClosingWords {
    /// Where words of this kind end that begin at a place in a folded text and have the end of a sentence, or of the text, behind them.
    static func end(in text: Span<UInt8>, from start: Int) -> Int? {
        var start = start
        if let end = endOfRefusal(in: text, from: start) { return end }
        // "- gsmtp", "(Ref: 1a2b)", "[id=1a2b]", "session id 1a2b"
        if text[start] == UInt8(ascii: "-"), start + 1 < text.count, text[start + 1] == 0x20 { start += 2 }
        guard start < text.count else { return nil }
        let closing: UInt8? =
            switch text[start] {
            case UInt8(ascii: "("): UInt8(ascii: ")")
            case UInt8(ascii: "["): UInt8(ascii: "]")
            default: nil
            }
        if closing != nil { start += 1 }
        guard start < text.count else { return nil }
        let number = label(in: text, from: start)
        guard var end = token(in: text, from: number, isLabelled: number > start) else { return nil }
        if let closing {
            guard end < text.count, text[end] == closing else { return nil }
            end += 1
        }
        return isEnd(end, in: text) ? end : nil
    }

    /// Whether a whole sentence that only refuses begins there.
    static func isRefusal(at start: Int, in text: Span<UInt8>) -> Bool {
        guard let end = endOfRefusal(in: text, from: start) else { return false }
        return end == text.count || text[end] == UInt8(ascii: ".")
    }

    private static func endOfRefusal(in text: Span<UInt8>, from start: Int) -> Int? {
        for words in refusals where stands(words, at: start, in: text) {
            let end = start + words.utf8CodeUnitCount
            if isEnd(end, in: text) { return end }
        }
        return nil
    }

    /// Its first letter tells of most words at once that they do not.
    @inline(__always)
    private static func stands(_ words: StaticString, at start: Int, in text: Span<UInt8>) -> Bool {
        words.utf8Start.pointee == text[start].asciiLowercased && text.extracting(start...).hasPrefix(words)
    }

    private static func isEnd(_ place: Int, in text: Span<UInt8>) -> Bool {
        place == text.count || text[place] == 0x20 || text[place] == UInt8(ascii: ".")
    }

    /// Where the words end that say what kind of number follows; `start` where there are none.
    private static func label(in text: Span<UInt8>, from start: Int) -> Int {
        for words in labels where stands(words, at: start, in: text) {
            var end = start + words.utf8CodeUnitCount
            var isApart = false
            while end < text.count,
                text[end] == UInt8(ascii: ":") || text[end] == UInt8(ascii: "=")
                    || text[end] == UInt8(ascii: "#") || text[end] == 0x20
            {
                isApart = true
                end += 1
            }
            if isApart { return end }
        }
        return start
    }

    /// A name of letters and digits, with signs between them, as logs have them: a digit is in it, and where nothing says what it is, it is
    /// long, and neither a word nor an IP address nor a host.
    private static func token(in text: Span<UInt8>, from start: Int, isLabelled: Bool) -> Int? {
        var (end, letters, digits) = (start, 0, 0)
        while end < text.count, end - start < limitBytes {
            let byte = text[end]
            if byte.isASCIIDigit {
                digits += 1
            } else if byte.isASCIILetter {
                letters += 1
            } else if byte != UInt8(ascii: "-"), byte != UInt8(ascii: "_"), byte != UInt8(ascii: ".") {
                break
            }
            end += 1
        }
        while end > start, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        let isToken = isLabelled ? digits > 0 : letters > 0 && digits > 2 && end - start > 7
        return isToken ? end : nil
    }

    private static let limitBytes = 80

    /// In lower case.
    private static let refusals: [StaticString] = [
        "message rejected", "message refused", "message denied", "message not accepted", "message discarded",
        "mail rejected", "mail refused", "mail not accepted", "e-mail rejected", "email rejected", "recipient rejected",
        "rejected", "refused", "rejecting", "bounced", "bye", "goodbye", "closing connection", "- gsmtp", "- psmtp",
    ]
    /// In lower case, of two with one beginning the longer first.
    private static let labels: [StaticString] = [
        "reference id", "reference", "ref", "session-id", "session id", "session", "queue id", "log id", "request id",
        "trace id", "support-id", "support id", "incident", "ticket", "case", "error code", "code", "msgid", "id",
    ]
}
