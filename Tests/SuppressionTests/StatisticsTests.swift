// What was counted, its rates, and what they are called.

import Journal
import Testing
import Vocabulary

@testable import Suppression

/// `delivered hard soft block unknown complaints`
private func counts(_ numbers: [Int64]) -> Counts {
    var counts = Counts()
    counts.delivered = numbers[0]
    counts.hard = numbers[1]
    counts.soft = numbers[2]
    counts.block = numbers[3]
    counts.unknown = numbers[4]
    counts.complaints = numbers[5]
    return counts
}

struct RatesTests {
    @Test(
        arguments: [
            ([1000, 6, 4, 4, 4, 0], "healthy", "warning"),
            ([1000, 4, 4, 4, 4, 0], "healthy", "healthy"),
            ([1000, 12, 0, 0, 0, 0], "warning", "warning"),
            ([980, 0, 10, 5, 5, 0], "warning", "warning"),
            ([950, 1, 49, 0, 0, 0], "warning", "warning"),
            ([940, 0, 0, 60, 0, 0], "critical", "critical"),
            ([1, 99, 0, 0, 0, 0], "critical", "critical"),
        ] as [([Int64], String, String)])
    func health(_ numbers: [Int64], _ health: String, _ healthOfColdList: String) throws {
        let rates = try #require(Rates(counts(numbers)))
        #expect(rates.health(isColdList: false).rawValue == health)
        #expect(rates.health(isColdList: true).rawValue == healthOfColdList)
    }

    @Test func noRatesOfNothing() throws {
        #expect(Rates(Counts()) == nil)
        #expect(try #require(Rates(counts([0, 50, 0, 0, 0, 1]))).complaint == nil)
    }

    @Test func complaintsAreOfWhatWasDelivered() throws {
        #expect(try #require(Rates(counts([200, 0, 200, 0, 0, 1]))).complaint == 0.005)
    }

    /// As rule sender.suppressed-here has them.
    @Test func ownRefusalsAreNotCounted() {
        var counted = Counts()
        counted.add(.delivery, .none, 9)
        counted.add(.bounce, .unknown, 1)
        counted.add(.bounce, .none, 90)
        #expect(counted == counts([9, 0, 0, 0, 1, 0]))
    }

    @Test(
        arguments: [
            ([990, 10, 0, 0, 0, 0], [10, 20, 0, 0, 0, 0], true),
            ([990, 10, 0, 0, 0, 0], [99, 1, 0, 0, 0, 0], false),
            // As before, only more of it.
            ([900, 100, 0, 0, 0, 0], [900, 100, 0, 0, 0, 0], false),
            ([1000, 0, 0, 0, 0, 0], [0, 4, 0, 0, 0, 0], false),
            ([1000, 0, 0, 0, 0, 0], [0, 5, 0, 0, 0, 0], true),
            ([0, 0, 0, 0, 0, 0], [0, 50, 0, 0, 0, 0], false),
        ] as [([Int64], [Int64], Bool)])
    func change(_ past: [Int64], _ lastHour: [Int64], _ isChange: Bool) {
        #expect((Change(lastHour: counts(lastHour), past: counts(past)) != nil) == isChange)
    }
}

struct StatisticsTests {
    private let day: Int64 = Milliseconds.day * 20_000

    /// A store that holds so many of each event at a time.
    private func store(
        _ folder: TestFolder, _ backend: Backend,
        _ events: [(time: Int64, event: Event, category: Vocabulary.Category, to: String, Int)],
        rule: (_ time: Int64) -> String = { _ in "test" }
    ) throws -> Store {
        var records: [Record] = []
        for (time, event, category, domain, count) in events {
            for _ in 0..<count {
                var record = Record(
                    id: "r\(records.count)", timeMilliseconds: time + Int64(records.count), event: event,
                    recipient: "user\(records.count)@\(domain)", disposition: category.defaultDisposition,
                    category: category, action: category.defaultAction, rule: rule(time), origin: .deliveryLog,
                    trust: .local)
                var message = Record.Message()
                message.sender = "news@example.org"
                message.campaign = "spring"
                record.message = message
                records.append(record)
            }
        }
        try folder.write(records)
        let store = try backend.newStore(folder)
        try store.follow([folder.journal()])
        return store
    }

