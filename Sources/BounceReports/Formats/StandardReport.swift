// RFC 3464 (and RFC 6533): the delivery-status part, also with the wrong content type or none, and what the text for people adds where the
// part is vague.

import MailSyntax
import Vocabulary

enum StandardReport {
    /// - Parameters:
    ///   - status: The delivery-status part's body.
    ///   - others: Further such parts of the same report.
    static func read(
        _ message: MailMessage, status: Bytes, others: [Int] = [], header: MessageHeader, limits: ReportLimits,
        into report: inout Report
    ) {
        var fields = DeliveryStatus()
        fields.read(status, limits: limits)
        if !others.isEmpty {
            for part in others { fields.read(message.body(of: part), limits: limits) }
            // Of an address that is named twice, the failure counts.
            fields.recipients = TextFormats.distinct(
                fields.recipients.filter { $0.action == .failed } + fields.recipients.filter { $0.action != .failed })
        }
        let isFromExim = isFromExim(message)
        let notice =
            needsNotice(message, fields.recipients, isFromExim) ? Notice(message, header: header, limits: limits) : nil
        report.format = .rfc3464
        report.reportingMTA = fields.reportingMTA.take()
        report.arrivalDate = fields.arrivalDate.take()
        report.originalEnvelopeID = fields.originalEnvelopeID.take()
        report.queueID = fields.queueID.take()
        report.recipientsCut = fields.recipientsCut
        report.isCut = fields.isCut || notice?.isCut ?? false
        ReturnedHeader.read(message, text: notice?.returned ?? [], limits: limits, into: &report.returned)
        if let sender = fields.sender.take() { report.returned.sender = sender }
        if report.queueID == nil, let part = report.returned.part, let received = message.field("received", in: part) {
            report.queueID = ReceivedField(received).queueID(at: report.reportingMTA)
        }
        swap(&report.recipients, &fields.recipients)
        if let notice { fill(&report.recipients, from: notice) }
        if report.recipients.count == 1, report.recipients[0].command == nil, report.recipients[0].reply != nil {
            report.recipients[0].command = answeredCommand(message, isFromExim)
        }
        settleActions(of: &report.recipients, header: header)
        if !report.recipients.isEmpty {
            report.kind = Kind(of: report.recipients)
        } else {
            report.kind = header.subjectTellsDelay ? .delay : .bounce
        }
    }

    /// The text for people is read only where the part leaves something open: no recipient or none with an address, a diagnostic that
    /// tells nothing, an address behind an alias, or the command that each of several was refused at.
    private static func needsNotice(_ message: MailMessage, _ recipients: [RecipientReport], _ isFromExim: Bool) -> Bool
    {
        if recipients.isEmpty || recipients.indices.contains(where: { recipients[$0].isVague }) { return true }
        let body = noticeBody(message)
        if recipients.count > 1, body.contains("(in reply") { return true }
        guard recipients.indices.contains(where: { recipients[$0].originalRecipient == nil }) else { return false }
        return body.contains("xpanded from") || isFromExim && body.contains("generated ")
    }

    /// The text for people as it stands in the message: a first look that costs no decoding.
    private static func noticeBody(_ message: MailMessage) -> Bytes {
        message.parts.count > 1 ? message.bytes[message.parts[1].bodyRange].prefix(16_384) : []
    }

    private static func isFromExim(_ message: MailMessage) -> Bool {
        message.field("content-type")?.contains("eximdsn") ?? false
    }

    /// The text alone says to which command the reply was: Postfix "(in reply to RCPT TO command)" or "refused to talk to me", folded
    /// anywhere, Exim "after RCPT TO:<…>", Sendmail and Courier ">>> RCPT TO:<…>".
    private static func answeredCommand(_ message: MailMessage, _ isFromExim: Bool) -> Bytes? {
        var rest = noticeBody(message)
        let dialogue = rest.firstRange(of: isFromExim ? "mail server after " : ">>> ")
        if let dialogue {
            if Explanation.meansNoRecipient(rest[dialogue.upperBound...].prefix(2_048)) { return Bytes("RCPT TO") }
            return Explanation.command(namedBy: rest[dialogue.upperBound...].prefix(32))
        }
        while let range = rest.firstRange(of: "(in") {
            rest = rest[range.upperBound...]
            let words = Diagnostic.normalize(rest.prefix(48))
            if let name = words.dropping(prefix: "reply to ") { return Explanation.command(namedBy: name) }
        }
        guard let refused = noticeBody(message).firstRange(of: "refused") else { return nil }
        let behind = Diagnostic.normalize(message.bytes[refused.upperBound...].prefix(32))
        return behind.hasPrefix("to talk to me") ? Bytes("CONNECT") : nil
    }

