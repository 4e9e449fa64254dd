// A prepared statement, bound, stepped and read by SQLite's own functions: GRDB's go by a value of its own for each column, which
// cost a third of a batch's time.

import GRDB
import GRDBSQLite

/// One of GRDB's cached statements. Not to be run again while it is running.
struct SQLiteStatement {
    private let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    private var pointer: OpaquePointer { statement.sqliteStatement }

    /// Binds $1, $2, … to the values while the body runs.
    func withBound<Result>(_ values: [Value], _ body: () throws -> Result) throws -> Result {
        defer { end() }
        for (place, value) in zip(CInt(1)..., values) {
            switch value {
            case .null: try check(sqlite3_bind_null(pointer, place))
            case .integer(let integer): try check(sqlite3_bind_int64(pointer, place, integer))
            case .text(let text):
                try check(
                    text.withCString { sqlite3_bind_text(pointer, place, $0, CInt(text.utf8.count), Self.copied) })
            }
        }
        return try body()
    }

    /// As `withBound`, with the cells of a batch's row and its texts, which stay where they are.
    func withBound<Result>(
        _ cells: ArraySlice<RowBatch.Cell>, _ texts: UnsafeRawBufferPointer, _ body: () throws -> Result
    ) throws -> Result {
        defer { end() }
        for (place, cell) in zip(CInt(1)..., cells) {
            switch cell {
            case .null: try check(sqlite3_bind_null(pointer, place))
            case .integer(let integer): try check(sqlite3_bind_int64(pointer, place, integer))
            case .text(let range):
                let text = UnsafeRawBufferPointer(rebasing: texts[range]).assumingMemoryBound(to: CChar.self)
                try check(sqlite3_bind_text(pointer, place, text.baseAddress, CInt(text.count), nil))
            }
        }
        return try body()
    }

    private func end() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    /// Goes to the next row; false where there is none.
    func step() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    /// The values of the row that it is at.
    func row() -> [Value] { (0..<sqlite3_column_count(pointer)).map(column) }

    private func column(_ index: CInt) -> Value {
        switch sqlite3_column_type(pointer, index) {
        case SQLITE_INTEGER, SQLITE_FLOAT: return .integer(sqlite3_column_int64(pointer, index))
        case SQLITE_TEXT:
            guard let text = sqlite3_column_text(pointer, index) else { return .null }
            let count = Int(sqlite3_column_bytes(pointer, index))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        default: return .null
        }
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not see.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func check(_ code: CInt) throws { if code != SQLITE_OK { throw failure(code) } }

    private func failure(_ code: CInt) -> DatabaseError {
        let message = sqlite3_errmsg(sqlite3_db_handle(pointer)).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
