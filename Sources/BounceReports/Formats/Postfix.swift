// bounce(8)'s notice: "This is the mail system at host …", then `<address>: host … said: 550 … (in reply to RCPT TO command)`, also
// where a gateway has taken the delivery-status part away.

import MailSyntax

enum Postfix {
    static func read(_ notice: Notice) -> [RecipientReport] { AddressParagraphs.read(notice) }
}
