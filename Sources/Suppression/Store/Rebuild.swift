// The whole store anew from the journals: after a change of the policy, or when the store was lost.

import Journal

/// What a rebuild does.
package struct Rebuilt: Sendable, Hashable {
    package var applied = Applied()
    /// Addresses that were suppressed before and are not any more.
    package var ended = 0
    package var suppressed = 0
}

/// What brings all back at the end of a rebuild that only shows.
private struct RebuiltInVain: Error {
    let rebuilt: Rebuilt
}

extension Store {
    /// Empties the store and applies the journals from their first records on, in one transaction: whoever asks meanwhile is answered
    /// as before, and nothing has changed where it fails. Throws `refused` where the journals lack records that were applied, unless
    /// they may be forgotten. With `onlyShows` nothing has changed in the end either.
    package func rebuild(
        _ journals: [FollowedJournal], skipsDamaged: Bool, mayForget: Bool, onlyShows: Bool = false,
        notify: @escaping (FollowNotice) -> Void
    ) throws -> Rebuilt {
        do {
            return try database.write {
                let rebuilt = try rebuildWithin(journals, skipsDamaged: skipsDamaged, mayForget: mayForget, notify)
                if onlyShows { throw RebuiltInVain(rebuilt: rebuilt) }
                return rebuilt
            }
        } catch let shown as RebuiltInVain {
            return shown.rebuilt
        }
    }

    private func rebuildWithin(
        _ journals: [FollowedJournal], skipsDamaged: Bool, mayForget: Bool, _ notify: @escaping (FollowNotice) -> Void
    ) throws -> Rebuilt {
        let before = try self.journals()
        // In the database: they may be millions.
        try database.run("CREATE TABLE suppressed_before AS SELECT address FROM suppressed")
        for table in Schema.contents { try database.run("DELETE FROM \(table)") }
        try rememberKey(replacing: true)
        // Not with the batch that has them, which comes before or behind a whole batch of what the agent saw around them.
        words = HoldWord.all(in: journals)[...]
        defer { words = [] }
        var rebuilt = Rebuilt()
        var merge = try JournalMerge(journals, self, skipsDamaged: skipsDamaged) { notify(.passedOver($0)) }
        while let batch = try merge.next() { rebuilt.applied += try merge.readingAhead { try applyWithin(batch) } }
        if !mayForget { try expectNothingIsLost(before) }
        rebuilt.suppressed = try count("suppressed")
        rebuilt.ended = try count(
            "(SELECT address FROM suppressed_before EXCEPT SELECT address FROM suppressed) AS ended")
        try database.run("DROP TABLE suppressed_before")
        return rebuilt
    }

    private func count(_ table: String) throws -> Int {
        try database.row("SELECT COUNT(*) FROM \(table)")?.first?.integer.map(Int.init) ?? 0
    }

    /// Within a rebuild, whose failure brings all back.
    private func expectNothingIsLost(_ before: [JournalState]) throws {
        let after = try journals()
        for old in before {
            guard let new = after.first(where: { $0.name == old.name }) else {
                throw StoreError(
                    .refused,
                    "store: journal \(old.name), of which records are in the store, is not there or not configured; add it to journals (NAME=PATH), or forget its records with --forget: --dry-run shows how many suppressions end by that"
                )
            }
            guard new.firstSeq <= old.firstSeq, new.checkpoint.seq >= old.checkpoint.seq else {
                throw StoreError(
                    .refused,
                    "store: journal \(old.name) has records \(new.firstSeq) to \(new.checkpoint.seq), the store those from \(old.firstSeq) to \(old.checkpoint.seq); bring the missing files back, or forget their records with --forget: --dry-run shows how many suppressions end by that"
                )
            }
        }
    }
}

/// Batches of several journals, the one with the earliest record first.
private struct JournalMerge {
    private let sources: [JournalSource]
    private var waiting: [JournalBatch?]
    /// The journal of the last batch.
    private var last: JournalSource?

    init(
        _ journals: [FollowedJournal], _ store: Store, skipsDamaged: Bool, passOver: @escaping (JournalFinding) -> Void
    ) throws {
        sources = journals.map { JournalSource($0, store, skipsDamaged: skipsDamaged, passOver: passOver) }
        waiting = []
        for source in sources { waiting.append(try Self.read(source)) }
    }

    mutating func next() throws -> JournalBatch? {
        let times = waiting.map { $0?.facts.first?.occurrence.time ?? .max }
        guard let index = times.indices.min(by: { times[$0] < times[$1] }), let batch = waiting[index] else {
            return nil
        }
        sources[index].accept()
        waiting[index] = try Self.read(sources[index])
        last = sources[index]
        return batch
    }

    /// Runs the body, and reads on meanwhile in the journal of the last batch.
    func readingAhead<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let last else { return try body() }
        return try last.readingAhead(limit: StoreFollower.batchRecords, body)
    }

    private static func read(_ source: JournalSource) throws -> JournalBatch? {
        do {
            return try source.next(limit: StoreFollower.batchRecords) { .start }
        } catch let failure as JournalUnreadable {
            throw StoreError(.refused, "\(source.journal.path): \(failure.error)")
        }
    }
}
