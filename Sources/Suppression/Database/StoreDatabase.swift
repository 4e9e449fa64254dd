// What the store asks of a database. Both speak the same SQL: placeholders are $1, $2, … in the order of the arguments.

/// A value in a column. Times are milliseconds since 1970.
package enum Value: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)

    package init(_ text: String?) { self = text.map(Value.text) ?? .null }
    package init(_ integer: Int64?) { self = integer.map(Value.integer) ?? .null }
    package init(_ integer: Int) { self = .integer(Int64(integer)) }

    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
}

/// What the world can do to the store.
package struct StoreError: Error, CustomStringConvertible, Equatable {
    /// What can be done about it.
    package enum Kind: Sendable, Hashable {
        /// The database is not there or does not answer, or another program has it for long: worth another try.
        case away
        /// The store cannot be used as it is: a person must act.
        case refused
        /// A journal is damaged, and nobody said to pass over it.
        case damaged
    }

    package var kind: Kind
    /// "what: object: reason", and what to do.
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The store at a path, or one that is known by the connection, is not there, or has no tables.
    static func nothingApplied(_ path: String? = nil) -> StoreError {
        let place = path.map { "store: \($0)" } ?? "store"
        return StoreError(
            .refused,
            "\(place): nothing was applied yet: start \"bouncectl store follow\" (systemd: bounce-store.service)")
    }
}

/// One connection to the store. Used by one thread at a time.
package protocol StoreDatabase: AnyObject {
    /// What `Schema` writes differently for the two.
    var dialect: Dialect { get }

    func hasTable(_ name: String) throws -> Bool

    /// Runs the body in one transaction, which no other writer's overlaps; ends it without effect where the body throws.
    func write<Result>(_ body: () throws -> Result) throws -> Result

    /// Runs the body on one state of the store, whatever is written meanwhile. Readers never wait for a writer.
    func read<Result>(_ body: () throws -> Result) throws -> Result

    /// Runs one statement; returns how many rows it changed. Within `write`, as all that follow; `rows` also within `read`.
    @discardableResult
    func run(_ sql: String, _ arguments: [Value]) throws -> Int

    /// Hands out the rows of a query as they come. Nothing else can be asked meanwhile, here and below.
    func rows(_ sql: String, _ arguments: [Value], _ each: ([Value]) throws -> Void) throws

    /// Hands out the rows of a query without WHERE whose first column, named `column`, has one of the keys, which are different; each
    /// row with its key's place among them.
    func rows(
        _ select: String, where column: String, in keys: [String], _ each: (Int, [Value]) throws -> Void
    ) throws

    /// Writes the rows.
    func insert(_ batch: RowBatch) throws

    /// Writes the rows that are in conflict with none; returns their places in the batch, in order. Its first column is the key.
    func insertNew(_ batch: RowBatch) throws -> [Int]

    /// Gives unused room back, and checks the database's own structure: what is wrong, a line each.
    func compact() throws
    func integrityFaults() throws -> [String]
}

extension StoreDatabase {
    /// The first row of a query.
    package func row(_ sql: String, _ arguments: [Value] = []) throws -> [Value]? {
        var found: [Value]?
        try rows(sql, arguments) { if found == nil { found = $0 } }
        return found
    }

    /// Runs one statement without placeholders.
    package func run(_ sql: String) throws { try run(sql, []) }
}

/// The few places where the two write the same thing differently.
package struct Dialect: Sendable {
    /// The type of a text that is looked up by its bytes.
    let key: String
    /// The time of day in milliseconds since 1970.
    let now: String
}
