// Taking suppressions back: which ones, and the records that say so.

import Crypto
import Journal
import Vocabulary

/// Which suppressions: all conditions that are given must hold.
package struct ReleaseFilter: Sendable, Equatable {
    /// Since when the address is suppressed: not before, and before.
    package var since: Int64?
    package var before: Int64?
    /// The recipient's.
    package var domain: String?
    /// Of the record that decided.
    package var provider: String?
    package var rule: String?
    package var category: Category?
    /// A part of its text, in any case.
    package var text: String?

    package init() {}

    package var isEmpty: Bool { self == ReleaseFilter() }
}

/// An address that is suppressed or held, with the record that decided.
package struct SuppressedAddress: Sendable, Hashable {
    package var address: String
    package var suppression: Suppression
    package var provider: String
    package var category: String
    package var rule: String
    package var diagnostic: String?
    /// The time of the last thing that happened to it.
    var lastTime: Int64
}

extension Store {
    /// Hands out the suppressed and held addresses that pass the filter, the longest suppressed first. Within a transaction.
    package func suppressed(_ filter: ReleaseFilter, _ each: (SuppressedAddress) throws -> Void) throws {
        var conditions = ["address.state <> 'clear'"]
        var arguments: [Value] = []
        func add(_ condition: String, _ value: Value?) {
            guard let value else { return }
            arguments.append(value)
            conditions.append("\(condition) $\(arguments.count)")
        }
        add("address.since >=", filter.since.map(Value.integer))
        add("address.since <", filter.before.map(Value.integer))
        add("event.domain =", filter.domain.map { .text(AddressKey.domain(of: "@" + $0)) })
        add("event.provider =", filter.provider.map(Value.text))
        add("event.rule =", filter.rule.map(Value.text))
        add("event.category =", filter.category.map { .text($0.rawValue) })
        let text = filter.text.map(AddressKey.lowercased)
        try database.rows(
            """
            SELECT address.address, address.since, address.until, address.ground, address.cause, address.last_time,
                event.provider, event.category, event.rule, event.diagnostic
            FROM address LEFT JOIN event ON event.id = address.cause
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY address.since, address.address
            """, arguments
        ) { row in
            guard let address = SuppressedAddress(row) else { return }
            if let text, !AddressKey.lowercased(address.diagnostic ?? "").contains(text) { return }
            try each(address)
        }
    }

    /// The rules and the providers of all that was applied. Within a transaction.
    package func knownNames() throws -> (rules: [String], providers: [String]) {
        func names(_ column: String) throws -> [String] {
            var names: [String] = []
            try database.rows("SELECT DISTINCT \(column) FROM event", []) { names += $0.compactMap(\.text) }
            return names
        }
        return (try names("rule"), try names("provider"))
    }

    /// What is known against these addresses, of each once; nothing for those that nothing speaks against. Within a transaction.
    package func suppressed(_ addresses: [String]) throws -> [SuppressedAddress] {
        // Two of them may be one address with its domain in two spellings.
        var seen: Set<String> = []
        let keys = addresses.flatMap(key.keys).filter { seen.insert($0).inserted }
        let standings = try standings(of: keys)
        return try keys.compactMap { key in
            guard let standing = standings[key] else { return nil }
            guard let suppression = standing.suppression ?? standing.held else { return nil }
            let cause = try cause(suppression.cause)
            return SuppressedAddress(
                address: key, suppression: suppression, provider: cause?.provider ?? "",
                category: cause?.category ?? "", rule: cause?.rule ?? "", diagnostic: cause?.diagnostic,
                lastTime: standing.lastTime)
        }
    }
}

extension SuppressedAddress {
    /// Nil for a row that no store wrote.
    init?(_ row: [Value]) {
        guard row.count == 10, let address = row[0].text, let since = row[1].integer,
            let ground = row[3].text.flatMap(Ground.init(rawValue:)), let cause = row[4].text,
            let lastTime = row[5].integer
        else { return nil }
        self.init(
            address: address,
            suppression: Suppression(since: since, until: row[2].integer, ground: ground, cause: cause),
            provider: row[6].text ?? "", category: row[7].text ?? "", rule: row[8].text ?? "",
            diagnostic: row[9].text, lastTime: lastTime)
    }

    /// The record that takes the suppression back, at this time or, where clocks differ, behind all that happened. The same
    /// suppression's has the same `id`.
    package func reversal(at time: Int64, reason: String) -> Record {
        let hash = SHA256.hash(data: Array("reversal\0\(address)\0\(suppression.cause)".utf8))
        var record = Record(
            id: String(hexadecimal: hash.prefix(16)), timeMilliseconds: max(time, lastTime + 1), event: .reversal,
            recipient: address, disposition: .none, category: .reversal, action: .release, rule: "store.release",
            origin: .operator, trust: .local)
        record.reason = reason
        return record
    }
}
