// Verizon Wireless's gateway to multimedia messages (vzwpix.com): "Message could not be delivered to mobile.", the cause after "Error:", and
// the recipient as the To line of what it quotes; it names it nowhere else.

import MailSyntax

enum Verizon {
    static func read(_ notice: Notice) -> [RecipientReport] {
        let cause = notice.lines.lazy.compactMap { $0.trimmed.dropping(prefix: "error:") }.first ?? []
        return notice.lines.lazy.compactMap {
            $0.trimmed.dropping(prefix: "to:") ?? $0.trimmed.dropping(prefix: "rcpt to:")
        }
        .compactMap { AddressLine($0, afterRulers: false) }.prefix(1).map { head in
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            recipient.take(cause)
            return recipient
        }
    }
}
