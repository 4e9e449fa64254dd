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
        var facts: [Fact] = []
        facts.reserveCapacity(batch.entries.count)
        for entry in batch.entries { facts.append(Fact(entry, self)) }
        facts = Fact.bestOfEach(facts)

        var new = try insert(facts, batch.journal)
        let kept = Set(new.map(\.occurrence.id))
        let better = try replaceLesser(facts.filter { !kept.contains($0.occurrence.id) }, batch.journal)
        new += better

        var applied = Applied()
        applied.records = new.count
        applied.repeated = batch.entries.count - new.count
        let before = try standings(of: Array(Set(new.map(\.address))))
        var desk = try HoldDesk(self, new, before)
        try desk.attend(&new)
        applied.holds = desk.notices
        try judge(new, before, &applied)
        try judgeAnew(desk.addresses.union(better.map(\.address)), &applied)
        try count(new)
        applied.incidents = try openIncidents(new)
        try advance(batch, applied)
        return applied
    }

    /// Writes the facts whose `id` is not kept yet; returns them.
    private func insert(_ facts: [Fact], _ journal: String) throws -> [Fact] {
        var rows = Fact.rows
        for fact in facts { rows.add(fact.row(journal)) }
        var unseen = try database.insert(rows, returnsKeys: true)
        return facts.filter { unseen.remove($0.occurrence.id) != nil }
    }

    /// Puts facts in the place of what is kept of their ids and is worth less, as a stranger's report that came before the MTA's own
    /// word; returns them. bounce-journal(5), "Identity".
    private func replaceLesser(_ repeated: [Fact], _ journal: String) throws -> [Fact] {
        guard !repeated.isEmpty else { return [] }
        var lesser: [String: Fact.Day] = [:]
        let worth = Dictionary(uniqueKeysWithValues: repeated.map { ($0.occurrence.id, $0.occurrence.worth) })
        try database.rows(
            """
            SELECT id, trust, category, time, provider, domain, sending_domain, campaign, event, disposition FROM event
            """, where: "id", in: Array(worth.keys)
        ) { row in
            guard let id = row[0].text, let trust = row[1].text.flatMap(Trust.init(rawValue:)),
                let category = row[2].text.flatMap(Category.init(rawValue:)), let time = row[3].integer,
                trust.worth(of: category) < worth[id] ?? 0
            else { return }
            lesser[id] = Fact.Day(time: time, row[4...].map { $0.text ?? "" })
        }
        for (id, day) in lesser {
            try database.run("DELETE FROM event WHERE id = $1", [.text(id)])
            try database.run(
                """
                UPDATE daily SET count = count - 1 WHERE day = $1 AND provider = $2 AND domain = $3
                AND sending_domain = $4 AND campaign = $5 AND event = $6 AND disposition = $7
                """, day.texts.map(Value.text))
        }
        return try insert(repeated.filter { lesser[$0.occurrence.id] != nil }, journal)
    }

    // MARK: Addresses

    /// Brings the addresses of new facts up to date.
    private func judge(_ facts: [Fact], _ before: [String: Standing], _ applied: inout Applied) throws {
        var order: [String] = []
        var byAddress: [String: [Occurrence]] = [:]
        for fact in facts {
            if byAddress[fact.address]?.append(fact.occurrence) == nil {
                byAddress[fact.address] = [fact.occurrence]
                order.append(fact.address)
            }
        }
        var late: Set<String> = []
        var rows = Standing.rows
        for address in order {
            let old = before[address] ?? Standing()
            let occurrences = (byAddress[address] ?? []).sorted(by: Occurrence.isBefore)
            guard let first = occurrences.first, old.isBefore(first) else {
                late.insert(address)
                continue
            }
            var new = old
            for occurrence in occurrences { new.fold(in: occurrence, policy) }
            applied.note(old, new)
            rows.add(new.row(address))
        }
        _ = try database.insert(rows, returnsKeys: false)
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
        _ = try database.insert(rows, returnsKeys: false)
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
        for fact in facts where !fact.isImported { counts[fact.day, default: 0] += 1 }
        var rows = Fact.Day.rows
        // In one order, so that the database finds neighbours together.
        for (day, count) in counts.sorted(by: { $0.key.texts.lexicographicallyPrecedes($1.key.texts) }) {
            rows.add(day.texts.map(Value.text) + [Value(count)])
        }
        _ = try database.insert(rows, returnsKeys: false)
    }
}

extension Applied {
    fileprivate mutating func note(_ old: Standing, _ new: Standing) {
        if old.suppression == nil, new.suppression != nil { suppressed += 1 }
        if old.suppression != nil, new.suppression == nil { released += 1 }
    }
}
