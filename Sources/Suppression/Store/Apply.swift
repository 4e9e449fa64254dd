// A batch of records to what the store holds of them, in one transaction with the place in the journal.

import Journal
import Vocabulary

extension Store {
    /// Applies a batch; nil, without effect, where another follower has moved the journal's checkpoint meanwhile.
    package func apply(_ batch: JournalBatch) throws -> Applied? {
        try database.write {
            guard try checkpoint(of: batch.journal).isSameRecord(as: batch.from) else { return nil }
            return try applyWithin(batch)
        }
    }

    /// As `apply`, within a transaction of the caller's, who has looked at the checkpoint.
    func applyWithin(_ batch: JournalBatch) throws -> Applied {
        let facts = batch.distinct
        var new = try database.insertNew(batch.rows).map { facts[$0] }
        var better: [Fact] = []
        if new.count < facts.count {
            let kept = Set(new.map(\.occurrence.id))
            better = try replaceLesser(facts.filter { !kept.contains($0.occurrence.id) }, batch.journal)
            new += better
        }
        let byAddress = Dictionary(grouping: new, by: \.address)

        var applied = Applied()
        applied.records = new.count
        applied.repeated = batch.facts.count - new.count
        let before = try standings(of: Array(byAddress.keys))
        var desk = try HoldDesk(self, new, before)
        try desk.attend()
        applied.holds = desk.notices
        try judge(byAddress, before, &applied)
        try judgeAnew(desk.addresses.union(better.map(\.address)), &applied)
        try count(new)
        applied.incidents = try openIncidents(new)
        try advance(batch, applied)
        return applied
    }

    /// Puts facts in the place of what is kept of their ids and is worth less, as a stranger's report that came before the MTA's own
    /// word; returns them. bounce-journal(5), "Identity".
    private func replaceLesser(_ repeated: [Fact], _ journal: String) throws -> [Fact] {
        var lesser: [String: Fact.Day] = [:]
        let worth = Dictionary(uniqueKeysWithValues: repeated.map { ($0.occurrence.id, $0.occurrence.worth) })
        try database.rows(
            """
            SELECT id, trust, category, time, provider, domain, sending_domain, campaign, event, disposition FROM event
            """, where: "id", in: Array(worth.keys)
        ) { row in
            guard let id = row[0].text, let trust = row[1].text.flatMap(Trust.init(rawValue:)),
                let category = row[2].text.flatMap(Category.init(rawValue:)), let day = Fact.Day(row[3...]),
                trust.worth(of: category) < worth[id] ?? 0
            else { return }
            lesser[id] = day
        }
        for (id, day) in lesser {
            try database.run("DELETE FROM event WHERE id = $1", [.text(id)])
            try database.run(
                """
                UPDATE daily SET count = count - 1 WHERE day = $1 AND provider = $2 AND domain = $3
                AND sending_domain = $4 AND campaign = $5 AND event = $6 AND disposition = $7
                """, day.texts.map(Value.text))
        }
        let better = repeated.filter { lesser[$0.occurrence.id] != nil }
        try database.insert(Fact.rows(better, journal))
        return better
    }

    // MARK: Addresses

    /// Brings the addresses of new facts up to date.
    private func judge(
        _ facts: [String: [Fact]], _ before: [String: Standing], _ applied: inout Applied
    ) throws {
        var late: Set<String> = []
        var rows = Standing.rows
        for (address, facts) in facts {
            let old = before[address] ?? Standing()
            let occurrences = facts.map(\.occurrence).sorted(by: Occurrence.isBefore)
            guard let first = occurrences.first, old.isBefore(first) else {
                late.insert(address)
                continue
            }
            var new = old
            for occurrence in occurrences { new.fold(in: occurrence, policy) }
            applied.note(old, new)
            rows.add(new.row(address))
        }
        try database.insert(rows)
        // Something older was read later, from another host's journal.
        try judgeAnew(late, &applied)
    }

    /// Judges addresses by all that is known of them.
    func judgeAnew(_ addresses: Set<String>, _ applied: inout Applied) throws {
        guard !addresses.isEmpty else { return }
        let before = try standings(of: Array(addresses))
        let known = try occurrences(of: Array(addresses))
        var rows = Standing.rows
        for address in addresses {
            let new = Standing(known[address] ?? [], policy)
            applied.note(before[address] ?? Standing(), new)
            rows.add(new.row(address))
        }
        try database.insert(rows)
    }

    /// The standings that there are.
    package func standings(of addresses: [String]) throws -> [String: Standing] {
        var standings: [String: Standing] = [:]
        try database.rows("SELECT \(Standing.columns) FROM address", where: "address", in: addresses) { row in
            guard let address = row.first?.text, let standing = Standing(row) else {
                throw StoreError(
                    .refused,
                    "store: the row of \(row.first?.text ?? "an address") in table address makes no sense; \"bouncectl store rebuild\""
                )
            }
            standings[address] = standing
        }
        return standings
    }

    /// All that is kept of what happened to addresses.
    func occurrences(of addresses: [String]) throws -> [String: [Occurrence]] {
        var occurrences: [String: [Occurrence]] = [:]
        try database.rows("SELECT \(Occurrence.columns) FROM event", where: "address", in: addresses) { row in
            guard let address = row.first?.text, let occurrence = Occurrence(row) else {
                throw StoreError(
                    .refused, "store: a row of table event makes no sense; \"bouncectl store rebuild\" makes it anew")
            }
            occurrences[address, default: []].append(occurrence)
        }
        return occurrences
    }

    // MARK: Counts

    private func count(_ facts: [Fact]) throws {
        var counts: [Fact.Day: Int] = [:]
        // What was taken over from another system happened there.
        for fact in facts where !fact.isImported { counts[Fact.Day(fact), default: 0] += 1 }
        var rows = Fact.Day.rows
        // In one order, so that the database finds neighbours together.
        let sorted = counts.map { (texts: $0.texts, count: $1) }.sorted { $0.texts.lexicographicallyPrecedes($1.texts) }
        for (texts, count) in sorted { rows.add(texts.map(Value.text) + [Value(count)]) }
        try database.insert(rows)
    }
}

extension Applied {
    fileprivate mutating func note(_ old: Standing, _ new: Standing) {
        if old.suppression == nil, new.suppression != nil { suppressed += 1 }
        if old.suppression != nil, new.suppression == nil { released += 1 }
    }
}
