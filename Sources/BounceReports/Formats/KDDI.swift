// The mobile carrier au (KDDI: ezweb.ne.jp, au one net): "Could not be delivered to: <a@b>" or "Each of the following recipients was
// rejected by a remote mail server.", before or after which the addresses stand, with the dialogue as `>>>` and `<<<`.

import MailSyntax

enum KDDI {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipients: [(address: Bytes, words: [Bytes])] = []
        /// What stands above the first address, for those below which nothing does.
        var above: [Bytes] = []
        for line in notice.lines where !line.isEmpty {
            let text = line.trimmed
            let value =
                text.dropping(prefix: "could not be delivered to:") ?? text.dropping(
                    prefix: "could not be delivered to") ?? text.dropping(prefix: "recipient:")
                ?? (text.first == UInt8(ascii: "<") && line.indentation == 0 ? text : nil)
            if let value, !text.hasPrefix("<<<"), let head = AddressLine(value, afterRulers: false) {
                if recipients.count >= notice.limits.recipients { break }
                recipients.append((head.address, []))
            } else if !recipients.isEmpty, !text.contains("following recipients was rejected"),
                !text.hasPrefix("mail server.")
            {
                recipients[recipients.count - 1].words.append(text)
            } else if recipients.isEmpty, !text.hasPrefix("your mail sent on:") {
                above.append(text)
            }
        }
        return recipients.map { address, words in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take(words.isEmpty ? above.suffix(4) : words, limit: notice.limits.replyBytes)
            return recipient
        }
    }
}
