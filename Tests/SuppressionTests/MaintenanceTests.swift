// Releases, rebuilds, retention, and checks of the store.

import Foundation
import Journal
import Testing
import Vocabulary

@testable import Suppression

struct MaintenanceTests {
    /// A store with traffic of two hosts, and releases of all that Google suppressed.
    private func filled(_ folder: TestFolder, _ backend: Backend) throws -> (Store, [FollowedJournal]) {
        let records = traffic(1200, seed: 7)
        try folder.write(records.enumerated().filter { $0.offset % 2 == 0 }.map(\.element), to: "one")
        try folder.write(records.enumerated().filter { $0.offset % 2 == 1 }.map(\.element), to: "two")
        let store = try backend.newStore(folder)
        let journals = [folder.journal("one"), folder.journal("two"), folder.journal("reversals")]
        try store.follow(journals)
        var filter = ReleaseFilter()
        filter.provider = "google"
        let found = try store.database.read { try store.suppressed(filter) }
        #expect(found.count > 5)
        try OwnJournal.append(found.map { $0.reversal(at: 0, reason: "test") }, to: "\(folder.path)/reversals")
        try store.follow(journals)
        #expect(try store.database.read { try store.suppressed(filter) } == [])
        return (store, journals)
    }

    @Test(arguments: Backend.allCases) func aRebuildGivesTheSame(_ backend: Backend) throws {
        let folder = try TestFolder()
        let (store, journals) = try filled(folder, backend)
        let before = try store.contents()
        let rebuilt = try store.rebuild(journals.reversed(), skipsDamaged: false, mayForget: false) { _ in }
        #expect(rebuilt.applied.records > 1200)
        #expect(rebuilt.ended == 0)
        #expect(try store.contents() == before)
        // And it goes on from there.
        try folder.write(traffic(5, seed: 8), to: "two")
        try store.follow(journals)
        #expect(try store.contents().count > before.count)
    }

