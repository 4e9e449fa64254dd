// RFC 3464, 2: the fields of a message/delivery-status body, as programs really write them: groups split by blank lines within or by
// none between, fields repeated, out of order, unknown or without a value.

import MailSyntax

/// The groups of a report's delivery-status body.
struct DeliveryStatus: ~Copyable {
    var reportingMTA: Bytes?
    var arrivalDate: Bytes?
    var originalEnvelopeID: Bytes?
    var queueID: Bytes?
    var sender: Bytes?
    var recipients: [RecipientReport] = []
    /// Groups over the limit of recipients.
    var recipientsCut = 0
    var isCut = false
    private var lineCount = 0

    /// Adds the groups of a body, of which a report may have more than one.
    ///
    /// - Parameter body: The part's decoded body, or the lines of a text from its first field on.
    mutating func read(_ body: Bytes, limits: ReportLimits) {
        var group = Group()
        for line in body.fieldLines {
            lineCount += 1
            if lineCount > limits.statusLines {
                isCut = true
                break
            }
            switch line {
            case .field(let name, let value): add(name, value, of: body, to: &group, limits)
            case .blank: group.isInterrupted = true
            case .other: break
            }
        }
        end(&group, of: body, limits)
    }

    /// One recipient's fields while they are read, by the places of their values in the body.
    private struct Group {
        var hasField = false
        /// A blank line came after the group's first field. It ends the group, unless what follows is still missing in it.
        var isInterrupted = false
        var actualRecipient: Range<Int>?
        var finalField: Range<Int>?
        var originalField: Range<Int>?
        var statusField: Range<Int>?
        var diagnosticField: Range<Int>?
        var supplementaryField: Range<Int>?
        var remoteMTA: Range<Int>?
        var lastAttemptDate: Range<Int>?
        var willRetryUntil: Range<Int>?
        var hasAction = false
        var action: DeliveryAction?
    }

    private mutating func add(
        _ name: Range<Int>, _ value: Range<Int>, of body: Bytes, to group: inout Group, _ limits: ReportLimits
    ) {
        if addToMessage(name, value, of: body) { return }
        switch name.count {
        case 15 where body.equals("final-recipient", at: name):
            begin(&group, ifSet: group.finalField, value, of: body, limits)
            group.finalField = value
        case 18 where body.equals("original-recipient", at: name):
            begin(&group, ifSet: group.originalField, value, of: body, limits)
            group.originalField = value
        case 18 where body.equals("x-actual-recipient", at: name):
            if group.actualRecipient == nil { group.actualRecipient = value }
        case 6 where body.equals("action", at: name):
            if group.hasAction, group.isInterrupted { end(&group, of: body, limits) }
            if !group.hasAction {
                group.hasAction = true
                group.action = Self.action(body[value])
            }
        case 6 where body.equals("status", at: name):
            if group.statusField != nil, group.isInterrupted { end(&group, of: body, limits) }
            if group.statusField == nil { group.statusField = value }
        case 15 where body.equals("diagnostic-code", at: name):
            if group.diagnosticField != nil, group.isInterrupted { end(&group, of: body, limits) }
            if group.diagnosticField?.isEmpty ?? true { group.diagnosticField = value }
        case 10 where body.equals("remote-mta", at: name):
            if group.remoteMTA == nil { group.remoteMTA = Self.host(value, in: body) }
        case 17 where body.equals("last-attempt-date", at: name): group.lastAttemptDate = value
        case 16 where body.equals("will-retry-until", at: name): group.willRetryUntil = value
        case 20 where body.equals("x-supplementary-info", at: name),
            23 where body.equals("x400-supplementary-info", at: name):
            group.supplementaryField = value
        default: return
        }
        if !group.hasField { group.isInterrupted = false }
        group.hasField = true
    }

    /// RFC 3464, 2.2: the fields about the message as a whole, wherever they stand.
    private mutating func addToMessage(_ name: Range<Int>, _ value: Range<Int>, of body: Bytes) -> Bool {
        switch name.count {
        case 13 where body.equals("reporting-mta", at: name):
            if reportingMTA == nil { reportingMTA = Self.host(value, in: body).map { body[$0] } }
        case 12 where body.equals("arrival-date", at: name):
            if arrivalDate == nil { arrivalDate = Diagnostic.normalize(body[value]) }
        case 20 where body.equals("original-envelope-id", at: name):
            if originalEnvelopeID == nil { originalEnvelopeID = Diagnostic.normalize(body[value]) }
        default:
            // X-Postfix-Queue-ID, X-Symantec-Messaging-Gateway-Queue-ID, X-SendGrid-QueueID, …
            guard let first = name.first, foldedASCII(body[first]) == UInt8(ascii: "x") else { return false }
            let name = body[name]
            guard name.hasPrefix("x-") else { return false }
            if name.hasSuffix("-queue-id") || name.hasSuffix("-queueid") {
                if queueID == nil, !value.isEmpty { queueID = body[value] }
            } else if name.hasSuffix("-sender") {
                if sender == nil { sender = MailAddress.parse(body[value]) }
            } else {
                return false
            }
        }
        return true
    }

