// Whether the store is whole: the database itself, its tables against each other, and its place in the journals.

import Glibc
import Journal

/// What was looked at and what is wrong.
package struct StoreReport: Sendable {
    package var faults: [String] = []
    package var addresses: Int64 = 0
    package var suppressed: Int64 = 0
    package var events: Int64 = 0
    package var journals: [JournalState] = []
    /// By journal: how many records are not applied yet.
    package var behind: [String: Int] = [:]
    /// Paths of journals that this user may not read: the place in them was not checked.
    package var unread: [String] = []
    /// Paths of journals of which nothing was applied and whose files are not there.
    package var missing: [String] = []
    /// Paths of journals of which nothing was applied though their files are there; names of those that were and are not configured.
    package var neverApplied: [String] = []
    package var notConfigured: [String] = []
}

extension Store {
    /// More faults of one kind are only counted.
    private static let faultLimit = 10

    /// Checks the store, and its checkpoints against the journals that this host has.
    package func check(_ followed: [FollowedJournal]) throws -> StoreReport {
        var report = StoreReport()
        try database.read {
            report.faults = try database.integrityFaults()
            report.journals = try journals()
            func count(_ sql: String) throws -> Int64 { try database.row(sql)?.first?.integer ?? 0 }
            report.events = try count("SELECT COUNT(*) FROM event")
            report.addresses = try count("SELECT COUNT(*) FROM address")
            report.suppressed = try count("SELECT COUNT(*) FROM suppressed")
            try judge(&report)
        }
        report.notConfigured = report.journals.map(\.name).filter { name in !followed.contains { $0.name == name } }
        for journal in followed {
            guard let state = report.journals.first(where: { $0.name == journal.name }) else {
                if journal.isMissing {
                    report.missing.append(journal.path)
                } else if !journal.mayBeMissing {
                    report.neverApplied.append(journal.path)
                }
                continue
            }
            do throws(JournalError) {
                report.behind[journal.name] = try Self.behind(state.checkpoint, journal)
            } catch {
                if case .notAllowed(let failure) = error, failure.errno == EACCES {
                    report.unread.append(journal.path)
                } else {
                    report.faults.append("journal \(journal.name): \(error)")
                }
            }
        }
        return report
    }

    /// Each address that is not clear must have its reason.
    private func judge(_ report: inout StoreReport) throws {
        var faults = 0
        // No address is before the empty text.
        var last = ""
        while true {
            var some: [String] = []
            try database.rows(
                "SELECT address FROM address WHERE state <> 'clear' AND address > $1 ORDER BY address LIMIT $2",
                [.text(last), .integer(Int64(StoreFollower.batchRecords))]
            ) { row in
                if let address = row[0].text { some.append(address) }
            }
            guard let end = some.last else { break }
            last = end
            let standings = try standings(of: some)
            let occurrences = try occurrences(of: some)
            for address in some {
                guard let reason = standings[address].flatMap({ $0.suppression ?? $0.held }) else { continue }
                if occurrences[address]?.contains(where: { $0.id == reason.cause }) == true { continue }
                faults += 1
                if faults <= Self.faultLimit {
                    report.faults.append(
                        "\(address): the record of its suppression, \(reason.cause), is not in the store")
                }
            }
        }
        if faults > Self.faultLimit { report.faults.append("and \(faults - Self.faultLimit) more addresses") }
    }

    private static func behind(_ checkpoint: Checkpoint, _ journal: FollowedJournal) throws(JournalError) -> Int {
        let reader = try JournalReader(path: journal.path, from: .checkpoint(checkpoint))
        var count = 0
        while let item = try reader.next() {
            if case .entry = item { count += 1 }
        }
        return count
    }
}
