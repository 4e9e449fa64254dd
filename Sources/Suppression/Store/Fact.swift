// One record as the store keeps it, in table `event`.

import Journal
import Vocabulary

struct Fact {
    var seq: UInt64
    var occurrence: Occurrence
    /// As `AddressKey` has it.
    var address: String
    var provider: String
    /// The recipient's.
    var domain: String
    /// Of the envelope sender, else the name of the MTA that sent; empty where neither is known.
    var sendingDomain: String
    var status: String?
    var reply: Int?
    var rule: String
    var diagnostic: String?
    /// Taken over by "bouncectl store import".
    var isImported: Bool

    init(_ entry: JournalEntry, _ store: Store) {
        let record = entry.record
        seq = entry.seq
        occurrence = Occurrence(record)
        address = store.key.key(of: record.recipient)
        domain = AddressKey.domain(of: record.recipient)
        provider = store.providers.name(remoteMTA: record.report?.remoteMTA, domain: domain)
        let sender = record.message?.sender.map(AddressKey.domain(of:)) ?? ""
        sendingDomain = Occurrence.name(sender.isEmpty ? record.report?.reportingMTA ?? "" : sender)
        status = record.status
        reply = record.reply
        rule = record.rule
        isImported = record.origin == .operator && record.event != .reversal
        // An operator's reason stands where a server's answer would.
        diagnostic = (record.diagnostic ?? record.reason).map(store.key.redacted)
    }

    static var rows: RowBatch {
        RowBatch(
            "event",
            [
                ("id", .text), ("time", .integer), ("event", .text), ("address", .text), ("provider", .text),
                ("domain", .text), ("sending_domain", .text), ("campaign", .text), ("disposition", .text),
                ("category", .text), ("action", .text), ("status", .text), ("reply", .integer), ("rule", .text),
                ("trust", .text), ("message", .text), ("diagnostic", .text), ("journal", .text), ("seq", .integer),
            ], onConflict: "(id) DO NOTHING")
    }

    func row(_ journal: String) -> [Value] {
        [
            .text(occurrence.id), .integer(occurrence.time), .text(occurrence.event.rawValue), .text(address),
            .text(provider), .text(domain), .text(sendingDomain), .text(occurrence.campaign),
            .text(occurrence.disposition.rawValue), .text(occurrence.category.rawValue),
            .text(occurrence.action.rawValue), Value(status), reply.map { Value($0) } ?? .null, .text(rule),
            .text(occurrence.trust.rawValue), .text(occurrence.message), Value(diagnostic), .text(journal),
            .integer(Int64(clamping: seq)),
        ]
    }

    /// Of facts with the same `id` the one that is worth most, the first one where several are.
    static func bestOfEach(_ facts: [Fact]) -> [Fact] {
        var best: [String: Int] = [:]
        var kept: [Fact] = []
        for fact in facts {
            if let index = best[fact.occurrence.id] {
                if kept[index].occurrence.worth < fact.occurrence.worth { kept[index] = fact }
            } else {
                best[fact.occurrence.id] = kept.count
                kept.append(fact)
            }
        }
        return kept
    }

    /// What facts are counted by.
    struct Day: Hashable {
        /// In the order of the table's columns.
        var texts: [String]

        /// `others`: the columns behind the day.
        init(time: Int64, _ others: [String]) {
            texts = [String(Timestamp.format(time).prefix(10))] + others
        }

        static var rows: RowBatch {
            RowBatch(
                "daily",
                [
                    ("day", .text), ("provider", .text), ("domain", .text), ("sending_domain", .text),
                    ("campaign", .text), ("event", .text), ("disposition", .text), ("count", .integer),
                ],
                onConflict: """
                    (day, provider, domain, sending_domain, campaign, event, disposition)
                    DO UPDATE SET count = daily.count + excluded.count
                    """)
        }
    }

    var day: Day {
        Day(
            time: occurrence.time,
            [
                provider, domain, sendingDomain, occurrence.campaign, occurrence.event.rawValue,
                occurrence.disposition.rawValue,
            ])
    }
}

extension Occurrence {
    /// Behind the address.
    static let columns = "address, id, time, event, disposition, category, action, trust, message, campaign, hold"

    /// Nil for a row that no store wrote.
    init?(_ row: [Value]) {
        guard row.count == 11, let id = row[1].text, let time = row[2].integer,
            let event = row[3].text.flatMap(Event.init(rawValue:)),
            let disposition = row[4].text.flatMap(Disposition.init(rawValue:)),
            let category = row[5].text.flatMap(Category.init(rawValue:)),
            let action = row[6].text.flatMap(Action.init(rawValue:)),
            let trust = row[7].text.flatMap(Trust.init(rawValue:)), let message = row[8].text,
            let campaign = row[9].text
        else { return nil }
        self.init(
            id: id, time: time, event: event, disposition: disposition, category: category, action: action,
            trust: trust, message: message, campaign: campaign)
        hold = row[10].text.flatMap(Hold.init(rawValue:))
    }
}
