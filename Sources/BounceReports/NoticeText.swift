// Which of a message's texts is the notice, and how it reads as plain text.

import MailSyntax

enum NoticeText {
    /// The text, and whether bytes over the limit were left unread: the first text that is not empty and not inside a returned message, HTML
    /// where there is nothing else. Of a mail system's, the second where the first tells nothing: a gateway wrote a warning above it, or
    /// the report is attached.
    static func read(
        _ message: borrowing MailMessage, _ header: MessageHeader, _ limits: ReportLimits
    ) -> (text: Bytes, isCut: Bool) {
        let plain = nextPart(.plain, in: message, from: 0)
        guard let first = plain ?? nextPart(.html, in: message, from: 0) else { return ([], false) }
        let found = text(of: first, in: message, limits)
        guard header.standsForReport, let plain,
            let second = nextPart(.plain, in: message, from: message.parts[plain].endIndex)
                ?? nextPart(.html, in: message, from: 0),
            !tells(found.text)
        else { return found }
        let other = text(of: second, in: message, limits)
        return tells(other.text, ofOwnMail: true) ? other : found
    }

    private enum Form { case plain, html }

    private static func nextPart(_ form: Form, in message: borrowing MailMessage, from start: Int) -> Int? {
        var index = start
        while index < message.parts.count {
            let part = message.parts[index]
            if part.holdsMessage {
                index = part.endIndex
                continue
            }
            let isHTML = part.mediaType.kind == .text && part.mediaType.subtype == .html
            // Where its boundary is missing or is no parameter, what a multipart holds is read as it stands.
            let isText = part.isMultipart ? part.endIndex == index + 1 : part.mediaType.kind == .text
            if isText, isHTML == (form == .html), isHTML || !message.isBlank(part.bodyRange) { return index }
            index += 1
        }
        return nil
    }

    private static func text(
        of part: Int, in message: borrowing MailMessage, _ limits: ReportLimits
    ) -> (text: Bytes, isCut: Bool) {
        let whole = message.text(of: part)
        let text = whole.prefix(limits.noticeBytes)
        let isHTML = message.parts[part].mediaType.subtype == .html
        return (withPlainSigns(isHTML ? HTMLText.plainText(of: text)[...] : text), whole.count > limits.noticeBytes)
    }

    /// Whether a text tells a failure or a delay, or is in a known program's words; where it may be the message that came back, a failure
    /// of the reader's own mail.
    private static func tells(_ text: Bytes, ofOwnMail: Bool = false) -> Bool {
        text.linePlaces.prefix(limitLines).contains { place in
            let line = text[place]
            if !PhraseTable.shared.marks(of: line).isEmpty || ofOwnMail && Explanation.isRefusal(line) { return true }
            return (PlainWords.tellsFailure(line) || DelayWords.tell(line))
                && (!ofOwnMail || FailureWords.ownMailWords.isAny(in: line))
        }
    }

    private static let limitLines = 256

    /// Typographic apostrophes as ASCII has them, so that a phrase is written in one way ("couldn’t", "n’a pas pu"), and without the signs
    /// of no width that pages have in and around addresses: where a word may be broken, and in which direction it is read.
    private static func withPlainSigns(_ text: Bytes) -> Bytes {
        guard var sign = nextSign(in: text) else { return text }
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var rest = text
        while true {
            plain += rest[..<sign.place]
            if let byte = sign.plain { plain.append(byte) }
            rest = rest[(sign.place + 3)...]
            guard let next = nextSign(in: rest) else { break }
            sign = next
        }
        return (plain + rest)[...]
    }

    /// U+2019, or one of U+200B to U+200F and U+202A to U+202E.
    private static func nextSign(in text: Bytes) -> (place: Int, plain: UInt8?)? {
        var start = text.startIndex
        while let place = text.firstIndex(ofByte: 0xE2, in: start..<text.endIndex), place + 2 < text.endIndex {
            if text[place + 1] == 0x80 {
                switch text[place + 2] {
                case 0x99: return (place, UInt8(ascii: "'"))
                case 0x8B...0x8F, 0xAA...0xAE: return (place, nil)
                default: break
                }
            }
            start = place + 1
        }
        return nil
    }
}
