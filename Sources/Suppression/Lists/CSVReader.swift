// Lists as spreadsheets and mail services write them (RFC 4180), read row by row in constant memory, with the line of each row and the
// row's own bytes. SwiftCSV wants a whole file as a string, tells no lines, and ends a file at a stray quote.

/// One row.
package struct CSVRow: Sendable, Hashable {
    /// Without their quotes; bytes that are not UTF-8 are U+FFFD.
    package var fields: [String]
    /// The line where it begins, from 1.
    package var line: Int
    /// As it stands in the file, with its end.
    package var bytes: ArraySlice<UInt8>
}

/// What ends the reading of a list.
package struct CSVError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Defect: Sendable, Hashable {
        case rowTooLong
        case tooManyFields
        case unclosedQuote
        case notText
    }

    package var defect: Defect
    package var line: Int

    package var description: String {
        switch defect {
        case .rowTooLong:
            "line \(line): a row of more than \(CSVReader.rowLimitBytes) bytes: is a quote not closed, or is it no list?"
        case .tooManyFields: "line \(line): a row of more than \(CSVReader.fieldLimit) fields"
        case .unclosedQuote: "line \(line): a quoted field is not closed before the file's end"
        case .notText: "line \(line): no text in UTF-8 (a NUL byte): save the list as \"CSV UTF-8\""
        }
    }
}

/// Takes a list apart. Fields are separated by comma, semicolon, tab or bar, whichever the first line has most of; lines end with LF or
/// CRLF; a byte order mark is passed over, and so are empty lines. A quote that does not begin a field is a quote.
package struct CSVReader {
    package static let rowLimitBytes = 1 << 20
    package static let fieldLimit = 1_000
    private static let separators: [UInt8] = [
        UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|"),
    ]
    private static let quote = UInt8(ascii: "\"")

    /// The next bytes of the list; none at its end.
    private let read: () throws -> [UInt8]
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    /// Of the next row.
    private var line = 1
    package private(set) var separator: UInt8?

    package init(reading read: @escaping () throws -> [UInt8]) {
        self.read = read
    }

    package init(_ bytes: [UInt8]) {
        var rest = [bytes]
        self.init { rest.popLast() ?? [] }
    }

    /// The next row that is not empty; nil at the end. Throws `CSVError`, and what reading throws.
    package mutating func next() throws -> CSVRow? {
        if separator == nil {
            try fill(upTo: 3)
            if buffer[position...].starts(with: [0xEF, 0xBB, 0xBF]) { position += 3 }
        }
        while true {
            guard let end = try endOfRow() else { return nil }
            let bytes = buffer[position..<end.index]
            let start = line
            position = end.index
            line += end.lines
            if bytes.allSatisfy({ $0 == 0x0A || $0 == 0x0D }) { continue }
            let separator = separator ?? Self.separator(of: bytes)
            self.separator = separator
            return CSVRow(fields: try Self.fields(bytes, separator, start), line: start, bytes: bytes)
        }
    }

    /// Behind the row's line end, and how many lines it has; nil where nothing is left.
    private mutating func endOfRow() throws -> (index: Int, lines: Int)? {
        var offset = 0
        var lines = 0
        var state = QuoteState()
        while true {
            if position + offset >= buffer.count, try !fill(upTo: offset + 1) {
                if offset == 0 { return nil }
                if state.isQuoted { throw CSVError(defect: .unclosedQuote, line: line) }
                return (buffer.count, lines + 1)
            }
            let byte = buffer[position + offset]
            offset += 1
            if byte == 0 { throw CSVError(defect: .notText, line: line + lines) }
            _ = state.take(byte, isSeparator: isSeparator(byte))
            if byte == UInt8(ascii: "\n") {
                lines += 1
                if !state.isQuoted { return (position + offset, lines) }
            }
            if offset > Self.rowLimitBytes { throw CSVError(defect: .rowTooLong, line: line) }
        }
    }

    private func isSeparator(_ byte: UInt8) -> Bool {
        separator.map { $0 == byte } ?? Self.separators.contains(byte)
    }

    /// Reads until so many bytes stand behind the position; false where there are fewer.
    @discardableResult
    private mutating func fill(upTo count: Int) throws -> Bool {
        while buffer.count - position < count, !isAtEnd {
            let bytes = try read()
            isAtEnd = bytes.isEmpty
            buffer.removeSubrange(..<position)
            position = 0
            buffer += bytes
        }
        return buffer.count - position >= count
    }

    /// The separator that stands most often outside of quotes; a comma where there is none.
    private static func separator(of row: ArraySlice<UInt8>) -> UInt8 {
        var counts = [Int](repeating: 0, count: separators.count)
        var isQuoted = false
        for byte in row {
            if byte == quote { isQuoted.toggle() }
            if !isQuoted, let index = separators.firstIndex(of: byte) { counts[index] += 1 }
        }
        let most = counts.max() ?? 0
        return separators[counts.firstIndex(of: most) ?? 0]
    }

    private static func fields(_ row: ArraySlice<UInt8>, _ separator: UInt8, _ line: Int) throws(CSVError) -> [String] {
        var row = row
        if row.last == 0x0A { row.removeLast() }
        if row.last == 0x0D { row.removeLast() }
        var fields: [String] = []
        var field: [UInt8] = []
        var state = QuoteState()
        for byte in row {
            switch state.take(byte, isSeparator: byte == separator) {
            case .quote: break
            case .content: field.append(byte)
            case .separator:
                fields.append(String(decoding: field, as: UTF8.self))
                if fields.count >= fieldLimit { throw CSVError(defect: .tooManyFields, line: line) }
                field.removeAll(keepingCapacity: true)
            }
        }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}

/// Where a reader stands in a row.
private struct QuoteState {
    enum Meaning { case content, quote, separator }

    private(set) var isQuoted = false
    /// The field begins with a quote.
    private var wasQuoted = false
    private var startsField = true
    private var followsQuote = false

    mutating func take(_ byte: UInt8, isSeparator: Bool) -> Meaning {
        defer { startsField = !isQuoted && isSeparator }
        guard byte == UInt8(ascii: "\"") else {
            followsQuote = false
            if isQuoted || !isSeparator { return .content }
            wasQuoted = false
            return .separator
        }
        if isQuoted {
            isQuoted = false
            followsQuote = true
            return .quote
        }
        if startsField {
            isQuoted = true
            wasQuoted = true
            return .quote
        }
        // Two quotes in a quoted field are one.
        isQuoted = wasQuoted && followsQuote
        followsQuote = false
        return .content
    }
}
