// Zoho Mail: "This message was created automatically by mail delivery software." as Exim has it, then one line a recipient:
// "a@b Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 …" or "[Status: Error, Address: <a@b>, ResponseCode 421, , …]".

import MailSyntax

enum Zoho {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipients: [RecipientReport] = []
        for line in notice.lines where recipients.count < notice.limits.recipients {
            if let recipient = recipient(line) { recipients.append(recipient) }
        }
        return recipients
    }

    private static func recipient(_ line: Bytes) -> RecipientReport? {
        guard line.firstIndex(ofByte: UInt8(ascii: "@")) != nil else { return nil }
        var recipient = RecipientReport()
        if let range = line.firstRange(of: "ERROR_CODE :"), let head = AddressLine(line, afterRulers: false) {
            recipient.finalRecipient = head.address
            recipient.take(reply(line[range.upperBound...], separator: ", ERROR_CODE :"))
        } else if line.hasPrefix("[Status:"), let range = line.firstRange(of: "Address:"),
            let head = AddressLine(line[range.upperBound...], afterRulers: false)
        {
            recipient.finalRecipient = head.address
            let words = head.rest.last == UInt8(ascii: "]") ? head.rest.dropLast() : head.rest
            recipient.take(reply(words.dropping(prefix: "ResponseCode ") ?? words, separator: ", ,"))
        } else {
            return nil
        }
        return recipient
    }

    /// "550, ERROR_CODE :5.1.1 text" as "550 5.1.1 text".
    private static func reply(_ words: Bytes, separator: StaticString) -> Bytes {
        guard let range = words.firstRange(of: separator) else { return words }
        return (Array(words[..<range.lowerBound]) + [0x20] + words[range.upperBound...].trimmed)[...]
    }
}
