// A notice that tells of success alone, in words: Exchange's "Your message has been delivered to the following recipients:" without its
// delivery-status part, and the addresses below it.

import MailSyntax
import Vocabulary

enum DeliveryReceipt {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let start = notice.index(of: .success), !notice.lines.contains(where: PlainWords.tellsFailure) else {
            return []
        }
        var recipients: [RecipientReport] = []
        for line in notice.lines[(start + 1)...] where !line.isEmpty {
            guard let head = AddressLine(line), head.isAlone || head.rest.first == UInt8(ascii: "("),
                recipients.count <= notice.limits.recipients
            else {
                break
            }
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            recipient.action = .delivered
            recipients.append(recipient)
        }
        return recipients
    }
}
