// Who is suppressed, for lists on their way out and through.

extension Store {
    private static let select = """
        SELECT address.address, address.state, address.since, address.until, address.ground, event.category, event.rule,
            event.status, event.diagnostic
        FROM address LEFT JOIN event ON event.id = address.cause
        """

    /// Hands out all that are suppressed at a time, in milliseconds since 1970, sorted. Within a transaction.
    package func suppressed(at time: Int64, _ each: (ListRow) throws -> Void) throws {
        try database.rows("\(Self.select) WHERE address.state = 'suppressed' ORDER BY address.address", []) { row in
            if let row = ListRow(row, at: time) { try each(row) }
        }
    }

    /// Of these addresses those that are suppressed at a time, by the address as it was given. Within a transaction.
    package func suppressed(among addresses: [String], at time: Int64) throws -> [String: ListRow] {
        var given: [String: [String]] = [:]
        for address in addresses {
            for key in key.keys(of: address) { given[key, default: []].append(address) }
        }
        var found: [String: ListRow] = [:]
        try database.rows(Self.select, where: "address.address", in: Array(given.keys)) { _, row in
            guard let row = ListRow(row, at: time) else { return }
            for address in given[row.address] ?? [] { found[address] = row }
        }
        return found
    }
}

extension ListRow {
    /// Nil for an address that is not suppressed at the time.
    fileprivate init?(_ row: [Value], at time: Int64) {
        guard row.count == 9, let address = row[0].text, row[1].text == Standing.State.suppressed.rawValue,
            let since = row[2].integer, row[3].integer.map({ $0 > time }) ?? true
        else { return nil }
        // Where the event is older than is kept, its ground is known still.
        self.init(
            address: address, since: since, until: row[3].integer, category: row[5].text ?? row[4].text ?? "",
            rule: row[6].text ?? "", status: row[7].text, diagnostic: row[8].text)
    }
}
