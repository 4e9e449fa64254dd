// What happens at the end of a message that was kept: examine, put on disk, and only then answer; last, log.

import Journal
import Logging
import Milter
import Vocabulary

/// One message, examined when it is made.
struct EndOfMessage {
    let filter: BounceFilter
    let policy: FilterPolicy
    let sighting: Sighting
    private let examination: Examination
    /// What this message added to the journal; nil where it could not be written, or not yet.
    private var added: [Record]?

    /// Records of one message that get a log line each.
    private static let limitLoggedRecords = 20
    /// Records that are written at once. What a report says of itself stands in each of its records, so that those of one report
    /// can take a hundred times its size in memory when they are all made into lines.
    static let limitAppendedRecords = 100

    /// Records could not be written.
    static var tryAgain: MilterMessageAnswer {
        .reply(MilterReply(code: 451, status: "4.3.0", text: "Delivery report cannot be recorded now; try again later"))
    }

    init(_ filter: BounceFilter, _ policy: FilterPolicy, _ sighting: Sighting, _ message: [UInt8]) {
        self.filter = filter
        self.policy = policy
        self.sighting = sighting
        examination = policy.examiner.examine(message, sighting)
    }

    /// - Parameter message: The one that was examined.
    mutating func answer(to message: [UInt8]) -> MilterMessageAnswer {
        if !examination.notes.isEmpty { log(.notice, "cut: " + examination.notes.joined(separator: "; ")) }
        if examination.isUnexplained, !policy.configuration.captureDir.isEmpty {
            filter.capture.keep(message, queueID: sighting.source.queueID, policy.configuration)
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
        added = written
        return mayDiscard ? .discard : .accept
    }

    /// Logs what was recorded: once the MTA has its answer, which need not wait for it.
    func log() {
        guard let added else { return }
        guard !examination.records.isEmpty else {
            let level = examination.kind == .notABounce ? Logger.Level.debug : .info
            log(level, "\(examination.kind.rawValue), nothing recorded")
            return
        }
        logRecords(added[...])
        let known = examination.records.count - added.count
        if known > 0 { log(.info, "\(known) known already, not recorded again") }
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

    /// Only a report about deliveries that was recorded, and of which nothing was left unread.
    private var mayDiscard: Bool {
        guard policy.configuration.discardCaptured, !examination.records.isEmpty, examination.notes.isEmpty else {
            return false
        }
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
