// dma(8), the DragonFly Mail Agent: "There was an error delivering your mail to <address>.", and a paragraph with the cause.

import MailSyntax

enum DragonFly {
    static func read(_ notice: Notice) -> [RecipientReport] {
        for (index, line) in notice.lines.enumerated() {
            guard let range = line.firstRange(of: "delivering your mail to ") else { continue }
            guard let head = AddressLine(line[range.upperBound...], afterRulers: false) else { continue }
            let cause = notice.lines[(index + 1)...].drop { $0.isEmpty }.prefix { !$0.isEmpty }
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            // "mx.example.com [192.0.2.1] did not like our RCPT TO:"
            if let first = cause.first, let verb = first.firstRange(of: " did not like our ") {
                recipient.remoteMTA = first.prefix { $0 != 0x20 }
                recipient.command = Explanation.command(in: first[verb.upperBound...]) ?? Bytes("DATA")
                recipient.take(Array(cause.dropFirst()), limit: notice.limits.replyBytes)
            } else {
                recipient.take(Array(cause), limit: notice.limits.replyBytes)
            }
            return [recipient]
        }
        return []
    }
}
