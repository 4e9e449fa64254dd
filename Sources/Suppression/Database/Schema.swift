// The store's tables, described in bounce-store.toml(5), and the steps from each version of them to the next.

/// Makes the tables, and brings older ones to this version.
package enum Schema {
    /// The version that this program writes.
    package static let version = steps.count

    /// What makes each version from the one before; a step that was released is never changed.
    private static let steps: [@Sendable (Dialect) -> [String]] = [first, second, third]

    @Sendable private static func first(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE journal (
                name TEXT PRIMARY KEY, seq BIGINT NOT NULL, crc BIGINT NOT NULL, file_first_seq BIGINT NOT NULL,
                file_offset BIGINT NOT NULL, first_seq BIGINT NOT NULL, applied BIGINT NOT NULL, repeated BIGINT NOT NULL,
                damaged BIGINT NOT NULL, missing BIGINT NOT NULL, last_time BIGINT NOT NULL)
            """,
            """
            CREATE TABLE event (
                id \(dialect.key) PRIMARY KEY, time BIGINT NOT NULL, event TEXT NOT NULL, address \(dialect.key) NOT NULL,
                provider TEXT NOT NULL, domain TEXT NOT NULL, sending_domain TEXT NOT NULL, campaign TEXT NOT NULL,
                disposition TEXT NOT NULL, category TEXT NOT NULL, action TEXT NOT NULL, status TEXT, reply BIGINT,
                rule TEXT NOT NULL, trust TEXT NOT NULL, message TEXT NOT NULL, diagnostic TEXT, hold TEXT,
                journal TEXT NOT NULL, seq BIGINT NOT NULL)
            """,
            "CREATE INDEX event_address ON event (address)",
            "CREATE INDEX event_time ON event (time)",
            "CREATE INDEX event_hold ON event (hold) WHERE hold IS NOT NULL",
            """
            CREATE TABLE address (
                address \(dialect.key) PRIMARY KEY, state TEXT NOT NULL, since BIGINT, until BIGINT, ground TEXT, cause TEXT,
                strikes TEXT, doubt TEXT, last_delivery BIGINT, last_time BIGINT NOT NULL, last_id TEXT NOT NULL)
            """,
            "CREATE INDEX address_since ON address (since) WHERE state <> 'clear'",
            """
            CREATE TABLE incident (
                sending_domain TEXT NOT NULL, provider TEXT NOT NULL, category TEXT NOT NULL, since BIGINT NOT NULL,
                last BIGINT NOT NULL, failures BIGINT NOT NULL, PRIMARY KEY (sending_domain, provider, category, since))
            """,
            "CREATE TABLE provider (provider TEXT PRIMARY KEY, detector TEXT NOT NULL)",
            """
            CREATE TABLE hold (
                provider TEXT NOT NULL, opened BIGINT NOT NULL, since BIGINT NOT NULL, decided BIGINT, verdict TEXT,
                reason TEXT, PRIMARY KEY (provider, opened))
            """,
            "CREATE INDEX hold_open ON hold (provider) WHERE decided IS NULL",
            """
            CREATE TABLE daily (
                day TEXT NOT NULL, provider TEXT NOT NULL, domain TEXT NOT NULL, sending_domain TEXT NOT NULL,
                campaign TEXT NOT NULL, event TEXT NOT NULL, disposition TEXT NOT NULL, count BIGINT NOT NULL,
                PRIMARY KEY (day, provider, domain, sending_domain, campaign, event, disposition))
            """,
            """
            CREATE VIEW suppressed AS
                SELECT address.address, address.since, address.until, address.ground, address.cause, event.category,
                    event.provider, event.rule, event.diagnostic
                FROM address LEFT JOIN event ON event.id = address.cause
                WHERE address.state = 'suppressed' AND (address.until IS NULL OR address.until > \(dialect.now))
            """,
        ]
    }

    /// What is held of an address is found without reading all its events.
    @Sendable private static func second(_ dialect: Dialect) -> [String] {
        [
            "DROP INDEX event_hold",
            "CREATE INDEX event_hold ON event (hold, address) WHERE hold IS NOT NULL",
        ]
    }

    /// An event tells when the suppression that it asks for ends, and which of an alias's members it is about.
    @Sendable private static func third(_ dialect: Dialect) -> [String] {
        ["ALTER TABLE event ADD COLUMN expires BIGINT", "ALTER TABLE event ADD COLUMN member TEXT"]
    }

    /// The tables that a rebuild makes anew.
    static let contents = ["journal", "event", "address", "incident", "provider", "hold", "daily"]

    /// Brings a store to this version, from nothing or from an earlier one. Throws `refused` for a later one.
    static func migrate(_ database: any StoreDatabase) throws {
        if try database.read({ try present(database) }) == version { return }
        try database.write {
            let present = try present(database)
            if present == 0 {
                try database.run("CREATE TABLE IF NOT EXISTS store (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
                try database.run("INSERT INTO store VALUES ('schema_version', '0') ON CONFLICT (key) DO NOTHING")
            }
            for step in steps[present...] {
                for statement in step(database.dialect) { try database.run(statement) }
            }
            try database.run("UPDATE store SET value = '\(version)' WHERE key = 'schema_version'")
        }
    }

    /// The version of the tables that are there; 0 for none.
    static func present(_ database: any StoreDatabase) throws -> Int {
        guard try database.hasTable("store"),
            let text = try database.row("SELECT value FROM store WHERE key = 'schema_version'")?.first?.text
        else { return 0 }
        guard let present = Int(text), (0...version).contains(present) else {
            throw StoreError(
                .refused,
                "store: its tables have version \(text), this program knows \(version): use the program that made them")
        }
        return present
    }
}
