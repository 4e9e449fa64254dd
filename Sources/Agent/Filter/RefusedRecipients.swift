// The recipients of outbound mail that our own MTA refuses (SMFIP_RCPT_REJ): because the server they are looked up at refuses them
// (Postfix's reject_unverified_recipient), because they are unknown here. Nobody but the submitting client hears of them.

import Classification
import Journal
import MailSyntax
import Milter
import Vocabulary

/// Those of one message, until they are on disk. libmilter calls for them while the MTA goes on, so that they are written together before
/// the next answer that the MTA waits for.
struct RefusedRecipients {
    private var records: [Record] = []

    /// Whether the MTA has refused the recipient that it tells of.
    static func isRefused(_ context: borrowing MilterContext) -> Bool { context.macro("{rcpt_mailer}") == "error" }

    /// Adds a recipient of outbound mail that was refused: the macro `{rcpt_host}` is the status, `{rcpt_addr}` the text. What is over
    /// `max_recipients` is left out.
    mutating func add(
        _ recipient: Bytes, from sender: Bytes, _ context: borrowing MilterContext, _ sighting: Sighting,
        _ policy: FilterPolicy
    ) {
        guard records.count < policy.configuration.maxRecipients, let status = context.macro("{rcpt_host}"),
            let text = context.macro("{rcpt_addr}")
        else { return }
        let refusal = Refusal(
            recipient: MailAddress.forwardPath(recipient) ?? recipient, sender: sender,
            status: EnhancedStatus(Bytes(utf8: status)),
            text: Bytes(utf8: text))
        if let record = policy.examiner.record(of: refusal, sighting) { records.append(record) }
    }

    /// Puts them on disk; false where that failed and is to be tried again before the message ends.
    mutating func write(_ filter: BounceFilter, _ policy: FilterPolicy) -> Bool {
        guard !records.isEmpty else { return true }
        do throws(JournalError) {
            for record in try filter.append(records) { policy.logger.info("NOQUEUE: \(record.logText)") }
            records = []
        } catch {
            if policy.configuration.onJournalFailure == .accept { giveUp(policy) }
        }
        return records.isEmpty
    }

    /// Forgets those that could not be written.
    mutating func giveUp(_ policy: FilterPolicy) {
        guard !records.isEmpty else { return }
        policy.logger.error("NOQUEUE: not recorded, \(records.count) refused recipients lost")
        for record in records { policy.logger.info("NOQUEUE: \(record.logText)") }
        records = []
    }
}
