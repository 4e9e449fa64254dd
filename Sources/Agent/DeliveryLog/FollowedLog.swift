// One log of the MTA from its lines to records on disk. The checkpoint is written behind the records: after a crash between the two
// the lines are read again, and their records, known by their ids, are not written again.

import DeliveryLog
import Glibc
import Journal
import Logging
import MailSyntax
import POSIX
import Vocabulary

/// Belongs to one thread.
final class FollowedLog {
    let settings: DeliveryLogConfiguration
    private let checkpointFile: String
    private let append: BounceFilter.Append
    private let names: SyslogNames
    private let campaigns: SentCampaigns?
    private let failed: FailedRecipients

    private var follower: LogFollower?
    private var reader: DeliveryLogReader
    /// Made of lines that were read, and not yet on disk.
    private var records: [Record] = []
    private var stored: LogCheckpoint?
    private var storedAt: Int64 = 0
    private var recordsSinceStored = 0
    private var counts = DeliveryCounts()
    /// What went wrong last: told once.
    private var lastTrouble: String?

    /// While lines keep coming, the checkpoint is written no more often than this, but before so many records could be read again.
    private static let checkpointMilliseconds: Int64 = 1_000
    private static let checkpointRecords = 10_000
    /// How much of the log before the checkpoint is looked at for messages that were deferred.
    private static let recallBytes = 4 << 20

    init(
        _ settings: DeliveryLogConfiguration, _ checkpointFile: String, campaigns: SentCampaigns?,
        failed: FailedRecipients, _ append: @escaping BounceFilter.Append
    ) {
        self.settings = settings
        self.checkpointFile = checkpointFile
        self.campaigns = campaigns
        self.failed = failed
        self.append = append
        names = SyslogNames(settings.syslogNames)
        reader = DeliveryLogReader(programs: names)
    }

    /// Reads a piece of the log and records it; false where there is nothing to do for now. What fails is tried again by the next call,
    /// with nothing left out.
    func step(_ policy: FilterPolicy) -> Bool {
        let now = nowMilliseconds()
        if let line = counts.hourlyLine(now) { policy.logger.notice("\(line)") }
        do throws(SystemError) {
            let follower = if let follower { follower } else { try begin(policy) }
            guard writeRecords(policy) else { return false }
            let isBusy = try follower.read { line in
                for attempt in reader.attempts(in: line) { take(attempt, policy, now) }
            }
            guard writeRecords(policy) else { return false }
            try storeCheckpoint(of: follower, now, isBusy: isBusy)
            lastTrouble = nil
            return isBusy
        } catch {
            tell(words(for: error), policy)
            return false
        }
    }

    /// Called when it is followed no longer.
    func end(_ policy: FilterPolicy) {
        if let line = counts.lastLine() { policy.logger.notice("\(line)") }
        guard let follower else { return }
        guard writeRecords(policy) else {
            // Who follows it next reads their lines again.
            for record in records where record.rule == FixedRule.failureEnded { failed.takeBack(record) }
            return
        }
        do throws(SystemError) {
            try storeCheckpoint(of: follower, 0, isBusy: false)
        } catch {
            tell(words(for: error), policy)
        }
    }

    private func begin(_ policy: FilterPolicy) throws(SystemError) -> LogFollower {
        stored = try LogCheckpoint.load(from: checkpointFile)
        let logger = policy.logger
        let follower = LogFollower(path: settings.path, from: stored) { notice in
            logger.log(level: notice.isWarning ? .warning : .notice, "delivery log: \(notice)")
        }
        if try follower.open() { try follower.linesBefore(limitBytes: Self.recallBytes) { reader.recall($0) } }
        self.follower = follower
        return follower
    }

    private func take(_ attempt: DeliveryAttempt, _ policy: FilterPolicy, _ now: Int64) {
        if attempt.isHandedOn { return }
        counts.count(attempt)
        // The delivery of a report, whose sender is the null reverse-path, is no delivery of what the site sends.
        let isLeftOut =
            attempt.outcome == .sent && (!settings.recordDeliveries || attempt.sender?.isEmpty == true)
        // But failures are recorded in any case, and so is what ends them: or they would seem to come in a row.
        if isLeftOut, !failed.contains(anyOf: attempt) { return }
        let campaign = campaigns?.campaign(
            ofQueueID: attempt.queueID, staysInQueue: attempt.outcome == .deferred)
        for var record in policy.examiner.records(of: attempt, Sighting(origin: .deliveryLog, timeMilliseconds: now)) {
            if isLeftOut {
                guard failed.contains(record.recipient.utf8) else { continue }
                record.rule = FixedRule.failureEnded
            }
            record.message?.campaign = campaign
            // Not only once it is written: the next line may be of the same recipient.
            failed.take(record)
            records.append(record)
        }
    }

    /// False where they could not be written; they are kept.
    private func writeRecords(_ policy: FilterPolicy) -> Bool {
        guard !records.isEmpty else { return true }
        let written: [Record]
        do throws(JournalError) {
            written = try append(records)
        } catch {
            tell("not recorded, tried again until it can be: \(error)", policy)
            return false
        }
        if policy.logger.logLevel <= .info {
            for record in written { policy.logger.info("\(record.source.queueID ?? "NOQUEUE"): \(record.logText)") }
        }
        recordsSinceStored += records.count
        records = []
        return true
    }

    private func storeCheckpoint(of follower: LogFollower, _ now: Int64, isBusy: Bool) throws(SystemError) {
        let isDue =
            !isBusy || recordsSinceStored >= Self.checkpointRecords || now - storedAt >= Self.checkpointMilliseconds
        guard isDue, let checkpoint = follower.checkpoint, stored.map({ !checkpoint.isSamePlace(as: $0) }) ?? true
        else { return }
        try checkpoint.store(in: checkpointFile)
        stored = checkpoint
        storedAt = now
        recordsSinceStored = 0
    }

    private func tell(_ trouble: String, _ policy: FilterPolicy) {
        if trouble != lastTrouble { policy.logger.error("delivery log: \(trouble)") }
        lastTrouble = trouble
    }

    func words(for failure: SystemError) -> String {
        let trouble = "\(failure.object): \(failure.reason)"
        guard failure.code == EACCES || failure.code == EPERM else { return trouble }
        // Where it is kept how far the log was read.
        if failure.object.hasPrefix(checkpointFile) {
            return "\(trouble): the journal's folder must be the daemon's user's to write; all is recorded meanwhile"
        }
        return "\(trouble): let the daemon's user read it (on Debian: add it to the group adm and restart)"
    }
}
