// Rows on their way into a table, without a string for each of their texts.

/// Rows for one table.
package struct RowBatch: Sendable {
    /// As both databases name it.
    package enum ColumnType: String, Sendable {
        case text
        case integer = "bigint"
    }

    /// A value of a row.
    package enum Cell: Sendable {
        case null
        case integer(Int64)
        /// Where it lies in `texts`, which is shorter than 4 GiB.
        case text(start: UInt32, count: UInt32)
    }

    package let table: String
    package let columns: [(name: String, type: ColumnType)]
    /// What is behind ON CONFLICT: `(id) DO NOTHING`.
    package let onConflict: String
    /// One row after the other. No two rows may be in conflict with each other, but for `DO NOTHING`.
    package private(set) var cells: [Cell] = []
    /// All texts in UTF-8, a zero behind each.
    package private(set) var texts: [UInt8] = []

    package init(_ table: String, _ columns: [(name: String, type: ColumnType)], onConflict: String) {
        self.table = table
        self.columns = columns
        self.onConflict = onConflict
    }

    package var count: Int { cells.count / columns.count }
    package var isEmpty: Bool { cells.isEmpty }

    /// Makes room for so many rows.
    package mutating func reserve(_ rows: Int) { cells.reserveCapacity(rows * columns.count) }

    // MARK: Values, one row after the other, each in the order of the columns

    package mutating func append(_ text: String) {
        let start = texts.count
        var text = text
        text.withUTF8 { texts.append(contentsOf: $0) }
        cells.append(.text(start: UInt32(start), count: UInt32(texts.count - start)))
        texts.append(0)
    }

    package mutating func append(_ integer: Int64) { cells.append(.integer(integer)) }

    package mutating func append(_ text: String?) {
        if let text { append(text) } else { cells.append(.null) }
    }

    package mutating func append(_ integer: Int64?) { cells.append(integer.map(Cell.integer) ?? .null) }

    // MARK: Rows

    /// The text in a row's first column; nil where that is none.
    package func key(_ index: Int) -> String? {
        guard case .text(let start, let count) = cells[index * columns.count] else { return nil }
        return String(decoding: texts[Int(start)..<Int(start) + Int(count)], as: UTF8.self)
    }
}
