// Ipswitch IMail and other servers for Windows: a labelled line names the address and in the same words the cause ("Unknown user: a@b",
// "User mailbox exceeds allowed size: a@b"), and below it stands what the remote server said.

import MailSyntax

enum IMail {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipients: [(address: Bytes, words: [Bytes])] = []
        for line in notice.lines where !line.isEmpty {
            if let (label, address) = labelled(line) {
                if recipients.count >= notice.limits.recipients { break }
                recipients.append((address, [label]))
            } else if !recipients.isEmpty {
                recipients[recipients.count - 1].words.append(line)
            }
        }
        return recipients.map { address, words in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take(words, limit: notice.limits.replyBytes)
            return recipient
        }
    }

    private static func labelled(_ line: Bytes) -> (label: Bytes, address: Bytes)? {
        for label in labels where line.hasPrefix(label) {
            guard let head = AddressLine(line.dropFirst(label.utf8CodeUnitCount), afterRulers: false) else {
                return nil
            }
            return (line.prefix(label.utf8CodeUnitCount), head.address)
        }
        return nil
    }

    private static let labels: [StaticString] = [
        "unknown user:", "unknown host:", "undeliverable to", "user mailbox exceeds allowed size:",
        "delivery failed 20 attempts:",
        "invalid final delivery userid:", "account not available:",
    ]
}
