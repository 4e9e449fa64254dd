// RFC 8098: a read receipt. It tells what a person or a program did with a message that was delivered, so it is an answer and no failure.

import MailSyntax

enum DispositionNotification {
    static func read(_ message: MailMessage, part: Int, into report: inout Report) {
        (report.kind, report.format) = (.autoReply, .rfc8098)
        var recipient = RecipientReport()
        let body = message.body(of: part)
        for case .field(let name, let place) in body.fieldLines {
            let (name, value) = (body[name], body[place])
            if name.equals("final-recipient") {
                recipient.finalRecipient = MailAddress.parse(value)
            } else if name.equals("original-recipient") {
                recipient.originalRecipient = MailAddress.parse(value)
            } else if name.equals("original-message-id") {
                report.returned.messageID = value.filter { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }[...]
            } else if name.equals("disposition") {
                recipient.diagnostic = Diagnostic.normalize(value)
            }
        }
        if recipient.finalRecipient != nil || recipient.originalRecipient != nil { report.recipients = [recipient] }
    }
}
