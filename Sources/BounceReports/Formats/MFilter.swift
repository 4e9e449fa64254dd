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
        return notice.lines[..<heading].lazy.compactMap { AddressLine($0, afterRulers: false) }.filter(\.isAlone)
            .prefix(notice.limits.recipients).map { head in
                var recipient = RecipientReport()
                recipient.finalRecipient = head.address
                recipient.command = command
                recipient.take(Array(reply), limit: notice.limits.replyBytes)
                return recipient
            }
    }
}
