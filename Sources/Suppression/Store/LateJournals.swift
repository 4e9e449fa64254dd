// Whether somebody follows the journals: without, the store's answers are those of an earlier day.

import Journal

/// A journal that has records of which the store knows nothing though it should.
package struct LateJournal: Sendable, Hashable {
    package var path: String
    /// The time of the first of them, milliseconds since 1970.
    package var since: Int64
}

extension Store {
    /// Longer than a follower takes for anything but a long catching up.
    private static let patience: Int64 = 600_000
    /// Damaged lines that are looked behind for a record.
    private static let findingLimit = 100

    /// The journals whose first record behind the store's checkpoint is older than ten minutes. No more of a journal is read; one that
    /// cannot be read is none of them.
    package func lateJournals(_ followed: [FollowedJournal], at time: Int64) throws -> [LateJournal] {
        let checkpoints = Dictionary(
            try database.read { try journals() }.map { ($0.name, $0.checkpoint) },
            uniquingKeysWith: { first, _ in first })
        return followed.compactMap { journal in
            guard let since = Self.firstTime(in: journal, behind: checkpoints[journal.name] ?? .start),
                time - since > Self.patience
            else { return nil }
            return LateJournal(path: journal.path, since: since)
        }
    }

    private static func firstTime(in journal: FollowedJournal, behind checkpoint: Checkpoint) -> Int64? {
        do throws(JournalError) {
            let reader = try JournalReader(path: journal.path, from: .checkpoint(checkpoint))
            for _ in 0...findingLimit {
                guard let item = try reader.next() else { return nil }
                if case .entry(let entry) = item { return entry.record.timeMilliseconds }
            }
        } catch {}
        return nil
    }
}
