// One journal as the follower reads it: in batches, from where the store stands.

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
}

/// Reads one journal. Used by one thread.
final class JournalSource {
    let journal: FollowedJournal
    private let skipsDamaged: Bool
    private let passOver: (JournalFinding) -> Void
    private var follower: JournalFollower?
    private var batch: JournalBatch?
    /// What ends the reading once all before it is applied.
    private var fault: StoreError?
    /// Whether the last batch ended before the journal did.
    private(set) var hasMore = false

    init(_ journal: FollowedJournal, skipsDamaged: Bool, passOver: @escaping (JournalFinding) -> Void) {
        self.journal = journal
        self.skipsDamaged = skipsDamaged
        self.passOver = passOver
    }

    /// What there is and was not taken yet, at most so many records; nil for nothing. `start` tells where the store stands.
    func next(limit: Int, start: () throws -> Checkpoint) throws -> JournalBatch? {
        if follower == nil { try open(at: try start()) }
        guard let follower, var batch else { return nil }
        self.batch = nil
        defer { self.batch = batch }
        do throws(JournalError) {
            while fault == nil, batch.entries.count < limit, let item = try follower.next(timeoutMilliseconds: 0) {
                switch item {
                case .entry(let entry):
                    batch.entries.append(entry)
                    batch.to = follower.checkpoint
                case .finding(let finding): take(finding, into: &batch)
                }
            }
        } catch {
            throw JournalUnreadable(error)
        }
        if batch.entries.isEmpty, let fault { throw fault }
        hasMore = fault != nil || batch.entries.count == limit
        return batch.entries.isEmpty ? nil : batch
    }

    /// The batch that `next` handed out is in the store.
    func accept() {
        if let taken = batch { batch = JournalBatch(journal: taken.journal, from: taken.to) }
    }

    /// Whether nothing was ever read of it and its file is not there (yet).
    var isMissing: Bool { batch?.from == .start && access(journal.path, F_OK) != 0 && errno == ENOENT }

    /// Begins anew where the store stands then.
    func restart() {
        follower = nil
        batch = nil
        fault = nil
    }

    private func open(at checkpoint: Checkpoint) throws {
        do throws(JournalError) {
            follower = try JournalFollower(path: journal.path, from: .checkpoint(checkpoint))
        } catch {
            guard case .checkpointUnknown = error else { throw JournalUnreadable(error) }
            throw StoreError(
                .refused,
                "\(error), \(journal.path); if it is a new journal, give it a new name (NAME=PATH) or use \"bouncectl store rebuild\""
            )
        }
        batch = JournalBatch(journal: journal.name, from: checkpoint)
    }

    private func take(_ finding: JournalFinding, into batch: inout JournalBatch) {
        guard skipsDamaged else {
            fault = StoreError(
                .damaged,
                "\(finding); \"bouncectl verify\" shows all of it, --skip-damaged goes on without what is lost")
            return
        }
        if case .gap(let missing) = finding.kind { batch.missing += missing.count } else { batch.damaged += 1 }
        passOver(finding)
    }
}

/// A journal that cannot be read now.
struct JournalUnreadable: Error {
    let error: JournalError

    init(_ error: JournalError) { self.error = error }
}
