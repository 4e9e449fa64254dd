// Reads journals as they are written and applies them: the work of "bouncectl store follow".

import Glibc
import Journal

/// What a follower has to say to a person.
package enum FollowNotice: Sendable {
    /// Something is wrong with a journal and is passed over.
    case passedOver(JournalFinding)
    case applied(journal: String, Applied)
    /// The journal is not there (yet) or cannot be read; tried again.
    case unreadable(journal: String, JournalError)
    /// The database does not answer; tried again after that time.
    case away(StoreError, retrySeconds: Int)
    case back
}

/// Follows several journals with one store. Used by one thread.
package final class StoreFollower {
    /// Records of one transaction.
    package static let batchRecords = 5_000
    /// Between two tries to reach the database.
    private static let retrySeconds = 1...60

    private let store: Store
    private let notify: (FollowNotice) -> Void
    private let sources: [JournalSource]
    /// Journals of which it was told that they cannot be read.
    private var unreadable: Set<String> = []

    /// Without `skipsDamaged`, whatever is wrong with a journal ends the work with an error.
    package init(
        _ store: Store, _ journals: [FollowedJournal], skipsDamaged: Bool, notify: @escaping (FollowNotice) -> Void
    ) {
        self.store = store
        self.notify = notify
        sources = journals.map { journal in
            JournalSource(journal, skipsDamaged: skipsDamaged) { notify(.passedOver($0)) }
        }
    }

    /// Applies all that is there now; returns how many records were read. A journal that cannot be read is passed over.
    @discardableResult
    package func catchUp() throws -> Int {
        var count = 0
        for source in sources {
            do {
                while let batch = try nextBatch(of: source) { count += try apply(batch, from: source) }
                unreadable.remove(source.journal.name)
            } catch let failure as JournalUnreadable {
                source.restart()
                if unreadable.insert(source.journal.name).inserted {
                    notify(.unreadable(journal: source.journal.path, failure.error))
                }
            }
        }
        return count
    }

    /// Goes on until `shouldStop` says so, waiting for records and for a database that is away. `idle` is called when all that
    /// was there is applied.
    package func follow(until shouldStop: () -> Bool, idle: () throws -> Void = {}) throws {
        var wait = Self.retrySeconds.lowerBound
        var isAway = false
        while !shouldStop() {
            do {
                let count = try catchUp()
                if isAway { notify(.back) }
                isAway = false
                wait = Self.retrySeconds.lowerBound
                guard count == 0 else { continue }
                try idle()
                usleep(UInt32(JournalFollower.pollMilliseconds) * 1000)
            } catch let error as StoreError where error.kind == .away {
                isAway = true
                notify(.away(error, retrySeconds: wait))
                for _ in 0..<wait * 10 where !shouldStop() { usleep(100_000) }
                wait = min(wait * 2, Self.retrySeconds.upperBound)
            }
        }
    }

    private func nextBatch(of source: JournalSource) throws -> JournalBatch? {
        try source.next(limit: Self.batchRecords) {
            try store.database.read { try store.checkpoint(of: source.journal.name) }
        }
    }

    /// Returns how many records were applied, new or not.
    private func apply(_ batch: JournalBatch, from source: JournalSource) throws -> Int {
        guard let applied = try store.apply(batch) else {
            // Another follower of the same journal was here: go on from where it is.
            source.restart()
            return 0
        }
        source.accept()
        notify(.applied(journal: batch.journal, applied))
        return batch.entries.count
    }
}
