// What is asked of the holds, and an operator's word on them.

import Journal
import Vocabulary

/// A hold as `store holds` shows it. Times in milliseconds since 1970.
package struct HoldState: Sendable, Hashable {
    package var provider: String
    package var opened: Int64
    /// When its evidence began.
    package var since: Int64
    package var decided: Int64?
    package var verdict: String?
    package var reason: String?
    /// Addresses that wait.
    package var addresses: Int64
}

/// The records by which an operator's word on a hold is kept, one for each address that waited.
enum HoldRecord {
    static let rule = "hold.released"

    static func id(_ event: String, _ verdict: HoldDecision.Verdict) -> String { event + mark(verdict) }

    private static func mark(_ verdict: HoldDecision.Verdict) -> String { "-hold-\(verdict.rawValue)" }

    /// The word that a record gives, and the failure that waited for it; nil for other records.
    static func word(_ id: String, rule: String) -> (verdict: HoldDecision.Verdict, event: String)? {
        guard rule == Self.rule else { return nil }
        return HoldDecision.Verdict.allCases.lazy.filter { id.hasSuffix(mark($0)) }
            .map { ($0, String(id.dropLast(mark($0).count))) }.first
    }
}

/// An operator's word, as the store's own journal has it.
struct HoldWord {
    /// Milliseconds since 1970.
    let time: Int64
    let verdict: HoldDecision.Verdict
    /// The `id` of a failure that waited.
    let event: String

    init?(_ record: Record) {
        guard record.origin == .operator, let word = HoldRecord.word(record.id.composed, rule: record.rule) else {
            return nil
        }
        time = record.timeMilliseconds
        (verdict, event) = word
    }

    /// All that the store's own journals have, the earliest first. What cannot be read is left out: who applies the journal says so.
    static func all(in journals: [FollowedJournal]) -> [HoldWord] {
        var words: [HoldWord] = []
        for journal in journals where journal.mayBeMissing {
            guard let reader = try? JournalReader(path: journal.path) else { continue }
            while let item = try? reader.next() {
                if case .entry(let entry) = item, let word = HoldWord(entry.record) { words.append(word) }
            }
        }
        return words.sorted { $0.time < $1.time }
    }
}

extension Store {
    /// Open holds, and those that were decided since a time; the last first. Within a transaction.
    package func holds(since time: Int64) throws -> [HoldState] {
        var holds: [HoldState] = []
        try database.rows(
            """
            SELECT provider, opened, since, decided, verdict, reason FROM hold
            WHERE decided IS NULL OR decided >= $1 ORDER BY opened DESC, provider
            """, [.integer(time)]
        ) { row in
            guard let provider = row[0].text, let opened = row[1].integer, let since = row[2].integer else { return }
            holds.append(
                HoldState(
                    provider: provider, opened: opened, since: since, decided: row[3].integer, verdict: row[4].text,
                    reason: row[5].text, addresses: 0))
        }
        for index in holds.indices where holds[index].decided == nil {
            holds[index].addresses =
                try database.row(
                    "SELECT COUNT(DISTINCT address) FROM event WHERE hold = 'open' AND provider = $1",
                    [.text(holds[index].provider)])?.first?.integer ?? 0
        }
        return holds
    }

    /// The records by which an operator's word on a provider's hold is kept over a rebuild: reversals for what is dropped, bounces for
    /// what is applied. One for each address that waits, behind all that happened to it, also where clocks differ. Within a
    /// transaction.
    package func records(
        deciding verdict: HoldDecision.Verdict, _ provider: String, at time: Int64, reason: String
    ) throws -> [Record] {
        var records: [Record] = []
        try database.rows(
            """
            SELECT event.id, event.address, event.category, address.last_time FROM event JOIN address ON address.address = event.address
            WHERE event.hold = 'open' AND event.provider = $1 AND address.state = 'held' AND address.cause = event.id
            """, [.text(provider)]
        ) { row in
            guard let id = row[0].text, let address = row[1].text, let word = row[2].text,
                let category = Category(rawValue: word), let lastTime = row[3].integer
            else { return }
            let isDropped = verdict == .dropped
            var record = Record(
                id: HoldRecord.id(id, verdict), timeMilliseconds: max(time, lastTime + 1),
                event: isDropped ? .reversal : .bounce,
                recipient: address, disposition: isDropped ? .none : category.defaultDisposition,
                category: isDropped ? .reversal : category, action: isDropped ? .release : .suppress,
                rule: HoldRecord.rule, origin: .operator, trust: .local)
            if isDropped { record.reason = reason }
            records.append(record)
        }
        return records
    }

    /// Ends a provider's hold by an operator's word; false where none is open.
    package func decideHold(_ verdict: HoldDecision.Verdict, _ provider: String, at time: Int64) throws -> Bool {
        try database.write {
            var desk = try HoldDesk(self, FactSet([]), [])
            guard try desk.decide(verdict, provider, at: time) else { return false }
            try finish(&desk)
            return true
        }
    }

    /// Decides the holds that are due by the clock; to be called now and then while no records come.
    package func settleHolds(at time: Int64) throws -> [HoldNotice] {
        let isOpen = try database.read { try database.row("SELECT 1 FROM hold WHERE decided IS NULL") != nil }
        guard isOpen else { return [] }
        return try database.write {
            var desk = try HoldDesk(self, FactSet([]), [])
            try desk.settleByClock(time)
            try finish(&desk)
            return desk.notices
        }
    }

    private func finish(_ desk: inout HoldDesk) throws {
        try desk.attend()
        var applied = Applied()
        try judgeAnew(desk.addresses, &applied)
    }
}
