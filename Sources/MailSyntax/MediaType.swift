// RFC 2045, 5: the value of Content-Type, and RFC 2231: parameters in pieces and with a charset.

/// A media type and subtype as they are written.
struct MediaType {
    var type: Bytes
    var subtype: Bytes

    /// RFC 2046, 5.1.1 allows 70; longer ones are found.
    static let boundaryLimitBytes = 256
    /// RFC 2231 pieces of one parameter that are put together.
    static let pieceLimit = 64

    private static let plain = MediaType(type: Bytes("text"), subtype: Bytes("plain"))
    static let rfc822 = MediaType(type: Bytes("message"), subtype: Bytes("rfc822"))

    private init(type: Bytes, subtype: Bytes) {
        self.type = type
        self.subtype = subtype
    }

    /// `text/plain` where there is no value or none that names a type.
    init(_ value: Bytes?) {
        guard let value else {
            self = Self.plain
            return
        }
        var cursor = ParameterCursor(value)
        let type = cursor.token()
        cursor.skipSpace()
        guard !type.isEmpty, cursor.consume(UInt8(ascii: "/")) else {
            self = Self.plain
            return
        }
        cursor.skipSpace()
        self.init(type: type, subtype: cursor.token())
    }

    var isMultipart: Bool { type.equals("multipart") }

    /// See `MailMessage.Part.holdsMessage`.
    var holdsMessage: Bool {
        guard type.equals("message") || type.equals("text") else { return false }
        return subtype.equals("rfc822") || subtype.equals("rfc822-headers") || subtype.equals("global")
            || subtype.equals("global-headers") || subtype.equals("rfc822-header")
    }

    /// The parameter of that name, unquoted; nil where there is none.
    static func parameter(_ name: StaticString, of value: Bytes) -> Bytes? {
        var cursor = ParameterCursor(value)
        var pieces: [(index: Int, isEncoded: Bool, value: Bytes)] = []
        while let parameter = cursor.nextParameter() {
            if parameter.name.equals(name) { return parameter.value }
            guard let star = parameter.name.firstIndex(ofByte: UInt8(ascii: "*")),
                parameter.name[..<star].equals(name), pieces.count < pieceLimit
            else { continue }
            var section = parameter.name[(star + 1)...]
            let isEncoded = section.isEmpty || section.last == UInt8(ascii: "*")
            if section.last == UInt8(ascii: "*") { section = section.dropLast() }
            guard section.allSatisfy(\.isASCIIDigit), section.count <= 3 else { continue }
            pieces.append((section.reduce(0) { $0 * 10 + Int($1 - 0x30) }, isEncoded, parameter.value))
        }
        guard !pieces.isEmpty else { return nil }
        return joined(pieces.sorted { $0.index < $1.index })
    }

    /// The pieces put together: `charset'language'text%41` where the first is encoded.
    private static func joined(_ pieces: [(index: Int, isEncoded: Bool, value: Bytes)]) -> Bytes {
        var charset: Bytes?
        var joined: [UInt8] = []
        for (position, piece) in pieces.enumerated() {
            var value = piece.value
            if piece.isEncoded, position == 0, let first = value.split(atByte: UInt8(ascii: "'")),
                let second = first.tail.split(atByte: UInt8(ascii: "'"))
            {
                charset = first.head
                value = second.tail
            }
            joined += piece.isEncoded ? percentDecoded(value) : value
        }
        return charset.map { Charset.utf8(joined[...], charset: $0) } ?? joined[...]
    }

    private static func percentDecoded(_ value: Bytes) -> Bytes {
        var decoded: [UInt8] = []
        var index = value.startIndex
        while index < value.endIndex {
            if value[index] == UInt8(ascii: "%"), index + 2 < value.endIndex,
                let high = value[index + 1].hexadecimalValue, let low = value[index + 2].hexadecimalValue
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(value[index])
                index += 1
            }
        }
        return decoded[...]
    }
}

/// Walks the tokens, quoted strings and comments of a structured field.
struct ParameterCursor {
    private let value: Bytes
    private var position: Int

    init(_ value: Bytes) {
        self.value = value
        self.position = value.startIndex
    }

    /// What is not yet read.
    var rest: Bytes { value[position...] }

    mutating func consume(_ byte: UInt8) -> Bool {
        guard position < value.endIndex, value[position] == byte else { return false }
        position += 1
        return true
    }

    /// Passes white space, folds and comments.
    mutating func skipSpace() {
        var depth = 0
        while position < value.endIndex {
            let byte = value[position]
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
        position = min(position, value.endIndex)
    }

    /// Up to white space or one of `/;=()"`.
    mutating func token() -> Bytes {
        skipSpace()
        return run { byte in
            byte.isLinearWhitespace || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ";")
                || byte == UInt8(ascii: "=")
                || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "\"")
        }
    }

    /// The next `name=value` behind a semicolon; the value may be a quoted string.
    mutating func nextParameter() -> (name: Bytes, value: Bytes)? {
        while position < value.endIndex {
            _ = run { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: "\"") }
            if position < value.endIndex, value[position] == UInt8(ascii: "\"") {
                _ = quotedString()
                continue
            }
            skipSpace()
            guard consume(UInt8(ascii: ";")) else { continue }
            let name = token()
            skipSpace()
            guard !name.isEmpty, consume(UInt8(ascii: "=")) else { continue }
            skipSpace()
            if position < value.endIndex, value[position] == UInt8(ascii: "\"") {
                return (name, quotedString())
            }
            // `/` and `=` are no token characters, yet stand unquoted in boundaries that are found.
            return (name, run { $0.isLinearWhitespace || $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "\"") })
        }
        return nil
    }

    private mutating func run(until isEnd: (UInt8) -> Bool) -> Bytes {
        let start = position
        while position < value.endIndex, !isEnd(value[position]) { position += 1 }
        return value[start..<position]
    }

    /// The content of the quoted string at the cursor, which stands on its opening quote; unended, all that is left.
    private mutating func quotedString() -> Bytes {
        position += 1
        let start = position
        var needsCopy = false
        while position < value.endIndex, value[position] != UInt8(ascii: "\"") {
            let byte = value[position]
            if byte == UInt8(ascii: "\\") {
                needsCopy = true
                position += 1
            } else if byte == 0x0D || byte == 0x0A {
                needsCopy = true
            }
            position += 1
        }
        position = min(position, value.endIndex)
        let content = value[start..<position]
        if position < value.endIndex { position += 1 }
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
