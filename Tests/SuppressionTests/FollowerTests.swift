// The follower beside a journal that never rests, when it is told to end, and with journals that are not there.

import Foundation
import Journal
import Testing

@testable import Suppression

struct FollowerTests {
    /// Records that come as fast as they are applied.
    @Test func aBusyJournalDoesNotKeepTheOtherWorkFromItsTurn() throws {
        let folder = try TestFolder()
        let records = traffic(100, seed: 21)
        try folder.write([records[0]])
        var written = 1
        let follower = StoreFollower(try Store(sqlite: folder), [folder.journal()], skipsDamaged: false) {
            guard case .applied = $0, written < records.count else { return }
            try? folder.write([records[written]])
            written += 1
        }
        var turns: [Bool] = []
        try follower.follow(until: { turns.count >= 5 || written == records.count }) { turns.append($0) }
        #expect(turns == [true, true, true, true, true])
        #expect(written < records.count)
    }

    /// While a batch is applied, the next one is read: nothing of it is lost, repeated or applied behind what is wrong with the journal.
    @Test func whatIsReadAheadIsAppliedOnceAndInOrder() throws {
        let folder = try TestFolder()
        let journal = folder.journal()
        let records = traffic(StoreFollower.batchRecords * 2 + 100, seed: 23, addresses: 2000)
        try folder.write(records)
        let whole = try Store(sqlite: folder, "whole")
        try whole.follow([journal])
        #expect(try whole.database.read { try whole.journals() }.first?.applied == Int64(records.count))
        let contents = try whole.contents()
        _ = try whole.rebuild([journal], skipsDamaged: false, mayForget: false) { _ in }
        #expect(try whole.contents() == contents)

        // A line in the second batch is damaged.
        let place = StoreFollower.batchRecords + 50
        let text = try String(contentsOfFile: journal.path, encoding: .utf8)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[place] = lines[place].replacing("\"v\":1", with: "\"v\":2")
        try lines.joined(separator: "\n").write(toFile: journal.path, atomically: true, encoding: .utf8)
        let stopped = try Store(sqlite: folder, "stopped")
        #expect(throws: StoreError.self) { try stopped.follow([journal]) }
        #expect(try stopped.database.read { try stopped.journals() }.first?.checkpoint.seq == UInt64(place))
        try stopped.follow([journal], skipsDamaged: true)
        let state = try #require(try stopped.database.read { try stopped.journals() }.first)
        #expect(state.applied == Int64(records.count - 1))
        #expect(state.damaged == 1)
    }

    @Test func isNotUpToDateBehindOneBatchOfMany() throws {
        let folder = try TestFolder()
        try folder.write(traffic(StoreFollower.batchRecords + 1, seed: 22))
        let follower = StoreFollower(try Store(sqlite: folder), [folder.journal()], skipsDamaged: false) { _ in }
        var turns: [Bool] = []
        try follower.follow(until: { turns.count >= 2 }) { turns.append($0) }
        #expect(turns == [false, true])
    }

    /// The batch that is at hand is finished, no other is begun.
    @Test func endsBetweenBatches() throws {
        let folder = try TestFolder()
        try folder.write(traffic(2 * StoreFollower.batchRecords, seed: 23))
        try folder.write(traffic(3, seed: 24), to: "other")
        let store = try Store(sqlite: folder)
        var batches = 0
        let follower = StoreFollower(store, [folder.journal(), folder.journal("other")], skipsDamaged: false) {
            if case .applied = $0 { batches += 1 }
        }
        try follower.catchUp { batches == 1 }
        #expect(batches == 1)
        let events = try store.database.read { try store.database.row("SELECT COUNT(*) FROM event") }
        #expect(events == [.integer(Int64(StoreFollower.batchRecords))])
        try follower.catchUp()
        #expect(batches == 3)
    }

    @Test func journalsThatAreNotThereAreToldOnceAndReadWhenTheyAre() throws {
        let folder = try TestFolder()
        let store = try Store(sqlite: folder)
        var told: [String] = []
        let missing = folder.journal()
        let unreadable = FollowedJournal(name: "u", path: "\(folder.path)/no-folder/journal")
        let own = FollowedJournal(name: "own", path: "\(folder.path)/reversals", mayBeMissing: true)
        let follower = StoreFollower(store, [missing, unreadable, own], skipsDamaged: false) {
            switch $0 {
            case .missing(let journal): told.append("missing \(journal)")
            case .unreadable(let journal, _): told.append("unreadable \(journal)")
            case .applied(let journal, let applied): told.append("\(journal) \(applied.records)")
            default: told.append("\($0)")
            }
        }
        for _ in 0..<3 { try follower.catchUp() }
        #expect(told == ["missing \(missing.path)", "unreadable \(unreadable.path)"])
        #expect(follower.unread == [missing.path, unreadable.path])
        try folder.write(traffic(3, seed: 25))
        try follower.catchUp()
        #expect(told.last == "journal 3")
        #expect(follower.unread == [unreadable.path])
    }
}

struct BackOffTests {
    @Test func waitsLongerEachTimeAndTellsAReasonOnce() {
        var waits: [Int] = []
        var told: [String] = []
        var backOff = BackOff { waits[waits.count - 1] += $0 }
        func fail(_ reason: String) {
            waits.append(0)
            backOff.wait(after: StoreError(.away, reason), until: { false }) { told.append($0.description) }
        }
        #expect(!backOff.isWaiting)
        for _ in 0..<8 { fail("refused") }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60].map { $0 * 1000 })
        fail("starting up")
        #expect(told == ["refused", "starting up"])
        #expect(backOff.isWaiting)
        backOff.reset()
        #expect(!backOff.isWaiting)
        fail("refused")
        #expect(waits.last == 1000)
        #expect(told == ["refused", "starting up", "refused"])
    }

    @Test func endsAWaitWhenItIsToldTo() {
        var slept = 0
        var backOff = BackOff { slept += $0 }
        backOff.wait(after: StoreError(.away, "refused"), until: { slept >= 300 }) { _ in }
        #expect(slept == 300)
    }
}
