// A mailing list on its way to a sender: what may be mailed passes byte for byte, what is suppressed is kept back with the reason.

/// Reads a mailing list row by row.
package struct ListFilter {
    package enum Verdict: String, Sendable, Hashable {
        case allowed, suppressed
        case noAddress = "no-address"
    }

    package struct Row: Sendable, Hashable {
        package var verdict: Verdict
        package var line: Int
        /// As it stands in the list, trimmed of nothing.
        package var address: String
        package var bytes: ArraySlice<UInt8>
        /// With `suppressed`.
        package var suppression: ListRow?
        /// The domain that was probably meant.
        package var hint: String?
    }

    package struct Counts: Sendable, Hashable {
        package var allowed = 0
        package var suppressed = 0
        package var withoutAddress = 0
        package var hints = 0
    }

    package private(set) var counts = Counts()
    /// The header as it stands in the list; empty for a list without one.
    package private(set) var header: ArraySlice<UInt8> = []
    private let column: Int
    private var reader: CSVReader
    private var first: CSVRow?
    private let suppression: (String) throws -> ListRow?
    private let hint: (String) -> String?

    /// Reads the header. The addresses are in the column of that name, else in the one that is named as such columns are.
    /// `suppression` answers for an address, `hint` for a domain in lower case. Throws `ListError`, `CSVError`, and what reading throws.
    package init(
        _ reader: CSVReader, column name: String? = nil, suppression: @escaping (String) throws -> ListRow?,
        hint: @escaping (String) -> String?
    ) throws {
        self.reader = reader
        self.suppression = suppression
        self.hint = hint
        guard let row = try self.reader.next() else { throw ListError.empty }
        if let name {
            guard let column = row.fields.firstIndex(where: { columnName($0) == columnName(name) }) else {
                throw ListError.noSuchColumn(name)
            }
            self.column = column
            header = row.bytes
        } else if let columns = ListColumns(header: row.fields) {
            column = columns.address
            header = row.bytes
        } else if let columns = ListColumns(firstRow: row.fields) {
            column = columns.address
            first = row
        } else {
            throw ListError.noAddressColumn(row.fields.prefix(8).joined(separator: ", "))
        }
    }

    /// The next row; nil at the end. Throws `CSVError`, and what reading and asking throw.
    package mutating func next() throws -> Row? {
        let next: CSVRow?
        if let first {
            next = first
            self.first = nil
        } else {
            next = try reader.next()
        }
        guard let row = next else { return nil }
        let field = row.fields.indices.contains(column) ? row.fields[column] : ""
        var result = Row(verdict: .allowed, line: row.line, address: field, bytes: row.bytes)
        guard let address = ListAddress.parse(field) else {
            counts.withoutAddress += 1
            result.verdict = .noAddress
            return result
        }
        result.hint = address.split(separator: "@").last.flatMap { hint(String($0)) }
        if result.hint != nil { counts.hints += 1 }
        result.suppression = try suppression(address)
        if result.suppression == nil {
            counts.allowed += 1
        } else {
            counts.suppressed += 1
            result.verdict = .suppressed
        }
        return result
    }
}
