// Plain words: what is said of each address, as its report.

import MailSyntax

extension PlainWords {
    /// An address that the notice presents as failed, and what it says of it.
    struct Entry {
        var address: Bytes
        /// What stands above the whole list that the address is in.
        var above: Range<Int>
        var words: [Bytes]
        /// One of the words is a reply that says something.
        var hasReply = false
        /// Words below the list name the address again, and are about no other.
        var isToldApart = false
        /// A reply names the address, and nothing above it.
        var isNamedByReply = false
        /// The line that names the address names the next one, too: what stands below is about both, if it is not told apart.
        var isNamedWithNext = false
    }
}

extension PlainWords.Scan {
    /// Each with its explanation: its own words, else those below the next address of its list, else what stands above the list. What
    /// many share is read once.
    var recipients: [RecipientReport] {
        var recipients: [RecipientReport] = []
        var recipient = RecipientReport()
        var isApart = false
        var list: Range<Int>?
        for entry in entries.reversed() {
            let hasOwnWords = !entry.words.isEmpty && !(entry.isNamedWithNext && entry.words.count == 1)
            if hasOwnWords || isApart || entry.above != list {
                (recipient, isApart) = (explained(entry), entry.isToldApart)
            }
            list = entry.above
            recipient.finalRecipient = entry.address
            recipients.append(recipient)
        }
        return recipients.reversed()
    }

    private func explained(_ entry: PlainWords.Entry) -> RecipientReport {
        var words = entry.words
        if !entry.above.isEmpty, !words.contains(where: isTelling), words.isEmpty || !isOfFirst(entry.above) {
            let above = notice.lines[entry.above].suffix(6).map(\.withoutRulers)
            words = above.filter { AddressLine($0)?.isAlone != true } + words
        }
        var recipient = RecipientReport()
        words = recipient.takeLabelledFields(of: words)
        recipient.take(Explanation.refusal(in: words), limit: limits.replyBytes)
        if recipient.reply.map({ $0 / 100 == 2 }) ?? false, Self.tellsDelivery(words) {
            recipient.action = .delivered
        }
        return recipient
    }

    /// What stands above the list is about the first address, too, which stands above that.
    private func isOfFirst(_ above: Range<Int>) -> Bool {
        guard let first = entries.first?.above else { return false }
        return first.isEmpty && first.lowerBound == above.lowerBound
    }

    /// "(delivered to 'mx.example.com' with code 250 (2.1.5) …)": one to whom the message went, in a notice about others. A dialogue
    /// has replies of success, too, before the one that failed.
    private static func tellsDelivery(_ words: [Bytes]) -> Bool {
        let saysDelivered = words.contains {
            $0.contains("delivered") && !$0.contains("not delivered") && !FailureWords.statements.isAny(in: $0)
        }
        return saysDelivered
            && !words.contains { line in
                FailureWords.causes.isAny(in: line)
                    || line.indices.contains { Explanation.hasFailureCode(line, at: $0) }
            }
    }

    func isTelling(_ line: Bytes) -> Bool {
        SMTPReply.parse(line).code != nil || FailureWords.causes.isAny(in: line)
    }
}
