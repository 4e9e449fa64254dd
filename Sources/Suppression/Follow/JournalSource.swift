// One journal as the follower reads it: in batches, from where the store stands.

import Dispatch
import Glibc
import Journal

/// A journal that the store follows.
package struct FollowedJournal: Sendable, Hashable {
    /// What the store calls it.
    package var name: String
    package var path: String
    /// The store's own is not there before the first release.
    package var mayBeMissing: Bool

    package init(name: String, path: String, mayBeMissing: Bool = false) {
        self.name = name
        self.path = path
        self.mayBeMissing = mayBeMissing
    }

    /// Whether its file should be there and is not.
    package var isMissing: Bool { !mayBeMissing && access(path, F_OK) != 0 && errno == ENOENT }
}

/// Reads one journal. Used by one thread at a time.
final class JournalSource {
    let journal: FollowedJournal
    private let key: AddressKey
    private let providers: ProviderNames
    private let skipsDamaged: Bool
    private let passOver: (JournalFinding) -> Void
    private var follower: JournalFollower?
    /// What is handed out and not accepted yet, and what was read behind it.
    private var batch: JournalBatch?
    private var nextBatch: JournalBatch?
    /// What was accepted last: to free a batch's texts takes time too, which the reading thread has.
    private var spent: JournalBatch?
    /// What ends the reading once all before it is applied.
    private var fault: StoreError?
    /// Whether the reader was opened where the store stands, and has not been left since.
    private var isFresh = false
    /// Whether a reader that is not fresh came upon something wrong.
    private var isInDoubt = false
    /// Why no more was read ahead.
    private var failure: JournalUnreadable?
    /// Whether the last batch ended before the journal did.
    private(set) var hasMore = false

    /// For a store that keeps addresses and providers as this one. `passOver` may be called on another thread while the body of
    /// `readingAhead` runs.
    init(
        _ journal: FollowedJournal, _ store: Store, skipsDamaged: Bool, passOver: @escaping (JournalFinding) -> Void
    ) {
        self.journal = journal
        key = store.key
        providers = store.providers
        self.skipsDamaged = skipsDamaged
        self.passOver = passOver
    }

    /// What there is and was not taken yet, at most so many records; nil for nothing. `start` tells where the store stands.
    ///
    /// What is wrong with the journal is believed of a fresh reader alone: while the last one waited, files may have been replaced by a
    /// newer copy, or cut.
    func next(limit: Int, start: () throws -> Checkpoint) throws -> JournalBatch? {
        let batch = try read(limit, start)
        if batch != nil || !isInDoubt { return batch }
        restart()
        return try read(limit, start)
    }

    private func read(_ limit: Int, _ start: () throws -> Checkpoint) throws -> JournalBatch? {
        if follower == nil { try open(at: try start()) }
        defer { isFresh = false }
        if let failure { throw failure }
        guard var batch else { return nil }
        self.batch = nil
        defer { self.batch = batch }
        try fill(&batch, limit)
        if batch.facts.isEmpty, let fault { throw fault }
        hasMore = isInDoubt || fault != nil || batch.facts.count == limit
        return batch.facts.isEmpty ? nil : batch
    }

    /// Runs the body, which must not use this source, and meanwhile reads what comes behind the batch that was handed out.
    func readingAhead<Result>(limit: Int, _ body: () throws -> Result) rethrows -> Result {
        guard hasMore, !isInDoubt, fault == nil, failure == nil, nextBatch == nil else { return try body() }
        // The body leaves the source to the other thread, which has ended when this returns.
        nonisolated(unsafe) let source = self
        let reading = DispatchWorkItem { source.readAhead(limit) }
        DispatchQueue.global().async(execute: reading)
        defer { reading.wait() }
        return try body()
    }

    private func readAhead(_ limit: Int) {
        spent = nil
        guard let batch else { return }
        var next = JournalBatch(journal: batch.journal, from: batch.to)
        do {
            try fill(&next, limit)
        } catch {
            failure = error
        }
        nextBatch = next
    }

    private func fill(_ batch: inout JournalBatch, _ limit: Int) throws(JournalUnreadable) {
        guard let follower else { return }
        var facts: [Fact] = []
        defer { if !facts.isEmpty { batch.append(facts) } }
        let room = limit - batch.facts.count
        do throws(JournalError) {
            while fault == nil, !isInDoubt, facts.count < room, let item = try follower.next(timeoutMilliseconds: 0) {
                switch item {
                case .entry(let entry):
                    facts.append(Fact(entry, key, providers))
                    batch.to = follower.checkpoint
                case .finding where !isFresh: isInDoubt = true
                case .finding(let finding): take(finding, into: &batch)
                }
            }
        } catch {
            throw JournalUnreadable(error)
        }
    }

    /// The batch that `next` handed out is in the store.
    func accept() {
        if let taken = batch {
            batch = nextBatch ?? JournalBatch(journal: taken.journal, from: taken.to)
            spent = hasMore ? taken : nil
        }
        nextBatch = nil
    }

    /// Whether nothing was ever read of it and its file is not there (yet).
    var isMissing: Bool { batch?.from == .start && journal.isMissing }

    /// Begins anew where the store stands then.
    func restart() {
        follower = nil
        batch = nil
        nextBatch = nil
        fault = nil
        isInDoubt = false
        failure = nil
    }

    private func open(at checkpoint: Checkpoint) throws {
        do throws(JournalError) {
            follower = try JournalFollower(path: journal.path, from: .checkpoint(checkpoint))
        } catch {
            guard case .checkpointUnknown = error, !isWithoutRecords else { throw JournalUnreadable(error) }
            throw StoreError(
                .refused,
                "\(error), \(journal.path); if it is a new journal, give it a new name (NAME=PATH) or use \"bouncectl store rebuild\""
            )
        }
        isFresh = true
        batch = JournalBatch(journal: journal.name, from: checkpoint)
    }

    /// Whether all records were taken away: those that come may go on with the numbers.
    private var isWithoutRecords: Bool {
        do throws(JournalError) {
            return try JournalReader(path: journal.path).next() == nil
        } catch {
            return false
        }
    }

    private func take(_ finding: JournalFinding, into batch: inout JournalBatch) {
        if case .damaged(let error) = finding.kind, error.isFromNewerProgram {
            // Not passed over: the next version of this program can read it.
            fault = StoreError(.refused, "\(finding)")
            return
        }
        guard skipsDamaged else {
            fault = StoreError(.damaged, "\(finding); \(advice(on: finding, behind: batch.to.seq))")
            return
        }
        if case .gap(let missing) = finding.kind {
            // A line may give itself any number.
            batch.missing += Int(min(missing.upperBound - missing.lowerBound, UInt64(Int32.max))) + 1
        } else {
            batch.damaged += 1
        }
        passOver(finding)
    }
}

/// What is left of a journal may be sound: what is missing shows only beside what the store has.
private func advice(on finding: JournalFinding, behind seq: UInt64) -> String {
    guard case .gap = finding.kind else {
        return "\"bouncectl verify\" shows all of it, --skip-damaged goes on without what is lost"
    }
    return
        "the store has all up to \(seq): put back the journal's file that goes on there, or go on without with --skip-damaged"
}

/// A journal that cannot be read now.
struct JournalUnreadable: Error {
    let error: JournalError

    init(_ error: JournalError) { self.error = error }
}
