// The filter that the MTA talks to: what it asks for at negotiation, and what its sessions share.

import Journal
import Logging
import Milter
import Synchronization

/// Shared by all connections.
package final class BounceFilter: MilterFilter {
    /// Puts records on disk before it returns; returns those that were not recorded before. As `Recorder.append`.
    package typealias Append = @Sendable ([Record]) throws(JournalError) -> [Record]

    let append: Append
    /// Known to what writes the records.
    let failed: FailedRecipients
    /// Whether the MTA is asked for the recipients that it refuses; a reload does not change it.
    let seesRefusals: Bool
    let capture: CaptureQueue
    /// Nil where what was sent is not remembered.
    let sentMail: SentMailQueue?
    /// Nil where campaigns are not told apart.
    let campaigns: SentCampaigns?
    private let current: Mutex<FilterPolicy>
    private let reloads = Atomic<Int>(0)

    package init(
        _ configuration: Configuration, _ examiner: Examiner, capture: CaptureQueue, sentMail: SentMailQueue? = nil,
        campaigns: SentCampaigns? = nil, failed: FailedRecipients, logger: Logger,
        append: @escaping Append
    ) {
        self.append = append
        self.failed = failed
        seesRefusals = configuration.refusedRecipients
        self.capture = capture
        self.sentMail = sentMail
        self.campaigns = campaigns
        current = Mutex(FilterPolicy(configuration, examiner, logger))
    }

    /// What holds for messages that begin now.
    var policy: FilterPolicy { current.withLock { $0 } }

    /// The policy for a message that begins now, nil where it is the one that held after so many reloads. All sessions come here with
    /// each message, and a Mutex that threads meet in costs system calls (FUTEX_LOCK_PI): it is taken after a reload only.
    func policy(unlessAfter reloads: inout Int) -> FilterPolicy? {
        guard self.reloads.load(ordering: .acquiring) != reloads else { return nil }
        return current.withLock {
            reloads = self.reloads.load(ordering: .relaxed)
            return $0
        }
    }

    /// From now on, messages that begin are treated by these.
    package func reload(_ configuration: Configuration, _ examiner: Examiner) {
        current.withLock {
            $0 = FilterPolicy(configuration, examiner, $0.logger)
            reloads.add(1, ordering: .releasing)
        }
    }

    /// Whether outbound mail is looked at further than its sender.
    func followsOutbound(_ policy: FilterPolicy) -> Bool {
        // Campaigns are asked for by the log alone.
        sentMail != nil || campaigns != nil && !policy.configuration.deliveryLog.path.isEmpty
            || !policy.examiner.trust.keys.isEmpty
    }

    /// Two answers are waited for with mail that is looked at no further than its header (MAIL, and the body's first piece, which
    /// tells that the header has ended: an answer of its own at the end of the header would cost each report a round trip more), one
    /// with outbound mail (MAIL). DATA tells the queue ID before the body comes, so that a report can be examined early; the end of the
    /// header is there for messages without one (`MilterStages.data`).
    ///
    /// Where refused recipients are wanted, the answer to DATA takes the place of that to MAIL. Where outbound mail is looked at, nothing
    /// is decided at either: two answers with a stamp (the body's first piece, the end of the message), one to remember what was sent
    /// (the body's first piece).
    package var options: MilterOptions {
        let policy = policy
        var options = MilterOptions(
            stages: [.connect, .mail, .rcpt, .data, .header, .endOfHeader, .body],
            unanswered: [.connect, .rcpt, .header, .endOfHeader],
            leadingSpace: true,
            macros: [
                .connect: ["j", "v", "{daemon_name}"], .mail: ["{auth_type}"], .data: ["i"], .endOfMessage: ["i"],
            ])
        if seesRefusals {
            options.rejectedRecipients = true
            options.macros[.rcpt] = ["{rcpt_mailer}", "{rcpt_host}", "{rcpt_addr}"]
        }
        if seesRefusals || followsOutbound(policy) { options.unanswered.insert(.mail) }
        if !seesRefusals || followsOutbound(policy) { options.unanswered.insert(.data) }
        if !policy.examiner.trust.keys.isEmpty {
            options.changes.insert(.addHeader)
            if !policy.configuration.returnPathSign.isEmpty { options.changes.insert(.changeSender) }
        }
        return options
    }

    package func makeSession() -> any MilterSession { BounceSession(self) }

    package func descriptorsRunLow(inUse: Int, limit: Int) {
        policy.logger.warning(
            "\(inUse) of \(limit) file descriptors in use; without any, new connections wait: raise the limit (LimitNOFILE)"
        )
    }
}
