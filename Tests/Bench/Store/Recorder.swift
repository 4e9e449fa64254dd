// A database that tells what is written to it, so that another one can be given the same.

import Suppression

final class Recorder: StoreDatabase {
    /// One call that changes something.
    enum Write {
        case rows(RowBatch)
        case newRows(RowBatch)
        case statement(String, [Value])

        func run(on database: any StoreDatabase) throws {
            switch self {
            case .rows(let batch): try database.insert(batch)
            case .newRows(let batch): _ = try database.insertNew(batch)
            case .statement(let sql, let arguments): try database.run(sql, arguments)
            }
        }
    }

    private let database: any StoreDatabase
    private let written: ([Write]) throws -> Void
    private var writes: [Write] = []

    /// `written` is called behind each transaction, with its writes in their order.
    init(_ database: any StoreDatabase, _ written: @escaping ([Write]) throws -> Void) {
        self.database = database
        self.written = written
    }

    var dialect: Dialect { database.dialect }

    func hasTable(_ name: String) throws -> Bool { try database.hasTable(name) }

    func write<Result>(_ body: () throws -> Result) throws -> Result {
        let result = try database.write(body)
        try written(writes)
        writes = []
        return result
    }

    func read<Result>(_ body: () throws -> Result) throws -> Result { try database.read(body) }

    func run(_ sql: String, _ arguments: [Value]) throws -> Int {
        writes.append(.statement(sql, arguments))
        return try database.run(sql, arguments)
    }

    func rows(_ sql: String, _ arguments: [Value], _ each: ([Value]) throws -> Void) throws {
        try database.rows(sql, arguments, each)
    }

    func rows(
        _ select: String, where column: String, in keys: [String], _ each: (Int, [Value]) throws -> Void
    ) throws {
        try database.rows(select, where: column, in: keys, each)
    }

    func insert(_ batch: RowBatch) throws {
        writes.append(.rows(batch))
        try database.insert(batch)
    }

    func insertNew(_ batch: RowBatch) throws -> [Int] {
        writes.append(.newRows(batch))
        return try database.insertNew(batch)
    }

    func compact() throws { try database.compact() }

    func integrityFaults() throws -> [String] { try database.integrityFaults() }
}
