// Digital Arts m-FILTER: the address alone on a line, then "-------server message" with the reply and "-------SMTP command".

import MailSyntax

enum MFilter {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let heading = notice.lines.firstIndex(where: { $0.withoutRulers.equals("server message") }) else {
            return []
        }
        let reply = notice.lines[(heading + 1)...].prefix { !$0.isEmpty }
        let command = notice.lines.firstIndex { $0.withoutRulers.equals("SMTP command") }
            .flatMap { notice.lines[($0 + 1)...].first { !$0.isEmpty } }
        var recipients: [RecipientReport] = []
        for line in notice.lines[..<heading] where recipients.count < notice.limits.recipients {
            guard let head = AddressLine(line, afterRulers: false), head.isAlone else { continue }
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            recipient.command = command
            recipient.take(reply, limit: notice.limits.replyBytes)
            recipients.append(recipient)
        }
        return recipients
    }
}
