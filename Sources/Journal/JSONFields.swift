// JSON text (RFC 8259) straight to bytes: the members of an object, strings escaped and where asked cut.

/// The members of objects, written one after the other with the commas between them.
struct JSONFields {
    /// The longest string in bytes as it is written; what is over is cut on a UTF-8 border.
    var stringLimit: Int
    private var isFirst = true

    init(stringLimit: Int) {
        self.stringLimit = stringLimit
    }

    /// A comma where one is due, then the name and a colon.
    mutating func name(_ name: StaticString, to bytes: inout [UInt8]) {
        bytes.append(jsonName: name, isFirst: isFirst)
        isFirst = false
    }

    mutating func string(_ name: StaticString, _ value: String, to bytes: inout [UInt8]) {
        bytes.append(jsonName: name, isFirst: isFirst, string: value, limit: stringLimit)
        isFirst = false
    }

    /// Nothing where the value is nil or empty.
    mutating func string(_ name: StaticString, ifPresent value: String?, to bytes: inout [UInt8]) {
        if let value, !value.isEmpty { string(name, value, to: &bytes) }
    }

    mutating func number(_ name: StaticString, _ value: Int?, to bytes: inout [UInt8]) {
        guard let value else { return }
        self.name(name, to: &bytes)
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(decimal: UInt64(value.magnitude))
    }

    mutating func open(_ name: StaticString, to bytes: inout [UInt8]) {
        self.name(name, to: &bytes)
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
    }

    mutating func close(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }
}

extension [UInt8] {
    /// Appends text as it is.
    package mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal value: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var start = digits.count
        var rest = value
        repeat {
            start -= 1
            digits[start] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        digits.span.withUnsafeBufferPointer { append(contentsOf: $0[start...]) }
    }

    /// Eight lower-case digits.
    mutating func append(hexadecimal value: UInt32) {
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            append(hexadecimalDigit(UInt8(truncatingIfNeeded: value >> shift & 0xF)))
        }
    }

    /// A member's name in quotes with a colon behind it and, but for an object's first, a comma before it.
    package mutating func append(jsonName name: StaticString, isFirst: Bool) {
        append(addingCapacity: name.utf8CodeUnitCount + 4) { $0.append(jsonName: name, isFirst: isFirst) }
    }

    /// A member's name as above and its value, a string; at once where no byte of that needs an escape, as most.
    package mutating func append(jsonName name: StaticString, isFirst: Bool, string text: String, limit: Int = .max) {
        let isDone = text.utf8.span.withUnsafeBytes { utf8 in
            guard utf8.count <= limit, isPlain(utf8) else { return false }
            append(addingCapacity: name.utf8CodeUnitCount + utf8.count + 6) { output in
                output.append(jsonName: name, isFirst: isFirst)
                output.append(UInt8(ascii: "\""))
                output.append(utf8)
                output.append(UInt8(ascii: "\""))
            }
            return true
        }
        if isDone { return }
        append(jsonName: name, isFirst: isFirst)
        append(jsonString: text, limit: limit)
    }

    /// The string in quotes, with `"`, `\` and control characters escaped, and no more than `limit` bytes between the quotes.
    package mutating func append(jsonString text: String, limit: Int = .max) {
        text.utf8.span.withUnsafeBytes { utf8 in
            let fits = utf8.count <= limit / 6 || escapedCount(utf8) <= limit
            let shown = fits ? utf8 : longestPrefix(of: utf8, limit: limit)
            append(UInt8(ascii: "\""))
            append(escaping: shown)
            append(UInt8(ascii: "\""))
        }
    }

    private mutating func append(escaping bytes: UnsafeRawBufferPointer) {
        var run = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            defer { index += 1 }
            if isPlain(byte) { continue }
            append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[run..<index]))
            run = index + 1
            switch byte {
            case UInt8(ascii: "\""): append(#"\""#)
            case UInt8(ascii: "\\"): append(#"\\"#)
            case 0x08: append(#"\b"#)
            case 0x09: append(#"\t"#)
            case 0x0A: append(#"\n"#)
            case 0x0C: append(#"\f"#)
            case 0x0D: append(#"\r"#)
            default:
                append(#"\u00"#)
                append(hexadecimalDigit(byte >> 4))
                append(hexadecimalDigit(byte & 0xF))
            }
        }
        append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[run...]))
    }
}

extension OutputSpan<UInt8> {
    @inline(__always)
    fileprivate mutating func append(jsonName name: StaticString, isFirst: Bool) {
        if !isFirst { append(UInt8(ascii: ",")) }
        append(UInt8(ascii: "\""))
        append(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        append(UInt8(ascii: "\""))
        append(UInt8(ascii: ":"))
    }

    /// - Precondition: There is room for them.
    @inline(__always)
    fileprivate mutating func append(_ bytes: UnsafeRawBufferPointer) {
        withUnsafeMutableBufferPointer { room, count in
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[count...]).copyMemory(
                from: bytes)
            count += bytes.count
        }
    }
}

private func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}

/// Whether no byte needs an escape; eight are looked at at once, at the end some of them twice.
private func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 8 else { return bytes.allSatisfy { isPlain($0) } }
    var index = 0
    while index + 8 < bytes.count {
        guard isPlain(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) else { return false }
        index += 8
    }
    return isPlain(bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
}

/// Whether none of eight bytes is a control character, `"` or `\`, found by what each borrows from the bit above it (a byte that
/// stands higher than such a one may seem one too).
private func isPlain(_ bytes: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = bytes ^ ones &* UInt64(UInt8(ascii: "\""))
    let backslashes = bytes ^ ones &* UInt64(UInt8(ascii: "\\"))
    let controls = (bytes &- ones &* 0x20) & ~bytes
    let marks = (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
    return (controls | marks) & (ones &* 0x80) == 0
}

/// How many bytes a byte of a string takes in JSON.
private func escapedCount(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: 2
    case 0..<0x20: 6
    default: 1
    }
}

private func escapedCount(_ bytes: UnsafeRawBufferPointer) -> Int {
    bytes.reduce(0) { $0 + escapedCount($1) }
}

/// The longest prefix that ends on a UTF-8 border and takes at most `limit` bytes in JSON.
private func longestPrefix(of bytes: UnsafeRawBufferPointer, limit: Int) -> UnsafeRawBufferPointer {
    var written = 0
    var end = 0
    for index in 0..<bytes.count {
        if bytes[index] & 0xC0 != 0x80 { end = index }
        written += escapedCount(bytes[index])
        if written > limit { return UnsafeRawBufferPointer(rebasing: bytes[..<end]) }
    }
    return bytes
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
