// Two followers on one store, and a follower that is killed again and again: nothing is lost, nothing is applied twice.

import Foundation
import Journal
import Synchronization
import Testing

@testable import Suppression
@testable import outage_simulation

@Suite(.serialized) struct ConcurrencyTests {
    /// As on the day when several hosts are set up together.
    @Test func manyMakeOneStoreAtOnce() throws {
        let folder = try TestFolder()
        for _ in 0..<5 {
            let address = try Backend.postgresql.newAddress(folder)
            let work = Work()
            for _ in 0..<6 { work.start { _ = try Store(at: address) } }
            #expect(work.failures() == [])
        }
    }

    @Test(arguments: Backend.allCases) func twoFollowersOnOneStore(_ backend: Backend) throws {
        let folder = try TestFolder()
        let records = traffic(3000, seed: 11)
        let address = try backend.newAddress(folder)
        let journals = [folder.journal("one"), folder.journal("two")]
        let store = try Store(at: address)
        let work = Work()
        // Threads of their own: they wait for each other, which the few of a task's pool must not.
        for own in [journals, journals.reversed()] {
            work.start {
                let follower = StoreFollower(try Store(at: address), own, skipsDamaged: false) {
                    if case .applied(_, let part) = $0 { work.applied.add(part.records, ordering: .relaxed) }
                }
                try follower.follow { work.isOver.load(ordering: .relaxed) }
                try follower.catchUp()
            }
        }
        for start in stride(from: 0, to: records.count, by: 100) {
            try folder.write(Array(records[start..<start + 100]), to: start / 100 % 2 == 0 ? "one" : "two")
            usleep(2000)
        }
        work.isOver.store(true, ordering: .relaxed)
        #expect(work.failures() == [])
        #expect(work.applied.load(ordering: .relaxed) == records.count)
        let alone = try backend.newStore(folder, "alone")
        try alone.follow(journals)
        #expect(try store.contents() == alone.contents())
    }

    /// The follower of this build, killed at any moment while the journal grows.
    @Test(arguments: Backend.allCases) func killedAgainAndAgain(_ backend: Backend) throws {
        let folder = try TestFolder()
        let kills = 200
        let records = traffic(kills * 60, seed: 12, addresses: 400)
        let address = try backend.newAddress(folder)
        let program = try FollowProgram(folder, storeAt: address)
        var chance = Generator(seed: 13)
        var interrupted = 0
        for kill in 0..<kills {
            try folder.write(Array(records[kill * 60..<(kill + 1) * 60]))
            let process = try program.start()
            usleep(UInt32.random(in: 0..<60_000, using: &chance))
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            interrupted += process.terminationReason == .uncaughtSignal ? 1 : 0
        }
        #expect(interrupted == kills)
        let last = try program.start("--once")
        last.waitUntilExit()
        #expect(last.terminationStatus == 0)
        let store = try Store(at: address)
        let alone = try backend.newStore(folder, "alone")
        try alone.follow([program.journal])
        #expect(try store.contents() == alone.contents())
        let state = try store.database.read { try store.journals() }
        #expect(state.first { $0.name == "j" }?.applied == Int64(records.count))
        #expect(state.first { $0.name == "j" }?.repeated == 0)
    }
}

/// Threads at work, and what they share.
final class Work: Sendable {
    let isOver = Atomic(false)
    let applied = Atomic(0)
    private let group = DispatchGroup()
    private let errors = Mutex<[String]>([])

    func start(_ body: @escaping @Sendable () throws -> Void) {
        group.enter()
        Thread.detachNewThread { [self] in
            do { try body() } catch { errors.withLock { $0.append("\(error)") } }
            group.leave()
        }
    }

    var hasFailed: Bool { errors.withLock { !$0.isEmpty } }

    /// Waits for all of them.
    func failures() -> [String] {
        group.wait()
        return errors.withLock { $0 }
    }
}
