// From a message to what it reports. The order is fixed: what the MIME structure says (RFC 5965, RFC 8098, RFC 3464), then the formats
// known by their words, unless an automatic reply holds them, automatic replies, and last a bounce in plain words. What is none of these
// is no bounce.

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
        // Filled where it lies: it would be copied each time it is returned.
        var report = Report(kind: .malformed)
        guard let first = message.parts.first, !first.fields.isEmpty else { return report }
        let header = MessageHeader(message, hasNullReversePath: hasNullReversePath)
        if !readStructure(message, header, into: &report), !readText(message, header, into: &report) {
            report.kind = .notABounce
        }
        report.isCut = report.isCut || !message.cuts.isEmpty
        return report
    }

    // MARK: Structure

    private func readStructure(_ message: MailMessage, _ header: MessageHeader, into report: inout Report) -> Bool {
        guard message.parts[0].isMultipart || message.parts[0].mediaType.kind == .message else { return false }
        var index = 0
        while index < message.parts.count {
            if index > 0, message.parts[index].holdsMessage {
                index = message.parts[index].endIndex
                continue
            }
            let part = message.parts[index]
            if part.mediaType.kind == .message {
                switch part.mediaType.subtype {
                case .feedbackReport:
                    FeedbackReport.read(message, part: index, limits: limits, into: &report)
                    return true
                case .dispositionNotification:
                    DispositionNotification.read(message, part: index, header: header, limits: limits, into: &report)
                    return true
                case .deliveryStatus:
                    let isInReport = part.parent.map { message.parts[$0].mediaType.subtype == .report } ?? false
                    // GNU Mailutils' reject comes from the recipient, its parts in a multipart/mixed.
                    guard isInReport || header.standsForReport || header.hasNullReturnPath else { break }
                    StandardReport.read(
                        message, status: message.body(of: index), others: message.statusParts(beside: index),
                        header: header, limits: limits, into: &report)
                    return true
                case .html, .digest, .report, .wholeMessage, .other: break
                }
            } else if index > 0, !part.isMultipart, header.standsForReport, beginsWithStatus(message, part) {
                StandardReport.read(
                    message, status: message.body(of: index), header: header, limits: limits, into: &report)
                return true
            }
            index += 1
        }
        return FeedbackReport.readHotmail(message, header: header, limits: limits, into: &report)
    }

    /// A delivery-status body under another content type, as gateways and mail stores leave it.
    private func beginsWithStatus(_ message: MailMessage, _ part: MailMessage.Part) -> Bool {
        let start = message.bytes[part.bodyRange].prefix(512)
        let body = part.encoding.decode(start, limitBytes: start.count).trimmed
        return body.hasPrefix("Reporting-MTA:") || body.hasPrefix("Final-Recipient:")
            || body.hasPrefix("Original-Recipient:")
            || body.hasPrefix("Original-Envelope-Id:")
    }

    // MARK: Text

    private func readText(_ message: MailMessage, _ header: MessageHeader, into report: inout Report) -> Bool {
        if AmazonSNS.read(message, header: header, limits: limits, into: &report) { return true }
        let standsForReport = header.standsForReportByWords
        if standsForReport || header.mayReport {
            let notice = Notice(message, header: header, limits: limits)
            let isMailSystems = header.isMailSystem && !header.subjectTellsOfSeveralMessages
            if standsForReport && (isMailSystems || notice.beginsAsReport) || notice.opensAsReport {
                if readNotice(notice, into: &report) { return true }
            }
        }
        return AutomaticReply.read(header, into: &report)
    }

    private func readNotice(_ wrapped: Notice, into report: inout Report) -> Bool {
        var notice = wrapped
        let header = notice.header
        if isAnswer(notice) || isSpamReport(notice.message) || showsReport(notice) || notice.tellsOfSeveralMessages {
            return false
        }
        if notice.marks.contains(.deliveryField), let status = notice.deliveryStatus {
            StandardReport.read(notice.message, status: status, header: header, limits: limits, into: &report)
            return true
        }
        var found = TextFormats.readKnown(notice)
        if found == nil {
            if AutomaticReply.hasReplySubject(header) || header.isAutoReplied && !isMailSystems(notice) { return false }
            if let whole = notice.withWholeLists() { notice = whole }
            var recipients = readWords(notice)
            if recipients.isEmpty, let unwrapped = notice.unwrapped() {
                notice = unwrapped
                recipients = readWords(notice)
            }
            if !recipients.isEmpty { found = (.plainWords, recipients) }
        }
        if found == nil, let failed = header.failedRecipients {
            let recipients = failed.prefix(limits.recipients).map { address in
                var recipient = RecipientReport()
                recipient.finalRecipient = address
                recipient.take(notice.lines.filter { !$0.isEmpty }, limit: 1_000)
                return recipient
            }
            found = (.exim, recipients)
        }
        if found == nil {
            let recipients = AOL.read(notice)
            if !recipients.isEmpty { found = (.plainWords, recipients) }
        }
        guard found != nil || isReportWithoutRecipient(notice) || returnsMessage(notice) else { return false }
        if found == nil, let address = addressInSubject(notice) {
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take([header.subject] + notice.lines.filter { !$0.isEmpty }, limit: 1_000)
            found = (.plainWords, [recipient])
        }
        if found == nil, let recipient = LoneAddress.read(notice) { found = (.plainWords, [recipient]) }
        report.format = found?.format ?? .plainWords
        report.recipients = found.take()?.recipients ?? []
        complete(&report, from: notice)
        return true
    }

    /// An automatic answer that holds what it answers, a report perhaps: its subject says so, or its first words are no report's.
    private func isAnswer(_ notice: Notice) -> Bool {
        let header = notice.header
        guard header.isAutoReplied || header.autoReplyField != nil || header.subjectIsAnswer else { return false }
        if !header.subjectTellsFailure, !header.subjectTellsDelay, AutomaticReply.hasReplySubject(header) {
            return true
        }
        let isAboutReport = header.subjectIsAnswer && (header.subjectTellsFailure || header.subjectTellsDelay)
        return (!header.isMailSystem || isAboutReport) && !notice.beginsAsReport
    }

    /// A program's report stands below other words, and the subject tells nothing of one.
    private func showsReport(_ notice: Notice) -> Bool {
        !notice.header.subjectTellsFailure && !notice.header.subjectTellsDelay && !notice.beginsAsReport
            && notice.lines.contains {
                PhraseTable.shared.marks(of: $0).subtracting([Marks(.contentFilter), Marks(.opening)]).isKnownOpening
            }
    }

    /// SpamAssassin's report on a message that it took for spam, which is attached (`report_safe`); its words are shown above.
    private func isSpamReport(_ message: MailMessage) -> Bool {
        message.parts.indices.dropFirst().contains { part in
            message.field("content-type", in: part)?.contains("x-spam-type=original") ?? false
        }
    }

    /// Of a message that says that it answers by itself: a mail system wrote it, by its author's name and any sign of a report besides,
    /// as postmasters answer, too; or by all that a person's words have not: an empty reverse-path, a failure told in the subject and
    /// the first sentence, and a server's refusal that is no quotation.
    private func isMailSystems(_ notice: Notice) -> Bool {
        let header = notice.header
        if header.isMailSystem {
            return header.from.hasPrefix("mailer-daemon") || header.subjectTellsFailure || header.subjectTellsDelay
                || header.isExchangeReport || !notice.marks.isEmpty || notice.message.returnsMessage
                || notice.opensAsReport
        }
        return header.hasNullReturnPath && header.subjectTellsFailure && !header.subjectIsAnswer
            && notice.opensAsReport
            && notice.lines.contains { $0.trimmed.first != UInt8(ascii: ">") && Explanation.isRefusal($0) }
    }

    /// A notice in none of the known formats. A reply that it quotes tells more than the words around it, whatever their language, where
    /// these do not hold it.
    private func readWords(_ notice: Notice) -> [RecipientReport] {
        let header = notice.header
        guard header.tellsOfDelivery || notice.opensAsReport, !isOfParcel(notice) else { return [] }
        let recipients = PlainWords.read(notice)
        guard recipients.count < 2, header.isDaemonAddress, header.tellsOfDelivery,
            let quoted = QuotedReply.read(notice), let address = quoted.finalRecipient,
            recipients.allSatisfy({ $0.finalRecipient?.equals(address) ?? false && Self.lacks(quoted, $0) })
        else { return recipients }
        return [quoted]
    }

    private static func lacks(_ quoted: RecipientReport, _ told: RecipientReport) -> Bool {
        guard let reply = told.reply, let diagnostic = told.diagnostic, let words = quoted.diagnostic else {
            return true
        }
        return reply == quoted.reply && diagnostic.span.firstRange(of: words.prefix(8), from: 0) == nil
    }

    /// Who is no mail system may deliver parcels, with the same words.
    private func isOfParcel(_ notice: Notice) -> Bool {
        !notice.header.isMailSystem
            && (FailureWords.parcels.isAny(in: notice.header.subject)
                || notice.lines.contains(where: FailureWords.parcels.isAny))
    }

    /// A mail system's own words that name nobody. A name that only looks like one ("Mail Delivery") proves nothing; of an author who is
    /// unknown, neither does the subject alone.
    private func isReportWithoutRecipient(_ notice: Notice) -> Bool {
        let header = notice.header
        let tellsFailure = header.subjectTellsFailure || header.subjectTellsDelay || header.isExchangeReport
        guard !header.mayBePerson else { return false }
        guard header.isMailSystem, header.isDaemonAddress || header.hasNullReturnPath else {
            return header.hasNullReturnPath && tellsFailure && !header.isAutoReplied && header.autoReplyField == nil
                && notice.opensAsReport && !isOfParcel(notice)
        }
        // Exim says of its reports, too, that they answer.
        let answers = header.autoReplyField != nil || header.isAutoReplied && !header.isDaemonAddress
        return tellsFailure || !answers && notice.opensAsReport
    }

    /// In words that nobody knows, a mail system returns a message to the address that was for one whom the notice names.
    private func returnsMessage(_ notice: Notice) -> Bool {
        let header = notice.header
        guard header.isDaemonAddress, header.hasNullReturnPath, header.autoReplyField == nil, !header.mayBePerson else {
            return false
        }
        return LoneAddress.read(notice) != nil && !notice.returnedAddresses().isEmpty
    }

    /// Whom a notice that names nobody means, where its subject has one address: one that the message was sent to, if it came back, and
    /// not a word of its own subject.
    private func addressInSubject(_ notice: Notice) -> Bytes? {
        let header = notice.header
        guard header.subjectTellsFailure || header.subjectTellsDelay else { return nil }
        let found = MailAddress.addresses(in: header.subject, limit: 2).filter(header.isOther)
        guard found.count == 1, let address = found.first else { return nil }
        var returned = ReturnedMessage()
        ReturnedHeader.read(notice.message, text: notice.returned, limits: limits, into: &returned)
        let recipients = returned.to
        if !recipients.isEmpty { return recipients.contains { $0.equals(address) } ? address : nil }
        return returned.subject == nil ? address : nil
    }

    /// Everything but the recipients, and what each of these has from the notice as a whole.
    private func complete(_ report: inout Report, from notice: Notice) {
        let recipients = report.recipients.indices
        let action: DeliveryAction
        if notice.marks.contains(.success), !notice.lines.contains(where: PlainWords.tellsFailure),
            !recipients.contains(where: { report.recipients[$0].action == .delivered })
        {
            action = .delivered
        } else if notice.marks.contains(.warning) || notice.header.subjectTellsDelay
            || report.format == .plainWords && notice.lines.contains(where: DelayWords.tell)
            || report.format == .qmail && notice.introduction.contains(where: DelayWords.tell)
        {
            action = .delayed
        } else {
            action = .failed
        }
        for index in recipients where report.recipients[index].action == nil {
            report.recipients[index].action = action
        }
        if recipients.isEmpty {
            var recipient = RecipientReport()
            recipient.take(notice.lines.filter { !$0.isEmpty }, limit: 1_000)
            report.unnamedRecipient = recipient
            report.kind = Kind(action)
        } else {
            report.kind = Kind(of: report.recipients)
        }
        report.recipientsCut = max(0, recipients.count - limits.recipients)
        report.recipients.removeLast(report.recipientsCut)
        report.isCut = notice.isCut
        report.reportingMTA = notice.reportingMTA
        ReturnedHeader.read(notice.message, text: notice.returned, limits: limits, into: &report.returned)
    }
}

extension MailMessage {
    /// The delivery-status parts that follow one in the same multipart.
    fileprivate func statusParts(beside part: Int) -> [Int] {
        guard let parent = parts[part].parent else { return [] }
        return children(of: parent).filter {
            $0 > part && parts[$0].mediaType.kind == .message && parts[$0].mediaType.subtype == .deliveryStatus
        }
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
