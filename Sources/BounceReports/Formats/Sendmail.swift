// Sendmail's notices of every age, and those of the programs that imitate it: a section that lists the addresses, with (reason: …) and
// (expanded from: …), and the transcript of the session (`>>>` sent, `<<<` answered). Version 5 has the transcript alone.

import MailSyntax

enum Sendmail {
    static func read(_ notice: Notice) -> [RecipientReport] {
        let transcript = Transcript(notice)
        var (entries, remarks) = listed(notice)
        if entries.isEmpty {
            entries = transcript.addresses.prefix(notice.limits.recipients).map { Entry(address: $0) }
        }
        // Version 5 may name a host only; the message that it returns was then for one recipient.
        if entries.isEmpty, !transcript.lines.isEmpty {
            let returned = notice.returnedAddresses()
            if returned.count == 1 { entries = [Entry(address: returned[0])] }
        }
        return entries.map { entry in
            var recipient = RecipientReport()
            recipient.finalRecipient = entry.address
            recipient.originalRecipient = entry.expandedFrom
            recipient.action = entry.action
            let exchange = entry.address.flatMap {
                transcript.exchange(for: $0, reason: entry.reason, isOnly: entries.count == 1)
            }
            recipient.remoteMTA = exchange?.host
            recipient.command = exchange?.command
            if let exchange, !exchange.words.isEmpty {
                recipient.take(exchange.words, limit: notice.limits.replyBytes)
                if !exchange.remarks.isEmpty {
                    // "mail.local: unknown user: anna" before "554 <anna@example.com>... Service unavailable"
                    recipient.diagnostic = nil
                    recipient.take(exchange.remarks + exchange.words, limit: notice.limits.replyBytes)
                }
            } else if let reason = entry.reason, !reason.allSatisfy(\.isASCIIDigit) {
                recipient.take(reason)
            } else if entries.count == 1 {
                recipient.take(transcript.lines.isEmpty ? remarks : transcript.lines, limit: notice.limits.replyBytes)
            }
            return recipient
        }
    }

    private struct Entry {
        var address: Bytes?
        var reason: Bytes?
        var expandedFrom: Bytes?
        var action: DeliveryAction?
        /// Of its line.
        var indentation = 0
    }

    /// The addresses of the sections whose heading names failures or delays, each with what stands in parentheses below it; and what
    /// follows the list.
    private static func listed(_ notice: Notice) -> (entries: [Entry], remarks: [Bytes]) {
        var entries: [Entry] = []
        var remarks: [Bytes] = []
        var isListing = false
        var hasAddress = false
        var sectionAction: DeliveryAction?
        for line in notice.lines {
            let marks = PhraseTable.shared.marks(of: line)
            if marks.contains(.sendmailSection) {
                isListing = true
                hasAddress = false
                sectionAction = action(heading: line)
                continue
            }
            guard isListing, entries.count < notice.limits.recipients else {
                if hasAddress, !line.hasPrefix("-----"), !line.hasPrefix("   -----") { remarks.append(line) }
                continue
            }
            let text = line.trimmed
            // The heading's own ruler, too, where somebody wrapped it.
            if line.withoutRulers.isEmpty {
                if hasAddress { isListing = false }
                continue
            }
            if marks.contains(.sendmailTranscript) || line.hasPrefix("-----") || line.hasPrefix("   -----") {
                isListing = false
            } else if text.first == UInt8(ascii: "("), !entries.isEmpty {
                note(text, in: &entries[entries.count - 1])
            } else if let head = AddressLine(line) {
                entries.append(
                    Entry(
                        address: head.address, reason: head.rest.isEmpty ? nil : bare(head.rest), action: sectionAction,
                        indentation: line.indentation))
                hasAddress = true
            } else if hasAddress, let last = entries.last, last.reason == nil, line.indentation > last.indentation {
                // "    Reason: User does not exist"
                entries[entries.count - 1].reason = text.dropping(prefix: "reason:")?.trimmed ?? text
            } else if text.first == UInt8(ascii: "\"") || text.first == UInt8(ascii: "|") {
                entries.append(Entry(action: sectionAction))
                hasAddress = true
            } else if let range = text.firstRange(of: "address: "), let head = AddressLine(text[range.upperBound...]) {
                // Zoho: "[Status: Error, Address: <a@b>, ResponseCode 421, , Host not reachable.]"
                entries.append(Entry(address: head.address, reason: bare(head.rest)))
                hasAddress = true
            }
        }
        return (entries, remarks)
    }

