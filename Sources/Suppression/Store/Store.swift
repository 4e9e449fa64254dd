// The suppression store: what the journals say, kept so that it can be asked.

import Journal
import Vocabulary

/// A store that is open, of this program's schema. Used by one thread at a time.
package final class Store {
    package let database: any StoreDatabase
    package let policy: Policy
    package let providers: ProviderNames
    package let key: AddressKey
    /// Within a rebuild, the words of operators on holds that no batch has come to, the earliest first.
    var words: ArraySlice<HoldWord> = []

    /// Makes the tables where there are none, and brings older ones to this version. Throws `refused` where they hold addresses of another
    /// key, unless they are to be made anew.
    package init(
        _ database: any StoreDatabase, policy: Policy, providers: ProviderNames, key: AddressKey,
        forRebuild: Bool = false
    ) throws {
        self.database = database
        self.policy = policy
        self.providers = providers
        self.key = key
        try Schema.migrate(database)
        if !forRebuild {
            try database.write { try rememberKey(replacing: false) }
            try expectKey()
        }
    }

    /// For asking alone: the tables must be there.
    package init(reading database: any StoreDatabase, policy: Policy, key: AddressKey) throws {
        self.database = database
        self.policy = policy
        providers = ProviderNames(hosts: [:], domains: [:])
        self.key = key
        let version = try database.read { try Schema.present(database) }
        if version == 0 { throw StoreError.nothingApplied() }
        guard version == Schema.version else {
            throw StoreError(
                .refused,
                "store: its tables have version \(version), this program reads \(Schema.version): start \"bouncectl store follow\" anew (systemd: bounce-store.service), which brings them up to date"
            )
        }
        try expectKey()
    }

    /// Writes down of which key the addresses are, where that is not known or is to be another.
    func rememberKey(replacing: Bool) throws {
        try database.run(
            """
            INSERT INTO store VALUES ('addresses', $1) ON CONFLICT (key) DO
            \(replacing ? "UPDATE SET value = excluded.value" : "NOTHING")
            """, [.text(key.mark)])
    }

    /// With another key nobody would be found, and what is applied would be found by nobody.
    private func expectKey() throws {
        let row = try database.read { try database.row("SELECT value FROM store WHERE key = 'addresses'") }
        guard let mark = row?.first?.text, mark != key.mark else { return }
        let difference =
            if !key.isHashed {
                "its addresses are digests, and hash_addresses is not set: set it again"
            } else if mark == AddressKey().mark {
                "its addresses are readable, and hash_addresses is set: take it away"
            } else {
                "its addresses are digests with another secret than that of hash_addresses: put that back"
            }
        throw StoreError(.refused, "store: \(difference), or make the store anew with \"bouncectl store rebuild\"")
    }
}

/// What is read of a journal at once.
package struct JournalBatch {
    /// Names the journal in the store.
    package var journal: String
    /// Where the journal's reader stood before.
    package var from: Checkpoint
    package var to: Checkpoint
    /// One for each record, in the journal's order.
    private(set) var facts: [Fact] = []
    /// Of facts with the same `id` the best, and their rows.
    private(set) var distinct = FactSet([])
    private(set) var rows = Fact.rows([], "")
    /// What is wrong between `from` and `to`, and the operator passes over.
    package var damaged = 0
    package var missing = 0

    package init(journal: String, from: Checkpoint) {
        self.journal = journal
        self.from = from
        to = from
    }

    mutating func append(_ more: [Fact]) {
        facts += more
        distinct = FactSet(Fact.bestOfEach(facts))
        rows = Fact.rows(distinct.facts, journal)
    }
}

/// What became of a batch.
package struct Applied: Sendable, Hashable {
    /// Records that were new.
    package var records = 0
    /// Records whose `id` was applied before.
    package var repeated = 0
    /// Addresses that are suppressed now and were not, and the other way round.
    package var suppressed = 0
    package var released = 0
    package var incidents: [IncidentKey] = []
    package var holds: [HoldNotice] = []

    package init() {}

    package static func += (sum: inout Applied, other: Applied) {
        sum.records += other.records
        sum.repeated += other.repeated
        sum.suppressed += other.suppressed
        sum.released += other.released
        sum.incidents += other.incidents
        sum.holds += other.holds
    }
}
