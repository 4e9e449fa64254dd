// A strict reader of JSON (RFC 8259) over one line, for objects whose members are known beforehand: no tree is built.

/// Reads on from a byte of a line, value by value.
struct JSONCursor {
    /// How deep a value that is passed over may nest.
    static let depthLimit = 16

    let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func malformed() -> RecordError { .syntax(offset: offset) }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
    }

    private mutating func skip(_ wanted: UInt8) -> Bool {
        skipSpace()
        guard byte == wanted else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ wanted: UInt8) throws(RecordError) {
        if !skip(wanted) { throw malformed() }
    }

    /// Nothing but white space is left.
    mutating func expectEnd() throws(RecordError) {
        skipSpace()
        if offset != bytes.count { throw malformed() }
    }

    /// Reads an object; `member` is called behind each name's colon with the name as it is written, without its quotes, and
    /// must read the value.
    mutating func object(
        _ member: (inout JSONCursor, UnsafeRawBufferPointer) throws(RecordError) -> Void
    ) throws(RecordError) {
        try expect(UInt8(ascii: "{"))
        if skip(UInt8(ascii: "}")) { return }
        repeat {
            skipSpace()
            let name = try rawString()
            try expect(UInt8(ascii: ":"))
            try member(&self, UnsafeRawBufferPointer(rebasing: bytes[name.range]))
        } while skip(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// A string's bytes between its quotes, escapes not yet resolved.
    private struct RawString {
        var range: Range<Int>
        var hasEscapes = false
        var isASCII = true
    }

    private mutating func rawString() throws(RecordError) -> RawString {
        try expect(UInt8(ascii: "\""))
        let start = offset
        var hasEscapes = false
        var union: UInt8 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                offset += 1
                return RawString(range: start..<offset - 1, hasEscapes: hasEscapes, isASCII: union < 0x80)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                offset += 1
            } else if byte < 0x20 {
                throw malformed()
            }
            union |= byte
            offset += 1
        }
        throw malformed()
    }

    /// A string that must be valid UTF-8 and have valid escapes.
    mutating func string() throws(RecordError) -> String {
        let raw = try rawString()
        let content = UnsafeRawBufferPointer(rebasing: bytes[raw.range])
        if raw.isASCII, !raw.hasEscapes { return String(decoding: content, as: UTF8.self) }
        let unescaped = raw.hasEscapes ? try unescaped(content, at: raw.range.lowerBound) : Array(content)
        guard let text = String(validating: unescaped, as: UTF8.self) else {
            throw .syntax(offset: raw.range.lowerBound)
        }
        return text
    }

    /// A string as it stands, for words of the vocabulary.
    mutating func word() throws(RecordError) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[try rawString().range])
    }

    private func unescaped(_ raw: UnsafeRawBufferPointer, at start: Int) throws(RecordError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard index < raw.count else { throw .syntax(offset: start + index) }
            let escape = raw[index]
            index += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                guard var code = hexadecimal(raw, at: index) else { throw .syntax(offset: start + index) }
                index += 4
                if code & 0xFC00 == 0xD800, index + 2 <= raw.count, raw[index] == UInt8(ascii: "\\"),
                    raw[index + 1] == UInt8(ascii: "u"), let low = hexadecimal(raw, at: index + 2),
                    low & 0xFC00 == 0xDC00
                {
                    code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
                    index += 6
                }
                guard let scalar = Unicode.Scalar(code) else { throw .syntax(offset: start + index) }
                result.append(contentsOf: String(Character(scalar)).utf8)
            default: throw .syntax(offset: start + index)
            }
        }
        return result
    }

    private func hexadecimal(_ raw: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
        guard index + 4 <= raw.count else { return nil }
        var value: UInt32 = 0
        for digit in raw[index..<index + 4] {
            guard let nibble = hexadecimalValue(digit) else { return nil }
            value = value << 4 | UInt32(nibble)
        }
        return value
    }

    /// A whole number that is not negative, as RFC 8259 writes it.
    mutating func unsigned() throws(RecordError) -> UInt64 {
        skipSpace()
        let start = offset
        var value: UInt64 = 0
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if over || carry { throw malformed() }
            value = sum
            offset += 1
        }
        if offset == start || offset - start > 1 && bytes[start] == UInt8(ascii: "0") { throw .syntax(offset: start) }
        return value
    }

    /// A whole number.
    mutating func integer() throws(RecordError) -> Int {
        let isNegative = skip(UInt8(ascii: "-"))
        let magnitude = try unsigned()
        guard let value = Int(exactly: magnitude) else { throw malformed() }
        return isNegative ? -value : value
    }

    /// Passes over one value of any kind.
    mutating func skipValue(depth: Int = 0) throws(RecordError) {
        if depth > JSONCursor.depthLimit { throw malformed() }
        skipSpace()
        switch byte {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            try object { (cursor, _) throws(RecordError) in try cursor.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["):
            offset += 1
            if skip(UInt8(ascii: "]")) { return }
            repeat { try skipValue(depth: depth + 1) } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        case UInt8(ascii: "t"): try skipLiteral("true")
        case UInt8(ascii: "f"): try skipLiteral("false")
        case UInt8(ascii: "n"): try skipLiteral("null")
        default: try skipNumber()
        }
    }

    private mutating func skipLiteral(_ word: StaticString) throws(RecordError) {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...].prefix(word.utf8CodeUnitCount))
        guard rest.equals(word) else { throw malformed() }
        offset += word.utf8CodeUnitCount
    }

    private mutating func skipNumber() throws(RecordError) {
        _ = skip(UInt8(ascii: "-"))
        if byte == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
        if byte == UInt8(ascii: ".") {
            offset += 1
            try skipDigits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            offset += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { offset += 1 }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(RecordError) {
        let start = offset
        while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        if offset == start { throw malformed() }
    }
}

func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