    /// One notice may have a section for those that were reached and one for those that were not.
    private static func action(heading: Bytes) -> DeliveryAction? {
        if heading.contains("successful") { return .delivered }
        if heading.contains("transient") { return .delayed }
        return heading.contains("permanent") ? .failed : nil
    }

    private static func note(_ text: Bytes, in entry: inout Entry) {
        if let words = text.dropping(prefix: "(expanded from") {
            entry.expandedFrom = MailAddress.addresses(in: words, limit: 1).first ?? entry.expandedFrom
        } else {
            entry.reason = bare(text.dropping(prefix: "(reason: ") ?? text)
        }
    }

    /// Without the parentheses or brackets around it.
    private static func bare(_ text: Bytes) -> Bytes {
        var text = text
        while let first = text.first, first == UInt8(ascii: "(") || first == UInt8(ascii: "[") {
            text = text.dropFirst()
        }
        while let last = text.last, last == UInt8(ascii: ")") || last == UInt8(ascii: "]") { text = text.dropLast() }
        return text
    }

    /// The dialogue as Sendmail prints it.
    struct Transcript {
        /// What was answered about one address, or about the whole message where `address` is nil.
        struct Exchange {
            var address: Bytes?
            var command: Bytes?
            var host: Bytes?
            var words: [Bytes] = []
            /// What a local delivery agent printed before Sendmail's summary.
            var remarks: [Bytes] = []
            /// The words are the remote server's own (`<<<`), not Sendmail's summary of them.
            var isRemote = false
        }

        private(set) var exchanges: [Exchange] = []
        /// The places in `exchanges` that are about an address in lower case.
        private var places: [[UInt8]: [Int]] = [:]
        private var lastRefusal: Exchange?
        /// Of a command that is not about one address (DATA).
        private var lastRefusalOfAll: Exchange?
        private(set) var lines: [Bytes] = []

        init(_ notice: Notice) {
            guard notice.marks.contains(.sendmailTranscript),
                let start = notice.lines.firstIndex(where: {
                    PhraseTable.shared.marks(of: $0).contains(.sendmailTranscript)
                })
            else { return }
            var host: Bytes?
            var pending: Exchange?
            var remarks: [Bytes] = []
            // A dialogue may have no heading.
            let isBare = notice.lines[start].hasPrefix(">>>")
            for line in notice.lines[(isBare ? start : start + 1)...] where !line.isEmpty {
                if PhraseTable.shared.marks(of: line).contains(.deliveryField) || line.hasPrefix("Reporting-MTA:") {
                    break
                }
                lines.append(line)
                if let sent = line.dropping(prefix: ">>> ") {
                    if let pending { exchanges.append(pending) }
                    pending = Exchange(
                        address: Self.recipient(sent), command: Explanation.command(namedBy: sent), host: host)
                } else if let answer = line.dropping(prefix: "<<<") {
                    if pending == nil { pending = Exchange(host: host) }
                    if Explanation.meansNoRecipient(answer) {
                        // Of a pipelined session Sendmail prints what was sent last: the reply before was RCPT's.
                        pending?.command = Bytes("RCPT TO")
                        continue
                    }
                    pending?.words.append(answer.trimmed)
                    pending?.isRemote = true
                } else if let range = line.firstRange(of: "while talking to ") {
                    if let finished = pending { exchanges.append(finished) }
                    pending = nil
                    host = line[range.upperBound...].prefix { $0 != 0x20 && $0 != UInt8(ascii: ":") }
                    if host?.last == UInt8(ascii: ".") { host = host?.dropLast() }
                } else if line.indentation == 0, let summary = Self.summary(line) {
                    // "550 5.1.1 <a@b>... User unknown" after "<<< 550 …": the answer was about this address.
                    if var exchange = pending, exchange.isRemote {
                        exchange.address = exchange.address ?? summary
                        exchanges.append(exchange)
                        pending = nil
                    }
                    exchanges.append(Exchange(address: summary, host: host, words: [line], remarks: remarks))
                    host = nil
                    remarks = []
                } else if pending == nil, host == nil, exchanges.isEmpty || line.indentation == 0 {
                    if remarks.count < 8 { remarks.append(line) }
                } else if line.indentation > 0, pending == nil, !exchanges.isEmpty {
                    exchanges[exchanges.count - 1].words.append(line)
                }
                if exchanges.count > notice.limits.recipients { break }
            }
            if let pending { exchanges.append(pending) }
            for (place, exchange) in exchanges.enumerated() {
                if let address = exchange.address { places[address.lowercased(), default: []].append(place) }
                guard exchange.isRemote, Self.isRefusal(exchange) else { continue }
                lastRefusal = exchange
                if exchange.address == nil { lastRefusalOfAll = exchange }
            }
        }