    /// A recipient's address begins a new group when this one has such a field already, or when a blank line stands between and the
    /// group is whole but for this field.
    private mutating func begin(
        _ group: inout Group, ifSet field: Range<Int>?, _ value: Range<Int>, of body: Bytes, _ limits: ReportLimits
    ) {
        let isWhole = group.finalField != nil || group.originalField != nil
        if field != nil {
            if !group.isInterrupted, let field,
                MailAddress.forwardPath(body[field]) == MailAddress.forwardPath(body[value])
            {
                return
            }
            end(&group, of: body, limits)
        } else if group.isInterrupted, isWhole, group.hasAction {
            end(&group, of: body, limits)
        }
    }

    private mutating func end(_ group: inout Group, of body: Bytes, _ limits: ReportLimits) {
        defer { group = Group() }
        guard group.finalField != nil || group.originalField != nil || group.hasAction, group.hasField else { return }
        if recipients.count >= limits.recipients {
            recipientsCut += 1
            return
        }
        recipients.append(RecipientReport())
        Self.fill(&recipients[recipients.count - 1], from: group, of: body)
    }

    private static func fill(_ recipient: inout RecipientReport, from group: Group, of body: Bytes) {
        let final = group.finalField.flatMap { address($0, in: body) }
        let original = group.originalField.flatMap { address($0, in: body) }
        let actual = group.actualRecipient.flatMap { address($0, in: body) }
        // Sendmail's Final-Recipient is the address as it arrived; what became of it by aliases is X-Actual-Recipient.
        recipient.originalRecipient =
            original.map { isXtext($0, of: final) ? final : $0 } ?? (actual == nil ? nil : final)
        recipient.finalRecipient = actual ?? final
        recipient.action = group.action
        recipient.remoteMTA = group.remoteMTA.map { body[$0] }
        recipient.lastAttemptDate = group.lastAttemptDate.map { body[$0] }
        recipient.willRetryUntil = group.willRetryUntil.map { body[$0] }
        let statusField = group.statusField.map { body[$0] } ?? []
        let diagnosticField = group.diagnosticField.map { body[$0] } ?? []
        let supplementaryField = group.supplementaryField.map { body[$0] }
        recipient.status = EnhancedStatus.first(in: statusField.prefix(16))
        // X.400's numbers tell less than the words that a gateway keeps with them.
        if diagnosticField.hasPrefix("reason "), let words = supplementaryField, !words.isEmpty {
            recipient.take(words)
        } else if !diagnosticField.isEmpty {
            recipient.takeDiagnosticCode(diagnosticField)
        } else if recipient.status == nil, !statusField.isEmpty {
            // NTMail writes a whole reply there.
            recipient.takeDiagnosticCode(statusField)
        }
        if recipient.diagnostic == nil {
            let words = supplementaryField ?? comment(of: statusField)
            if let words, !words.isEmpty { recipient.take(words) }
        }
    }

    /// RFC 3461, 4: some MTAs keep the parameter ORCPT as it came, in xtext (`anna+2Bnews@…` for `anna+news@…`). Known only where the final
    /// recipient is the same: `+20` may be part of an address.
    private static func isXtext(_ original: Bytes, of final: Bytes?) -> Bool {
        guard let final, original.count > final.count, original.contains(UInt8(ascii: "+")) else { return false }
        var place = original.startIndex
        for byte in final {
            guard place < original.endIndex else { return false }
            if original[place] == UInt8(ascii: "+"), place + 2 < original.endIndex,
                let high = original[place + 1].hexadecimalValue, let low = original[place + 2].hexadecimalValue,
                high << 4 | low == byte
            {
                place += 3
            } else if foldedASCII(original[place]) == foldedASCII(byte) {
                place += 1
            } else {
                return false
            }
        }
        return place == original.endIndex
    }

    /// Nil for a pipe or a file (Exim, Sendmail's aliases), whatever addresses stand among a command's arguments.
    private static func address(_ place: Range<Int>, in body: Bytes) -> Bytes? {
        let field = body[place]
        var start = field.firstIndex(ofByte: UInt8(ascii: ";")).map { $0 + 1 } ?? field.startIndex
        while start < field.endIndex, field[start] <= 0x20 || field[start] == UInt8(ascii: "\"") { start += 1 }
        let isPath = start < field.endIndex && (field[start] == UInt8(ascii: "|") || field[start] == UInt8(ascii: "/"))
        return isPath ? nil : MailAddress.forwardPath(field)
    }

