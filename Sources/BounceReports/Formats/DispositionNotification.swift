// RFC 8098: a read receipt. It tells what a person or a program did with a message that was delivered, so it is an answer and no failure,
// unless it is how a delivery agent refuses.

import MailSyntax

enum DispositionNotification {
    static func read(
        _ message: MailMessage, part: Int, header: MessageHeader, limits: ReportLimits, into report: inout Report
    ) {
        (report.kind, report.format) = (.autoReply, .rfc8098)
        var recipient = RecipientReport()
        var isAgents = false
        let body = message.body(of: part)
        for case .field(let name, let place) in body.fieldLines {
            let (name, value) = (body[name], body[place])
            if name.equals("final-recipient") {
                recipient.finalRecipient = MailAddress.parse(value)
            } else if name.equals("original-recipient") {
                recipient.originalRecipient = MailAddress.parse(value)
            } else if name.equals("original-message-id") {
                report.returned.messageID = value.filter { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }[...]
            } else if name.equals("reporting-ua") {
                isAgents = deliveryAgents.isAny(in: value)
            } else if name.equals("disposition") {
                recipient.diagnostic = Diagnostic.normalize(value)
            }
        }
        let disposition = recipient.diagnostic ?? []
        if header.isAutoReplied || disposition.contains("automatic-action"), disposition.contains("deleted") {
            let notice = Notice(message, header: header, limits: limits)
            if let reason = rejection(in: notice, isAgents: isAgents) {
                report.kind = .bounce
                recipient.action = .failed
                recipient.diagnostic = nil
                recipient.take(reason, limit: limits.replyBytes)
            }
        }
        if recipient.finalRecipient != nil || recipient.originalRecipient != nil { report.recipients = [recipient] }
    }

    /// Dovecot's and Cyrus' delivery agents refuse in this form what does not fit into the mailbox, and what a user's own filter refuses (the
    /// action `reject` of Sieve, RFC 5429, 2.1: it refuses delivery, so it is no answer). The user's reason is in their own words, and told
    /// apart by the sentence above it, which a site may have in its own language.
    private static func rejection(in notice: Notice, isAgents: Bool) -> [Bytes]? {
        let sentence = notice.lines.firstIndex(where: refusals.isAny)
        guard let start = sentence ?? (isAgents ? notice.lines.firstIndex { !$0.isEmpty } : nil) else { return nil }
        let words = Array(notice.lines[start...].lazy.filter { !$0.isEmpty }.prefix(6))
        let reason = words.dropFirst()
        return reason.contains(where: fullWords.isAny) ? Array(reason) : words
    }

    /// They send no receipts of another kind.
    private static let deliveryAgents = WordSet(["dovecot", "cyrus"])

    private static let refusals = WordSet([
        "was automatically rejected", "refused by recipient's mail filtering program",
        "refused by the recipient's mail filtering program",
    ])

    private static let fullWords = WordSet([
        "quota exceeded", "over quota", "mailbox is full", "mailbox full", "out of disk space", "out of storage",
    ])
}
