// From a record back to what its verdict rests on, so that a verdict can be explained or computed again from the journal.

import Classification
import Journal
import MailSyntax

extension Evidence {
    /// What the record was judged by. For bounces and deferrals; the verdicts of other events rest on no rules.
    package init(_ record: Record) {
        self.init(diagnostic: record.diagnostic.map { Diagnostic.normalize(Bytes(utf8: $0)) } ?? [])
        status = record.status.flatMap { EnhancedStatus(Bytes(utf8: $0)) }
        reply = record.reply.flatMap { UInt16(exactly: $0) }
        command = record.command.map { Bytes(utf8: $0) }
        remoteMTA = record.report?.remoteMTA.map { Bytes(utf8: $0) }
        reportingMTA = record.report?.reportingMTA.map { Bytes(utf8: $0) }
        recipientDomain = MailAddress.domain(of: Bytes(utf8: record.recipient))
        hasFailed = record.event == .bounce || record.event == .deferral
        isDelayed = record.event == .deferral
    }
}
