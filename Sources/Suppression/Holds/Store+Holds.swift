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

enum HoldRecord {
    /// Of the records by which an operator applies what a hold held.
    static let rule = "hold.released"
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
                id: "\(id)-hold-\(verdict.rawValue)", timeMilliseconds: max(time, lastTime + 1),
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
