// The outage hold in the store: journals in, who waits, and what becomes of it.

import Journal
import Testing
import Vocabulary

@testable import Suppression

@Suite struct HoldTests {
    static let start: Int64 = 1_795_000_000_000

    /// Mail of one provider, a message a minute: `d` a delivery to and `b` a hard bounce of the address of that number.
    struct Traffic {
        var records: [Record] = []
        var time = HoldTests.start
        var number = 0

        mutating func add(_ isHard: Bool, _ addresses: Range<Int>, domain: String = "gmail.com", minutes: Int64 = 1) {
            for address in addresses {
                time += minutes * 60_000
                number += 1
                var record = Record(
                    id: "r\(number)", timeMilliseconds: time, event: isHard ? .bounce : .delivery,
                    recipient: "user\(address)@\(domain)", disposition: isHard ? .hard : .none,
                    category: isHard ? .mailboxUnknown : .delivered, action: isHard ? .suppress : .none, rule: "test",
                    origin: .deliveryLog, trust: .local)
                record.message = Record.Message()
                record.message?.messageID = "m\(number)"
                records.append(record)
            }
        }
    }

    static func store(_ records: [Record], _ folder: TestFolder, _ backend: Backend) throws -> Store {
        let store = try backend.newStore(folder)
        try folder.write(records)
        try store.follow([folder.journal()])
        return store
    }

    static func holds(_ store: Store) throws -> [HoldState] { try store.database.read { try store.holds(since: 0) } }

    static func states(_ store: Store, _ addresses: Range<Int>) throws -> [String] {
        try addresses.map { try store.words("user\($0)@gmail.com").split(separator: " ").first.map(String.init) ?? "" }
    }

    /// 200 people take mail; then the provider refuses 30 of them.
    static var outage: Traffic {
        var traffic = Traffic()
        traffic.add(false, 0..<200)
        traffic.add(true, 0..<30)
        return traffic
    }

    /// Where deliveries are not recorded, those that ended a deferral do not tell what is normal.
    @Test(arguments: Backend.allCases) func deliveriesThatEndedADeferralWarmNothingUp(_ backend: Backend) throws {
        let folder = try TestFolder()
        let records = Self.outage.records.map { record in
            var record = record
            if record.event == .delivery { record.rule = FixedRule.failureEnded }
            return record
        }
        let store = try Self.store(records, folder, backend)
        #expect(try Self.states(store, 0..<30) == Array(repeating: "suppressed", count: 30))
    }

    @Test(arguments: Backend.allCases) func anOutageSuppressesNobody(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try Self.store(Self.outage.records, folder, backend)
        #expect(try Self.states(store, 0..<30) == Array(repeating: "held", count: 30))
        let hold = try #require(try Self.holds(store).first)
        #expect(hold.provider == "google")
        #expect(hold.decided == nil)
        #expect(hold.addresses == 30)
        #expect(hold.since == Self.outage.records[200].timeMilliseconds)

        var after = Self.outage
        after.add(false, 100..<130)
        try folder.write(Array(after.records.dropFirst(230)))
        try store.follow([folder.journal()])
        #expect(try Self.holds(store).first?.verdict == "dropped")
        #expect(try Self.states(store, 0..<30) == Array(repeating: "clear", count: 30))
    }

    /// Those whom the first one refused have taken mail since: they tell of the second as well as others.
    @Test(arguments: Backend.allCases) func theNextOutageOfTheSamePeopleIsFound(_ backend: Backend) throws {
        var traffic = Self.outage
        traffic.add(false, 100..<130)
        let folder = try TestFolder()
        let store = try Self.store(traffic.records, folder, backend)
        for isHard in [false, true] {
            let known = traffic.records.count
            traffic.add(isHard, 0..<30)
            try folder.write(Array(traffic.records.dropFirst(known)))
            try store.follow([folder.journal()])
        }
        #expect(try Self.states(store, 0..<30) == Array(repeating: "held", count: 30))
    }

    @Test(arguments: Backend.allCases) func whoIsGoneIsFoundAtTheNextBounce(_ backend: Backend) throws {
        var traffic = Self.outage
        traffic.add(false, 100..<130)
        traffic.add(true, 3..<4)
        let store = try Self.store(traffic.records, try TestFolder(), backend)
        #expect(try Self.states(store, 2..<5) == ["clear", "suppressed", "clear"])
    }

    @Test(arguments: Backend.allCases) func refusalsThatGoOnAreApplied(_ backend: Backend) throws {
        var traffic = Self.outage
        traffic.add(true, 30..<60, minutes: 30)
        let store = try Self.store(traffic.records, try TestFolder(), backend)
        #expect(try Self.holds(store).last?.reason == HoldDecision.Reason.stillRefused.rawValue)
        #expect(try Self.states(store, 0..<30) == Array(repeating: "suppressed", count: 30))
    }

    /// Who takes mail while the hold is open was refused by a fault, whatever becomes of the others.
    @Test(arguments: Backend.allCases) func whoTakesMailMeanwhileIsNotSuppressedWithTheOthers(
        _ backend: Backend
    ) throws {
        var traffic = Self.outage
        traffic.add(false, 3..<4)
        traffic.add(true, 30..<90, minutes: 30)
        let store = try Self.store(traffic.records, try TestFolder(), backend)
        #expect(try Self.holds(store).last?.verdict == "applied")
        #expect(try Self.states(store, 2..<5) == ["suppressed", "clear", "suppressed"])
    }

    @Test(arguments: Backend.allCases) func otherProvidersAreNotConcerned(_ backend: Backend) throws {
        var traffic = Self.outage
        traffic.add(true, 0..<1, domain: "partner.example")
        let store = try Self.store(traffic.records, try TestFolder(), backend)
        #expect(try store.words("user0@partner.example").hasPrefix("suppressed"))
    }

