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

    /// Binds $1 to a text, which stays where it is, while the body runs.
    func withBound<Result>(_ text: String, _ body: () throws -> Result) throws -> Result {
        defer { end() }
        var text = text
        return try text.withUTF8 {
            try bind(1, UnsafeRawBufferPointer($0))
            return try body()
        }
    }

    /// Runs it once for each row of the batch; its texts stay where they are. `ran` is called behind each row.
    func run(_ batch: RowBatch, _ ran: (Int) -> Void) throws {
        let columns = batch.columns.count
        defer { end() }
        try batch.texts.withUnsafeBytes { texts in
            for row in 0..<batch.count {
                for column in 0..<columns {
                    let place = CInt(column + 1)
                    switch batch.cells[row * columns + column] {
                    case .null: try check(sqlite3_bind_null(pointer, place))
                    case .integer(let integer): try check(sqlite3_bind_int64(pointer, place, integer))
                    case .text(let start, let count):
                        try bind(place, UnsafeRawBufferPointer(rebasing: texts[Int(start)..<Int(start) + Int(count)]))
                    }
                }
                _ = try step()
                ran(row)
                sqlite3_reset(pointer)
            }
        }
    }

    private func bind(_ place: CInt, _ text: UnsafeRawBufferPointer) throws {
        let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
        try check(sqlite3_bind_text(pointer, place, start, CInt(text.count), nil))
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
