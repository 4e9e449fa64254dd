// One delivery attempt of the MTA's log to its records. The same failure's DSN gives the same `id`.

import Classification
import DeliveryLog
import Journal
import MailSyntax
import Vocabulary

extension Examiner {
    /// One record for each recipient of a log line: the MTA's own word, so that trust is `local`.
    package func records(of attempt: DeliveryAttempt, _ sighting: Sighting) -> [Record] {
        let event: Event =
            switch attempt.outcome {
            case .sent: .delivery
            case .deferred: .deferral
            case .bounced: .bounce
            }
        let words = attempt.reply.text.isEmpty ? Diagnostic.normalize(attempt.reason) : attempt.reply.text
        let status = attempt.status ?? attempt.reply.status
        let anchor = FactAnchor.queueID(attempt.queueID).digest
        return attempt.to.compactMap { to in
            let original = attempt.originalTo?.recordAddress
            guard let final = to.recordAddress else { return nil }
            let recipient = original ?? final
            let verdict: Verdict
            if event == .delivery {
                verdict = Verdict(category: .delivered, rule: "action.delivered")
            } else {
                let evidence = Evidence(
                    diagnostic: attempt.areWordsMade ? [] : words,
                    status: attempt.isStatusMade ? .permanentFailure : status, reply: attempt.reply.code,
                    command: attempt.reply.command,
                    remoteMTA: attempt.relayHost, recipientDomain: MailAddress.domain(of: recipient),
                    hasFailed: true, isDelayed: event == .deferral)
                verdict = self.verdict(evidence)
            }
            let identity = FactIdentity(
                event: event, recipient: recipient, finalRecipient: final, anchor: anchor,
                attempt: event == .deferral ? Diagnostic.normalize(attempt.time) : [])
            var record = Record(
                id: identity.id, timeMilliseconds: sighting.timeMilliseconds, event: event, recipient: recipient.text,
                verdict: verdict, origin: sighting.origin, trust: .local)
            if final != recipient { record.finalRecipient = final.text }
            record.status = status?.description
            record.reply = attempt.reply.code.map(Int.init)
            record.command = attempt.reply.command?.recordText()
            record.diagnostic = words.normalizedText(limitCharacters: Diagnostic.limitCharacters)
            record.source = sighting.source
            record.source.mta = attempt.mta.rawValue
            record.source.queueID = attempt.queueID.recordText()
            var report = Record.Report()
            report.remoteMTA = attempt.relayHost?.recordText()
            record.report = report == Record.Report() ? nil : report
            var message = Record.Message()
            message.queueID = attempt.queueID.recordText()
            message.sender = attempt.sender?.recordAddress?.text
            record.message = message
            return record
        }
    }
}
