// The general case: a notice by a system that none of the other formats knows. An address counts only where the text itself presents it as
// failed: in a sentence that says so, behind a label, or in the list that such a sentence announces.

import MailSyntax

enum PlainWords {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var scan = Scan(notice)
        scan.run()
        return scan.recipients
    }

    /// Whether the text says that a message was not delivered.
    static func tellsFailure(_ line: Bytes) -> Bool {
        FailureWords.statements.isAny(in: line) || FailureWords.partedStatement(in: line) != nil
    }

    private struct Entry {
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

    private struct Scan {
        /// Lines that are kept of what is said of an address.
        private static let limitWords = 12

        /// "a@b   550 User unknown", "User unknown: a@b".
        private enum Row { case addressFirst, causeFirst }

        private let notice: Notice
        private let limits: ReportLimits
        private var entries: [Entry] = []
        /// The entry of each address, in lower case.
        private var entryOfAddress: [[UInt8]: Int] = [:]
        /// The entry that a line below the list has named again; what follows is about that, and else about the last.
        private var namedAgain: Int?
        /// A statement announced a list of addresses.
        private var isListing = false
        private var linesSinceStatement = 0
        /// Of the last address of the list; what is indented deeper is about that.
        private var listIndentation = 0
        /// The last address of the list has its owner's name before it.
        private var hasNames = false
        /// The list that was announced has begun.
        private var isListed = false
        private var firstStatement: Int?
        /// A line below a list that ends in a colon: the heading of another list if that follows, else words about the last address.
        private var heading: Int?
        /// What stands above the list that is being read.
        private var above: Range<Int>?
        /// How the line begins that announced the first list, or named the first address in a sentence.
        private var opening: Bytes?
        /// How the line was made that named the last address, if it tells the cause, too: the next lines may be made so for others.
        private var row: Row?
        /// The lines are about somebody else than the addresses above, until another such address.
        private var isOfOthers = false
        /// Blank lines stand between the words before and this line.
        private var isBelowBlank = false
        /// The only address of a To field that is shown of the message below the first statement, and its line.
        private var shown: (address: Bytes, line: Int)?
        /// The returned message's recipients by local part, in lower case; made when a line needs them.
        private lazy var returned = returnedByLocalPart()

        init(_ notice: Notice) {
            self.notice = notice
            self.limits = notice.limits
        }

        mutating func run() {
            for (index, line) in notice.lines.enumerated() {
                if entries.count >= limits.recipients { break }
                let text = line.withoutRulers
                if text.isEmpty { isBelowBlank = true }
                if text.isEmpty || text.first == UInt8(ascii: ">") { continue }
                if FailureWords.aboutReturned.contains(where: { text.hasPrefix($0) }) { continue }
                linesSinceStatement += 1
                if linesSinceStatement > 8, entries.isEmpty { isListing = false }
                guard let contact = FailureWords.contacts.first(in: text) else {
                    read(text, at: index)
                    continue
                }
                // A reply may say whom to ask, too.
                if Explanation.opensWithReply(text, before: contact.range.lowerBound)
                    || isAnnounced(index) && !text.contains(UInt8(ascii: "@"))
                {
                    addToLast(text)
                }
            }
            if entries.isEmpty, let shown {
                add(shown.address, wordsBelow(shown.line), at: shown.line)
            }
        }

        /// What stands below the fields of the message that is shown.
        private func wordsBelow(_ field: Int) -> [Bytes] {
            let margin = notice.lines[field].prefix { $0 == 0x20 || $0 == 0x09 }.count
            var fields = HeaderRun(line: field)
            return Array(
                notice.lines[field...].lazy.drop { fields.takes($0.dropFirst(margin)) }.prefix(Self.limitWords))
        }

        /// The address behind a label of recipients. In Lotus' "Error: Err.NoSuchUser: a@b" that is the second label, and certified mail
        /// (PEC) has words in its place.
        private func labelled(_ text: Bytes) -> (label: Bytes, head: AddressLine)? {
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

        /// The label says why, too: "Unknown user:".
        private static func tellsCause(_ label: Bytes) -> Bool {
            FailureWords.causes.isAny(in: label) || label.hasPrefix("unknown") || label.equals("err.nosuchuser")
        }

        private func isField(_ line: Bytes) -> Bool {
            var fields = HeaderRun(line: 0)
            return fields.takes(line)
        }

        /// "because:" stands above the line.
        private func isAnnounced(_ index: Int) -> Bool {
            notice.lines[max(0, index - 3)..<index].last { !$0.isEmpty }?.last == UInt8(ascii: ":")
        }

        private mutating func read(_ text: Bytes, at index: Int) {
            if opensList(text, at: index) {
                heading = index
                isListing = true
                isListed = false
                return
            }
            if shown == nil, isListing, let field = text.dropping(prefix: "to:") {
                let found = MailAddress.addresses(in: field, limit: 2)
                if found.count == 1, isOther(found[0]) { shown = (found[0], index) }
            }
            // "[<00>] XMail bounce: Rcpt=[a@b];Error=[550 …]": the reply stands again below, alone.
            if let field = text.dropping(prefix: "[<00>] xmail bounce: rcpt="), let head = AddressLine(field) {
                add(head.address, [], at: index)
                return
            }
            // "We are unable to deliver the message", and on the next line "to <a@b>."
            if isListing, linesSinceStatement == 1, let wrapped = text.dropping(prefix: "to "),
                let head = AddressLine(wrapped), isOther(head.address)
            {
                add(head.address, [head.rest], at: index)
                return
            }
            if let (label, head) = labelled(text), isOther(head.address) || isAuthorsRecipient(head.address, label) {
                var next = AddressLine(head.rest)
                add(head.address, Self.tellsCause(label) ? [text] : next == nil ? [head.rest] : [], at: index)
                while let other = next, entries.count < limits.recipients {
                    if isOther(other.address) { add(other.address, [], at: index) }
                    next = AddressLine(other.rest)
                }
                return
            }
            if isListing, let (address, words) = namedByLocalPart(text) {
                add(address, [words], at: index)
                return
            }
            let statement = FailureWords.statements.first(in: text)?.range ?? FailureWords.partedStatement(in: text)
            let cause = statement == nil ? FailureWords.causes.first(in: text)?.range : nil
            if let phrase = statement ?? cause, !(entries.isEmpty && FailureWords.isConditional(text)) {
                if firstStatement == nil { firstStatement = index }
                let found = addresses(in: text, around: phrase)
                let unknown = found.filter { entryOfAddress[$0.lowercased()] == nil }
                let head = AddressLine(text)
                let beginsWithAddress = head.map { isListing || $0.hasColon || entries.isEmpty } ?? false
                let isReply = !beginsWithAddress && Explanation.opensWithReply(text, before: phrase.lowerBound)
                // A cause that names an address beside those that the list has is about these ("no such user: b@c" below "a@b"), and a
                // sentence unlike the first is another's.
                let row = head != nil ? Row.addressFirst : isLabel(phrase, of: text) ? .causeFirst : nil
                if !unknown.isEmpty,
                    entries.isEmpty || beginsWithAddress || isLikeFirst(text) || isReply && statement != nil
                        || row != nil && row == self.row && !isBelowBlank
                {
                    // A reply about the address above may name others, the sender's among them.
                    if isReply, let last = entries.last, !last.isNamedByReply {
                        addToLast(text)
                        return
                    }
                    if entries.isEmpty, !beginsWithAddress { opening = text.prefix(Self.openingBytes) }
                    let reply = head.map(\.rest).flatMap {
                        Explanation.hasFailureCode($0, at: $0.startIndex) ? $0 : nil
                    }
                    for (number, address) in unknown.enumerated() {
                        add(address, [reply ?? text], at: index)
                        entries[entries.count - 1].isNamedByReply = isReply
                        entries[entries.count - 1].isNamedWithNext = number + 1 < unknown.count
                    }
                    self.row = row
                    return
                }
                if found.count == 1, unknown.isEmpty, let entry = entryOfAddress[found[0].lowercased()] {
                    namedAgain = entry
                    entries[entry].isToldApart = true
                }
                if found.isEmpty,
                    entries.isEmpty
                        ? statement != nil || text.last == UInt8(ascii: ":")
                        : statement != nil && (text.last == UInt8(ascii: ":") || isLikeFirst(text))
                {
                    if entries.isEmpty { opening = text.prefix(Self.openingBytes) }
                    isListing = true
                    isListed = false
                    linesSinceStatement = 0
                    // What ends in a colon speaks of what follows, and the address above was in another list.
                    if entries.isEmpty, text.last != UInt8(ascii: ":") { addAbove(index) }
                } else if !unknown.isEmpty, !isReply {
                    isListing = false
                    if isBelowBlank { isOfOthers = true }
                    if isBelowBlank || opening != nil && !isListed { return }
                }
            } else if entries.isEmpty, Explanation.hasFailureCode(text, at: text.startIndex),
                let head = AddressLine(text.dropFirst(4)), isOther(head.address)
            {
                // "550 a@b... You have reached a non working address."
                add(head.address, [text], at: index)
                return
            } else if isListing, let (head, hasName) = listHead(text, at: index), isOther(head.address),
                isOfList(index)
            {
                if !AddressLabel.isSenders(notice.lines, index) { add(head.address, [head.rest], at: index) }
                listIndentation = notice.lines[index].indentation
                isListed = true
                hasNames = hasName
                return
            } else if !entries.isEmpty, notice.lines[index].indentation <= listIndentation, !isReplyInList(text, index)
            {
                isListing = false
                // "Technical details: - "a@b" (EMAIL) failed with error:" (chasquid)
                if text.last == UInt8(ascii: ":"), let head = AddressLine(text) {
                    namedAgain = entryOfAddress[head.address.lowercased()]
                }
            }
            addToLast(text)
        }

        /// Whether a program's template makes the line, as it made the one by which the first address was named.
        private func isLikeFirst(_ text: Bytes) -> Bool {
            opening.map { text.prefix($0.count).equals($0) } ?? false
        }

        private static let openingBytes = 8

        /// An address; "Anna Muster <a@b>" where a list begins, and below such a line; "Anna Muster <a@b>:". Behind a label or a code the address is not one of
        /// the list.
        private func listHead(_ text: Bytes, at index: Int) -> (head: AddressLine, hasName: Bool)? {
            if let head = AddressLine(text) { return (head, false) }
            guard AddressLabel.name(of: text).last == UInt8(ascii: ">"),
                let open = text.firstIndex(ofByte: UInt8(ascii: "<")),
                isListed
                    ? hasNames
                    : text.last == UInt8(ascii: ":")
                        || AddressLabel.line(above: index, of: notice.lines)?.last == UInt8(ascii: ":"),
                let first = text.first, !Explanation.isDigit(first), !text[..<open].contains(UInt8(ascii: ":"))
            else { return nil }
            return AddressLine(text[open...]).map { ($0, true) }
        }

        /// The addresses of a list stand below each other.
        private func isOfList(_ index: Int) -> Bool {
            !isListed || abs(notice.lines[index].indentation - listIndentation) <= 2
                || notice.lines[index - 1].last == UInt8(ascii: ",")
        }

        /// In a list, a reply may stand as its address does.
        private func isReplyInList(_ text: Bytes, _ index: Int) -> Bool {
            isListed && notice.lines[index].indentation == listIndentation
                && Explanation.hasFailureCode(text, at: text.startIndex)
        }

        /// "User unknown: a@b", and nothing more.
        private func isLabel(_ cause: Range<Int>, of text: Bytes) -> Bool {
            let value = text[cause.upperBound...].trimmed
            return value.first == UInt8(ascii: ":") && AddressLine(value.dropFirst())?.isAlone ?? false
        }

        /// "No such user:" after a blank line below a list.
        private func opensList(_ text: Bytes, at index: Int) -> Bool {
            !entries.isEmpty && text.last == UInt8(ascii: ":") && notice.lines[index - 1].isEmpty
                && !text.contains(UInt8(ascii: "@"))
                && (FailureWords.causes.isAny(in: text) || FailureWords.statements.isAny(in: text))
        }

        private mutating func addToLast(_ text: Bytes) {
            if let line = heading {
                heading = nil
                addToLast(notice.lines[line].withoutRulers)
            }
            guard !entries.isEmpty, !isOfOthers else { return }
            let entry = namedAgain ?? entries.count - 1
            // A reply that says something ends with its paragraph.
            if isBelowBlank, entries[entry].hasReply { return }
            isBelowBlank = false
            guard entries[entry].words.count < Self.limitWords else { return }
            entries[entry].words.append(text)
            entries[entry].hasReply = entries[entry].hasReply || Self.isReply(text)
        }

        private static func isReply(_ line: Bytes) -> Bool {
            let reply = SMTPReply.parse(line)
            return reply.code != nil && !reply.text.isEmpty
                && (reply.status != nil || Explanation.hasFailureCode(line, at: line.startIndex))
        }

        /// "Your message to:", the address, "has not yet been delivered"; "Your message to a@b", "could not be delivered".
        private mutating func addAbove(_ index: Int) {
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
        private mutating func namedByLocalPart(_ text: Bytes) -> (address: Bytes, words: Bytes)? {
            guard let end = text.firstIndex(of: 0x20), text[end...].hasPrefix(" (") else { return nil }
            guard let address = returned[text[..<end].lowercased()] else { return nil }
            return (address, text[end...].trimmed)
        }

        private func returnedByLocalPart() -> [[UInt8]: Bytes] {
            var found: [[UInt8]: Bytes] = [:]
            for address in notice.returnedAddresses().reversed() where isOther(address) {
                if let name = MailAddress.localPart(of: address) { found[name.lowercased()] = address }
            }
            return found
        }

        /// Whom the phrase is about: the address that the line begins with, else those behind the phrase ("could not be delivered to a@b,
        /// c@d"), else the last before it. A page whose lines were lost is one long line, of which only the phrase's surroundings count.
        private func addresses(in text: Bytes, around phrase: Range<Int>) -> [Bytes] {
            if let head = AddressLine(text), isOther(head.address) { return [head.address] }
            let behind = text[phrase.upperBound...].prefix(200)
            let found = MailAddress.addresses(in: behind, limit: 8).filter { isOther($0) }
            // "… was rejected: the sender a@b is unknown"
            let isSenders = behind.firstIndex(ofByte: UInt8(ascii: "@")).map { behind[..<$0].contains("sender ") }
            if !found.isEmpty, isSenders != true { return found }
            let before = text[max(text.startIndex, phrase.lowerBound - 200)..<phrase.upperBound]
            return Self.lastOfList(MailAddress.addresses(in: before, limit: 8).filter { isOther($0) }, in: text)
        }

        /// "a@b, c@d and e@f": the last address, with those before it that no more than this parts from it.
        private static func lastOfList(_ found: [Bytes], in text: Bytes) -> [Bytes] {
            var first = max(0, found.count - 1)
            while first > 0, isListed(found[first - 1], before: found[first], in: text) { first -= 1 }
            return Array(found[first...])
        }

        private static func isListed(_ address: Bytes, before next: Bytes, in text: Bytes) -> Bool {
            let gap = address.endIndex..<max(address.endIndex, next.startIndex)
            guard gap.lowerBound >= text.startIndex, gap.upperBound <= text.endIndex, !gap.isEmpty else { return false }
            let between = text[gap]
            guard let start = between.firstIndex(where: isWordByte),
                let end = between.lastIndex(where: isWordByte)
            else { return true }
            return listWords.contains { between[start...end].equals($0) }
        }

        private static func isWordByte(_ byte: UInt8) -> Bool {
            byte > 0x20
                && !(byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "<")
                    || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&"))
        }

        private static let listWords: [StaticString] = ["and", "und", "et", "y", "e", "en", "og", "och"]

        private mutating func add(_ address: Bytes, _ words: [Bytes], at line: Int) {
            let words = words.filter { !$0.isEmpty }
            if let start = heading ?? (above == nil ? firstStatement : nil) { above = start..<max(start, line) }
            heading = nil
            namedAgain = nil
            (isBelowBlank, isOfOthers) = (false, false)
            let hasReply = words.contains(where: Self.isReply)
            if let known = entryOfAddress[address.lowercased()] {
                entries[known].words += words.prefix(Self.limitWords - entries[known].words.count)
                entries[known].hasReply = entries[known].hasReply || hasReply
            } else {
                entryOfAddress[address.lowercased()] = entries.count
                entries.append(Entry(address: address, above: above ?? 0..<0, words: words, hasReply: hasReply))
            }
        }

        /// Not the sender's own address, to which the notice is sent, nor that of the system that reports.
        private func isOther(_ address: Bytes) -> Bool {
            !address.hasPrefix("mailer-daemon@") && notice.header.isOther(address)
        }

        /// Postal writes in the name of the recipient, "Mail Delivery Service <a@b>", "Rcpt To: a@b", and returns the message.
        private func isAuthorsRecipient(_ address: Bytes, _ label: Bytes) -> Bool {
            notice.header.isMailSystem && !notice.header.isDaemonAddress && notice.header.from.equals(address)
                && label.equals("rcpt to") && notice.message.returnsMessage
        }

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

        private func explained(_ entry: Entry) -> RecipientReport {
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

        private func isTelling(_ line: Bytes) -> Bool {
            SMTPReply.parse(line).code != nil || FailureWords.causes.isAny(in: line)
        }
    }
}