        /// The addresses that the summaries and refused commands name, each once; those that were taken where a command for all was
        /// refused.
        var addresses: [Bytes] {
            let refused = exchanges.filter { !Self.isTaken($0) }.compactMap(\.address)
            var seen: Set<Bytes> = []
            return (refused.isEmpty && lastRefusalOfAll != nil ? exchanges.compactMap(\.address) : refused)
                .filter { seen.insert($0).inserted }
        }

        /// What was said about an address: the remote server's own words before Sendmail's, which count where the reason in the list
        /// has their status ("550 5.1.1 <a@b>... User unknown", where DATA failed for others).
        func exchange(for address: Bytes, reason: Bytes?, isOnly: Bool) -> Exchange? {
            let about = (places[address.lowercased()] ?? []).map { exchanges[$0] }.filter {
                !$0.words.isEmpty && !Self.isTaken($0)
            }
            if let remote = about.first(where: \.isRemote) { return remote }
            if !isOnly, let own = about.first, let words = own.words.first, let reason,
                let status = SMTPReply.parse(reason).status, status == SMTPReply.parse(words).status
            {
                return own
            }
            if let remote = lastRefusalOfAll ?? (isOnly ? lastRefusal : nil) { return remote }
            return about.first
        }

        private static func isRefusal(_ exchange: Exchange) -> Bool {
            exchange.words.first.map { $0.first == UInt8(ascii: "5") || $0.first == UInt8(ascii: "4") } ?? false
        }

        private static func isTaken(_ exchange: Exchange) -> Bool {
            exchange.isRemote && exchange.words.first?.first == UInt8(ascii: "2")
        }

        private static func recipient(_ sent: Bytes) -> Bytes? {
            guard sent.hasPrefix("rcpt to:") else { return nil }
            return MailAddress.addresses(in: sent, limit: 1).first
        }

        /// The address of `550 5.1.1 <a@b>... User unknown` and of `<a@b>... Deferred: Connection refused`, in old versions without brackets.
        private static func summary(_ line: Bytes) -> Bytes? {
            guard line.count > 8, let first = line.first, let dots = line.firstRange(of: "...") else { return nil }
            if line[..<dots.lowerBound].firstIndex(ofByte: 0x20) == nil {
                return AddressLine(line, afterRulers: false)?.address
            }
            guard first == UInt8(ascii: "5") || first == UInt8(ascii: "4"),
                line.prefix(3).allSatisfy(\.isASCIIDigit)
            else { return nil }
            return MailAddress.addresses(in: line, limit: 1).first
        }
    }
}
