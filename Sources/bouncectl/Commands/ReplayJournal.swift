// What a running agent recorded of a replayed message, out of its journal.

import BounceReports
import Journal
import MailSyntax
import MilterClient
import Vocabulary

/// The agent's journal from the moment on in which this was made.
final class ReplayJournal {
    private let follower: JournalFollower

    init(_ path: String) throws(JournalError) {
        follower = try JournalFollower(path: path, from: .last(1))
        while try follower.next(timeoutMilliseconds: 0) != nil {}
    }

    /// The records that came since the last time with this queue ID: they are on disk before the agent answers.
    func records(ofQueueID queueID: String) throws(JournalError) -> [Record] {
        var records: [Record] = []
        while let item = try follower.next(timeoutMilliseconds: 0) {
            if case .entry(let entry) = item, entry.record.source.queueID == queueID { records.append(entry.record) }
        }
        return records
    }

    /// What is said of them, a text each; `last` is the step at which the agent had enough.
    static func words(_ records: [Record], of message: MailMessage, _ last: MilterStep) -> [String] {
        guard records.isEmpty else { return records.map(Self.words) }
        let report = ReportReader().read(message)
        if report.kind == .notABounce { return ["nothing: no report"] }
        if last.stage != .endOfMessage {
            return [
                "nothing: this \(report.kind.rawValue) was let pass at \(last.stage), as mail that goes out or as no report by its header"
            ]
        }
        if report.recipients.isEmpty { return ["nothing: this \(report.kind.rawValue) names no recipient"] }
        return ["nothing new of this \(report.kind.rawValue)"]
    }

    private static func words(_ record: Record) -> String {
        "\(record.event.rawValue) <\(record.recipient)>: \(record.category.rawValue), \(record.action.rawValue), "
            + "rule \(record.rule), trust \(record.trust.rawValue)"
    }
}
