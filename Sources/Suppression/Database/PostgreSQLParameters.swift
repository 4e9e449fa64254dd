// What a statement's placeholders stand for, as libpq takes it: numbers and texts as text, arrays in PostgreSQL's binary form, which
// neither side has to quote or to parse.

import CPostgreSQL

/// The parameters of one statement, in the order of their placeholders.
struct PostgreSQLParameters {
    /// All of them, one behind the other; a zero behind each text.
    private var bytes: [UInt8] = []
    /// Where each begins in `bytes`; nil for NULL.
    private var starts: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    /// The object identifiers of the types (pg_type.h).
    private static let integerType: Int32 = 20
    private static let textType: Int32 = 25

    init(_ values: [Value] = []) { for value in values { append(value) } }

    private mutating func append(_ value: Value) {
        let start = bytes.count
        switch value {
        case .null: break
        case .integer(let integer): bytes += String(integer).utf8
        case .text(let text): append(withoutNUL: text)
        }
        starts.append(value == .null ? nil : start)
        lengths.append(CInt(bytes.count - start))
        formats.append(0)
        bytes.append(0)
    }

    /// An array of texts.
    mutating func append(_ texts: [String]) {
        appendArray(Self.textType, texts.count) { array in
            for text in texts { array.appendElement { $0.append(withoutNUL: text) } }
        }
    }

    /// An array of a column's cells.
    mutating func append(_ batch: RowBatch, _ column: Int, _ rows: Range<Int>) {
        let type = batch.columns[column].type == .text ? Self.textType : Self.integerType
        appendArray(type, rows.count) { array in
            for row in rows {
                switch batch.cells[row * batch.columns.count + column] {
                case .null: array.append(Int32(-1))
                case .integer(let integer): array.appendElement { $0.append(integer) }
                case .text(let start, let count):
                    array.appendElement { $0.append(withoutNUL: batch.texts[Int(start)..<Int(start) + Int(count)]) }
                }
            }
        }
    }

    /// The header as `array_recv` of PostgreSQL reads it, then the elements.
    private mutating func appendArray(_ type: Int32, _ count: Int, _ elements: (inout Self) -> Void) {
        let start = bytes.count
        // One dimension, which an empty array has not; there may be NULLs; the first index is 1.
        append(Int32(count == 0 ? 0 : 1))
        append(Int32(1))
        append(type)
        if count > 0 {
            append(Int32(count))
            append(Int32(1))
        }
        elements(&self)
        starts.append(start)
        lengths.append(CInt(bytes.count - start))
        formats.append(1)
    }

    /// Its length, then what the body appends.
    private mutating func appendElement(_ body: (inout Self) -> Void) {
        let start = bytes.count
        append(Int32(0))
        body(&self)
        let length = Int32(bytes.count - start - 4)
        for (place, shift) in stride(from: 24, through: 0, by: -8).enumerated() {
            bytes[start + place] = UInt8(truncatingIfNeeded: length >> shift)
        }
    }

    private mutating func append(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(withoutNUL text: String) {
        var text = text
        text.withUTF8 { append(withoutNUL: $0) }
    }

    /// PostgreSQL's texts cannot hold a NUL.
    private mutating func append(withoutNUL text: some Collection<UInt8>) {
        if text.contains(0) {
            bytes.append(contentsOf: text.lazy.filter { $0 != 0 })
        } else {
            bytes.append(contentsOf: text)
        }
    }

    /// Calls the body with how many there are, their values, lengths and formats.
    func withPointers<Result>(
        _ body: (CInt, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?) throws ->
            Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { bytes in
            let values = starts.map {
                $0.flatMap { start in
                    bytes.baseAddress.map { UnsafePointer(($0 + start).assumingMemoryBound(to: CChar.self)) }
                }
            }
            return try values.withUnsafeBufferPointer { values in
                try lengths.withUnsafeBufferPointer { lengths in
                    try formats.withUnsafeBufferPointer {
                        try body(CInt(values.count), values.baseAddress, lengths.baseAddress, $0.baseAddress)
                    }
                }
            }
        }
    }
}
