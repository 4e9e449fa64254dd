// Counts by day, provider, domain or campaign: from table `daily`, and for the last hour from `event`.

import Journal
import Vocabulary

/// What counts are grouped by; the names are columns of `daily` and, but for the day, of `event`.
package enum Grouping: String, Sendable, Hashable, CaseIterable {
    case day, provider, domain
    case sendingDomain = "sending_domain"
    case campaign
}

/// One group.
package struct Statistic: Sendable, Hashable {
    /// Empty where the journal does not tell.
    package var name: String
    package var counts: Counts
    /// Nil where no deliveries were recorded: failures alone say nothing of rates.
    package var rates: Rates?
    package var change: Change?

    package init(name: String, counts: Counts, change: Change?, deliveriesAreRecorded: Bool) {
        self.name = name
        self.counts = counts
        rates = deliveriesAreRecorded ? Rates(counts) : nil
        self.change = change
    }
}

extension Store {
    /// What the last hour is compared with, in days.
    private static let pastDays: Int64 = 7

    /// The groups that were counted since the day of a time in milliseconds since 1970: days in their order, other groups with the
    /// most mail first. Within a transaction.
    package func statistics(by grouping: Grouping, since: Int64, now: Int64) throws -> [Statistic] {
        let column = grouping.rawValue
        let groups = try counts(
            """
            SELECT \(column), event, disposition, CAST(SUM(count) AS BIGINT) FROM daily WHERE day >= $1
            GROUP BY \(column), event, disposition
            """, [.text(String(Timestamp.format(since).prefix(10)))])
        let changes = grouping == .day ? [:] : try changes(by: column, now: now)
        // Of a day on which nothing was delivered it is more likely that deliveries were not recorded yet.
        let areRecorded = grouping != .day && groups.values.contains { $0.delivered > 0 }
        let statistics = groups.map {
            Statistic(
                name: $0, counts: $1, change: changes[$0], deliveriesAreRecorded: areRecorded || $1.delivered > 0)
        }
        return statistics.sorted {
            if grouping == .day { return $0.name < $1.name }
            return ($1.counts.sent + $1.counts.deferrals, $0.name) < ($0.counts.sent + $0.counts.deferrals, $1.name)
        }
    }

    /// The last hour of all mail against its past. Within a transaction.
    package func change(now: Int64) throws -> Change? {
        try changes(by: "''", now: now)[""]
    }

    /// Leaves out what `Fact.isCounted` leaves out of `daily`.
    private func changes(by column: String, now: Int64) throws -> [String: Change] {
        let hourAgo = now - Milliseconds.hour
        func between(_ start: Int64, _ end: Int64) throws -> [String: Counts] {
            try counts(
                """
                SELECT \(column), event, disposition, COUNT(*) FROM event
                WHERE time >= $1 AND time < $2 AND rule NOT IN ('\(FixedRule.failureEnded)', '\(HoldRecord.rule)')
                    AND rule NOT LIKE 'import.%'
                GROUP BY 1, event, disposition
                """, [.integer(start), .integer(end)])
        }
        let past = try between(hourAgo - Self.pastDays * Milliseconds.day, hourAgo)
        var changes: [String: Change] = [:]
        for (name, lastHour) in try between(hourAgo, now) {
            changes[name] = past[name].flatMap { Change(lastHour: lastHour, past: $0) }
        }
        return changes
    }

    /// Rows of name, event, disposition, count.
    private func counts(_ sql: String, _ arguments: [Value]) throws -> [String: Counts] {
        var groups: [String: Counts] = [:]
        try database.rows(sql, arguments) { row in
            guard row.count == 4, let name = row[0].text, let event = row[1].text.flatMap(Event.init(rawValue:)),
                let disposition = row[2].text.flatMap(Disposition.init(rawValue:)), let count = row[3].integer
            else { return }
            groups[name, default: Counts()].add(event, disposition, count)
        }
        return groups
    }
}
