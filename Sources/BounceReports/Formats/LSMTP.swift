// L-Soft LSMTP: a list "in a special format that allows software like LISTSERV to automatically take action": Error-for, Error-Code,
// Error-Text.

import MailSyntax

enum LSMTP {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipients: [(address: Bytes, words: [Bytes])] = []
        for line in notice.lines {
            if let value = line.dropping(prefix: "error-for:") {
                guard recipients.count < notice.limits.recipients, let address = MailAddress.parse(value.trimmed) else {
                    break
                }
                recipients.append((address, []))
            } else if let value = line.dropping(prefix: "error-text:"), !recipients.isEmpty {
                recipients[recipients.count - 1].words.append(value)
            } else if line.hasPrefix("error-end:") {
                break
            } else if line.indentation > 0, !recipients.isEmpty {
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
}
