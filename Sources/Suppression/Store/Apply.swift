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

        var rows = Fact.rows
        for fact in facts { rows.add(fact.row(batch.journal)) }
        var unseen = try database.insert(rows, returnsKeys: true)
        var new = facts.filter { unseen.remove($0.occurrence.id) != nil }

        var applied = Applied()
        applied.records = new.count
        applied.repeated = facts.count - new.count
        let before = try standings(of: Array(Set(new.map(\.address))))
        var desk = try HoldDesk(self, new, before)
        try desk.attend(&new)
        applied.holds = desk.notices
        try judge(new, before, &applied)
        try judgeAnew(desk.addresses, &applied)
        try count(new)
        applied.incidents = try openIncidents(new)
        try advance(batch, applied)
        return applied
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
