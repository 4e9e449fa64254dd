// Rows on their way into a table, without a string for each of their texts.

/// Rows for one table.
package struct RowBatch: Sendable {
    package enum ColumnType: String, Sendable {
        case text
        case integer = "bigint"
    }

    /// A value of a row.
    package enum Cell: Sendable {
        case null
        case integer(Int64)
        /// Where it lies in `texts`.
        case text(Range<Int>)
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

    /// Adds a row; as many values as there are columns.
    package mutating func add(_ row: [Value]) {
        precondition(row.count == columns.count, "a row of \(table) has \(columns.count) columns")
        for value in row {
            switch value {
            case .null: cells.append(.null)
            case .integer(let integer): cells.append(.integer(integer))
            case .text(let text):
                let start = texts.count
                texts.append(contentsOf: text.utf8)
                cells.append(.text(start..<texts.count))
                texts.append(0)
            }
        }
    }

    /// The text in a row's first column; nil where that is none.
    package func key(_ index: Int) -> String? {
        guard case .text(let range) = cells[index * columns.count] else { return nil }
        return String(decoding: texts[range], as: UTF8.self)
    }

    /// The cells of a row.
    package func row(_ index: Int) -> ArraySlice<Cell> {
        cells[index * columns.count..<(index + 1) * columns.count]
    }
}
