// smtpd(8)'s notice: "Hi! This is the MAILER-DAEMON, please DO NOT REPLY to this email.", then one line `address: text` a recipient.

import MailSyntax

enum OpenSMTPD {
    static func read(_ notice: Notice) -> [RecipientReport] {
        notice.lines.compactMap { line in
            guard line.indentation == 0, let head = AddressLine(line, afterRulers: false), head.hasColon else {
                return nil
            }
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            recipient.take(head.rest)
            return recipient
        }
    }
}
