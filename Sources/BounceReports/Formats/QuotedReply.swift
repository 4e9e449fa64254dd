// A notice whose words are known in no language, but which quotes the other server's reply with its enhanced status code (RFC 3463) and
// names one address above it or in it: Exchange Online's page and Google's notices, in whatever language, without their status part.

import MailSyntax

enum QuotedReply {
    /// Nil where no reply with a status code of failure is quoted, or where it may be about more than one address.
    static func read(_ notice: Notice) -> RecipientReport? {
        guard let (index, reply) = find(notice.lines) else { return nil }
        var returned = ReturnedMessage()
        ReturnedHeader.read(notice.message, text: notice.returned, limits: notice.limits, into: &returned)
        let own = [notice.header.from, notice.header.to.flatMap { MailAddress.parse($0) }, returned.sender]
        var named: [Bytes] = []
        for (place, line) in notice.lines[...index].enumerated()
        where !FailureWords.contacts.isAny(in: line) && !AddressLabel.isSenders(notice.lines, place) {
            for address in MailAddress.addresses(in: line, limit: 8)
            where !own.contains(where: { $0?.equals(address) ?? false })
                && !named.contains(where: { $0.equals(address) })
            {
                named.append(address)
                if named.count > 8 { return nil }
            }
        }
        let to = returned.to
        if !to.isEmpty { named = named.filter { address in to.contains { $0.equals(address) } } }
        guard named.count == 1, let address = named.first,
            !reply.dropFirst().contains(where: { AddressLine($0).map { !$0.address.equals(address) } ?? false })
        else { return nil }
        var recipient = RecipientReport()
        recipient.finalRecipient = address
        recipient.take(reply, limit: notice.limits.replyBytes)
        if recipient.status?.statusClass == 4, !notice.header.subjectTellsFailure { recipient.action = .delayed }
        return recipient
    }

    /// The reply with the lines below it up to the next blank one: the first that says something behind its codes, else the first.
    private static func find(_ lines: NoticeLines) -> (line: Int, reply: [Bytes])? {
        var found: (line: Int, reply: [Bytes])?
        for (index, line) in lines.enumerated() {
            guard let (start, end) = codes(in: line), !FailureWords.isConditional(line) else { continue }
            let saysMore = line[end...].contains { foldedASCII($0) &- 0x61 < 26 }
            if found != nil, !saysMore { continue }
            found = (index, [line[start...]] + lines[(index + 1)...].prefix { !$0.isEmpty })
            if saysMore { break }
        }
        return found
    }

    /// Where `550 5.1.1`, `452-4.2.2` stands in a line, which no letter or digit precedes.
    private static func codes(in line: Bytes) -> (start: Int, end: Int)? {
        var index = line.startIndex
        var previous: UInt8 = 0x20
        while index + 9 <= line.endIndex {
            let first = line[index]
            if Explanation.hasFailureCode(line, at: index), line[index + 4] == first,
                line[index + 5] == UInt8(ascii: "."), !previous.isASCIIDigit,
                foldedASCII(previous) &- 0x61 >= 26, previous != UInt8(ascii: ".")
            {
                let end = line[(index + 6)...].firstIndex { !$0.isASCIIDigit && $0 != UInt8(ascii: ".") }
                return (index, end ?? line.endIndex)
            }
            previous = first
            index += 1
        }
        return nil
    }
}
