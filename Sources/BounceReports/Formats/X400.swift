// Gateways to X.400 (ISODE, MAILbus) and NTMail: "Your message was not delivered to:", the address on the next line, and "for the following
// reason:" with the diagnostic.

import MailSyntax

enum X400 {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let heading = notice.lines.firstIndex(where: { $0.hasPrefix("your message was not delivered to") }) else {
            return []
        }
        var addresses: [Bytes] = []
        var words: [Bytes] = []
        for line in notice.lines[(heading + 1)...] {
            if line.isEmpty {
                // What stands below may be anybody's.
                if !words.isEmpty { break }
            } else if words.isEmpty, let head = AddressLine(line, afterRulers: false), head.isAlone {
                if addresses.count < notice.limits.recipients { addresses.append(head.address) }
            } else if addresses.isEmpty {
                return []
            } else if !line.hasPrefix("for the following reason") {
                words.append(line)
            }
        }
        return addresses.map { address in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take(words, limit: notice.limits.replyBytes)
            return recipient
        }
    }
}
