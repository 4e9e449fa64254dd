// The journal's writer: many threads append, one at a time writes for all that wait, with one write and one fdatasync.

import Glibc

/// Appends to a journal. All its functions may be called by any thread.
package final class JournalWriter: @unchecked Sendable {
    // Unchecked: `appender` is touched only by the thread that set `isWriting`, all other state only under `mutex`.

    /// Callers whose records are written together.
    private final class Batch {
        var records: [EncodedRecords] = []
        var count: UInt64 = 0
        /// The number of the first record, once all is on disk.
        var result: Result<UInt64, JournalError>?
        /// Where its callers wait. Two take turns: those of the batch before the last are all awake.
        let condition: UnsafeMutablePointer<pthread_cond_t>

        init(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
            self.condition = condition
        }
    }

    private let configuration: JournalConfiguration
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let conditions: (UnsafeMutablePointer<pthread_cond_t>, UnsafeMutablePointer<pthread_cond_t>)
    /// Where `close` waits for the last batch.
    private let idle: UnsafeMutablePointer<pthread_cond_t>

    private var appender: JournalAppender?
    private var waiting: Batch
    private var isWriting = false
    private var isClosed = false

    /// Takes the lock, opens the journal or makes it, and puts aside what a crash left.
    package init(configuration: JournalConfiguration) throws(JournalError) {
        let appender = try JournalAppender(configuration)
        self.configuration = configuration
        self.appender = appender
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        func makeCondition() -> UnsafeMutablePointer<pthread_cond_t> {
            let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
            condition.initialize(to: pthread_cond_t())
            pthread_cond_init(condition, nil)
            return condition
        }
        conditions = (makeCondition(), makeCondition())
        idle = makeCondition()
        waiting = Batch(conditions.0)
    }

    deinit {
        for condition in [conditions.0, conditions.1, idle] {
            pthread_cond_destroy(condition)
            condition.deallocate()
        }
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Returns when the records are on disk, with their numbers, which follow each other; nil for no records. After an error
    /// none of them is in the journal; the next call tries anew.
    package func append(_ records: [Record]) throws(JournalError) -> ClosedRange<UInt64>? {
        guard !records.isEmpty else { return nil }
        let encoded = encode(records)

        pthread_mutex_lock(mutex)
        if isClosed {
            pthread_mutex_unlock(mutex)
            throw .closed(path: configuration.path)
        }
        let batch = waiting
        let position = batch.count
        batch.records.append(encoded)
        batch.count += UInt64(encoded.count)
        while batch.result == nil {
            if isWriting { wait(batch.condition) } else { lead(batch) }
        }
        let result = batch.result
        pthread_mutex_unlock(mutex)

        switch result {
        case .success(let first):
            let own = first + position
            return own...own + UInt64(encoded.count) - 1
        case .failure(let error): throw error
        case nil: preconditionFailure("no result")
        }
    }

    /// Waits for a wake-up, but no longer than a second: glibc before 2.41 can lose one (its bug 25847), and an MTA waits behind it.
    private func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += 1
        pthread_cond_timedwait(condition, mutex, &deadline)
    }

    /// Writes the batch that waits. Called and returns under the mutex, which is not held during the writing.
    private func lead(_ batch: Batch) {
        guard let appender else { preconditionFailure("a batch outlived the journal") }
        isWriting = true
        waiting = Batch(batch.condition == conditions.0 ? conditions.1 : conditions.0)
        pthread_mutex_unlock(mutex)
        let result: Result<UInt64, JournalError>
        do {
            result = .success(try appender.commit(batch.records))
        } catch {
            result = .failure(error)
        }
        pthread_mutex_lock(mutex)
        batch.result = result
        isWriting = false
        if waiting.count > 0 {
            pthread_cond_signal(waiting.condition)
        } else if isClosed {
            pthread_cond_broadcast(idle)
        }
        pthread_cond_broadcast(batch.condition)
    }

    private func encode(_ records: [Record]) -> EncodedRecords {
        var encoded = EncodedRecords(count: records.count)
        encoded.bytes.reserveCapacity(1024 * records.count)
        var cut = 0
        for record in records {
            if record.encodeBody(into: &encoded.bytes) { cut += 1 }
            encoded.bytes.append(UInt8(ascii: "\n"))
        }
        if cut > 0 { configuration.onNotice(.cut(records: cut)) }
        return encoded
    }

    /// Lets the callers that wait finish, then gives up the file and the lock. Later calls of `append` fail.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        while isWriting || waiting.count > 0 { wait(idle) }
        appender = nil
        pthread_mutex_unlock(mutex)
    }
}