    /// A store of version 1, whose index of holds knew no addresses and whose events no end.
    @Test(arguments: Backend.allCases) func anOlderStoreIsBroughtUpToDate(_ backend: Backend) throws {
        let folder = try TestFolder()
        let (store, journals) = try filled(folder, backend)
        let before = try store.contents()
        try store.database.write {
            try store.database.run("DROP INDEX event_hold")
            try store.database.run("CREATE INDEX event_hold ON event (hold) WHERE hold IS NOT NULL")
            for column in ["expires", "member"] {
                try store.database.run("ALTER TABLE event DROP COLUMN \(column)")
            }
            try store.database.run("UPDATE store SET value = '1' WHERE key = 'schema_version'")
        }
        #expect(throws: StoreError.self) {
            try Store(reading: store.database, policy: Policy(), key: AddressKey())
        }
        let newer = try Store(store.database, policy: store.policy, providers: store.providers, key: store.key)
        #expect(try newer.database.read { try Schema.present(newer.database) } == Schema.version)
        #expect(try newer.contents() == before)
        try folder.write(traffic(5, seed: 8), to: "two")
        try newer.follow(journals)
        #expect(try newer.contents().count > before.count)
    }

    @Test(arguments: Backend.allCases) func aRebuildByAnotherPolicyJudgesAnew(_ backend: Backend) throws {
        let folder = try TestFolder()
        let address = try backend.newAddress(folder)
        try folder.write([record(try #require(history("0 bounce mailbox-unknown"))[0])])
        try Store(at: address).follow([folder.journal()])
        var policy = Policy()
        policy.trust = [.verified]
        let store = try Store(at: address, policy: policy)
        #expect(try store.words("anna@partner.example") == "suppressed hard 0")
        _ = try store.rebuild([folder.journal()], skipsDamaged: false, mayForget: false) { _ in }
        #expect(try store.words("anna@partner.example") == "clear")
    }

    @Test(arguments: Backend.allCases) func aRebuildDoesNotForgetUnasked(_ backend: Backend) throws {
        let folder = try TestFolder()
        let (store, journals) = try filled(folder, backend)
        let before = try store.contents()
        let error = #expect(throws: StoreError.self) {
            try store.rebuild([journals[0], journals[2]], skipsDamaged: false, mayForget: false) { _ in }
        }
        #expect(error?.description.contains("--forget") == true)
        #expect(try store.contents() == before)
        func suppressed() throws -> Set<String?> {
            var addresses: Set<String?> = []
            try store.database.read {
                try store.database.rows("SELECT address FROM suppressed", []) { addresses.insert($0[0].text) }
            }
            return addresses
        }
        let suppressedBefore = try suppressed()
        let shown = try store.rebuild([journals[0]], skipsDamaged: false, mayForget: true, onlyShows: true) { _ in }
        #expect(try store.contents() == before)
        let rebuilt = try store.rebuild([journals[0]], skipsDamaged: false, mayForget: true) { _ in }
        #expect(try store.contents().count < before.count)
        #expect(rebuilt.ended == shown.ended)
        #expect(rebuilt.suppressed == shown.suppressed)
        #expect(try suppressed().count == rebuilt.suppressed)
        // Whom the second host's journal spoke against, but for those that come back without its releases and deliveries.
        #expect(rebuilt.ended > 0)
        #expect(try suppressedBefore.subtracting(suppressed()).count == rebuilt.ended)
        #expect(try suppressed().subtracting(suppressedBefore).count > 0)
        #expect(try !store.database.read { try store.database.hasTable("suppressed_before") })
    }

    /// What is imported is old: no file is made of each write.
    @Test func theOwnJournalIsNotRotatedByItsAge() throws {
        let folder = try TestFolder()
        let path = "\(folder.path)/own"
        let old = try #require(history("0 complaint abuse-report\n1 complaint abuse-report")).map {
            record($0, to: "a@partner.example")
        }
        for record in old { try OwnJournal.append([record], to: path) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ["own", "own.lock"])
    }

    @Test func aCheckNamesJournalsThatAreNotFollowed() throws {
        let folder = try TestFolder()
        let store = try Backend.sqlite.newStore(folder)
        try folder.write(traffic(5, seed: 8), to: "one")
        try folder.write(traffic(5, seed: 9), to: "two")
        try store.follow([folder.journal("one")])
        let report = try store.check([folder.journal("two")])
        #expect(report.neverApplied == [folder.journal("two").path])
        #expect(report.notConfigured == ["one"])
        let sound = try store.check([folder.journal("one")])
        #expect(sound.neverApplied + sound.notConfigured == [])
    }

    @Test(arguments: Backend.allCases) func releasesByConditions(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let past = try #require(
            history("0 bounce mailbox-unknown\n1 bounce mailbox-disabled\n2 bounce mailbox-unknown hold=open"))
        var records = past.enumerated().map { record($1, to: "u\($0)@\($0 == 1 ? "gmail.com" : "partner.example")") }
        records[2].diagnostic = "550 Over quota \"for good\""
        try folder.write(records)
        try store.follow([folder.journal()])
        func found(_ change: (inout ReleaseFilter) -> Void) throws -> [String] {
            var filter = ReleaseFilter()
            change(&filter)
            return try store.database.read { try store.suppressed(filter).map(\.address) }
        }
        let all = ["u0@partner.example", "u1@gmail.com", "u2@partner.example"]
        #expect(try found { _ in } == all)
        #expect(try found { $0.since = Milliseconds.day } == Array(all[1...]))
        #expect(try found { $0.before = Milliseconds.day } == [all[0]])
        #expect(try found { $0.domain = "PARTNER.example" } == [all[0], all[2]])
        #expect(try found { $0.domain = "example" } == [])
        #expect(try found { $0.provider = "google" } == [all[1]])
        #expect(try found { $0.category = .mailboxUnknown } == [all[0], all[2]])
        #expect(try found { $0.text = "over QUOTA" } == [all[2]])
        #expect(try found { $0.text = "%" } == [])
        #expect(try found { $0.rule = "test" } == all)
        #expect(try found { ($0.rule, $0.provider) = ("test", "google") } == [all[1]])
        let named = try store.database.read { try store.suppressed(["U0@PARTNER.example", "nobody@partner.example"]) }
        #expect(named.map(\.address) == [all[0]])
        let twice = try store.database.read { try store.suppressed([all[0], "U0@partner.EXAMPLE", all[1], all[0]]) }
        #expect(twice.map(\.address) == [all[0], all[1]])
        // A clock that is behind does not put the release before what it takes back; the same release has the same id.
        #expect(named[0].reversal(at: -5, reason: "x").timeMilliseconds == 1)
        #expect(named[0].reversal(at: 9, reason: "x").id == named[0].reversal(at: 10, reason: "y").id)
    }

    @Test(arguments: Backend.allCases) func oldEventsGoAndSuppressionsStay(_ backend: Backend) throws {
        let folder = try TestFolder()
        let (store, _) = try filled(folder, backend)
        let before = try store.database.read { try store.suppressed(ReleaseFilter()) }
        #expect(!before.isEmpty)
        let late = Int64(1_795_000_000_000) + 500 * Milliseconds.day
        #expect(try store.dropOld(at: late, keepEventsDays: 400, keepDeliveriesDays: 120) > 900)
        #expect(try store.database.read { try store.suppressed(ReleaseFilter()) } == before)
        #expect(try store.check([]).faults == [])
        // Late news of an address does not change why it is suppressed.
        let one = try #require(before.first)
        var news = record(try #require(history("0 bounce network-error"))[0], to: one.address)
        news.id = "late"
        try folder.write([news], to: "late")
        try store.follow([folder.journal("late")])
        #expect(try store.database.read { try store.suppressed([one.address]).map(\.suppression) } == [one.suppression])
        try store.database.compact()
    }

    @Test(arguments: Backend.allCases) func anAnswerTellsOfTheLastRelease(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        func answer() throws -> Answer {
            try store.database.read { try store.answer(on: "anna@partner.example", at: 20 * Milliseconds.day) }
        }
        for days in [Int64(1), 5] {
            var bounce = record(try #require(history("\(days - 1) bounce mailbox-unknown"))[0])
            bounce.id = "bounce \(days)"
            try folder.write([bounce])
            try store.follow([folder.journal()])
            #expect(try answer().verdict == .suppressed)
            // An earlier one is told of as well.
            #expect(try answer().release?.reason == (days == 1 ? nil : "root: after day 1"))
            let found = try store.database.read { try store.suppressed(["anna@partner.example"]) }
            try folder.write(
                found.map { $0.reversal(at: days * Milliseconds.day, reason: "root: after day \(days)") }, to: "own")
            try store.follow([folder.journal("own")])
            #expect(
                try answer().release
                    == Answer.Release(time: days * Milliseconds.day, reason: "root: after day \(days)"))
        }
        #expect(try answer().verdict == .clear)
        #expect(try answer().reason == "It was released on 1970-01-06; nothing has spoken against it since.")
    }

    @Test(arguments: Backend.allCases) func askingAStoreThatNothingWasAppliedTo(_ backend: Backend) throws {
        let folder = try TestFolder()
        let address = try #require(StoreAddress(try backend.newAddress(folder)))
        let error = #expect(throws: StoreError.self) {
            try Store(reading: try address.open(readOnly: true), policy: Policy(), key: AddressKey())
        }
        #expect(error?.kind == .refused)
        #expect(error?.description.contains("nothing was applied yet: start \"bouncectl store follow\"") == true)
    }

    /// What several failures decided stands on all of them, also when the address is judged anew by what is kept.
    @Test(
        arguments: [
            ("0 bounce mailbox-unknown unverified\n2 bounce mailbox-unknown unverified", "suppressed hard 2"),
            ("0 bounce mailbox-unknown hold=open", "held hard 0"),
            ("0 bounce mailbox-unknown\n1 bounce mailbox-unknown\n9 bounce network-error", "suppressed hard 0"),
            ("0 deferral network-error\n3 bounce network-error\n6 deferral network-error", "suppressed soft 6 to 36"),
            ("0 bounce mailbox-full suppress\n9 bounce mailbox-full suppress", "suppressed full 0 to 39"),
            // Two in a row, then one: the delivery between them counts as long as they do.
            (
                "0 deferral network-error\n3 deferral network-error\n4 delivery delivered\n6 deferral network-error",
                "clear"
            ),
            ("0 bounce mailbox-unknown\n1 release", "clear"),
            ("0 bounce mailbox-unknown\n1 release\n2 complaint abuse-report", "suppressed complaint 2"),
        ], Backend.allCases)
    func whatIsKeptDecidesTheSame(_ sample: (past: String, words: String), _ backend: Backend) throws {
        for days in [90, 130, 410] {
            let folder = try TestFolder()
            let store = try backend.newStore(folder)
            let past = try #require(history(sample.past))
            try folder.write(past.map { record($0) })
            try store.follow([folder.journal()])
            try store.database.write {
                for one in past where one.hold != nil {
                    try store.database.run("UPDATE event SET hold = 'open' WHERE id = $1", [.text(one.id)])
                }
                var applied = Applied()
                try store.judgeAnew(["anna@partner.example"], &applied)
            }
            #expect(try store.words("anna@partner.example") == sample.words)
            _ = try store.dropOld(
                at: Int64(days) * Milliseconds.day, keepEventsDays: 400, keepDeliveriesDays: 120)
            #expect(try store.check([]).faults == [])
            // News from before the others, read later, says nothing of its own.
            var late = record(try #require(history("0.5 auto-reply vacation"))[0])
            late.id = "late"
            try folder.write([late], to: "late")
            try store.follow([folder.journal("late")])
            #expect(try store.words("anna@partner.example") == sample.words, "after \(days) days")
        }
    }

    @Test(arguments: Backend.allCases) func whatNoLongerCountsGoes(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let past = try #require(
            history(
                """
                0 bounce mailbox-unknown
                1 delivery delivered
                2 bounce mailbox-unknown
                0 deferral network-error
                0 bounce auth-failed
                0 delivery delivered
                300 delivery delivered
                """))
        let names = ["gone", "gone", "gone", "strike", "blocked", "clear", "clear"]
        try folder.write(zip(past, names).map { record($0, to: "\($1)@partner.example") })
        try store.follow([folder.journal()])
        func left() throws -> [String] {
            var left: [String] = []
            try store.database.read {
                try store.database.rows("SELECT address, event, id FROM event ORDER BY id", []) {
                    left.append($0.compactMap(\.text).joined(separator: " ").replacing("@partner.example", with: ""))
                }
            }
            return left
        }
        func addresses() throws -> Int64? {
            try store.database.read { try store.database.row("SELECT COUNT(*) FROM address") }?.first?.integer
        }
        _ = try store.dropOld(at: 301 * Milliseconds.day, keepEventsDays: 400, keepDeliveriesDays: 120)
        #expect(
            try left() == ["gone bounce r0", "gone bounce r2", "blocked bounce r4", "clear delivery r6"])
        #expect(try addresses() == 4)
        // What came behind the failure that decided is needed no longer.
        _ = try store.dropOld(at: 500 * Milliseconds.day, keepEventsDays: 400, keepDeliveriesDays: 120)
        #expect(try left() == ["gone bounce r0"])
        #expect(try addresses() == 2)
        #expect(try store.words("clear@partner.example") == "clear")
    }

    @Test(arguments: Backend.allCases) func checkLooksAtEachOfManyAddresses(_ backend: Backend) throws {
        let store = try backend.newStore(try TestFolder())
        let count = 2 * StoreFollower.batchRecords + 1
        try store.database.write {
            try store.database.run(
                """
                WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < \(count))
                INSERT INTO address (address, state, since, ground, cause, last_time, last_id)
                SELECT i || '@partner.example', 'suppressed', 1, 'hard', 'none', 1, 'none' FROM numbers
                """)
        }
        let faults = try store.check([]).faults
        #expect(faults.last == "and \(count - (faults.count - 1)) more addresses")
    }

    @Test(arguments: Backend.allCases) func checkFindsWhatIsWrong(_ backend: Backend) throws {
        let folder = try TestFolder()
        let (store, journals) = try filled(folder, backend)
        #expect(try store.check(journals).faults == [])
        try folder.write(traffic(3, seed: 9), to: "one")
        #expect(try store.check(journals).behind["one"] == 3)
        try store.database.write {
            try store.database.run(
                "DELETE FROM event WHERE id IN (SELECT cause FROM address WHERE state = 'suppressed')")
            try store.database.run("UPDATE journal SET crc = 1 WHERE name = 'two'")
        }
        let faults = try store.check(journals).faults
        #expect(faults.contains { $0.contains("journal two") })
        #expect(faults.contains { $0.contains("is not in the store") })
    }
}
