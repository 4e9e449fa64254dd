// qmail-send's bounces and those of its descendants and imitators (netqmail, indimail, MessageLabs, Yahoo): "Hi. This is the qmail-send
// program at …", then `<address>:` and an explanation for each recipient.

import MailSyntax

enum Qmail {
    static func read(_ notice: Notice) -> [RecipientReport] { AddressParagraphs.read(notice) }
}
