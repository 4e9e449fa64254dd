// One recipient of one report to one record: event, addresses, verdict, identity.

import BounceReports
import Classification
import Crypto
import Journal
import MailSyntax
import Vocabulary

/// Makes the records of one message's report.
struct RecordMaker: ~Copyable {
    /// What all records have in common. The first takes it, the others copy it from there.
    private var source: Record.Report?
    private var bounced: Record.Message?
    private let anchor: SHA256Digest
    /// When the report was written, as its header says: the attempt's time where it gives none for the recipient.
    private let reportDate: Bytes?
    private var proof: ReportProof
    private let unverifiedAction: UnverifiedAction
    private var recipientsWithoutAddress = 0
    /// Of which no record was made: those before them fill what one report may.
    var recipientsOverBytes = 0

    init(
        report: borrowing Report, message: borrowing MailMessage, sighting: borrowing Sighting,
        policy: TrustPolicy, campaignField: CampaignField?
    ) {
        proof = ReportProof(report, message, sighting, policy)
        unverifiedAction = policy.unverifiedAction

        source = Record.Report(
            format: report.format?.rawValue, reportingMTA: report.reportingMTA?.recordText(),
            arrival: report.arrivalDate?.recordText(), feedbackType: report.feedbackType?.recordText())
        let bounced = Record.Message(
            messageID: report.returned.messageID?.recordText(), queueID: report.queueID?.recordText(),
            sender: report.returned.sender?.recordAddress?.text, envelopeID: report.originalEnvelopeID?.recordText(),
            campaign: campaignField?.campaign(of: report.returned, in: message),
            subject: report.returned.subject.flatMap {
                message.decodedWords($0).recordText(limitCharacters: RecordLimit.subjectCharacters)
            })
        self.bounced = bounced.isEmpty ? nil : bounced

        reportDate = message.field("date")
        let anchor: FactAnchor =
            if let queueID = report.queueID, !queueID.isEmpty {
                .queueID(queueID)
            } else if let messageID = report.returned.messageID, !messageID.isEmpty {
                .messageID(messageID)
            } else if let reportID = message.field("message-id"), !reportID.isEmpty {
                .reportID(message.unfolded(reportID))
            } else {
                .body(message.body(of: 0))
            }
        self.anchor = anchor.digest
    }

    /// What was left out, once all records are made.
    func notes(of report: borrowing Report, isMessageCut: Bool) -> [String] {
        var notes: [String] = []
        if report.isCut, !isMessageCut { notes.append("report longer than the limits of reading one") }
        if report.recipientsCut > 0 { notes.append("\(report.recipientsCut) recipients over max_recipients") }
        if recipientsOverBytes > 0 { notes.append("\(recipientsOverBytes) recipients over max_records_bytes") }
        if recipientsWithoutAddress > 0 {
            notes.append("\(recipientsWithoutAddress) recipients without a usable address")
        }
        return notes
    }

    /// Appends a recipient's record and returns why its trust is what it is. Nil, and counted, where neither the report nor a proof
    /// gives an address.
    mutating func appendRecord(
        for recipient: borrowing RecipientReport, of report: borrowing Report, _ sighting: borrowing Sighting,
        to records: inout [Record], _ classify: (Evidence) -> Verdict
    ) -> String? {
        let judgement = proof.judge(original: recipient.originalRecipient, final: recipient.finalRecipient)
        let mailed = judgement.recipient?.recordAddress
        let final = recipient.finalRecipient?.recordAddress
        guard let reported = recipient.originalRecipient?.recordAddress ?? final ?? mailed else {
            if !report.recipients.isEmpty { recipientsWithoutAddress += 1 }
            return nil
        }
        let address = mailed ?? reported
        let event = Self.event(of: recipient, in: report)
        let diagnostic = recipient.diagnostic.map(Diagnostic.normalize)
        let verdict = Self.verdict(on: recipient, diagnostic, of: report, event, address: reported, classify)
        // By the report's own words: the same fact whether its proof is known or not.
        let identity = FactIdentity(
            event: event, recipient: reported, finalRecipient: final ?? reported, anchor: anchor,
            attempt: event == .deferral ? attempt(of: recipient) : [])
        // Filled where it lies: a record is some twenty strings, each of which would be counted again in a copy.
        records.append(
            Record(
                id: identity.id, timeMilliseconds: sighting.timeMilliseconds, event: event, recipient: address.text,
                verdict: verdict, origin: sighting.origin, trust: judgement.trust))
        let reached = final ?? reported
        if reached != address { records[records.count - 1].finalRecipient = reached.text }
        if records.count == 1 {
            swap(&records[0].report, &source)
            swap(&records[0].message, &bounced)
        } else {
            records[records.count - 1].report = records[0].report
            records[records.count - 1].message = records[0].message
        }
        fill(&records[records.count - 1], for: recipient, diagnostic, sighting, judgement)
        return judgement.reason
    }

