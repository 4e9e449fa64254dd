// Plain words: which address a line is about.

import MailSyntax

extension PlainWords.Scan {
    /// The address behind a label of recipients. In Lotus' "Error: Err.NoSuchUser: a@b" that is the second label, and certified mail
    /// (PEC) has words in its place.
    func labelled(_ text: Bytes) -> (label: Bytes, head: AddressLine)? {
        if let value = text.dropping(prefix: "e destinato all'utente") {
            return AddressLine(value).map { ([], $0) }
        }
        // "Mail for a@b:"
        if text.last == UInt8(ascii: ":"), notice.header.subjectTellsFailure,
            let value = text.dropping(prefix: "mail for ") ?? text.dropping(prefix: "message for "),
            let head = AddressLine(value), head.isAlone
        {
            return ([], head)
        }
        let text = text.dropping(prefix: "error: ") ?? text
        let label = AddressLabel.label(of: text)
        guard !label.isEmpty, AddressLabel.isRecipient(label) else { return nil }
        let value = text[label.endIndex...].drop { $0 <= 0x20 || $0 == UInt8(ascii: ":") }
        return AddressLine(value.dropping(prefix: "：") ?? value).map { (label, $0) }
    }

    /// "Your message to a@b was not delivered." before "Please contact …". That sentence ends on the line where it announces no address.
    static func statement(in text: Bytes, before contact: Int) -> Bytes? {
        guard
            let end = text[..<contact].lastIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ";") }),
            text[end + 1] == 0x20,
            FailureWords.statements.isAny(in: text[..<end]) || FailureWords.causes.isAny(in: text[..<end])
        else { return nil }
        return text.last == UInt8(ascii: ".") || text[..<end].contains(UInt8(ascii: "@")) ? text[...end] : nil
    }

    /// The label says why, too: "Unknown user:".
    static func tellsCause(_ label: Bytes) -> Bool {
        FailureWords.causes.isAny(in: label) || label.hasPrefix("unknown") || label.hasPrefix("invalid")
            || label.equals("err.nosuchuser")
    }

    /// "550 a@b... ", "550 5.1.1 <a@b>: …"
    func addressBehindCode(_ text: Bytes) -> AddressLine? {
        guard Explanation.hasFailureCode(text, at: text.startIndex) else { return nil }
        let words = text.dropFirst(4)
        let behind = words.drop { $0.isASCIIDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "#") }
        return AddressLine(behind.first == 0x20 ? behind : words).flatMap { isOther($0.address) ? $0 : nil }
    }

    /// An address; "Anna Muster <a@b>" where a list begins, and below such a line; "Anna Muster <a@b>:". Behind a label or a code the
    /// address is not one of the list.
    func listHead(_ text: Bytes, at index: Int) -> (head: AddressLine, hasName: Bool)? {
        if let head = AddressLine(text) { return (head, false) }
        guard AddressLabel.name(of: text).last == UInt8(ascii: ">"),
            let open = text.firstIndex(ofByte: UInt8(ascii: "<")),
            isListed
                ? hasNames
                : text.last == UInt8(ascii: ":")
                    || AddressLabel.line(above: index, of: notice.lines)?.last == UInt8(ascii: ":"),
            let first = text.first, !first.isASCIIDigit, !text[..<open].contains(UInt8(ascii: ":"))
        else { return nil }
        return AddressLine(text[open...]).map { ($0, true) }
    }

    /// "Your message to:", the address, "has not yet been delivered"; "Your message to a@b", "could not be delivered".
    mutating func addAbove(_ index: Int) {
        guard let place = notice.lines[max(0, index - 4)..<index].lastIndex(where: { !$0.isEmpty }) else { return }
        let line = notice.lines[place]
        var address: Bytes?
        if let head = AddressLine(line), head.isAlone {
            address = isOther(head.address) ? head.address : nil
        } else if place == index - 1 || beginsInSmallLetter(notice.lines[index]), !isField(notice.lines[index]) {
            address = addressInHalf(line)
        }
        guard let address else { return }
        add(address, [], at: index)
        // Addresses below have it, too, that have no words of their own.
        above = index..<(index + 1)
    }

    private func beginsInSmallLetter(_ line: Bytes) -> Bool { line.trimmed.first.map { $0 &- 0x61 < 26 } ?? false }

    /// The only address of a line whose sentence goes on below, if it is not told as the sender's.
    private func addressInHalf(_ line: Bytes) -> Bytes? {
        guard let last = line.last, last != UInt8(ascii: "."), last != UInt8(ascii: ":"), last != UInt8(ascii: "!"),
            AddressLabel.label(of: line).isEmpty, !FailureWords.contacts.isAny(in: line)
        else { return nil }
        let found = MailAddress.addresses(in: line, limit: 2)
        guard found.count == 1, isOther(found[0]), !LoneAddress.isContact(found[0]),
            let at = line.firstIndex(ofByte: UInt8(ascii: "@"))
        else {
            return nil
        }
        let words = line[..<at]
        return words.contains("from ") || words.contains("von ") || words.contains("by ") ? nil : found[0]
    }

    /// "anna (User account is expired)" (GroupWise): the returned message tells at which domain.
    mutating func namedByLocalPart(_ text: Bytes) -> (address: Bytes, words: Bytes)? {
        guard let end = text.firstIndex(of: 0x20), text[end...].hasPrefix(" (") else { return nil }
        guard let address = returned[text[..<end].lowercased()] else { return nil }
        return (address, text[end...].trimmed)
    }

    func returnedByLocalPart() -> [[UInt8]: Bytes] {
        var found: [[UInt8]: Bytes] = [:]
        for address in notice.returnedAddresses().reversed() where isOther(address) {
            if let name = MailAddress.localPart(of: address) { found[name.lowercased()] = address }
        }
        return found
    }

    /// Whom the phrase is about: the address that the line begins with or that it is said of ("the address a@b does not exist, write to
    /// c@d"), else those behind the phrase ("could not be delivered to a@b, c@d"), else the last before it. A page whose lines were lost
    /// is one long line, of which only the phrase's surroundings count.
    func addresses(in text: Bytes, around phrase: Range<Int>) -> [Bytes] {
        if let head = AddressLine(text), isOther(head.address) { return [head.address] }
        let behind = text[phrase.upperBound...].prefix(200)
        // "Your message to a@b was delivered to 11 members, and could not be delivered to:"
        if text.last == UInt8(ascii: ":"), behind.trimmed.hasPrefix("to"), !behind.contains(UInt8(ascii: "@")) {
            return []
        }
        let start = max(text.startIndex, phrase.lowerBound - 200)
        let found = MailAddress.addresses(in: behind, limit: 8).filter { isOther($0) }
        // "… was rejected: the sender a@b is unknown"
        let isSenders = behind.firstIndex(ofByte: UInt8(ascii: "@")).map { behind[..<$0].contains("sender ") }
        if !found.isEmpty, isSenders != true,
            !isToldOfAddress(text[start..<phrase.lowerBound], text[phrase], before: behind)
        {
            return found
        }
        let before = text[start..<phrase.upperBound]
        return Self.lastOfList(MailAddress.addresses(in: before, limit: 8).filter { isOther($0) }, in: text)
    }

    /// "The address a@b" before "does not exist", or any but a sender's where that ends the sentence; unless behind that stands "to c@d",
    /// or a cause.
    private func isToldOfAddress(_ text: Bytes, _ phrase: Bytes, before behind: Bytes) -> Bool {
        let sentence = text[(Self.lastSentenceEnd(in: text) ?? text.startIndex)...]
        guard let at = sentence.lastIndex(ofByte: UInt8(ascii: "@")),
            let address = MailAddress.addresses(in: sentence, limit: 8).last, isOther(address)
        else { return false }
        let between = sentence[(sentence[at...].firstIndex(where: Self.isQuote) ?? sentence.endIndex)...]
        if between.count <= Self.limitBetween, FailureWords.predicates.contains(where: { phrase.equals($0) }) {
            return true
        }
        if behind.trimmed.hasPrefix("to ") || FailureWords.causes.isAny(in: behind) { return false }
        let word = Self.word(before: at, in: sentence)
        if between.allSatisfy(Self.isQuote) || between.trimmed.equals("is"),
            FailureWords.toWhom.contains(where: { word.equals($0) })
        {
            return true
        }
        let next = behind.firstIndex(ofByte: UInt8(ascii: "@")) ?? behind.endIndex
        return Self.lastSentenceEnd(in: behind[..<next]) != nil
            && !FailureWords.fromWhom.contains { word.equals($0) }
    }

    /// Bytes between an address and what is said of it: "has now", "is".
    private static let limitBetween = 16

    /// The space behind the full stop, or another such sign, of the last sentence that ends in the text.
    static func lastSentenceEnd(in text: Bytes) -> Int? {
        text.indices.last { text[$0] == 0x20 && $0 > text.startIndex && isSentenceEnd(text[$0 - 1]) }
    }

    private static func isSentenceEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")
    }

    /// The word that stands before the address around a place.
    private static func word(before at: Int, in text: Bytes) -> Bytes {
        guard let space = text[..<at].lastIndex(where: isQuote),
            let end = text[..<space].lastIndex(where: { !isQuote($0) })
        else { return [] }
        return text[(text[...end].lastIndex(where: isQuote).map { $0 + 1 } ?? text.startIndex)...end]
    }

    private static func isQuote(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"):
            true
        default: byte <= 0x20
        }
    }

    /// "a@b, c@d and e@f": the last address, with those before it that no more than this parts from it.
    private static func lastOfList(_ found: [Bytes], in text: Bytes) -> [Bytes] {
        var first = max(0, found.count - 1)
        while first > 0, isListed(found[first - 1], before: found[first], in: text) { first -= 1 }
        return Array(found[first...])
    }

    static func isListed(_ address: Bytes, before next: Bytes, in text: Bytes) -> Bool {
        let gap = address.endIndex..<max(address.endIndex, next.startIndex)
        guard gap.lowerBound >= text.startIndex, gap.upperBound <= text.endIndex, !gap.isEmpty else { return false }
        return AddressLine.isGap(text[gap])
    }

    /// Not the sender's own address, to which the notice is sent, nor that of the system that reports.
    func isOther(_ address: Bytes) -> Bool {
        !address.hasPrefix("mailer-daemon@") && notice.header.isOther(address)
    }

    /// Postal writes in the name of the recipient, "Mail Delivery Service <a@b>", "Rcpt To: a@b", and returns the message.
    func isAuthorsRecipient(_ address: Bytes, _ label: Bytes) -> Bool {
        notice.header.isMailSystem && !notice.header.isDaemonAddress && notice.header.from.equals(address)
            && label.equals("rcpt to") && notice.message.returnsMessage
    }
}
