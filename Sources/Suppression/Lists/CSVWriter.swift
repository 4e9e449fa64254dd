// Rows of a list that spreadsheets and this program read again (RFC 4180), with LF as all files here.

/// Writes rows.
package enum CSVWriter {
    /// One row with its end. A field that a spreadsheet would take for a formula gets a space before it: diagnostics are foreign text.
    package static func row(_ fields: [String]) -> [UInt8] {
        var row: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0 { row.append(UInt8(ascii: ",")) }
            append(field, to: &row)
        }
        row.append(UInt8(ascii: "\n"))
        return row
    }

    private static func append(_ field: String, to row: inout [UInt8]) {
        let isFormula = field.utf8.first.map { "=+-@".utf8.contains($0) } ?? false
        let isQuoted =
            field.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 < 0x20 } || field.utf8.first == 0x20 || isFormula
        guard isQuoted else {
            row += field.utf8
            return
        }
        row.append(UInt8(ascii: "\""))
        if isFormula { row.append(UInt8(ascii: " ")) }
        for byte in field.utf8 {
            if byte == UInt8(ascii: "\"") { row.append(byte) }
            row.append(byte)
        }
        row.append(UInt8(ascii: "\""))
    }
}
