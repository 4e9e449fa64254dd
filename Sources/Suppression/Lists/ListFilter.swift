// A mailing list on its way to a sender: what may be mailed passes byte for byte, what is suppressed is kept back with the reason.

/// Reads a mailing list row by row.
package struct ListFilter {
    /// Whether a row may be mailed.
    package enum Verdict: String, Sendable, Hashable {
        case allowed, suppressed
        case noAddress = "no-address"
    }

    /// One row, and what is known of its address.
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

    /// What became of the rows.
    package struct Counts: Sendable, Hashable {
        package var allowed = 0
        package var suppressed = 0
        package var withoutAddress = 0
        package var hints = 0
    }

    /// Rows that are handed out at once have no more bytes than these, but for the last of them.
    private static let limitBytes = 4 << 20

    package private(set) var counts = Counts()
    /// The header as it stands in the list; empty for a list without one.
    package private(set) var header: ArraySlice<UInt8> = []
    private let column: Int
    private var reader: CSVReader
    private var first: CSVRow?
    private let hint: (String) -> String?

    /// Reads the header. The addresses are in the column of that name, else in the one that is named as such columns are.
    /// `hint` tells for a domain in lower case which one was probably meant. Throws `ListError`, `CSVError`, and what reading throws.
    package init(_ reader: CSVReader, column name: String? = nil, hint: @escaping (String) -> String?) throws {
        self.reader = reader
        self.hint = hint
        guard let row = try self.reader.next() else { throw ListError.empty }
        let (columns, isHeader) = try ListColumns.read(firstRow: row.fields, column: name)
        column = columns.address
        if isHeader { header = row.bytes } else { first = row }
    }

    /// The next rows, at most `limit`; none at the end. `suppressed` tells of addresses which of them are suppressed. Throws `CSVError`,
    /// and what reading and asking throw.
    package mutating func next(limit: Int, suppressed: ([String]) throws -> [String: ListRow]) throws -> [Row] {
        var rows: [Row] = []
        var addresses: [String?] = []
        var bytes = 0
        while rows.count < limit, bytes < Self.limitBytes, let row = try nextRow() {
            bytes += row.bytes.count
            let field = row.fields.indices.contains(column) ? row.fields[column] : ""
            let address = ListAddress.parse(field)
            rows.append(Row(verdict: .allowed, line: row.line, address: field, bytes: row.bytes))
            rows[rows.count - 1].hint = address?.split(separator: "@").last.flatMap { hint(String($0)) }
            addresses.append(address)
        }
        let found = try suppressed(addresses.compactMap { $0 })
        for (index, address) in addresses.enumerated() {
            rows[index].suppression = address.flatMap { found[$0] }
            rows[index].verdict = address == nil ? .noAddress : rows[index].suppression == nil ? .allowed : .suppressed
            counts.count(rows[index])
        }
        return rows
    }

    private mutating func nextRow() throws -> CSVRow? {
        defer { first = nil }
        return try first ?? reader.next()
    }
}

extension ListFilter.Counts {
    fileprivate mutating func count(_ row: ListFilter.Row) {
        switch row.verdict {
        case .allowed: allowed += 1
        case .suppressed: suppressed += 1
        case .noAddress: withoutAddress += 1
        }
        if row.hint != nil { hints += 1 }
    }
}
