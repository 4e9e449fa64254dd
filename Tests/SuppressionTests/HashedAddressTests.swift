// A store that keeps digests does all that one with readable addresses does, but say whom.

import Journal
import Testing
import Vocabulary

@testable import Suppression

struct HashedAddressTests {
    private static let key = AddressKey(secret: Array("0123456789abcdef".utf8))

    /// What is known of each address, and of the store as a whole, without the addresses themselves.
    private func summary(_ store: Store, _ names: [String]) throws -> [String] {
        try store.database.read {
            let state = try names.map { try store.answer(on: $0, at: 1_795_900_000_000).reason }
            let listed = try store.suppressed(among: names, at: 1_795_900_000_000).keys.sorted()
            let held = try store.holds(since: 0).map { "\($0)" }
            let incidents = try store.incidents(since: 0).map { "\($0)" }
            let counts = try store.statistics(by: .provider, since: 0, now: 1_795_900_000_000).map { "\($0)" }
            return state + listed + held + incidents + counts
        }
    }

    @Test(arguments: Backend.allCases) func areJudgedAsReadableOnes(_ backend: Backend) throws {
        let folder = try TestFolder()
        let records = traffic(1000, seed: 31) + HoldTests.outage.records
        try folder.write(records)
        let hashed = try backend.newStore(folder, "hashed", key: Self.key)
        let readable = try backend.newStore(folder, "readable")
        let names = Array(Set(records.map(\.recipient))).sorted()
        let journals = [folder.journal(), folder.journal("reversals")]
        for store in [hashed, readable] { try store.follow(journals) }
        #expect(try summary(hashed, names) == summary(readable, names))
        #expect(try summary(readable, names).contains { $0.contains("The recipient complained") })
        #expect(!(try hashed.contents().contains { $0.contains("user") }))

        // The record of a release names the digest, which a rebuild takes as it is.
        var filter = ReleaseFilter()
        filter.provider = "google"
        let found = try hashed.database.read { try hashed.suppressed(filter) }
        #expect(found.count > 5)
        try OwnJournal.append(found.map { $0.reversal(at: 0, reason: "test") }, to: "\(folder.path)/reversals")
        try hashed.follow(journals)
        #expect(try hashed.database.read { try hashed.suppressed(filter) } == [])
        let before = try hashed.contents()
        _ = try hashed.rebuild(journals, skipsDamaged: false, mayForget: false) { _ in }
        #expect(try hashed.contents() == before)

        let late = Int64(1_795_000_000_000) + 500 * Milliseconds.day
        let left = try hashed.database.read { try hashed.suppressed(ReleaseFilter()) }
        #expect(!left.isEmpty)
        #expect(try hashed.dropOld(at: late, keepEventsDays: 400, keepDeliveriesDays: 120) > 500)
        #expect(try hashed.database.read { try hashed.suppressed(ReleaseFilter()) } == left)
        #expect(try hashed.check([]).faults == [])
    }

    /// Nobody would be found in a store that is asked with another key.
    @Test(arguments: Backend.allCases) func anotherKeyIsRefusedUntilARebuild(_ backend: Backend) throws {
        let folder = try TestFolder()
        let address = try backend.newAddress(folder, "store")
        let failure = record(try #require(history("0 bounce mailbox-unknown"))[0])
        try folder.write([failure])
        var present = AddressKey()
        for next in [Self.key, AddressKey(secret: Array("another secret of it".utf8)), AddressKey()] {
            let store = try Store(at: address, key: present)
            try store.follow([folder.journal()])
            for open in [
                { try Store(at: address, key: next) },
                {
                    let database = try #require(StoreAddress(address)).open(readOnly: true)
                    return try Store(reading: database, policy: Policy(), key: next)
                },
            ] {
                let error = #expect(throws: StoreError.self) { _ = try open() }
                #expect(error?.kind == .refused && error?.description.contains("hash_addresses") == true)
            }
            let rebuilt = try Store(
                try #require(StoreAddress(address)).open(), policy: Policy(),
                providers: ProviderNames(hosts: [:], domains: [:]), key: next, forRebuild: true)
            _ = try rebuilt.rebuild([folder.journal()], skipsDamaged: false, mayForget: false) { _ in }
            let reopened = try Store(at: address, key: next)
            let answer = try reopened.database.read { try reopened.answer(on: failure.recipient, at: 1) }
            #expect(answer.verdict == .suppressed)
            present = next
        }
    }
}
