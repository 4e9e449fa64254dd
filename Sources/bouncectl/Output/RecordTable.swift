// Records as rows of a table that can be read as it grows.

import Journal
import Vocabulary

/// Writes a heading before the first row. Columns have a width that fits most values; a longer value takes room
/// from those behind it.
struct RecordTable {
    private static let heading = [
        "TIME (UTC)", "EVENT", "RECIPIENT", "CATEGORY", "ACTION", "TRUST", "STATUS", "REPLY", "RULE",
    ]
    private static let widths = [23, 10, 28, 19, 11, 10, 8, 5, 28]
    /// Not shortened below this.
    private static let diagnosticWidth = 20

    private let output: Output
    private let paint = Paint.forOutput()
    private let columns = terminalColumns()
    private var hasHeading = false

    init(_ output: Output) {
        self.output = output
    }

    mutating func show(_ record: Record) {
        if !hasHeading {
            output.line(paint(.bold, Self.row(Self.heading) + "DIAGNOSTIC"))
            hasHeading = true
        }
        let time = String(Timestamp.format(record.timeMilliseconds).dropLast()).replacing("T", with: " ")
        let cells: [String] = [
            time, record.event.rawValue, visible(record.recipient), record.category.rawValue, record.action.rawValue,
            record.trust.rawValue, record.status ?? "-", record.reply.map { String($0) } ?? "-", record.rule,
        ]
        let front = Self.row(cells)
        var diagnostic = visible(record.diagnostic ?? "")
        if let columns { diagnostic = diagnostic.shortened(to: max(Self.diagnosticWidth, columns - front.count)) }
        output.line(paint(Self.style(of: record), front) + diagnostic)
    }

    /// The cells up to the diagnostic, each at its column or, where those before it are too long, behind them.
    static func row(_ cells: [String]) -> String {
        var row = ""
        var column = 0
        for (cell, width) in zip(cells, widths) {
            column += width + 1
            row = (row + cell + " ").padded(to: column)
        }
        return row
    }

    private static func style(of record: Record) -> Paint.Style {
        switch record.disposition {
        case .hard: .red
        case .block: .magenta
        case .soft: .yellow
        case .none: .green
        case .unknown: .cyan
        }
    }
}