    private func fill(
        _ record: inout Record, for recipient: borrowing RecipientReport, _ diagnostic: Bytes?,
        _ sighting: borrowing Sighting, _ judgement: borrowing TrustJudgement
    ) {
        if judgement.trust == .forged || judgement.trust == .unverified && unverifiedAction == .none {
            record.action = .none
            record.expiresMilliseconds = nil
        }
        record.status = recipient.status?.description
        record.reply = recipient.reply.map(Int.init)
        record.command = recipient.command?.recordText()
        record.diagnostic = diagnostic?.normalizedText(limitCharacters: Diagnostic.limitCharacters)
        record.source = sighting.source
        record.report?.remoteMTA = recipient.remoteMTA?.recordText()
    }

    /// RFC 3464, 2.3.3; where a report gives no action, what the whole message is.
    private static func event(of recipient: borrowing RecipientReport, in report: borrowing Report) -> Event {
        switch (report.kind, recipient.action) {
        case (.complaint, _): .complaint
        case (.autoReply, _): .autoReply
        case (_, .failed): .bounce
        case (_, .delayed): .deferral
        case (_, .delivered), (_, .relayed), (_, .expanded): .delivery
        case (.delay, nil): .deferral
        case (.success, nil): .delivery
        case (_, nil): .bounce
        }
    }

    private static func verdict(
        on recipient: borrowing RecipientReport, _ diagnostic: Bytes?, of report: borrowing Report, _ event: Event,
        address: Bytes, _ classify: (Evidence) -> Verdict
    ) -> Verdict {
        switch event {
        case .bounce, .deferral, .reversal:
            let evidence = Evidence(
                diagnostic: diagnostic ?? [], status: recipient.status, reply: recipient.reply,
                command: recipient.command, remoteMTA: recipient.remoteMTA, reportingMTA: report.reportingMTA,
                recipientDomain: MailAddress.domain(of: address), hasFailed: true,
                isDelayed: event == .deferral)
            return classify(evidence)
        case .delivery:
            return Verdict(category: .delivered, rule: "action." + (recipient.action ?? .delivered).rawValue)
        case .autoReply:
            return Verdict(category: .vacation, rule: "auto-reply")
        case .complaint:
            return Verdict(complaintOfType: report.feedbackType)
        }
    }

    /// The time of the attempt as the report gives it, else of the report: the same however often the report is sent or read.
    private func attempt(of recipient: borrowing RecipientReport) -> Bytes {
        Diagnostic.normalize(recipient.lastAttemptDate ?? reportDate ?? [])
    }
}

extension Verdict {
    /// RFC 5965, 7.3: only `abuse` and `opt-out` ask that the address gets no more mail.
    init(complaintOfType feedbackType: Bytes?) {
        let type = feedbackType?.recordText()?.lowercased() ?? "other"
        self.init(category: .abuseReport, rule: "feedback." + type)
        if type != "abuse", type != "opt-out" { action = .none }
    }
}

extension Record {
    /// A record with what the verdict says in it.
    init(
        id: String, timeMilliseconds: Int64, event: Event, recipient: String, verdict: Verdict, origin: Origin,
        trust: Trust
    ) {
        self.init(
            id: id, timeMilliseconds: timeMilliseconds, event: event, recipient: recipient,
            disposition: verdict.disposition, category: verdict.category, action: verdict.action,
            retryAfter: verdict.retryAfterSeconds, hint: verdict.hint,
            expiresMilliseconds: verdict.expiresAfterSeconds.map { timeMilliseconds + Int64($0) * 1000 },
            rule: verdict.rule, origin: origin, trust: trust)
    }
}
