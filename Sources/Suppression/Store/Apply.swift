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
        var new = batch.distinct
        var better: [Fact] = []
        let written = try database.insertNew(batch.rows)
        if written.count < new.facts.count {
            let facts = written.map { new.facts[$0] }
            let kept = Set(facts.map(\.occurrence.id))
            better = try replaceLesser(new.facts.filter { !kept.contains($0.occurrence.id) }, batch.journal)
            new = FactSet(facts + better)
        }

        var applied = Applied()
        applied.records = new.facts.count
        applied.repeated = batch.facts.count - new.facts.count
        var before = Array(repeating: Standing(), count: new.addresses.count)
        try standings(of: new.addresses) { before[$0] = $1 }
        var desk = try HoldDesk(self, new, before)
        try desk.attend()
        applied.holds = desk.notices
        try judge(new, before, &applied)
        try judgeAnew(desk.addresses.union(better.map(\.address)), &applied)
        try database.insert(new.counts)
        applied.incidents = try openIncidents(new.facts)
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
        ) { _, row in
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

    /// Brings the addresses of new facts up to date. `before` is how they stood.
    private func judge(_ facts: FactSet, _ before: [Standing], _ applied: inout Applied) throws {
        var late: Set<String> = []
        var rows = Standing.rows
        rows.reserve(facts.addresses.count)
        for (place, address) in facts.addresses.enumerated() {
            let old = before[place]
            let news = facts.facts(at: place)
            guard let first = news.first, old.isBefore(first.occurrence), !news.contains(where: { $0.bears(on: old) })
            else {
                late.insert(address)
                continue
            }
            var new = old
            for fact in news { new.fold(in: fact.occurrence, policy) }
            applied.note(old, new)
            new.append(to: &rows, address)
        }
        try database.insert(rows)
        // Something older was read later, from another host's journal, or what an alias's members answered must be compared.
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
            new.append(to: &rows, address)
        }
        try database.insert(rows)
    }

    /// The standings that there are.
    package func standings(of addresses: [String]) throws -> [String: Standing] {
        var standings: [String: Standing] = [:]
        try self.standings(of: addresses) { standings[addresses[$0]] = $1 }
        return standings
    }

    /// Hands out the standings that there are, each with its address's place.
    private func standings(of addresses: [String], _ each: (Int, Standing) -> Void) throws {
        try database.rows("SELECT \(Standing.columns) FROM address", where: "address", in: addresses) { place, row in
            guard let standing = Standing(row) else {
                throw StoreError(
                    .refused,
                    "store: the row of \(row.first?.text ?? "an address") in table address makes no sense; \"bouncectl store rebuild\""
                )
            }
            each(place, standing)
        }
    }

    /// All that is kept of what happened to addresses.
    func occurrences(of addresses: [String]) throws -> [String: [Occurrence]] {
        var occurrences: [String: [Occurrence]] = [:]
        try database.rows("SELECT \(Occurrence.columns) FROM event", where: "address", in: addresses) { place, row in
            guard let occurrence = Occurrence(row) else {
                throw StoreError(
                    .refused, "store: a row of table event makes no sense; \"bouncectl store rebuild\" makes it anew")
            }
            occurrences[addresses[place], default: []].append(occurrence)
        }
        return occurrences
    }
}

extension Fact {
    /// Whether it takes more than the standing to judge: a failure of an alias's member, or a delivery where such a one may have decided.
    fileprivate func bears(on standing: Standing) -> Bool {
        if occurrence.namesMember { return true }
        return occurrence.event == .delivery && (standing.suppression != nil || standing.held != nil)
    }
}

extension Applied {
    fileprivate mutating func note(_ old: Standing, _ new: Standing) {
        if old.suppression == nil, new.suppression != nil { suppressed += 1 }
        if old.suppression != nil, new.suppression == nil { released += 1 }
    }
}
