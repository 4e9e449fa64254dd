// Trend Micro InterScan: "Unable to deliver message to <a@b> (and other recipients in the same domain).", also with the dialogue ("Sent >>>
// RCPT TO:<a@b>", "Received <<< 550 …", the arrows also the other way). Older ones name no address.

import MailSyntax

enum InterScan {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var words: [Bytes] = []
        var command: Bytes?
        var reply: Bytes?
        var addresses: [Bytes] = []
        for line in notice.lines where !line.isEmpty {
            if let sent = line.dropping(prefix: "Sent >>> ") ?? line.dropping(prefix: "Sent <<< ") {
                command = Explanation.command(namedBy: sent)
                if sent.hasPrefix("RCPT"), addresses.isEmpty { addresses = MailAddress.addresses(in: sent, limit: 1) }
            } else if let received = line.dropping(prefix: "Received <<< ") ?? line.dropping(prefix: "Received >>> ") {
                reply = received
            } else if line.contains("unable to deliver message to") {
                addresses = MailAddress.addresses(in: line, limit: notice.limits.recipients)
                words.append(line.dropping(prefix: "Reason:") ?? line)
            } else if line.hasPrefix("Reason:") {
                words.append(line.dropFirst(7))
            }
        }
        return addresses.map { address in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.command = command
            recipient.take(reply.map { [$0] } ?? words, limit: notice.limits.replyBytes)
            return recipient
        }
    }
}