    private static func fill(_ recipients: inout [RecipientReport], from notice: Notice) {
        let told = TextFormats.read(notice)?.recipients ?? []
        if !recipients.indices.contains(where: { recipients[$0].hasAddress }) {
            // The part names nobody that can be mailed (a pipe, a file, an X.400 name): who is meant is in the text.
            if recipients.count == told.count {
                for index in told.indices { recipients[index].complete(from: told[index], withAddress: true) }
            } else if !told.isEmpty {
                recipients = told
            } else if let failed = notice.header.failedRecipients {
                let pattern = recipients.first ?? RecipientReport()
                recipients = failed.prefix(notice.limits.recipients).map { address in
                    var recipient = pattern
                    recipient.finalRecipient = address
                    return recipient
                }
            } else {
                recipients = []
            }
            return
        }
        var byAddress: [[UInt8]: Int] = [:]
        for index in told.indices {
            for address in [told[index].finalRecipient, told[index].originalRecipient] {
                guard let key = address?.lowercased(), byAddress[key] == nil else { continue }
                byAddress[key] = index
            }
        }
        for index in recipients.indices {
            let match =
                recipients[index].finalRecipient.flatMap { byAddress[$0.lowercased()] }
                ?? recipients[index].originalRecipient.flatMap { byAddress[$0.lowercased()] }
                ?? (recipients.count == 1 && told.count == 1 ? 0 : nil)
            if let match { recipients[index].complete(from: told[match], withAddress: false) }
        }
        // The only recipient's reply, where the text quotes it apart from the address. In Sendmail's the next one is its own summary.
        if recipients.count == 1, recipients[0].isVague, !notice.marks.contains(.sendmailTranscript),
            !notice.quotedReply.isEmpty
        {
            var quoted = RecipientReport()
            quoted.take(notice.quotedReply, limit: notice.limits.replyBytes)
            recipients[0].complete(from: quoted, withAddress: false)
        }
    }

    /// An action that is missing follows from the status.
    private static func settleActions(of recipients: inout [RecipientReport], header: MessageHeader) {
        for index in recipients.indices where recipients[index].action == nil {
            let (status, reply) = (recipients[index].status, recipients[index].reply)
            recipients[index].action =
                switch status?.statusClass {
                case 2: .delivered
                case 4 where header.subjectTellsDelay: .delayed
                default: status == nil && reply == nil && header.subjectTellsDelay ? .delayed : .failed
                }
        }
    }
}

extension RecipientReport {
    /// It names somebody who can be mailed.
    var hasAddress: Bool { finalRecipient != nil || originalRecipient != nil }

    /// The delivery-status part tells no cause: no diagnostic, or one that stands for any.
    @inline(__always)
    var isVague: Bool {
        if !hasAddress { return true }
        if action == .delivered || action == .relayed || action == .expanded { return false }
        guard let diagnostic else { return true }
        if diagnostic.count < 4 || isFirstLineOnly { return true }
        return diagnostic.count < 64 && Self.vagueWords.isAny(in: diagnostic)
    }

    private static let vagueWords = WordSet([
        "service unavailable", "transmission failure", "delivery failed", "unspecified error", "permanent failure",
        "undeliverable",
        "undefined status", "other or undefined", "unknown error", "delivery error", "unable to transfer",
        "failed permanently",
    ])

    /// Takes what is still open here from what the text for people says of the same recipient.
    mutating func complete(from told: RecipientReport, withAddress: Bool) {
        if withAddress { finalRecipient = told.finalRecipient }
        if originalRecipient == nil, let original = told.originalRecipient,
            finalRecipient.map({ !$0.equals(original) }) ?? true
        {
            originalRecipient = original
        }
        // The first line of a reply is more than words that quote none.
        if isVague, let words = told.diagnostic, !isFirstLineOnly || told.reply == reply {
            diagnostic = words
            isFirstLineOnly = false
            reply = told.reply ?? reply
            if let stated = told.status, (status?.isUnspecific ?? true) || !stated.isUnspecific {
                status = stated
            }
        }
        command = command ?? told.command
        remoteMTA = remoteMTA ?? told.remoteMTA
    }
}
