// Apache James (and carriers that run it): "Error message below:", the reply, and the recipient either after "Failed recipient(s):" or in
// "Message details:" as `RCPT TO: a@b`.

import MailSyntax

enum James {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let heading = notice.lines.firstIndex(where: isHeading) else { return [] }
        let reply = notice.lines[(heading + 1)...].drop { $0.isEmpty }.prefix {
            !$0.isEmpty && !$0.hasPrefix("message details:")
        }
        var recipients: [RecipientReport] = []
        var isListing = false
        for line in notice.lines {
            let text = line.trimmed
            if text.hasPrefix("failed recipient") {
                isListing = true
                continue
            }
            if text.isEmpty || isHeading(text) {
                isListing = false
            } else if let value = text.dropping(prefix: "rcpt to:") ?? (isListing ? text : nil),
                AddressLine(value, afterRulers: false) != nil
            {
                // "a@b, c@d" (DSNBounce)
                let left = notice.limits.recipients - recipients.count
                for address in MailAddress.addresses(in: value, limit: isListing ? left : min(left, 1)) {
                    var recipient = RecipientReport()
                    recipient.finalRecipient = address
                    recipient.take(reply, limit: notice.limits.replyBytes)
                    recipients.append(recipient)
                }
            }
        }
        return recipients
    }

    private static func isHeading(_ line: Bytes) -> Bool {
        line.hasPrefix("error message below:") || line.hasPrefix("error message:")
    }
}
