// Mimecast: "An email that you attempted to send to the following address could not be delivered:", and values on lines of their own that
// begin with `--`: the address, the problem in Mimecast's words, the reply.

import MailSyntax

enum Mimecast {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipient: RecipientReport?
        var words: [Bytes] = []
        for line in notice.lines {
            guard let value = line.dropping(prefix: "-- ")?.trimmed, !value.isEmpty else { continue }
            if recipient == nil {
                guard let head = AddressLine(value, afterRulers: false) else { continue }
                recipient = RecipientReport()
                recipient?.finalRecipient = head.address
            } else {
                words.append(value)
            }
        }
        // The last is the remote server's; the one before it Mimecast's guess at what it means.
        if let reply = words.last { recipient?.take(reply) }
        return recipient.map { [$0] } ?? []
    }
}
