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

    /// What is known of a notice while its lines are read one after the other.
    struct Scan {
        /// Lines that are kept of what is said of an address.
        static let limitWords = 12

        /// "a@b   550 User unknown", "User unknown: a@b".
        private enum Row { case addressFirst, causeFirst }

        let notice: Notice
        let limits: ReportLimits
        var entries: [Entry] = []
        /// The entry of each address, in lower case.
        var entryOfAddress: [[UInt8]: Int] = [:]
        /// The entry that a line below the list has named again; what follows is about that, and else about the last.
        private var namedAgain: Int?
        /// A statement announced a list of addresses.
        private var isListing = false
        private var linesSinceStatement = 0
        /// Of the last address of the list; what is indented deeper is about that.
        private var listIndentation = 0
        /// The last address of the list has its owner's name before it.
        var hasNames = false
        /// The list that was announced has begun.
        var isListed = false
        private var firstStatement: Int?
        /// A line below a list that ends in a colon: the heading of another list if that follows, else words about the last address.
        private var heading: Int?
        /// What stands above the list that is being read.
        var above: Range<Int>?
        /// How the line begins that announced the first list, or named the first address in a sentence.
        private var opening: Bytes?
        /// How the line was made that named the last address, if it tells the cause, too: the next lines may be made so for others.
        private var row: Row?
        /// The lines are about somebody else than the addresses above, until another such address.
        private var isOfOthers = false
        /// "Reason: 550 …", "Recipient: a@b", a blank line, and the next two.
        private var hasCausesAbove = false
        /// Blank lines stand between the words before and this line.
        private var isBelowBlank = false
        /// To fields below the first statement with one address each, and their lines: what is shown of the message, or, with a reply
        /// below each ("To: a@b", "Error: 550 …"), a list.
        var shown: [(address: Bytes, line: Int)] = []
        /// The returned message's recipients by local part, in lower case; made when a line needs them.
        lazy var returned = returnedByLocalPart()

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
                if let statement = Self.statement(in: text, before: contact.range.lowerBound) {
                    read(statement, at: index)
                    continue
                }
                // A reply may say whom to ask, too.
                if Explanation.opensWithReply(text, before: contact.range.lowerBound)
                    || isAnnounced(index) && namesNobodyNew(text)
                {
                    addToLast(text)
                }
            }
            addShown()
        }

        /// The addresses of a line, if it has any, failed by what stands above.
        private func namesNobodyNew(_ text: Bytes) -> Bool {
            MailAddress.addresses(in: text, limit: 4).allSatisfy { entryOfAddress[$0.lowercased()] != nil }
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
            if isListing || !shown.isEmpty, shown.count < limits.recipients, let field = text.dropping(prefix: "to:") {
                let found = MailAddress.addresses(in: field, limit: 2)
                if found.count == 1, isOther(found[0]) { shown.append((found[0], index)) }
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
                if entries.isEmpty { hasCausesAbove = isCauseAbove(index) }
                add(
                    head.address,
                    hasCausesAbove
                        ? linesAbove(index) : Self.tellsCause(label) ? [text] : next == nil ? [head.rest] : [],
                    at: index)
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
            if entries.last?.isNamedByReply ?? true, let head = addressBehindCode(text),
                entryOfAddress[head.address.lowercased()] == nil
            {
                // "550 a@b... You have reached a non working address."
                add(head.address, [text], at: index)
                entries[entries.count - 1].isNamedByReply = true
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
                        : statement != nil
                            && (text.last == UInt8(ascii: ":")
                                && FailureWords.statements.isAny(in: Self.lastSentence(of: text)) || isLikeFirst(text))
                {
                    if entries.isEmpty { opening = text.prefix(Self.openingBytes) }
                    isListing = true
                    isListed = false
                    linesSinceStatement = 0
                    // What ends in a colon speaks of what follows, and the address above was in another list.
                    if entries.isEmpty, text.last != UInt8(ascii: ":") { addAbove(index) }
                } else if isListed, text.last == UInt8(ascii: ":"),
                    !FailureWords.causes.isAny(in: Self.lastSentence(of: text))
                {
                    // "No such user. Our directory knows:"
                    isListing = false
                } else if !unknown.isEmpty, !isReply {
                    isListing = false
                    if isBelowBlank { isOfOthers = true }
                    if isBelowBlank || opening != nil && !isListed { return }
                }
            } else if isListing, let (head, hasName) = listHead(text, at: index), isOther(head.address),
                isOfList(index)
            {
                if !AddressLabel.isSenders(notice.lines, index) { addListed(head, in: text, at: index) }
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

        /// Whether the cause stands behind a label on the line above, and nothing below.
        private func isCauseAbove(_ index: Int) -> Bool {
            let lines = notice.lines
            guard index > 0, index + 1 < lines.count, lines[index + 1].isEmpty else { return false }
            let line = lines[index - 1].withoutRulers
            let label = AddressLabel.label(of: line)
            return !label.isEmpty && (Self.isReply(line[label.endIndex...].dropFirst().trimmed) || isTelling(line))
        }

        /// The paragraph's lines above one.
        private func linesAbove(_ index: Int) -> [Bytes] {
            let above = notice.lines[max(0, index - Self.limitWords)..<index]
            let start = above.lastIndex(where: \.isEmpty).map { $0 + 1 } ?? above.startIndex
            return above[start...].map(\.withoutRulers)
        }

        /// The address of a list's line, and those that follow it there: "a@b, c@d".
        private mutating func addListed(_ head: AddressLine, in text: Bytes, at index: Int) {
            var head = head
            while entries.count < limits.recipients, let next = AddressLine(head.rest), isOther(next.address),
                Self.isListed(head.address, before: next.address, in: text)
            {
                add(head.address, [], at: index)
                head = next
            }
            add(head.address, [head.rest], at: index)
        }

        /// Whether a program's template makes the line, as it made the one by which the first address was named.
        private func isLikeFirst(_ text: Bytes) -> Bool {
            opening.map { text.prefix($0.count).equals($0) } ?? false
        }

        private static let openingBytes = 8

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
            guard !entries.isEmpty, text.last == UInt8(ascii: ":"), notice.lines[index - 1].isEmpty,
                !text.contains(UInt8(ascii: "@"))
            else { return false }
            let sentence = Self.lastSentence(of: text)
            return FailureWords.causes.isAny(in: sentence) || FailureWords.statements.isAny(in: sentence)
        }

        private static func lastSentence(of text: Bytes) -> Bytes {
            lastSentenceEnd(in: text).map { text[$0...] } ?? text
        }

        private mutating func addToLast(_ text: Bytes) {
            if let line = heading {
                heading = nil
                addToLast(notice.lines[line].withoutRulers)
            }
            guard !entries.isEmpty, !isOfOthers, !hasCausesAbove else { return }
            let entry = namedAgain ?? entries.count - 1
            // A reply that says something ends with its paragraph.
            if isBelowBlank, entries[entry].hasReply { return }
            isBelowBlank = false
            guard entries[entry].words.count < Self.limitWords else { return }
            entries[entry].words.append(text)
            entries[entry].hasReply = entries[entry].hasReply || Self.isReply(text)
        }

        static func isReply(_ line: Bytes) -> Bool {
            let reply = SMTPReply.parse(line)
            return reply.code != nil && !reply.text.isEmpty
                && (reply.status != nil || Explanation.hasFailureCode(line, at: line.startIndex))
        }

        mutating func add(_ address: Bytes, _ words: [Bytes], at line: Int) {
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
    }
}
