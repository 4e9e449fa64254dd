// One record as the store keeps it, in table `event`.

import Journal
import Vocabulary

/// A class, as a batch's facts are sorted in several ways, and copying one would copy ten strings.
final class Fact {
    let seq: UInt64
    /// The hold is set by `HoldDesk` alone.
    var occurrence: Occurrence
    /// As `AddressKey` has it.
    let address: String
    let provider: String
    /// The recipient's.
    let domain: String
    /// Of the envelope sender, else the name of the MTA that sent; empty where neither is known.
    let sendingDomain: String
    let status: String?
    let reply: Int?
    let rule: String
    let diagnostic: String?
    /// Taken over by "bouncectl store import".
    let isImported: Bool

    init(_ entry: JournalEntry, _ key: AddressKey, _ providers: ProviderNames) {
        let record = entry.record
        seq = entry.seq
        occurrence = Occurrence(record)
        address = key.key(of: record.recipient)
        domain = AddressKey.domain(of: record.recipient)
        if let final = record.finalRecipient.map(key.key(of:)), final != address { occurrence.member = final }
        provider = providers.name(
            remoteMTA: record.report?.remoteMTA, domain: record.finalRecipient.map(AddressKey.domain(of:)) ?? domain)
        let sender = record.message?.sender.map(AddressKey.domain(of:)) ?? ""
        sendingDomain = Occurrence.name(sender.isEmpty ? record.report?.reportingMTA ?? "" : sender)
        status = record.status
        reply = record.reply
        rule = record.rule
        isImported = record.origin == .operator && record.event != .reversal
        // An operator's reason stands where a server's answer would.
        diagnostic = (record.diagnostic ?? record.reason).map(key.redacted)
    }

    /// Whether it is part of the counts: what was taken over from another system happened there, and where deliveries are not recorded,
    /// the few that ended failures say nothing of how many there were.
    var isCounted: Bool { !isImported && rule != FixedRule.failureEnded }

    static func rows(_ facts: [Fact], _ journal: String) -> RowBatch {
        var rows = RowBatch(
            "event",
            [
                ("id", .text), ("time", .integer), ("event", .text), ("address", .text), ("provider", .text),
                ("domain", .text), ("sending_domain", .text), ("campaign", .text), ("disposition", .text),
                ("category", .text), ("action", .text), ("expires", .integer), ("status", .text), ("reply", .integer),
                ("rule", .text), ("trust", .text), ("message", .text), ("diagnostic", .text), ("member", .text),
                ("journal", .text), ("seq", .integer),
            ], onConflict: "(id) DO NOTHING")
        rows.reserve(facts.count)
        for fact in facts { fact.append(to: &rows, journal) }
        return rows
    }

    private func append(to rows: inout RowBatch, _ journal: String) {
        rows.append(occurrence.id)
        rows.append(occurrence.time)
        rows.append(occurrence.event.rawValue)
        rows.append(address)
        rows.append(provider)
        rows.append(domain)
        rows.append(sendingDomain)
        rows.append(occurrence.campaign)
        rows.append(occurrence.disposition.rawValue)
        rows.append(occurrence.category.rawValue)
        rows.append(occurrence.action.rawValue)
        rows.append(occurrence.expires)
        rows.append(status)
        rows.append(reply.map(Int64.init))
        rows.append(rule)
        rows.append(occurrence.trust.rawValue)
        rows.append(occurrence.message)
        rows.append(diagnostic)
        rows.append(occurrence.member)
        rows.append(journal)
        rows.append(Int64(clamping: seq))
    }

    /// Of facts with the same `id` the one that is worth most, the first one where several are.
    static func bestOfEach(_ facts: [Fact]) -> [Fact] {
        var best = [String: Int](minimumCapacity: facts.count)
        var kept: [Fact] = []
        kept.reserveCapacity(facts.count)
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
        /// Since 1970, in UTC.
        var day: Int64
        var provider: String
        var domain: String
        var sendingDomain: String
        var campaign: String
        var event: Event
        var disposition: Disposition

        init(_ fact: Fact) {
            day = Self.day(of: fact.occurrence.time)
            provider = fact.provider
            domain = fact.domain
            sendingDomain = fact.sendingDomain
            campaign = fact.occurrence.campaign
            event = fact.occurrence.event
            disposition = fact.occurrence.disposition
        }

        /// Of columns time, provider, domain, sending_domain, campaign, event and disposition of table `event`; nil for a row that no
        /// store wrote.
        init?(_ row: some RandomAccessCollection<Value>) {
            let row = Array(row)
            guard row.count == 7, let time = row[0].integer, let event = row[5].text.flatMap(Event.init(rawValue:)),
                let disposition = row[6].text.flatMap(Disposition.init(rawValue:))
            else { return nil }
            day = Self.day(of: time)
            provider = row[1].text ?? ""
            domain = row[2].text ?? ""
            sendingDomain = row[3].text ?? ""
            campaign = row[4].text ?? ""
            self.event = event
            self.disposition = disposition
        }

        private static func day(of time: Int64) -> Int64 {
            let sinceEarliest = min(max(time, Timestamp.earliest), Timestamp.latest) - Timestamp.earliest
            return (sinceEarliest / Milliseconds.day) + Timestamp.earliest / Milliseconds.day
        }

        /// In the order of the table's columns, but for the last one.
        var texts: [String] {
            [
                String(Timestamp.format(day * Milliseconds.day).prefix(10)), provider, domain, sendingDomain, campaign,
                event.rawValue, disposition.rawValue,
            ]
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
}

extension Occurrence {
    /// Behind the address.
    static let columns =
        "address, id, time, event, disposition, category, action, expires, trust, message, campaign, member, hold"

    /// Nil for a row that no store wrote.
    init?(_ row: [Value]) {
        guard row.count == 13, let id = row[1].text, let time = row[2].integer,
            let event = row[3].text.flatMap(Event.init(rawValue:)),
            let disposition = row[4].text.flatMap(Disposition.init(rawValue:)),
            let category = row[5].text.flatMap(Category.init(rawValue:)),
            let action = row[6].text.flatMap(Action.init(rawValue:)),
            let trust = row[8].text.flatMap(Trust.init(rawValue:)), let message = row[9].text,
            let campaign = row[10].text
        else { return nil }
        self.init(
            id: id, time: time, event: event, disposition: disposition, category: category, action: action,
            expires: row[7].integer, trust: trust, message: message, campaign: campaign, member: row[11].text)
        hold = row[12].text.flatMap(Hold.init(rawValue:))
    }
}
