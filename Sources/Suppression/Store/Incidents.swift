// Refusals that the sender caused, by who refused whose mail and why: never an address's fault, always somebody's to mend.

import Vocabulary

/// What one incident is about.
package struct IncidentKey: Sendable, Hashable {
    package var sendingDomain: String
    package var provider: String
    package var category: Category
}

/// Refusals for one reason with no long pause between them.
package struct Incident: Sendable, Hashable {
    package var key: IncidentKey
    /// The first and the last refusal, milliseconds since 1970.
    package var since: Int64
    package var last: Int64
    package var failures: Int64

    /// Whether more refusals are to be expected.
    package func isOpen(at time: Int64, _ policy: Policy) -> Bool {
        time - last < Int64(policy.incidentQuietHours) * Milliseconds.hour
    }

    /// Joins incidents that are no further apart than `quiet`; all of one key. The same result in whatever order they come.
    static func join(_ incidents: [Incident], quiet: Int64) -> [Incident] {
        var joined: [Incident] = []
        for incident in incidents.sorted(by: { $0.since < $1.since }) {
            if let before = joined.last, incident.since - before.last < quiet {
                joined[joined.count - 1].last = max(before.last, incident.last)
                joined[joined.count - 1].failures += incident.failures
            } else {
                joined.append(incident)
            }
        }
        return joined
    }
}

extension Store {
    private static let columns = "sending_domain, provider, category, since, last, failures"

    private static var rows: RowBatch {
        RowBatch(
            "incident",
            [
                ("sending_domain", .text), ("provider", .text), ("category", .text), ("since", .integer),
                ("last", .integer), ("failures", .integer),
            ],
            onConflict: """
                (sending_domain, provider, category, since)
                DO UPDATE SET last = excluded.last, failures = excluded.failures
                """)
    }

    /// Adds new refusals to the incidents, within a transaction; returns those that had not been open. What anybody can make up opens
    /// none.
    func openIncidents(_ facts: [Fact]) throws -> [IncidentKey] {
        let quiet = Int64(policy.incidentQuietHours) * Milliseconds.hour
        var new: [IncidentKey: [Incident]] = [:]
        for fact in facts where fact.occurrence.disposition == .block && policy.trust.contains(fact.occurrence.trust) {
            let key = IncidentKey(
                sendingDomain: fact.sendingDomain, provider: fact.provider, category: fact.occurrence.category)
            new[key, default: []].append(
                Incident(key: key, since: fact.occurrence.time, last: fact.occurrence.time, failures: 1))
        }
        var opened: [IncidentKey] = []
        var rows = Self.rows
        for (key, refusals) in new {
            let fresh = Incident.join(refusals, quiet: quiet)
            guard let first = fresh.first, let last = fresh.last else { continue }
            var near: [Incident] = []
            try database.rows(
                """
                SELECT \(Self.columns) FROM incident
                WHERE sending_domain = $1 AND provider = $2 AND category = $3 AND last > $4 AND since < $5
                """,
                [
                    .text(key.sendingDomain), .text(key.provider), .text(key.category.rawValue),
                    .integer(first.since - quiet), .integer(last.last + quiet),
                ]
            ) { row in if let incident = Incident(row) { near.append(incident) } }
            let joined = Incident.join(near + fresh, quiet: quiet)
            // Two that are joined, or one that begins earlier now, have another first time.
            for old in near where !joined.contains(where: { $0.since == old.since }) {
                try database.run(
                    "DELETE FROM incident WHERE sending_domain = $1 AND provider = $2 AND category = $3 AND since = $4",
                    [
                        .text(key.sendingDomain), .text(key.provider), .text(key.category.rawValue),
                        .integer(old.since),
                    ])
            }
            for incident in joined { incident.append(to: &rows) }
            if joined.count > near.count { opened.append(key) }
        }
        try database.insert(rows)
        return opened.sorted { ($0.sendingDomain, $0.provider) < ($1.sendingDomain, $1.provider) }
    }

    /// Incidents with a refusal at that time or later, the latest first.
    package func incidents(since time: Int64) throws -> [Incident] {
        var incidents: [Incident] = []
        try database.rows(
            "SELECT \(Self.columns) FROM incident WHERE last >= $1 ORDER BY last DESC, sending_domain, provider, category",
            [.integer(time)]
        ) { row in if let incident = Incident(row) { incidents.append(incident) } }
        return incidents
    }

    /// How many different recipients an incident has, and some of the replies, each once.
    package func details(of incident: Incident, replies limit: Int) throws -> (recipients: Int64, replies: [String]) {
        let place = """
            FROM event WHERE disposition = 'block' AND time >= $1 AND time <= $2 AND sending_domain = $3 AND provider = $4
            AND category = $5 AND trust IN (\(policy.trust.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
            """
        let arguments: [Value] = [
            .integer(incident.since), .integer(incident.last), .text(incident.key.sendingDomain),
            .text(incident.key.provider), .text(incident.key.category.rawValue),
        ]
        let recipients = try database.row("SELECT COUNT(DISTINCT address) \(place)", arguments)?.first?.integer ?? 0
        var replies: [String] = []
        try database.rows(
            "SELECT diagnostic, MIN(time) \(place) AND diagnostic IS NOT NULL GROUP BY diagnostic ORDER BY 2, 1 LIMIT \(limit)",
            arguments
        ) { row in if let reply = row[0].text { replies.append(reply) } }
        return (recipients, replies)
    }
}

extension Incident {
    fileprivate func append(to rows: inout RowBatch) {
        rows.append(key.sendingDomain)
        rows.append(key.provider)
        rows.append(key.category.rawValue)
        rows.append(since)
        rows.append(last)
        rows.append(failures)
    }

    /// Nil for a row that no store wrote.
    fileprivate init?(_ row: [Value]) {
        guard row.count == 6, let sendingDomain = row[0].text, let provider = row[1].text,
            let category = row[2].text.flatMap(Category.init(rawValue:)), let since = row[3].integer,
            let last = row[4].integer, let failures = row[5].integer
        else { return nil }
        self.init(
            key: IncidentKey(sendingDomain: sendingDomain, provider: provider, category: category), since: since,
            last: last, failures: failures)
    }
}
