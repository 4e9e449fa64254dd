// Apache James (and carriers that run it): "Error message below:", the reply, "Message details:", and the envelope as `RCPT TO: a@b`.

import MailSyntax

enum James {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let heading = notice.lines.firstIndex(where: { $0.hasPrefix("error message below:") }) else { return [] }
        let reply = notice.lines[(heading + 1)...].drop { $0.isEmpty }.prefix {
            !$0.isEmpty && !$0.hasPrefix("message details:")
        }
        return notice.lines[(heading + 1)...].lazy.compactMap { $0.trimmed.dropping(prefix: "rcpt to:") }
            .prefix(notice.limits.recipients).compactMap { value in
                guard let head = AddressLine(value, afterRulers: false) else { return nil }
                var recipient = RecipientReport()
                recipient.finalRecipient = head.address
                recipient.take(Array(reply), limit: notice.limits.replyBytes)
                return recipient
            }
    }
}
