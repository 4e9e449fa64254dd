// `classify --log`: the deliveries that an MTA's log tells, one record each.

import Agent
import ArgumentParser
import DeliveryLog
import Journal
import MailSyntax
import POSIX

struct LogClassification {
    private let examiner: Examiner
    private let output: Output
    private let asJSON: Bool

    init(_ examiner: Examiner, _ output: Output, asJSON: Bool) {
        self.examiner = examiner
        self.output = output
        self.asJSON = asJSON
    }

    /// Throws the exit status where a file was not there, or held bytes that are no log's.
    func run(_ paths: [String]) throws {
        var status: ExitCode?
        var table = RecordTable(output)
        var progress = Progress("lines", besideOutput: true)
        for path in paths {
            do {
                guard let reason = try read(path, &table, &progress) else { continue }
                complain(reason)
                status = status ?? .dataError
            } catch let error as InputError {
                complain("\(error)")
                status = .noInput
            }
        }
        progress.end()
        output.flush()
        if let status { throw status }
    }

    /// What is wrong with the file where it is no text.
    private func read(_ path: String, _ table: inout RecordTable, _ progress: inout Progress) throws -> String? {
        var lines = LineReader(try Descriptor(reading: path), beforeReading: output.flush)
        // Whoever names a file means all of it.
        var log = DeliveryLogReader(programs: SyslogNames(["*"]))
        var count = 0
        var records = 0
        var hasLogLine = false
        var mistaken: MistakenInput?
        while let (line, _) = try lines.nextLine(limitBytes: DeliveryLogLine.limitBytes) {
            progress.step()
            if line.isEmpty { continue }
            if count == 0, let other = MistakenInput(start: line), other != .log { mistaken = other }
            if line.contains(0) { return mistaken?.advice(path) ?? "\(path): no log: it has NUL bytes" }
            count += 1
            hasLogLine = hasLogLine || DeliveryLogLine.isLogLine(line)
            for attempt in log.attempts(in: line) {
                records += show(attempt, of: path, &table)
            }
        }
        if count == 0 { return "\(path): no log: it is empty" }
        if !asJSON || records == 0 {
            output.flush()
            complain("\(path): \(counted(records, "record")) of deliveries in \(counted(count, "line"))")
        }
        if records == 0, !hasLogLine { complain(mistaken?.advice(path) ?? Self.adviceOnNoLog(path)) }
        return nil
    }

    private static func adviceOnNoLog(_ path: String) -> String {
        "\(path): no line of Postfix or Sendmail in it, as \"Nov 21 10:00:00 mx postfix/smtp[1234]: …\"; no other logs are read"
    }

    /// How many records it gave.
    private func show(_ attempt: DeliveryAttempt, of path: String, _ table: inout RecordTable) -> Int {
        // An agent that had followed the log would have made the record then.
        let now = nowMilliseconds()
        let time = milliseconds(ofLogTime: attempt.time, now: now) ?? now
        var sighting = Sighting(origin: .deliveryLog, timeMilliseconds: time)
        sighting.source.file = path
        let records = examiner.records(of: attempt, sighting)
        for record in records {
            if asJSON { output.line(record.encodeUnsealed()) } else { table.show(record) }
        }
        return records.count
    }
}