    /// Sun's and Oracle's Messaging Server tell the cause in a comment: `Status: 4.2.2 (Over quota)`.
    private static func comment(of field: Bytes) -> Bytes? {
        guard let open = field.firstIndex(of: UInt8(ascii: "(")),
            let close = field.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return nil }
        return field[(open + 1)..<close]
    }

    /// `failed`, and what programs write for it: `failure`, `error` (OpenSMTPD), `expired` (SendGrid), `undeliverable` (Postfix's
    /// address probe).
    private static func action(_ value: Bytes) -> DeliveryAction? {
        if value.hasPrefix("fail") || value.hasPrefix("error") || value.hasPrefix("expire")
            || value.hasPrefix("undeliver")
        {
            return .failed
        }
        if value.hasPrefix("delay") { return .delayed }
        if value.hasPrefix("deliver") { return .delivered }
        if value.hasPrefix("relay") { return .relayed }
        if value.hasPrefix("expand") { return .expanded }
        return nil
    }

    /// `dns; mx.example.com (192.0.2.1)` without its type and comment.
    private static func host(_ value: Range<Int>, in body: Bytes) -> Range<Int>? {
        var start = value.lowerBound
        if let semicolon = body[value].firstIndex(ofByte: UInt8(ascii: ";")) {
            start = semicolon + 1
            while start < value.upperBound, isSpace(body[start]) { start += 1 }
        }
        var end = start
        while end < value.upperBound, !isSpace(body[end]), body[end] != UInt8(ascii: "(") { end += 1 }
        if end > start, body[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return end > start ? start..<end : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }
}

extension RecipientReport {
    /// Takes in a Diagnostic-Code (RFC 3464, 2.3.6). The status that the remote server gave itself is more telling than the one that the
    /// reporting MTA derived from the reply's code, unless it says nothing (x.0.0).
    mutating func takeDiagnosticCode(_ field: Bytes) {
        if field.hasPrefix("x-notes"), let words = field.split(atByte: UInt8(ascii: ";"))?.tail {
            diagnostic = Diagnostic.normalize(Self.withoutMidwordFolds(words))
            return
        }
        if field.hasPrefix("x-unix"), let words = field.split(atByte: UInt8(ascii: ";"))?.tail.trimmed,
            words.count <= 3 || !words.prefix(3).allSatisfy(\.isASCIIDigit)
        {
            // Sendmail writes nothing but the exit status of the delivery agent.
            diagnostic = words.allSatisfy(\.isASCIIDigit) ? nil : Diagnostic.normalize(words)
            return
        }
        var parsed = SMTPReply.parse(field)
        // "220 mx.example.com 421 4.2.1 …": the greeting with the reply after it.
        if let code = parsed.code, code < 400, action != .delivered, action != .relayed, action != .expanded {
            parsed = SMTPReply.parse(parsed.text)
        }
        reply = parsed.code
        command = parsed.command
        remoteMTA = remoteMTA ?? parsed.host
        let text = Explanation.withoutLeadingMarks(parsed.text)
        diagnostic = text.isEmpty ? nil : text
        isFirstLineOnly = parsed.code.map { Self.isContinued(field, code: $0) } ?? false
        if let stated = parsed.status,
            status.map({ !stated.isUnspecific || $0.statusClass != stated.statusClass }) ?? true
        {
            status = stated
        } else if let code = parsed.code, status?.isMade(of: code) ?? false, Self.isSendmails(field),
            EnhancedStatus.first(in: field) == nil
        {
            status = .permanentFailure
        }
    }

    /// Sendmail writes the type in capitals.
    private static func isSendmails(_ field: Bytes) -> Bool {
        field.trimmed.prefix(4).elementsEqual("SMTP".utf8)
    }

    /// Domino folds in the middle of a word: a line end and a space that are not part of it.
    private static func withoutMidwordFolds(_ words: Bytes) -> Bytes {
        var joined: [UInt8] = []
        for line in words.lines { joined += joined.isEmpty ? line : line.dropFirst() }
        return joined[...]
    }

    /// Sendmail keeps the first line of a reply of several: `550-5.1.1 …` with no `550 ` after it.
    private static func isContinued(_ field: Bytes, code: UInt16) -> Bool {
        let bytes = field.span
        let digits = [code / 100, code / 10 % 10, code % 10] as InlineArray<3, UInt16>
        func isDigit(_ number: Int, at place: Int) -> Bool { UInt16(bytes[place]) == 0x30 + digits[number] }
        var isFirst = true
        for place in 0..<max(bytes.count - 3, 0)
        where isDigit(0, at: place) && isDigit(1, at: place + 1) && isDigit(2, at: place + 2) {
            let next = bytes[place + 3]
            if next == 0x20, !isFirst { return false }
            if isFirst, next != UInt8(ascii: "-") { return false }
            isFirst = false
        }
        return !isFirst
    }
}

extension EnhancedStatus {
    /// x.0.0: a class and nothing more.
    var isUnspecific: Bool { subject == 0 && detail == 0 }
}