    @Test(arguments: Backend.allCases) func silenceDropsByTheClock(_ backend: Backend) throws {
        let store = try Self.store(Self.outage.records, try TestFolder(), backend)
        let opened = try #require(try Self.holds(store).first).opened
        #expect(try store.settleHolds(at: opened + 6 * Milliseconds.day) == [])
        #expect(try store.settleHolds(at: opened + 8 * Milliseconds.day).map(\.decision?.reason) == [.silence])
        #expect(try Self.states(store, 0..<30) == Array(repeating: "clear", count: 30))
        #expect(try Self.holds(store).first?.decided == opened + 7 * Milliseconds.day)
    }

    /// A day later by the clock, and by one that is a day behind the agent's.
    @Test(
        arguments: [
            (HoldDecision.Verdict.applied, "suppressed", 1), (.applied, "suppressed", -1), (.dropped, "clear", 1),
            (.dropped, "clear", -1),
        ] as [(HoldDecision.Verdict, String, Int64)], Backend.allCases)
    func anOperatorsWordIsKeptByARebuild(
        _ word: (verdict: HoldDecision.Verdict, state: String, days: Int64), _ backend: Backend
    ) throws {
        let (verdict, state, days) = word
        let folder = try TestFolder()
        let store = try Self.store(Self.outage.records, folder, backend)
        let time = Self.start + days * Milliseconds.day
        let own = try store.database.read {
            try store.records(deciding: verdict, "google", at: time, reason: "it was an outage")
        }
        #expect(own.count == 30)
        // bounce-journal(5), "Identity".
        let known = Set(Self.outage.records.map { "\($0.id)-hold-\(verdict.rawValue)" })
        #expect(own.allSatisfy { known.contains($0.id) })
        try folder.write(own, to: "reversals")
        #expect(try store.decideHold(verdict, "google", at: time))
        #expect(try store.decideHold(verdict, "google", at: time) == false)
        #expect(try Self.states(store, 0..<30) == Array(repeating: state, count: 30))
        try store.follow([folder.journal(), folder.journal("reversals")])
        #expect(try Self.states(store, 0..<30) == Array(repeating: state, count: 30))

        let anew = try backend.newStore(folder, "anew")
        try anew.follow([folder.journal(), folder.journal("reversals")])
        #expect(try Self.states(anew, 0..<30) == Array(repeating: state, count: 30))
    }

    /// The hold is decided in a rebuild as it was, at the operator's time: whoever failed after it is judged for himself.
    @Test(arguments: HoldDecision.Verdict.allCases, Backend.allCases)
    func aDecidedHoldIsDecidedInARebuild(_ verdict: HoldDecision.Verdict, _ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try Self.store(Self.outage.records, folder, backend)
        let time = try #require(Self.outage.records.last).timeMilliseconds + 30_000
        var ownJournal = folder.journal("own")
        ownJournal.mayBeMissing = true
        let own = try store.database.read { try store.records(deciding: verdict, "google", at: time, reason: "a") }
        try folder.write(own, to: "own")
        #expect(try store.decideHold(verdict, "google", at: time))
        var after = Self.outage
        after.add(true, 40..<41)
        after.add(false, 100..<102)
        try folder.write(Array(after.records.dropFirst(230)))
        try store.follow([ownJournal, folder.journal()])
        let (before, holds) = (try store.contents(), try Self.holds(store))
        #expect(holds.map(\.reason) == [HoldDecision.Reason.byOperator.rawValue])
        #expect(try Self.states(store, 40..<41) == ["suppressed"])

        _ = try store.rebuild([folder.journal(), ownJournal], skipsDamaged: false, mayForget: false) { _ in }
        #expect(try Self.holds(store) == holds)
        #expect(
            try Self.states(store, 0..<30) == Array(repeating: verdict == .applied ? "suppressed" : "clear", count: 30))
        #expect(try store.contents() == before)
    }

    /// The operator's records alone decide, as the follower may read them before the command has told the store.
    @Test(arguments: HoldDecision.Verdict.allCases, Backend.allCases)
    func theRecordsOfAWordDecide(_ verdict: HoldDecision.Verdict, _ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try Self.store(Self.outage.records, folder, backend)
        let time = Self.start + Milliseconds.day
        let own = try store.database.read { try store.records(deciding: verdict, "google", at: time, reason: "a") }
        try folder.write(own, to: "own")
        try store.follow([folder.journal("own")])
        let hold = try #require(try Self.holds(store).first)
        #expect(hold.decided == time)
        #expect(hold.verdict == verdict.rawValue)
    }

    /// Whatever the size of the batches, the same is held, dropped and applied.
    @Test(arguments: [1, 7, 64], Backend.allCases) func batchesDoNotMatter(size: Int, _ backend: Backend) throws {
        let folder = try TestFolder()
        var traffic = Self.outage
        traffic.add(false, 100..<130)
        traffic.add(true, 5..<20)
        traffic.add(true, 150..<190)
        traffic.add(false, 20..<25)
        let whole = try Self.store(traffic.records, folder, backend)
        let pieces = try backend.newStore(folder, "pieces")
        let reader = try JournalReader(path: folder.journal().path)
        var batch = JournalBatch(journal: "journal", from: .start)
        while let item = try reader.next() {
            guard case .entry(let entry) = item else { continue }
            batch.append([Fact(entry, pieces.key, pieces.providers)])
            batch.to = reader.checkpoint
            if batch.facts.count == size {
                _ = try pieces.apply(batch)
                batch = JournalBatch(journal: "journal", from: batch.to)
            }
        }
        _ = try pieces.apply(batch)
        #expect(try pieces.contents() == whole.contents())
        #expect(try Self.holds(pieces) == Self.holds(whole))
    }
}
