// Puts records on disk, each fact once: the MTA's log line and its own report of the same failure, a report that is sent again, a
// replay. bounce-journal(5), "Identity".

import Glibc
import Journal

/// All functions may be called by any thread.
package final class Recorder: @unchecked Sendable {
    // Unchecked: all state is touched only under `mutex`.

    /// Puts records on disk before it returns; after an error none of them is.
    package typealias Write = @Sendable ([Record]) throws(JournalError) -> Void

    private let write: Write
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var facts: RecentFacts
    /// The ids of records that a caller is writing.
    private var underWay: Set<UInt128> = []

    /// `limit`: how many ids are remembered at least; 0 writes each record.
    package init(limit: Int, write: @escaping Write) {
        self.write = write
        facts = RecentFacts(limit: limit)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Remembers a record that is in the journal.
    package func recall(_ record: Record) {
        locked { if let id = record.idNumber { facts.remember(id, worth: record.worth) } }
    }

    /// Returns when all that the records say is on disk, with those that were written: the others were before, and said as much. After an
    /// error some may have been written; the same call again writes the rest.
    package func append(_ records: [Record]) throws(JournalError) -> [Record] {
        guard facts.limit > 0 else {
            try write(records)
            return records
        }
        var written: [Record] = []
        var waiting = records
        while !waiting.isEmpty {
            let (own, others) = locked { claim(waiting) }
            if !own.isEmpty {
                do throws(JournalError) {
                    try write(own)
                } catch {
                    locked { release(own, areWritten: false) }
                    throw error
                }
                locked { release(own, areWritten: true) }
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
        if own.isEmpty, !others.isEmpty { waitForChange() }
        return (own, others)
    }

    private func release(_ records: [Record], areWritten: Bool) {
        for record in records {
            guard let id = record.idNumber else { continue }
            underWay.remove(id)
            if areWritten { facts.remember(id, worth: record.worth) }
        }
        pthread_cond_broadcast(changed)
    }

    /// No longer than a second: glibc before 2.41 can lose a wake-up (its bug 25847).
    private func waitForChange() {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += 1
        pthread_cond_timedwait(changed, mutex, &deadline)
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
