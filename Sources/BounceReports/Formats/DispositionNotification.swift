// RFC 8098: a read receipt. It tells what a person or a program did with a message that was delivered, so it is an answer and no failure,
// unless it is how a delivery agent refuses.

import MailSyntax

enum DispositionNotification {
    static func read(
        _ message: MailMessage, part: Int, header: MessageHeader, limits: ReportLimits, into report: inout Report
    ) {
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
        if header.isAutoReplied, recipient.diagnostic?.contains("deleted") ?? false {
            let notice = Notice(message, header: header, limits: limits)
            if let reason = rejection(in: notice) {
                report.kind = .bounce
                recipient.action = .failed
                recipient.diagnostic = nil
                recipient.take(reason, limit: limits.replyBytes)
            }
        }
        if recipient.finalRecipient != nil || recipient.originalRecipient != nil { report.recipients = [recipient] }
    }

    /// Dovecot's delivery agent refuses in this form what does not fit into the mailbox. A user's own filter refuses in it, too, for
    /// reasons of its own, which are no failure.
    private static func rejection(in notice: Notice) -> [Bytes]? {
        guard let start = notice.lines.firstIndex(where: { $0.contains("was automatically rejected") }) else {
            return nil
        }
        let reason = Array(notice.lines[(start + 1)...].lazy.filter { !$0.isEmpty }.prefix(4))
        return reason.contains(where: fullWords.isAny) ? reason : nil
    }

    private static let fullWords = WordSet([
        "quota exceeded", "over quota", "mailbox is full", "mailbox full", "out of disk space", "out of storage",
    ])
}
