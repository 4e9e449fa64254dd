// From whom and to whom a message came that was delivered before: what delivery left of its envelope.

import BounceReports
import MailSyntax

extension MessageInput {
    /// The reverse-path, bare: the field that the MTA writes when it delivers (RFC 5321, 4.4), else the sender of the mbox's `From ` line,
    /// in which `MAILER-DAEMON` stands for the empty one, else the empty one of a report. Nil where nothing tells it.
    func reversePath(_ message: MailMessage) -> String? {
        if let value = message.field("return-path") {
            return value.trimmed.equals("<>") ? "" : MailAddress.parse(value)?.text
        }
        if let separatorSender {
            return separatorSender.equals("mailer-daemon") ? "" : MailAddress.parse(separatorSender)?.text
        }
        return ReportReader().read(message).kind == .notABounce ? nil : ""
    }

    /// The recipient, bare: what the MTA noted when it delivered, the address before aliases first. Nil where it noted none.
    func recipient(_ message: MailMessage) -> String? {
        for name: StaticString in ["x-original-to", "delivered-to", "envelope-to"] {
            if let address = message.field(name).flatMap({ MailAddress.parse($0) }) { return address.text }
        }
        return nil
    }
}
