// Gmail's, Workspace's and old Outlook.com's notices: "Delivery to the following recipient failed permanently:", the addresses, and after
// "Technical details …" or "The response was:" what the other server said.

import MailSyntax

enum Google {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var addresses: [Bytes] = []
        var heading: Bytes = []
        var words: [Bytes] = []
        var isListing = false
        var isExplaining = false
        var linesBelowHeading: Int?
        for (index, line) in notice.lines.enumerated() where !line.isEmpty {
            let marks = PhraseTable.shared.marks(of: line)
            if marks.contains(.googleList) {
                isListing = true
                heading = line
            } else if marks.contains(.googleResponse) {
                isListing = false
                isExplaining = true
                if let start = line.firstRange(of: "wasn't delivered to ") {
                    addresses += MailAddress.addresses(in: line[start.upperBound...], limit: 1)
                    heading = line
                } else if let colon = line.firstIndex(ofByte: UInt8(ascii: ":")) {
                    words = [line[(colon + 1)...].trimmed]
                }
            } else if line.hasPrefix("** "), line.hasSuffix(" **") {
                linesBelowHeading = 0
            } else if let lines = linesBelowHeading, lines < limitBelowHeading, addresses.isEmpty {
                linesBelowHeading = lines + 1
                guard let address = onlyAddress(of: line, notice.header) else { continue }
                addresses = [address]
                heading = line
            } else if isListing, let head = AddressLine(line), head.isAlone {
                if addresses.count < notice.limits.recipients { addresses.append(head.address) }
            } else if isExplaining, beginsEntry(line, in: notice.lines[(index + 1)...]) {
                // Each address has a reply of its own: another program's list under the same words.
                return []
            } else if isExplaining || !addresses.isEmpty {
                isListing = false
                isExplaining = isExplaining || tells(line)
                if isExplaining, !words.isEmpty || line.last != UInt8(ascii: ":") { words.append(line) }
            }
        }
        if addresses.isEmpty, let failed = notice.header.failedRecipients { addresses = failed }
        words.removeAll(where: \.isEmpty)
        if words.isEmpty { words = [heading] }
        // In a language whose words before the reply are not known.
        let quoted = notice.quotedReply
        return addresses.map { address in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take(
                quoted.isEmpty ? withoutDoubledCode(words) : quoted, limit: notice.limits.replyBytes)
            recipient.remoteMTA = recipient.remoteMTA ?? host(words)
            return recipient
        }
    }

    /// The sentence may have been wrapped.
    private static let limitBelowHeading = 2

    /// "** Teslim tamamlanmadı **", and below it a sentence that names the recipient, in whatever language.
    private static func onlyAddress(of line: Bytes, _ header: MessageHeader) -> Bytes? {
        let found = MailAddress.addresses(in: line, limit: 2)
        return found.count == 1 && header.isOther(found[0]) ? found[0] : nil
    }

    /// The line is an address alone, and the next one explains.
    private static func beginsEntry(_ line: Bytes, in below: NoticeLines.SubSequence) -> Bool {
        guard let head = AddressLine(line), head.isAlone else { return false }
        return below.first { !$0.isEmpty }.map(tells) ?? false
    }

    /// The line begins an explanation, and not what a company adds to each of its messages.
    private static func tells(_ line: Bytes) -> Bool {
        line.last == UInt8(ascii: ":") || SMTPReply.parse(line).code != nil || FailureWords.causes.isAny(in: line)
            || PlainWords.tellsFailure(line)
    }

    /// "The error that the other server returned was: 550 550 5.1.1 …": Google's code, then the reply with the same.
    private static func withoutDoubledCode(_ words: [Bytes]) -> [Bytes] {
        words.map { line in
            guard let range = line.firstRange(of: " was: "), line[range.upperBound...].count > 8 else { return line }
            let reply = line[range.upperBound...]
            return reply.prefix(4) == reply.dropFirst(4).prefix(4) ? reply.dropFirst(4) : line
        }
    }

    /// "Google tried to deliver your message, but it was rejected by the server for the recipient domain example.com by
    /// mx.example.com. [192.0.2.1]."
    private static func host(_ words: [Bytes]) -> Bytes? {
        for line in words {
            guard let range = line.firstRange(of: " by mx") else { continue }
            let name = line[(range.lowerBound + 4)...].prefix { $0 > 0x20 && $0 != UInt8(ascii: "[") }
            return name.last == UInt8(ascii: ".") ? name.dropLast() : name
        }
        return nil
    }
}

/// "We're writing to let you know that the group you tried to contact (name) may not exist, or you may not have permission to post
/// messages to the group.", in some thirty languages; all end with the address of Google Groups' help pages. The group's address is in
/// X-Failed-Recipients, or in the returned message only.
enum GoogleGroups {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let address = notice.header.failedRecipients?.first ?? named(notice) else { return [] }
        var recipient = RecipientReport()
        recipient.finalRecipient = address
        recipient.take(notice.lines, limit: 3_000)
        return [recipient]
    }

    private static func named(_ notice: Notice) -> Bytes? {
        for line in notice.lines {
            guard let open = line.firstIndex(ofByte: UInt8(ascii: "(")),
                let close = line[open...].firstIndex(ofByte: UInt8(ascii: ")"))
            else { continue }
            let name = line[(open + 1)..<close]
            return notice.returnedAddresses().first { MailAddress.localPart(of: $0)?.equals(name) ?? false }
        }
        return nil
    }
}
