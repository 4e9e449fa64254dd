// The parser of TOML (toml++ 3, inside TOMLKit) ends the program by an assertion at some mistakes of a file: `}` or a line
// separator beyond ASCII where an array's value should stand, a table header without a name; and by a full stack at a name of
// very many parts. These are looked for before a file is given to it.

/// A mistake that must not reach the parser.
package struct TOMLMistake: Sendable, Hashable {
    /// From 1.
    package let line: Int
    package let reason: String

    /// The first such mistake of a file; nil where there is none. Strings and comments are passed over.
    package init?(in bytes: [UInt8]) {
        var scanner = TOMLScanner(bytes: bytes)
        guard let reason = scanner.findMistake() else { return nil }
        line = scanner.line
        self.reason = reason
    }
}

private struct TOMLScanner {
    let bytes: [UInt8]
    private(set) var line = 1
    private var position = 0
    /// The brackets and braces of values that are open.
    private var open: [UInt8] = []
    /// The last byte that is no white space and no comment; a line feed at the beginning of an expression.
    private var previous = UInt8(ascii: "\n")
    /// In the name that is read.
    private var dots = 0

    /// Each is a table in a table; and as many again may stand in each of the 256 values in values that the parser takes.
    private static let limitParts = 32

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func findMistake() -> String? {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                dots = 0
                if open.isEmpty { previous = byte }
                continue
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                continue
            case UInt8(ascii: "\r") where position < bytes.count && bytes[position] == UInt8(ascii: "\n"):
                continue
            case UInt8(ascii: "#"):
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
                continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                passString(quote: byte)
            case UInt8(ascii: "[") where open.isEmpty && previous == UInt8(ascii: "\n"):
                if !isHeaderNamed() { return "a table header needs a name: [name] or [[name]]" }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open.append(byte)
            case UInt8(ascii: "}")
            where open.last == UInt8(ascii: "[")
                && (previous == UInt8(ascii: "[") || previous == UInt8(ascii: ",")):
                return "expected a value or ']', saw '}'"
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                _ = open.popLast()
            case UInt8(ascii: "="), UInt8(ascii: ","):
                dots = 0
            case UInt8(ascii: "."):
                dots += 1
                if dots >= Self.limitParts { return "a name of more than \(Self.limitParts) parts" }
            default:
                if byte < 0x20 || byte == 0x7F { return "a control character outside of a string" }
                if byte >= 0x80 { return "only strings and comments may hold characters beyond ASCII" }
            }
            previous = byte
        }
        return nil
    }

    /// Whether behind the `[` that was read, or the second one, a name begins. What ends the file or the header there
    /// is the parser's to report.
    private mutating func isHeaderNamed() -> Bool {
        if position < bytes.count, bytes[position] == UInt8(ascii: "[") { position += 1 }
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t") {
            position += 1
        }
        guard position < bytes.count else { return true }
        switch bytes[position] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "\""),
            UInt8(ascii: "'"), UInt8(ascii: "]"):
            return true
        default: return false
        }
    }

    /// Passes a string whose opening quote was read: of one line, or, behind three quotes, of several.
    private mutating func passString(quote: UInt8) {
        let isMultiline = isQuote(quote, at: position) && isQuote(quote, at: position + 1)
        if isMultiline { position += 2 }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n") {
                guard isMultiline else { return }
                line += 1
            }
            position += 1
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                // An escaped line feed is counted like any other.
                if position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            } else if byte == quote {
                guard isMultiline else { return }
                guard isQuote(quote, at: position), isQuote(quote, at: position + 1) else { continue }
                position += 2
                // One or two quotes more belong to the string.
                while isQuote(quote, at: position) { position += 1 }
                return
            }
        }
    }

    private func isQuote(_ quote: UInt8, at index: Int) -> Bool { index < bytes.count && bytes[index] == quote }
}
