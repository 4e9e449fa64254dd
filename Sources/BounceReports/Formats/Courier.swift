// Courier's notice: `<address>:`, the host on the next line, and the dialogue as `>>> RCPT TO:<…>` and `<<< 550 …`.

import MailSyntax

enum Courier {
    static func read(_ notice: Notice) -> [RecipientReport] { AddressParagraphs.read(notice) }
}
