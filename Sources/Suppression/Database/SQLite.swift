// The store in one file of SQLite, by GRDB.

import GRDB
import GRDBSQLite
import Glibc
import POSIX

/// SQLite with a write-ahead log: who reads never waits for who writes. GRDB has it synced when it is copied into the database
/// (`synchronous = NORMAL`): a power failure can take back the last transactions, whole and with their checkpoints, so that they are
/// applied again from the journals.
package final class SQLiteDatabase: StoreDatabase {
    /// How long another writer's transaction is waited for; longer ones are tried again.
    private static let busySeconds = 10.0
    /// Memory for pages, in KiB.
    private static let cacheKibibytes = 64 << 10
    /// The write-ahead log is copied into the database when it is longer, so that a page which many batches change is copied once. One that
    /// grew in a long transaction is cut to it.
    private static let logBytes = 64 << 20

    package let dialect = Dialect(
        key: "TEXT", now: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)")
    private let queue: DatabaseQueue
    private let path: String
    /// Set while a transaction runs.
    private var connection: Database?

    /// Opens the file; makes it where there is none, unless it is only to be read.
    package init(path: String, readOnly: Bool = false) throws {
        if readOnly, access(path, F_OK) != 0, errno == ENOENT { throw StoreError.nothingApplied(path) }
        self.path = path
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.journalMode = readOnly ? .default : .wal
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.maximumReaderCount = 1
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
            if !readOnly { try Self.keepLog(of: db) }
        }
        queue = try Self.naming(path) { try DatabaseQueue(path: path, configuration: configuration) }
    }

    /// Leaves the write-ahead log, emptied, when the last program closes the store: who may read the folder but not write to it, as
    /// Postfix, cannot read a store without one.
    private static func keepLog(of db: Database) throws {
        try db.execute(sql: "PRAGMA journal_size_limit = \(logBytes)")
        let pageBytes = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? logBytes
        try db.execute(sql: "PRAGMA wal_autocheckpoint = \(logBytes / pageBytes)")
        var isKept: CInt = 1
        sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &isKept)
    }

    package func write<Result>(_ body: () throws -> Result) throws -> Result {
        try transaction(.immediate, body)
    }

    package func read<Result>(_ body: () throws -> Result) throws -> Result {
        try transaction(.deferred, body)
    }

    private func transaction<Result>(
        _ kind: Database.TransactionKind, _ body: () throws -> Result
    ) throws -> Result {
        try Self.naming(path) {
            var result: Result?
            try queue.writeWithoutTransaction { db in
                connection = db
                defer { connection = nil }
                try db.inTransaction(kind) {
                    result = try body()
                    return .commit
                }
            }
            guard let result else { preconditionFailure("a transaction without a result") }
            return result
        }
    }

    private var open: Database {
        guard let connection else { preconditionFailure("outside of a transaction") }
        return connection
    }

    package func hasTable(_ name: String) throws -> Bool {
        try row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1", [.text(name)]) != nil
    }

    @discardableResult
    package func run(_ sql: String, _ arguments: [Value]) throws -> Int {
        let statement = try prepared(sql)
        try statement.withBound(arguments) { while try statement.step() {} }
        return open.changesCount
    }

    package func rows(_ sql: String, _ arguments: [Value], _ each: ([Value]) throws -> Void) throws {
        let statement = try prepared(sql)
        try statement.withBound(arguments) { while try statement.step() { try each(statement.row()) } }
    }

    package func rows(
        _ select: String, where column: String, in keys: [String], _ each: (Int, [Value]) throws -> Void
    ) throws {
        let statement = try prepared("\(select) WHERE \(column) = $1")
        for (place, key) in keys.enumerated() {
            try statement.withBound(key) { while try statement.step() { try each(place, statement.row()) } }
        }
    }

    package func insert(_ batch: RowBatch) throws { try insert(batch) { _ in } }

    package func insertNew(_ batch: RowBatch) throws -> [Int] {
        var written: [Int] = []
        try insert(batch) { if open.changesCount > 0 { written.append($0) } }
        return written
    }

    /// `inserted` is called behind each row.
    private func insert(_ batch: RowBatch, _ inserted: (Int) -> Void) throws {
        if batch.isEmpty { return }
        let names = batch.columns.map(\.name).joined(separator: ", ")
        let places = (1...batch.columns.count).map { "$\($0)" }.joined(separator: ", ")
        let statement = try prepared(
            "INSERT INTO \(batch.table) (\(names)) VALUES (\(places)) ON CONFLICT \(batch.onConflict)")
        try statement.run(batch, inserted)
    }

    private func prepared(_ sql: String) throws -> SQLiteStatement {
        SQLiteStatement(try open.cachedStatement(sql: sql))
    }

    package func compact() throws {
        try Self.naming(path) {
            try queue.vacuum()
            _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        }
    }

    package func integrityFaults() throws -> [String] {
        var faults: [String] = []
        try rows("PRAGMA integrity_check", []) { row in
            if let line = row.first?.text, line != "ok" { faults.append(line) }
        }
        return faults
    }

    /// Turns SQLite's errors into the store's.
    private static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw StoreError(
                    .away, "store: \(path): another program is writing for more than \(Int(busySeconds)) seconds")
            case .SQLITE_FULL, .SQLITE_IOERR:
                throw StoreError(.away, "store: \(path): \(error.message ?? "input or output failed")")
            case .SQLITE_CANTOPEN:
                // Who calls it as root is another user by now.
                throw StoreError(
                    .refused,
                    "store: \(path): cannot be opened; its folder must be there, and the user \(Users.ownName) must be able to write to it"
                )
            case .SQLITE_READONLY:
                throw StoreError(.refused, "store: \(path): not writable by this user")
            case .SQLITE_NOTADB:
                throw StoreError(.refused, "store: \(path): is no database; is another file meant?")
            case .SQLITE_CORRUPT:
                throw StoreError(
                    .refused, "store: \(path): damaged; move it away and make it anew with \"bouncectl store rebuild\"")
            default: throw StoreError(.refused, "store: \(path): \(error.message ?? "\(error)")")
            }
        }
    }
}
