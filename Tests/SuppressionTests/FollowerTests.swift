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

    /// As rsync does it: each file under another name first, the lock file last.
    @Test(arguments: [false, true]) func goesOnInACopyThatIsRenewed(inPlace: Bool) throws {
        let folder = try TestFolder()
        let copies = try TestFolder()
        let records = traffic(300, seed: 26)
        func copy() throws {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
                let contents = try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)"))
                let copy = URL(filePath: "\(copies.path)/\(name)")
                try contents.write(to: copy, options: inPlace ? [] : .atomic)
            }
        }
        try folder.write(Array(records[..<100]))
        try copy()
        let store = try Store(sqlite: copies)
        let follower = StoreFollower(store, [copies.journal()], skipsDamaged: false) { _ in }
        try follower.catchUp()
        for start in stride(from: 100, to: 300, by: 50) {
            try folder.write(Array(records[start..<start + 50]), rotating: start == 200)
            try copy()
            try follower.catchUp()
        }
        let state = try #require(try store.database.read { try store.journals() }.first)
        #expect(state.applied == 300)
        #expect(state.repeated == 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: copies.path).count { $0.hasPrefix("journal-") } == 1)
    }

    /// Each of the lists of records is written and applied, then the journal is emptied.
    @Test func goesOnInAJournalThatWasCutWhenAllWasApplied() throws {
        let folder = try TestFolder()
        let store = try Store(sqlite: folder)
        var told: [String] = []
        let follower = StoreFollower(store, [folder.journal()], skipsDamaged: false) {
            if case .unreadable = $0 { told.append("unreadable") }
        }
        let records = traffic(90, seed: 27)
        for start in stride(from: 0, to: 90, by: 30) {
            try folder.write(Array(records[start..<start + 30]))
            try follower.catchUp()
            #expect(truncate(folder.journal().path, 0) == 0)
            try follower.catchUp()
        }
        #expect(try store.database.read { try store.journals() }.first?.applied == 90)
        #expect(told == ["unreadable", "unreadable", "unreadable"])
    }

    /// The file that is left is sound: the words tell what the store misses.
    @Test func tellsWhatIsLostWithAFile() throws {
        let folder = try TestFolder()
        let store = try Store(sqlite: folder)
        let follower = StoreFollower(store, [folder.journal()], skipsDamaged: false) { _ in }
        let records = traffic(30, seed: 28)
        try folder.write(Array(records[..<10]))
        try follower.catchUp()
        try folder.write(Array(records[10..<20]))
        #expect(truncate(folder.journal().path, 0) == 0)
        try folder.write(Array(records[20...]))
        let error = #expect(throws: StoreError.self) { try follower.catchUp() }
        #expect(error?.kind == .damaged)
        #expect(
            error?.description
                == "\(folder.journal().path): byte 0: records 11 to 20 are missing; the store has all up to 10: put back the journal's file that goes on there, or go on without with --skip-damaged"
        )
        try store.follow([folder.journal()], skipsDamaged: true)
        let state = try #require(try store.database.read { try store.journals() }.first)
        #expect(state.applied == 20)
        #expect(state.missing == 10)
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
