// Trustwave MailMarshal: "Could not be delivered because of", the reply, "The following recipients were affected:", the addresses.

import MailSyntax

enum MailMarshal {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let heading = notice.index(of: .mailMarshal) else { return [] }
        let cause = notice.lines[..<heading].drop { $0.firstRange(of: "because of") == nil }.dropFirst().filter {
            !$0.isEmpty
        }
        let host = notice.lines.lazy.compactMap { $0.dropping(prefix: "remote-mta:") }.first?.trimmed
        let addresses = notice.lines[(heading + 1)...].drop { $0.isEmpty }.prefix { !$0.isEmpty }.prefix(
            notice.limits.recipients)
        return addresses.compactMap { line in
            guard let head = AddressLine(line) else { return nil }
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            recipient.take(cause, limit: notice.limits.replyBytes)
            recipient.remoteMTA =
                recipient.remoteMTA
                ?? host.map { $0.filter { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }[...] }
            return recipient
        }
    }
}
