// From one message to its records: the one function that the live path, replay and `bouncectl classify` share.

import BounceReports
import Classification
import Journal
import MailSyntax
import Vocabulary

/// Reads messages and says what each failure in them means. Safe for any bytes: the limits bound time and memory.
package struct Examiner: Sendable {
    let verdict: @Sendable (Evidence) -> Verdict
    let trust: TrustPolicy
    let campaignField: CampaignField?
    private let messageLimits: MailMessage.Limits
    private let reader: ReportReader
    private let maxRecordsBytes: Int

    /// - Parameters:
    ///   - limits: The configuration whose limits, and campaign's header field, hold.
    ///   - trust: What reports are held against; by default the configuration without keys.
    ///   - verdict: What a failure means; called on any thread.
    package init(
        limits configuration: Configuration = Configuration(), trust: TrustPolicy? = nil,
        verdict: @escaping @Sendable (Evidence) -> Verdict
    ) {
        self.verdict = verdict
        self.trust = trust ?? TrustPolicy(configuration)
        campaignField = CampaignField(configuration)
        var messageLimits = MailMessage.Limits()
        messageLimits.depth = configuration.maxNestingDepth
        messageLimits.parts = configuration.maxParts
        messageLimits.fieldBytes = configuration.maxFieldBytes
        self.messageLimits = messageLimits
        var reportLimits = ReportLimits()
        reportLimits.recipients = configuration.maxRecipients
        reportLimits.lineBytes = configuration.maxLineBytes
        self.reader = ReportReader(limits: reportLimits)
        maxRecordsBytes = configuration.maxRecordsBytes
    }

    /// One message, whole or what was kept of it; any line ends.
    package func examine(_ bytes: [UInt8], _ sighting: Sighting) -> Examination {
        let message = MailMessage(bytes, limits: messageLimits)
        let report = reader.read(message, hasNullReversePath: sighting.hasNullReversePath)
        var maker = RecordMaker(
            report: report, message: message, sighting: sighting, policy: trust, campaignField: campaignField)
        var records: [Record] = []
        var reasons: [String] = []
        var seen: Set<String> = []
        let recipients = report.recipients.isEmpty ? report.nobody : report.recipients
        // Few recipients cannot come over the limit.
        var bytesLeft = report.recipients.count > maxRecordsBytes / Record.lineLimitBytes ? maxRecordsBytes : nil
        for index in recipients.indices {
            guard
                let reason = maker.appendRecord(
                    for: recipients.span[index], of: report, sighting, to: &records, verdict)
            else { continue }
            let last = records.count - 1
            if let left = bytesLeft {
                bytesLeft = left - records[last].encodeUnsealed().count
                guard bytesLeft ?? 0 >= 0 else {
                    maker.recipientsOverBytes = report.recipients.count - index
                    records.removeLast()
                    break
                }
            }
            if recipients.count == 1 || seen.insert(records[last].id).inserted {
                reasons.append(reason)
            } else {
                records.removeLast()
            }
        }
        let notes = sighting.cuts + message.cuts.phrases + maker.notes(of: report, isMessageCut: !message.cuts.isEmpty)
        return Examination(
            kind: report.kind, records: records, trustReasons: reasons, report: report, notes: notes)
    }

    /// One SMTP reply or diagnostic text alone, in any form that MTAs print it.
    package func classify(reply text: Bytes) -> (evidence: Evidence, verdict: Verdict) {
        let line = Diagnostic.normalize(text)
        let reply = SMTPReply.parse(normalized: line)
        let evidence = Evidence(
            diagnostic: reply.text.isEmpty ? line : reply.text, status: reply.status, reply: reply.code,
            command: reply.command, remoteMTA: reply.host)
        return (evidence, verdict(evidence))
    }
}

extension Report {
    /// A report that names nobody may still be about somebody whom a proof names.
    fileprivate var nobody: [RecipientReport] {
        switch kind {
        case .bounce, .delay, .success, .complaint: [unnamedRecipient ?? RecipientReport()]
        case .autoReply, .notABounce, .malformed: []
        }
    }
}

extension MailMessage.Cuts {
    /// Which limits cut the message short, by their names.
    var phrases: [String] {
        if isEmpty { return [] }
        let names: [(MailMessage.Cuts, String)] = [
            (.fields, "header fields over the limit"), (.fieldBytes, "header field over max_field_bytes"),
            (.depth, "parts deeper than max_nesting_depth"), (.parts, "parts over max_parts"),
            (.decodedBytes, "decoded text over the limit"),
        ]
        return names.filter { contains($0.0) }.map(\.1)
    }
}
