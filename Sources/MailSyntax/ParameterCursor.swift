// RFC 2045, 5.1: what a structured field is made of, by its places in the field's bytes.

/// Walks the tokens, quoted strings and comments of a structured field. Each call is given the bytes that the cursor walks over.
struct ParameterCursor {
    private(set) var position: Int
    /// Where the field ends.
    private let limit: Int

    init(_ field: Range<Int>) {
        position = field.lowerBound
        limit = field.upperBound
    }

    /// A parameter by its places.
    struct Parameter {
        let name: Range<Int>
        /// Without the quotes.
        let value: Range<Int>
        /// A quoted string with escapes or folds in it.
        let needsCopy: Bool

        /// The value, unescaped; a slice of the field, which the cursor walked over from 0, where nothing had to be changed.
        func value(in field: Bytes) -> Bytes {
            let content = field[value.shifted(by: field.startIndex)]
            return needsCopy ? unescaped(content) : content
        }

        private func unescaped(_ content: Bytes) -> Bytes {
            var copy: [UInt8] = []
            var isEscaped = false
            for byte in content {
                if byte == UInt8(ascii: "\\"), !isEscaped {
                    isEscaped = true
                } else if byte != 0x0D, byte != 0x0A {
                    copy.append(byte)
                    isEscaped = false
                }
            }
            return copy[...]
        }
    }

    mutating func consume(_ byte: UInt8, in bytes: Span<UInt8>) -> Bool {
        guard position < limit, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Passes white space, folds and comments.
    mutating func skipSpace(in bytes: Span<UInt8>) {
        var depth = 0
        while position < limit {
            let byte = bytes[position]
            if byte == UInt8(ascii: "(") {
                depth += 1
            } else if byte == UInt8(ascii: ")"), depth > 0 {
                depth -= 1
            } else if byte == UInt8(ascii: "\\"), depth > 0 {
                position += 1
            } else if depth == 0, !byte.isLinearWhitespace {
                return
            }
            position += 1
        }
        position = limit
    }

    /// Up to white space or one of `/;=()"`.
    mutating func token(in bytes: Span<UInt8>) -> Range<Int> {
        skipSpace(in: bytes)
        return run(in: bytes) { byte in
            byte.isLinearWhitespace || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ";")
                || byte == UInt8(ascii: "=")
                || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "\"")
        }
    }

    /// The next `name=value` behind a semicolon; the value may be a quoted string.
    mutating func nextParameter(in bytes: Span<UInt8>) -> Parameter? {
        while position < limit {
            _ = run(in: bytes) { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "\"") }
            if position < limit, bytes[position] == UInt8(ascii: "\"") {
                _ = quotedString(in: bytes)
                continue
            }
            skipSpace(in: bytes)
            guard consume(UInt8(ascii: ";"), in: bytes) else { continue }
            let name = token(in: bytes)
            skipSpace(in: bytes)
            guard !name.isEmpty, consume(UInt8(ascii: "="), in: bytes) else { continue }
            skipSpace(in: bytes)
            if position < limit, bytes[position] == UInt8(ascii: "\"") {
                let (value, needsCopy) = quotedString(in: bytes)
                return Parameter(name: name, value: value, needsCopy: needsCopy)
            }
            // `/` and `=` are no token characters, yet stand unquoted in boundaries that are found.
            let value = run(in: bytes) {
                $0.isLinearWhitespace || $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "\"")
            }
            return Parameter(name: name, value: value, needsCopy: false)
        }
        return nil
    }

    @inline(__always)
    private mutating func run(in bytes: Span<UInt8>, until isEnd: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while position < limit, !isEnd(bytes[position]) { position += 1 }
        return start..<position
    }

    /// The content of the quoted string at the cursor, which stands on its opening quote; unended, all that is left.
    private mutating func quotedString(in bytes: Span<UInt8>) -> (content: Range<Int>, needsCopy: Bool) {
        position += 1
        let start = position
        var needsCopy = false
        while position < limit, bytes[position] != UInt8(ascii: "\"") {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") {
                needsCopy = true
                position += 1
            } else if byte == 0x0D || byte == 0x0A {
                needsCopy = true
            }
            position += 1
        }
        position = min(position, limit)
        let content = start..<position
        if position < limit { position += 1 }
        return (content, needsCopy)
    }
}
