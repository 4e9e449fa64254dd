// Sun's and Oracle's Messaging Server: labelled lines for each recipient ("Recipient address:", "Original address:", "Reason:",
// "Diagnostic code:", "Remote system:"); and Exchange Online's page, which has "Recipient Address:" and "Reported error:", too.

import MailSyntax

enum MessagingServer {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipients: [RecipientReport] = []
        var reason: Bytes?
        func end() {
            guard let reason, !recipients.isEmpty, recipients[recipients.count - 1].diagnostic == nil else { return }
            recipients[recipients.count - 1].take(reason)
        }
        for line in notice.lines {
            let text = line.trimmed
            if let value = text.dropping(prefix: "recipient address:") {
                end()
                reason = nil
                if recipients.count >= notice.limits.recipients { break }
                var recipient = RecipientReport()
                recipient.finalRecipient = MailAddress.parse(value.trimmed)
                recipients.append(recipient)
            } else if !recipients.isEmpty {
                let last = recipients.count - 1
                if let value = text.dropping(prefix: "original address:") {
                    recipients[last].originalRecipient = MailAddress.parse(value.trimmed)
                } else if let value = text.dropping(prefix: "reason:") ?? text.dropping(prefix: "reported error:")
                    ?? text.dropping(prefix: "error:")
                {
                    reason = value.trimmed
                } else if let value = text.dropping(prefix: "diagnostic code:") {
                    recipients[last].takeDiagnosticCode(value.trimmed)
                } else if let value = text.dropping(prefix: "remote system:") {
                    let host = (value.split(atByte: UInt8(ascii: ";"))?.tail ?? value).trimmed
                    recipients[last].remoteMTA = host.prefix { $0 > 0x20 && $0 != UInt8(ascii: "(") }
                }
            }
        }
        end()
        return recipients.filter { $0.finalRecipient != nil || $0.originalRecipient != nil }
    }
}
