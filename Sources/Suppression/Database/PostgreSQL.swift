// The store in PostgreSQL, by libpq: for several mail hosts at once.

import CPostgreSQL
import Glibc

/// One connection. It is made anew, with the next transaction, when it is lost.
package final class PostgreSQLDatabase: StoreDatabase {
    package let dialect = Dialect(
        key: "TEXT COLLATE \"C\"", now: "(extract(epoch FROM now()) * 1000)::bigint")
    private let connectionString: String
    private var connection: OpaquePointer?
    /// The names of the statements that this connection has prepared.
    private var prepared: [String: String] = [:]

    /// `connectionString` as libpq takes it: `host=db dbname=bounces` or a URI.
    package init(connectionString: String) throws {
        self.connectionString = connectionString
        try connect()
    }

    deinit { PQfinish(connection) }

    private func connect() throws {
        PQfinish(connection)
        prepared = [:]
        // The last one has the last word, and is taken apart.
        let parameters = Self.patience + [("dbname", connectionString)]
        connection = withCStrings(parameters.map(\.0) + [nil]) { names in
            withCStrings(parameters.map(\.1) + [nil]) { PQconnectdbParams(names, $0, 1) }
        }
        guard PQstatus(connection) == CONNECTION_OK else {
            let reason = message
            PQfinish(connection)
            connection = nil
            throw StoreError(.away, "store: \(reason)")
        }
        PQsetClientEncoding(connection, "UTF8")
        // Notices such as "there is no transaction" tell a person nothing here.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    private var message: String {
        let text = connection.map { String(cString: PQerrorMessage($0)) } ?? "not connected"
        // libpq's messages have several lines, indented.
        return text.split(separator: "\n").map { $0.drop { $0 == "\t" } }.joined(separator: "; ")
    }

    // MARK: Transactions

    package func write<Result>(_ body: () throws -> Result) throws -> Result {
        try transaction("BEGIN") {
            // Whoever holds this row's lock writes, the others wait here; while there is no table, another lock's.
            let lock =
                try hasTable("store")
                ? "SELECT 1 FROM store WHERE key = 'schema_version' FOR UPDATE"
                : "SELECT pg_advisory_xact_lock(\(Self.creationLock))"
            try run(lock, [])
            return try body()
        }
    }

    package func read<Result>(_ body: () throws -> Result) throws -> Result {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    private func transaction<Result>(_ begin: String, _ body: () throws -> Result) throws -> Result {
        if connection == nil || PQstatus(connection) != CONNECTION_OK { try connect() }
        do {
            try run(begin, [])
            let result = try body()
            try run("COMMIT", [])
            return result
        } catch {
            if PQstatus(connection) == CONNECTION_OK {
                _ = try? run("ROLLBACK", [])
            } else {
                PQfinish(connection)
                connection = nil
            }
            throw error
        }
    }

    /// Asks the catalog itself: of what to_regclass() did not find, it does not notice that another program made it meanwhile.
    package func hasTable(_ name: String) throws -> Bool {
        try row("SELECT 1 FROM pg_class WHERE relname = $1 AND pg_table_is_visible(oid)", [.text(name)]) != nil
    }

    // MARK: Statements

    @discardableResult
    package func run(_ sql: String, _ arguments: [Value]) throws -> Int {
        try run(sql, PostgreSQLParameters(arguments))
    }

    @discardableResult
    private func run(_ sql: String, _ parameters: PostgreSQLParameters) throws -> Int {
        let result = try execute(sql, parameters)
        defer { PQclear(result) }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    package func rows(_ sql: String, _ arguments: [Value], _ each: ([Value]) throws -> Void) throws {
        try rows(sql, PostgreSQLParameters(arguments), each)
    }

    /// Row by row as they come: all of them may be millions.
    private func rows(_ sql: String, _ parameters: PostgreSQLParameters, _ each: ([Value]) throws -> Void) throws {
        let name = try prepare(sql)
        guard parameters.withPointers({ PQsendQueryPrepared(connection, name, $0, $1, $2, $3, 0) }) == 1 else {
            throw StoreError(.away, "store: \(message)")
        }
        // Nothing else can be asked before the last row was taken.
        defer { while let rest = PQgetResult(connection) { PQclear(rest) } }
        PQsetSingleRowMode(connection)
        var isText: [Bool] = []
        while let next = PQgetResult(connection) {
            let result = try checked(next)
            defer { PQclear(result) }
            let columns = PQnfields(result)
            if isText.isEmpty { isText = (0..<columns).map { !Self.integerTypes.contains(PQftype(result, $0)) } }
            for row in 0..<PQntuples(result) {
                try each(
                    (0..<columns).map { column in
                        if PQgetisnull(result, row, column) == 1 { return .null }
                        let text = String(cString: PQgetvalue(result, row, column))
                        return isText[Int(column)] ? .text(text) : Value(Int64(text))
                    })
            }
        }
    }

    package func rows(
        _ select: String, where column: String, in keys: [String], _ each: (Int, [Value]) throws -> Void
    ) throws {
        let places = Dictionary(zip(keys, 0...)) { first, _ in first }
        var parameters = PostgreSQLParameters()
        parameters.append(keys)
        try rows("\(select) WHERE \(column) = ANY($1::text[])", parameters) { row in
            if let place = row.first?.text.flatMap({ places[$0] }) { try each(place, row) }
        }
    }

    package func insert(_ batch: RowBatch) throws {
        for rows in Self.portions(of: batch) { try run(Self.insertion(of: batch), Self.arrays(of: batch, rows)) }
    }

    package func insertNew(_ batch: RowBatch) throws -> [Int] {
        let sql = "\(Self.insertion(of: batch)) RETURNING \(batch.columns[0].name)"
        var written: Set<String> = []
        for portion in Self.portions(of: batch) {
            try rows(sql, Self.arrays(of: batch, portion)) { row in
                if let key = row.first?.text { written.insert(key) }
            }
        }
        return (0..<batch.count).filter { batch.key($0).map { written.remove($0) != nil } ?? false }
    }

    private static func portions(of batch: RowBatch) -> [Range<Int>] {
        stride(from: 0, to: batch.count, by: rowsAtOnce).map { $0..<min($0 + rowsAtOnce, batch.count) }
    }

    private static func insertion(of batch: RowBatch) -> String {
        let names = batch.columns.map(\.name).joined(separator: ", ")
        let arrays = batch.columns.enumerated().map { "unnest($\($0 + 1)::\($1.type.rawValue)[])" }
        return
            "INSERT INTO \(batch.table) (\(names)) SELECT \(arrays.joined(separator: ", ")) ON CONFLICT \(batch.onConflict)"
    }

    /// One for each column.
    private static func arrays(of batch: RowBatch, _ rows: Range<Int>) -> PostgreSQLParameters {
        var parameters = PostgreSQLParameters()
        for column in batch.columns.indices { parameters.append(batch, column, rows) }
        return parameters
    }

    package func compact() throws {
        if connection == nil || PQstatus(connection) != CONNECTION_OK { try connect() }
        for table in Schema.contents { try run("VACUUM (ANALYZE) \(table)", []) }
    }

    /// PostgreSQL checks its own pages as it reads them.
    package func integrityFaults() throws -> [String] { [] }

    // MARK: libpq

    /// What holds where the connection string does not say otherwise: a host that vanished without a word is noticed in half a minute,
    /// where libpq would wait as long as TCP does.
    private static let patience = [
        ("connect_timeout", "10"), ("keepalives_idle", "15"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "30000"),
    ]
    /// Any number, the same for all programs that make a store.
    private static let creationLock = 7_225_362

    /// A statement's parameters together must stay below 1 GB. A row has less than three times the bytes of a journal's line.
    private static let rowsAtOnce = 5_000
    /// The object identifiers of int8, int2 and int4 (pg_type.h).
    private static let integerTypes: Set<Oid> = [20, 21, 23]

    /// Runs a statement that is prepared on its first use; the caller clears the result.
    private func execute(_ sql: String, _ parameters: PostgreSQLParameters) throws -> OpaquePointer? {
        let name = try prepare(sql)
        return try checked(parameters.withPointers { PQexecPrepared(connection, name, $0, $1, $2, $3, 0) })
    }

    private func prepare(_ sql: String) throws -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count)"
        PQclear(try checked(PQprepare(connection, name, sql, 0, nil)))
        prepared[sql] = name
        return name
    }

    private func checked(_ result: OpaquePointer?) throws -> OpaquePointer? {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: return result
        default:
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
            PQclear(result)
            throw StoreError(Self.kind(ofState: state), "store: \(message)")
        }
    }

    /// By the class of the SQLSTATE: no connection, no resources, shut down, serialization and deadlock pass by themselves.
    private static func kind(ofState state: String) -> StoreError.Kind {
        state.isEmpty || ["08", "40", "53", "57", "58"].contains(String(state.prefix(2))) || state == "25006"
            ? .away : .refused
    }
}

/// Calls the body with C strings; a nil stays one.
private func withCStrings<Result>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) throws -> Result
) rethrows -> Result {
    let copies = texts.map { $0.map { strdup($0) } ?? nil }
    defer { for copy in copies { free(copy) } }
    return try copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { try body($0.baseAddress) }
}