    @Test(arguments: Backend.allCases) func groups(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try store(
            folder, backend,
            [
                (day, .delivery, .delivered, "gmail.com", 8), (day, .bounce, .mailboxUnknown, "gmail.com", 2),
                (day, .bounce, .reputation, "partner.example", 1),
                (day + Milliseconds.day, .deferral, .greylisted, "partner.example", 3),
                (day + Milliseconds.day, .complaint, .abuseReport, "gmail.com", 1),
                (day + Milliseconds.day, .autoReply, .vacation, "gmail.com", 4),
            ])
        func lines(_ grouping: Grouping, since: Int64) throws -> [String] {
            try store.database.read {
                try store.statistics(by: grouping, since: since, now: day + 40 * Milliseconds.day)
            }
            .map {
                let c = $0.counts
                return "\($0.name) \(c.sent) \(c.delivered) \(c.hard) \(c.block) \(c.deferrals) \(c.complaints)"
            }
        }
        let dates = [day, day + Milliseconds.day].map { Timestamp.format($0).prefix(10) }
        #expect(try lines(.day, since: day) == ["\(dates[0]) 11 8 2 1 0 0", "\(dates[1]) 0 0 0 0 3 1"])
        #expect(try lines(.day, since: day + Milliseconds.day) == ["\(dates[1]) 0 0 0 0 3 1"])
        #expect(try lines(.provider, since: day).first == "google 10 8 2 0 0 1")
        #expect(try lines(.domain, since: day) == ["gmail.com 10 8 2 0 0 1", "partner.example 1 0 0 1 3 0"])
        #expect(try lines(.sendingDomain, since: day) == ["example.org 11 8 2 1 3 1"])
        #expect(try lines(.campaign, since: day) == ["spring 11 8 2 1 3 1"])
    }

    /// Who refused everything has a rate where deliveries are recorded; a day that has none is of the time before.
    @Test(arguments: [true, false], Backend.allCases)
    func ratesWhereDeliveriesAreRecorded(_ areRecorded: Bool, _ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try store(
            folder, backend,
            [
                (day, .bounce, .mailboxUnknown, "partner.example", 2),
                (day + Milliseconds.day, .bounce, .mailboxUnknown, "partner.example", 1),
                (day + Milliseconds.day, .delivery, .delivered, "gmail.com", areRecorded ? 1 : 0),
            ])
        func rates(by grouping: Grouping) throws -> [Double?] {
            try store.database.read { try store.statistics(by: grouping, since: day, now: day + 40 * Milliseconds.day) }
                .map { $0.rates?.total }
        }
        #expect(try rates(by: .domain) == (areRecorded ? [1, 0] : [nil]))
        #expect(try rates(by: .day) == [nil, areRecorded ? 0.5 : nil])
    }

    /// They are all that is recorded of deliveries: no rates follow from them.
    @Test(arguments: Backend.allCases) func deliveriesThatEndedFailuresAreNotCounted(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try store(
            folder, backend, [(day, .delivery, .delivered, "gmail.com", 2)]
        ) { _ in FixedRule.failureEnded }
        let statistics = try store.database.read { try store.statistics(by: .domain, since: day, now: day) }
        #expect(statistics.isEmpty)
        #expect(
            try store.database.read { try store.standings(of: ["user0@gmail.com"]) }.values.first?.lastDelivery == day)
    }

    /// What an operator's commands write down, as a list without times from its import on, tells nothing of the last hour's mail.
    @Test(arguments: ["import.csv", "import.sendgrid", "hold.released", "imported"], Backend.allCases)
    func operatorsRecordsAreNotOfTheLastHour(_ rule: String, _ backend: Backend) throws {
        let folder = try TestFolder()
        let now = day + 3 * Milliseconds.day
        let store = try store(
            folder, backend,
            [
                (day, .bounce, .mailboxUnknown, "gmail.com", 2), (day, .delivery, .delivered, "gmail.com", 200),
                (now - 1000 * 60, .bounce, .mailboxUnknown, "gmail.com", 12),
            ]
        ) { $0 >= now - 1000 * 60 ? rule : "test" }
        let change = try store.database.read { try store.change(now: now) }
        #expect((change == nil) == (rule != "imported"))
    }

    @Test(arguments: Backend.allCases) func lastHourAgainstItsPast(_ backend: Backend) throws {
        let folder = try TestFolder()
        let now = day + 3 * Milliseconds.day
        let store = try store(
            folder, backend,
            [
                (day, .delivery, .delivered, "gmail.com", 200), (day, .bounce, .mailboxUnknown, "gmail.com", 2),
                (day, .delivery, .delivered, "partner.example", 100),
                (now - 1000 * 60, .bounce, .mailboxUnknown, "gmail.com", 12),
                (now - 1000 * 60, .delivery, .delivered, "partner.example", 12),
            ])
        let statistics = try store.database.read { try store.statistics(by: .provider, since: day, now: now) }
        #expect(statistics.filter { $0.change != nil }.map(\.name) == ["google"])
        let change = try #require(try store.database.read { try store.change(now: now) })
        #expect(change.lastHour == 0.5)
        #expect(change.past < 0.01)
    }
}
