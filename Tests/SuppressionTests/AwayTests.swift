// A database that goes away and comes back while the journal grows: nothing is lost, nothing is applied twice.

import Foundation
import Journal
import Synchronization
import Testing

@testable import Suppression

@Suite(.serialized) struct AwayTests {
    /// Asks again and again; fails when the answer does not come, in a time in which even the longest wait of a follower is over.
    private func wait(for what: String, _ program: FollowProgram? = nil, _ isSo: () throws -> Bool) throws {
        for _ in 0..<1800 {
            if try isSo() { return }
            usleep(100_000)
        }
        Issue.record("\(what) did not come: \(try program?.lines() ?? [])")
    }

    private func events(_ store: Store) throws -> Int64 {
        try store.database.read { try store.database.row("SELECT COUNT(*) FROM event") }?.first?.integer ?? 0
    }

    @Test func aServerThatIsStoppedAndStarted() throws {
        let cluster = try PostgreSQLCluster()
        let address = "postgresql:" + (try cluster.newDatabase())
        let folder = try TestFolder()
        let records = traffic(900, seed: 41)
        let program = try FollowProgram(folder, storeAt: address)
        try folder.write(Array(records[..<300]))
        try cluster.stop()
        // It is away when the follower starts, and goes away once more.
        let follower = try program.start()
        defer { follower.terminate() }
        try wait(for: "word of a server that is away") { try !program.lines().isEmpty }
        try cluster.start()
        let store = try Store(at: address)
        try wait(for: "the first records", program) { try events(store) == 300 }
        try cluster.stop()
        for start in stride(from: 300, to: 600, by: 10) { try folder.write(Array(records[start..<start + 10])) }
        try wait(for: "word of a server that went away", program) { try program.lines().count > 1 }
        try cluster.start()
        try folder.write(Array(records[600...]))
        try wait(for: "all records", program) { (try? events(store)) == 900 }
        try wait(for: "word of its return") { try program.lines().contains { $0.contains("answers again") } }
        follower.terminate()
        follower.waitUntilExit()
        #expect(follower.terminationStatus == 0)

        let state = try #require(try store.database.read { try store.journals() }.first { $0.name == "j" })
        #expect(state.applied == 900)
        #expect(state.repeated == 0)
        let alone = try Backend.postgresql.newStore(folder)
        try alone.follow([program.journal])
        #expect(try store.contents() == alone.contents())
        // Each reason once in each absence: down, starting up; cut off, down, starting up.
        let away = try program.lines().filter { $0.contains("tried again") }
        #expect((2...5).contains(away.count), "\(away)")
    }

    /// Connections that are cut within a transaction, by the server's own means.
    @Test func connectionsThatAreCut() throws {
        let folder = try TestFolder()
        let records = traffic(6000, seed: 42, addresses: 400)
        let address = try Backend.postgresql.newAddress(folder)
        let store = try Store(at: address)
        let work = Work()
        let absences = Atomic(0)
        let isReady = Atomic(false)
        work.start {
            let follower = StoreFollower(try Store(at: address), [folder.journal()], skipsDamaged: false) {
                switch $0 {
                case .applied(_, let part): work.applied.add(part.records, ordering: .relaxed)
                case .away: absences.add(1, ordering: .relaxed)
                default: break
                }
            }
            isReady.store(true, ordering: .relaxed)
            try follower.follow(
                until: { work.isOver.load(ordering: .relaxed) }, backOff: BackOff { usleep(UInt32($0)) })
        }
        try wait(for: "the follower") { isReady.load(ordering: .relaxed) }
        var cut = 0
        for start in stride(from: 0, to: records.count, by: 100) {
            try folder.write(Array(records[start..<start + 100]))
            let before = cut
            for _ in 0..<500 where cut == before {
                try store.database.read {
                    try store.database.rows(
                        """
                        SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = current_database()
                        AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL
                        """, []
                    ) { _ in cut += 1 }
                }
            }
        }
        try wait(for: "all records, or the follower's end") {
            try work.hasFailed || events(store) == Int64(records.count)
        }
        work.isOver.store(true, ordering: .relaxed)
        #expect(work.failures() == [])
        // How many is a matter of luck: twenty-odd where little else runs.
        #expect(cut > 0)
        #expect(absences.load(ordering: .relaxed) > 0)
        let state = try #require(try store.database.read { try store.journals() }.first)
        #expect(state.applied == Int64(records.count))
        #expect(state.repeated == 0)
        let alone = try Backend.postgresql.newStore(folder, "alone")
        try alone.follow([folder.journal()])
        #expect(try store.contents() == alone.contents())
    }
}
