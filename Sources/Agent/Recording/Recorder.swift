// Puts records on disk, each fact once: the MTA's log line and its own report of the same failure, a report that is sent again, a
// replay. bounce-journal(5), "Identity".

import Journal

/// All functions may be called by any thread.
package final class Recorder: @unchecked Sendable {
    // Unchecked: all state is touched only under `monitor`.

    /// Puts records on disk before it returns; after an error none of them is.
    package typealias Write = @Sendable ([Record]) throws(JournalError) -> Void

    /// As the records say that were written or recalled.
    package let failed = FailedRecipients()
    private let write: Write
    private let monitor = Monitor()
    /// Whether what was recorded is remembered.
    private let remembers: Bool
    private var facts: RecentFacts
    /// The ids of records that a caller is writing.
    private var underWay: Set<UInt128> = []

    /// `limit`: how many ids are remembered at least; 0 writes each record.
    package init(limit: Int, write: @escaping Write) {
        self.write = write
        remembers = limit > 0
        facts = RecentFacts(limit: limit)
    }

    /// Remembers a record that is in the journal.
    package func recall(_ record: Record) {
        failed.take(record)
        monitor.locked { if let id = record.idNumber { facts.remember(id, worth: record.worth) } }
    }

    /// Returns when all that the records say is on disk, with those that were written: the others were before, and said as much. After an
    /// error some may have been written; the same call again writes the rest.
    package func append(_ records: [Record]) throws(JournalError) -> [Record] {
        guard remembers else {
            try write(records)
            records.forEach(failed.take)
            return records
        }
        var written: [Record] = []
        var waiting = records
        while !waiting.isEmpty {
            let (own, others) = monitor.locked { claim(waiting) }
            if !own.isEmpty {
                do throws(JournalError) {
                    try write(own)
                } catch {
                    monitor.locked { release(own, areWritten: false) }
                    throw error
                }
                monitor.locked { release(own, areWritten: true) }
                own.forEach(failed.take)
                written += own
            }
            waiting = others
        }
        return written
    }

    /// Takes what this caller has to write, and what another one is writing, which may fail. Where there is only the latter, waits
    /// first until something has changed.
    private func claim(_ records: [Record]) -> (own: [Record], others: [Record]) {
        var own: [Record] = []
        var others: [Record] = []
        for record in records {
            guard let id = record.idNumber else {
                own.append(record)
                continue
            }
            if underWay.contains(id) {
                others.append(record)
            } else if facts.worth(of: id).map({ $0 < record.worth }) ?? true {
                underWay.insert(id)
                own.append(record)
            }
        }
        if own.isEmpty, !others.isEmpty { monitor.waitForChange() }
        return (own, others)
    }

    private func release(_ records: [Record], areWritten: Bool) {
        for record in records {
            guard let id = record.idNumber else { continue }
            underWay.remove(id)
            if areWritten { facts.remember(id, worth: record.worth) }
        }
        monitor.tellChange()
    }
}
