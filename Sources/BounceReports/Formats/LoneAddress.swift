// A mail system's notice in words that nobody knows, which names one address apart from its sentences: alone on a line, or behind a label.
// The lines below say why, where it is certain that the address is the recipient's; the rules decide whether they understand it.

import MailSyntax

enum LoneAddress {
    /// Nil where no address stands so, or more than one that may be meant.
    static func read(_ notice: Notice) -> RecipientReport? {
        var found: [(address: Bytes, line: Int)] = []
        for index in notice.lines.indices {
            guard let address = address(in: notice.lines, index), !AddressLabel.isSenders(notice.lines, index),
                !found.contains(where: { $0.address.equals(address) })
            else { continue }
            found.append((address, index))
            if found.count > limitAddresses { return nil }
        }
        if found.isEmpty { return nil }
        var returned = ReturnedMessage()
        ReturnedHeader.read(notice.message, text: notice.returned, limits: notice.limits, into: &returned)
        let own = [notice.header.from, notice.header.to.flatMap { MailAddress.parse($0) }, returned.sender].compactMap {
            $0
        }
        let to = returned.to
        found.removeAll { address, _ in
            own.contains { $0.equals(address) } || isContact(address)
                || !to.isEmpty && !to.contains { $0.equals(address) }
        }
        // The sender behind a label of an unknown language: the notice was sent to the same domain.
        if found.count > 1, let domain = own.dropFirst().first.flatMap({ MailAddress.domain(of: $0) }) {
            found.removeAll { address, _ in MailAddress.domain(of: address).map { $0.equals(domain) } ?? false }
        }
        guard found.count == 1, let (address, line) = found.first else { return nil }
        var recipient = RecipientReport()
        recipient.finalRecipient = address
        // Not those above: the address may be in a signature.
        let words = notice.lines[(line + 1)...].filter { !$0.isEmpty }.prefix(limitWords).map(\.withoutRulers)
        let isInTranscript = AddressLabel.line(above: line, of: notice.lines).map {
            PhraseTable.shared.marks(of: $0).contains(.sendmailTranscript)
        }
        if !to.isEmpty || notice.header.isExchangeReport || isInTranscript ?? false {
            recipient.take(words, limit: notice.limits.replyBytes)
        } else if words.isEmpty {
            return nil
        }
        return recipient
    }

    private static let limitAddresses = 8
    /// Lines that are taken for the cause.
    private static let limitWords = 8

    private static func address(in lines: NoticeLines, _ index: Int) -> Bytes? {
        let text = lines[index].withoutRulers
        guard text.first != UInt8(ascii: ">"), text.contains(UInt8(ascii: "@")) else { return nil }
        if let head = AddressLine(text) {
            guard head.isAlone else { return nil }
            let label = AddressLabel.line(above: index, of: lines).map(AddressLabel.name)
            return label.map(isField) ?? false ? nil : head.address
        }
        let label = AddressLabel.label(of: text)
        guard !label.isEmpty, !isField(label) else { return nil }
        let value = text[label.endIndex...].drop { $0 <= 0x20 || $0 == UInt8(ascii: ":") }
        return AddressLine(value.dropping(prefix: "：") ?? value).flatMap { $0.isAlone ? $0.address : nil }
    }

    /// Fields of a header whose value is, or looks like, an address that failed in no case.
    private static func isField(_ label: Bytes) -> Bool {
        fields.contains { label.equals($0) } || FailureWords.contacts.isAny(in: label)
    }

    private static let fields: [StaticString] = [
        "message-id", "in-reply-to", "references", "subject", "cc", "content-id", "support", "help", "helpdesk",
        "hotline", "service",
    ]

    /// Whom to ask, not who failed.
    static func isContact(_ address: Bytes) -> Bool {
        guard let local = MailAddress.localPart(of: address) else { return true }
        return contacts.contains { local.equals($0) }
    }

    private static let contacts: [StaticString] = [
        "postmaster", "abuse", "support", "helpdesk", "help", "servicedesk", "hostmaster", "webmaster", "admin",
        "administrator", "mailer-daemon", "noreply", "no-reply",
    ]
}
