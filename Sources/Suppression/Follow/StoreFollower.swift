// Reads journals as they are written and applies them: the work of "bouncectl store follow".

import Glibc
import Journal

/// What a follower has to say to a person.
package enum FollowNotice: Sendable {
    /// Something is wrong with a journal and is passed over.
    case passedOver(JournalFinding)
    case applied(journal: String, Applied)
    /// The journal cannot be read; tried again.
    case unreadable(journal: String, JournalError)
    /// There is no such journal, or not yet.
    case missing(journal: String)
    /// The database does not answer; tried again. Told once for each reason.
    case away(StoreError)
    case back
}

/// Follows several journals with one store: while a batch is applied, another thread reads the next one. Used by one thread.
package final class StoreFollower {
    /// Records of one transaction.
    package static let batchRecords = 10_000

    private let store: Store
    private let notify: (FollowNotice) -> Void
    private let sources: [JournalSource]
    /// The paths of journals that cannot be read or are not there.
    package private(set) var unread: Set<String> = []

    /// Without `skipsDamaged`, whatever is wrong with a journal ends the work with an error.
    package init(
        _ store: Store, _ journals: [FollowedJournal], skipsDamaged: Bool, notify: @escaping (FollowNotice) -> Void
    ) {
        self.store = store
        self.notify = notify
        sources = journals.map { journal in
            JournalSource(journal, store, skipsDamaged: skipsDamaged) { notify(.passedOver($0)) }
        }
    }

    /// Applies all that is there now, or until `shouldStop` says so, which is asked between batches. What cannot be read is passed
    /// over: `unread`.
    package func catchUp(until shouldStop: () -> Bool = { false }) throws {
        while !shouldStop(), try applyRound(until: shouldStop).isMore {}
    }

    /// Goes on until `shouldStop` says so, waiting for records and for a database that is away. `afterRound` is called after a batch of
    /// each journal, with whether that was all that was there.
    package func follow(
        until shouldStop: () -> Bool, backOff: BackOff = BackOff(), afterRound: (Bool) throws -> Void = { _ in }
    ) throws {
        var backOff = backOff
        while !shouldStop() {
            do {
                // A round without records asks the database nothing.
                if backOff.isWaiting { _ = try store.database.read { try store.journals() } }
                let (records, isMore) = try applyRound(until: shouldStop)
                try afterRound(!isMore)
                if backOff.isWaiting { notify(.back) }
                backOff.reset()
                if records == 0, !isMore { usleep(UInt32(JournalFollower.pollMilliseconds) * 1000) }
            } catch let error as StoreError where error.kind == .away {
                backOff.wait(after: error, until: shouldStop) { notify(.away($0)) }
            }
        }
    }

    /// Applies a batch of each journal. Returns how many records were applied, new or not, and whether there are more.
    private func applyRound(until shouldStop: () -> Bool) throws -> (records: Int, isMore: Bool) {
        var records = 0
        var isMore = false
        for source in sources where !shouldStop() {
            do {
                guard let batch = try nextBatch(of: source) else {
                    expectFile(of: source)
                    continue
                }
                unread.remove(source.journal.path)
                let count = try apply(batch, from: source)
                records += count ?? 0
                isMore = isMore || count == nil || source.hasMore
            } catch let failure as JournalUnreadable {
                source.restart()
                passOver(source, .unreadable(journal: source.journal.path, failure.error))
            }
        }
        return (records, isMore)
    }

    private func nextBatch(of source: JournalSource) throws -> JournalBatch? {
        try source.next(limit: Self.batchRecords) {
            try store.database.read { try store.checkpoint(of: source.journal.name) }
        }
    }

    /// Returns how many records were applied, new or not; nil where another follower of the same journal was here.
    private func apply(_ batch: JournalBatch, from source: JournalSource) throws -> Int? {
        let applied = try source.readingAhead(limit: Self.batchRecords) { try store.apply(batch) }
        guard let applied else {
            // Go on from where it is.
            source.restart()
            return nil
        }
        source.accept()
        notify(.applied(journal: batch.journal, applied))
        return batch.facts.count
    }

    private func expectFile(of source: JournalSource) {
        if source.isMissing {
            passOver(source, .missing(journal: source.journal.path))
        } else {
            unread.remove(source.journal.path)
        }
    }

    /// Told once.
    private func passOver(_ source: JournalSource, _ notice: FollowNotice) {
        if unread.insert(source.journal.path).inserted { notify(notice) }
    }
}
