// From a message to what it reports. The order is fixed: what the MIME structure says (RFC 5965, RFC 8098, RFC 3464), then the formats
// known by their words, automatic replies, and last a bounce in plain words. What is none of these is no bounce.

import MailSyntax
import Vocabulary

package struct ReportReader: Sendable {
    private let limits: ReportLimits

    package init(limits: ReportLimits = ReportLimits()) {
        self.limits = limits
    }

    /// What a message reports about the delivery of others; `notABounce` where it reports nothing. Reads only what lies outside of
    /// attached messages: a person who forwards a bounce reports none.
    ///
    /// - Parameter hasNullReversePath: The envelope's MAIL FROM was `<>`, where the caller knows the envelope.
    package func read(_ message: MailMessage, hasNullReversePath: Bool = false) -> Report {
        guard let first = message.parts.first, !first.fields.isEmpty else { return Report(kind: .malformed) }
        let header = MessageHeader(message, hasNullReversePath: hasNullReversePath)
        var report = readStructure(message, header) ?? readText(message, header)
        report.isCut = report.isCut || !message.cuts.isEmpty
        return report
    }

    // MARK: Structure

    private func readStructure(_ message: MailMessage, _ header: MessageHeader) -> Report? {
        guard message.parts[0].isMultipart || message.parts[0].mediaType.kind == .message else { return nil }
        var index = 0
        while index < message.parts.count {
            if index > 0, message.parts[index].holdsMessage {
                index = message.parts[index].endIndex
                continue
            }
            let part = message.parts[index]
            if part.mediaType.kind == .message {
                switch part.mediaType.subtype {
                case .feedbackReport: return FeedbackReport.read(message, part: index, limits: limits)
                case .dispositionNotification: return DispositionNotification.read(message, part: index)
                case .deliveryStatus:
                    let isInReport = part.parent.map { message.parts[$0].mediaType.subtype == .report } ?? false
                    guard isInReport || header.standsForReport else { break }
                    return StandardReport.read(message, status: message.body(of: index), header: header, limits: limits)
                case .html, .digest, .report, .wholeMessage, .other: break
                }
            } else if index > 0, !part.isMultipart, header.standsForReport, beginsWithStatus(message, part) {
                return StandardReport.read(message, status: message.body(of: index), header: header, limits: limits)
            }
            index += 1
        }
        return FeedbackReport.readHotmail(message, header: header, limits: limits)
    }

    /// A delivery-status body under another content type, as gateways and mail stores leave it.
    private func beginsWithStatus(_ message: MailMessage, _ part: MailMessage.Part) -> Bool {
        let body = message.bytes[part.bodyRange].prefix(256).trimmed
        return body.hasPrefix("Reporting-MTA:") || body.hasPrefix("Final-Recipient:")
            || body.hasPrefix("Original-Recipient:")
            || body.hasPrefix("Original-Envelope-Id:")
    }

    // MARK: Text

    private func readText(_ message: MailMessage, _ header: MessageHeader) -> Report {
        if let report = AmazonSNS.read(message, header: header, limits: limits) { return report }
        let standsForReport = header.standsForReportByWords
        if standsForReport || header.mayReport {
            let notice = Notice(message, header: header, limits: limits)
            if standsForReport || notice.opensAsReport {
                if let report = readNotice(notice) { return report }
            }
        }
        return AutomaticReply.read(header) ?? Report(kind: .notABounce)
    }

    private func readNotice(_ notice: Notice) -> Report? {
        let header = notice.header
        if notice.marks.contains(.deliveryField), let status = notice.deliveryStatus {
            return StandardReport.read(notice.message, status: status, header: header, limits: limits)
        }
        var found = TextFormats.readKnown(notice)
        if found == nil {
            if AutomaticReply.hasReplySubject(header) || header.isAutoReplied && !header.isMailSystem { return nil }
            let recipients = readWords(notice)
            if !recipients.isEmpty { found = (.plainWords, recipients) }
        }
        if found == nil, let failed = header.failedRecipients {
            let recipients = MailAddress.list(in: failed).prefix(limits.recipients).map { address in
                var recipient = RecipientReport()
                recipient.finalRecipient = address
                recipient.take(notice.lines.filter { !$0.isEmpty }, limit: 1_000)
                return recipient
            }
            found = (.exim, recipients)
        }
        guard found != nil || isReportWithoutRecipient(notice) else { return nil }
        if found == nil, let address = addressInSubject(notice) {
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take([header.subject] + notice.lines.filter { !$0.isEmpty }, limit: 1_000)
            found = (.plainWords, [recipient])
        }
        return report(found?.format ?? .plainWords, found?.recipients ?? [], notice)
    }

    /// A notice in none of the known formats. A reply that it quotes tells more than the words around it, whatever their language.
    private func readWords(_ notice: Notice) -> [RecipientReport] {
        let header = notice.header
        guard header.tellsOfDelivery || notice.opensAsReport else { return [] }
        let recipients = PlainWords.read(notice)
        guard recipients.count < 2, header.isDaemonAddress, header.tellsOfDelivery,
            let quoted = QuotedReply.read(notice), let address = quoted.finalRecipient,
            recipients.allSatisfy({ $0.reply == nil && $0.finalRecipient?.equals(address) ?? false })
        else { return recipients }
        return [quoted]
    }

    /// A mail system's own words that name nobody. A name that only looks like one ("Mail Delivery") proves nothing.
    private func isReportWithoutRecipient(_ notice: Notice) -> Bool {
        let header = notice.header
        guard header.isMailSystem, header.isDaemonAddress || header.hasNullReturnPath, !header.mayBePerson else {
            return false
        }
        if header.subjectTellsFailure || header.subjectTellsDelay { return true }
        return notice.opensAsReport && !header.isAutoReplied && !header.hasAutoReplyField
    }

    /// Whom a notice that names nobody means, where its subject has one address: one that the message was sent to, if it came back, and
    /// not a word of its own subject.
    private func addressInSubject(_ notice: Notice) -> Bytes? {
        let header = notice.header
        guard header.subjectTellsFailure || header.subjectTellsDelay else { return nil }
        let to = header.to.flatMap { MailAddress.parse($0) }
        let found = MailAddress.addresses(in: header.subject, limit: 2).filter { address in
            !address.equals(header.from) && !(to.map { $0.equals(address) } ?? false)
        }
        guard found.count == 1, let address = found.first else { return nil }
        let returned = ReturnedHeader.read(notice.message, text: notice.returned, limits: limits)
        if !returned.to.isEmpty { return returned.to.contains { $0.equals(address) } ? address : nil }
        return returned.subject == nil ? address : nil
    }

    private func report(_ format: ReportFormat, _ found: consuming [RecipientReport], _ notice: Notice) -> Report {
        var recipients = found
        let action: DeliveryAction
        if notice.marks.contains(.success), !notice.lines.contains(where: PlainWords.tellsFailure),
            !recipients.indices.contains(where: { recipients[$0].action == .delivered })
        {
            action = .delivered
        } else if notice.marks.contains(.warning) || notice.header.subjectTellsDelay {
            action = .delayed
        } else {
            action = .failed
        }
        var report = Report(kind: Kind(action), format: format)
        for index in recipients.indices where recipients[index].action == nil { recipients[index].action = action }
        if recipients.isEmpty {
            var recipient = RecipientReport()
            recipient.take(notice.lines.filter { !$0.isEmpty }, limit: 1_000)
            report.unnamedRecipient = recipient
        } else {
            report.kind = Kind(of: recipients)
        }
        report.recipientsCut = max(0, recipients.count - limits.recipients)
        recipients.removeLast(report.recipientsCut)
        report.recipients = recipients
        report.isCut = notice.isCut
        report.reportingMTA = notice.reportingMTA
        report.returned = ReturnedHeader.read(notice.message, text: notice.returned, limits: limits)
        return report
    }
}

extension Kind {
    /// What a report with these recipients is as a whole: a bounce if one failed, else a delay if one waits.
    init(of recipients: [RecipientReport]) {
        self = .success
        for index in recipients.indices {
            guard let action = recipients[index].action, self != .bounce else { continue }
            let kind = Kind(action)
            if kind != .success { self = kind }
        }
    }

    init(_ action: DeliveryAction) {
        self =
            switch action {
            case .failed: .bounce
            case .delayed: .delay
            case .delivered, .relayed, .expanded: .success
            }
    }
}
