// What happens at the end of a message that was kept: examine, put on disk, and only then answer.

import Journal
import Logging
import Milter
import Vocabulary

struct EndOfMessage {
    let filter: BounceFilter
    let policy: FilterPolicy
    let sighting: Sighting

    /// Records of one message that get a log line each.
    private static let limitLoggedRecords = 20
    /// Records that are written at once. What a report says of itself stands in each of its records, so that those of one report
    /// can take a hundred times its size in memory when they are all made into lines.
    static let limitAppendedRecords = 100

    /// Records could not be written.
    static var tryAgain: MilterMessageAnswer {
        .reply(MilterReply(code: 451, status: "4.3.0", text: "Delivery report cannot be recorded now; try again later"))
    }

    func answer(to message: [UInt8]) -> MilterMessageAnswer {
        let examination = policy.examiner.examine(message, sighting)
        if !examination.notes.isEmpty { log(.notice, "cut: " + examination.notes.joined(separator: "; ")) }
        if examination.isUnexplained, !policy.configuration.captureDir.isEmpty {
            filter.capture.keep(message, queueID: sighting.source.queueID, policy.configuration)
        }
        guard !examination.records.isEmpty else {
            let level = examination.kind == .notABounce ? Logger.Level.debug : .info
            log(level, "\(examination.kind.rawValue), nothing recorded")
            return .accept
        }
        // Where a later piece fails the MTA sends the report again, and the pieces before it get the same identities.
        var rest = examination.records[...]
        var written: [Record] = []
        while !rest.isEmpty {
            do {
                written += try filter.append(Array(rest.prefix(Self.limitAppendedRecords)))
            } catch {
                return answerToFailure(error, lost: rest)
            }
            rest = rest.dropFirst(Self.limitAppendedRecords)
        }
        logRecords(written[...])
        let known = examination.records.count - written.count
        if known > 0 { log(.info, "\(known) known already, not recorded again") }
        return mayDiscard(examination) ? .discard : .accept
    }

    private func answerToFailure(_ error: JournalError, lost: ArraySlice<Record>) -> MilterMessageAnswer {
        switch policy.configuration.onJournalFailure {
        case .tempfail:
            log(.error, "not recorded, the MTA tries again later: \(error)")
            return Self.tryAgain
        case .accept:
            log(.error, "not recorded, \(lost.count) records lost: \(error)")
            logRecords(lost)
            return .accept
        }
    }

    /// Only a report about deliveries, of which nothing was left unread.
    private func mayDiscard(_ examination: Examination) -> Bool {
        guard policy.configuration.discardCaptured, examination.notes.isEmpty else { return false }
        return switch examination.kind {
        case .bounce, .delay, .success: true
        case .complaint, .autoReply, .notABounce, .malformed: false
        }
    }

    private func logRecords(_ records: ArraySlice<Record>) {
        guard policy.logger.logLevel <= .info else { return }
        for record in records.prefix(Self.limitLoggedRecords) { log(.info, record.logText) }
        let rest = records.count - Self.limitLoggedRecords
        if rest > 0 { log(.info, "\(rest) more records") }
    }

    private func log(_ level: Logger.Level, _ text: @autoclosure () -> String) {
        policy.logger.log(level: level, "\(sighting.source.queueID ?? "NOQUEUE"): \(text())")
    }
}

extension Record {
    /// As a postmaster's log has such things: `bounce: to=<a@example.com>, status=5.1.1, …`.
    var logText: String {
        var text = "\(event.rawValue): to=<\(recipient)>"
        if let status { text += ", dsn=\(status)" }
        if let reply { text += ", reply=\(reply)" }
        text += ", category=\(category.rawValue), action=\(action.rawValue), rule=\(rule), trust=\(trust.rawValue)"
        if let queueID = message?.queueID { text += ", message=\(queueID)" }
        return text + ", id=\(id)"
    }
}
