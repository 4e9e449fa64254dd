// The journal's writer: many threads append, one at a time writes for all that wait, with one write and one fdatasync.

/// Appends to a journal. All its functions may be called by any thread.
package final class JournalWriter: @unchecked Sendable {
    // Unchecked: `appender` is touched only by the thread that `isWriting` stands for, all other state only under `monitor`.

    /// Callers whose records are written together. All but `result` belongs to the monitor, as long as callers may join.
    private final class Batch {
        var records: [EncodedRecords] = []
        var count: UInt64 = 0
        /// Callers that wait at `turn`.
        var waiting = 0
        /// The number of the first record, once all is on disk. Set before the callers that wait are let go.
        var result: Result<UInt64, JournalError>?
        /// Posted once for each caller that waits: to write the batch, or to see its result without taking the lock again, for which
        /// they would stand in a queue.
        let turn = Semaphore()
    }

    private let configuration: JournalConfiguration
    /// Its change is that nobody writes any more: `close` waits for that.
    private let monitor = Monitor()

    private var appender: JournalAppender?
    private var waiting = Batch()
    /// Somebody writes, or was let go to write.
    private var isWriting = false
    private var isClosed = false

    /// Takes the lock, opens the journal or makes it, and puts aside what a crash left.
    package init(configuration: JournalConfiguration) throws(JournalError) {
        let appender = try JournalAppender(configuration)
        self.configuration = configuration
        self.appender = appender
    }

    /// Returns when the records are on disk, with their numbers, which follow each other; nil for no records. After an error
    /// none of them is in the journal; the next call tries anew.
    package func append(_ records: [Record]) throws(JournalError) -> ClosedRange<UInt64>? {
        guard !records.isEmpty else { return nil }
        let encoded = encode(records)

        monitor.lock()
        if isClosed {
            monitor.unlock()
            throw .closed(path: configuration.path)
        }
        let batch = waiting
        let position = batch.count
        batch.records.append(encoded)
        batch.count += UInt64(encoded.count)
        if isWriting {
            batch.waiting += 1
            monitor.unlock()
            batch.turn.wait()
        } else {
            isWriting = true
            monitor.unlock()
        }
        // Whoever finds no result was let go to write it.
        switch batch.result ?? write(batch) {
        case .success(let first):
            let own = first + position
            return own...own + UInt64(encoded.count) - 1
        case .failure(let error): throw error
        }
    }

    /// Writes the batch that waits, for all its callers; lets them go, and one of the next batch to write that.
    private func write(_ batch: Batch) -> Result<UInt64, JournalError> {
        monitor.lock()
        guard let appender else { preconditionFailure("a batch outlived the journal") }
        waiting = Batch()
        monitor.unlock()
        let result: Result<UInt64, JournalError>
        do {
            result = .success(try appender.commit(batch.records))
        } catch {
            result = .failure(error)
        }
        batch.result = result

        monitor.lock()
        let next = waiting.waiting > 0 ? waiting : nil
        isWriting = next != nil
        next?.waiting -= 1
        if next == nil { monitor.tellChange() }
        monitor.unlock()
        next?.turn.post()
        for _ in 0..<batch.waiting { batch.turn.post() }
        return result
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
        monitor.locked {
            isClosed = true
            while isWriting { monitor.waitForChange() }
            // The thread that wrote last may have it still.
            appender?.lock.release()
            appender = nil
        }
    }
}
