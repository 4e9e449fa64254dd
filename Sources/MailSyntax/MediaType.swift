// RFC 2045, 5: the value of Content-Type, and RFC 2231: parameters in pieces and with a charset.

/// A media type, as far as anything that is read depends on it.
package struct MediaType: Sendable, Hashable {
    package enum Kind: Sendable { case text, message, multipart, other }

    package enum Subtype: Sendable {
        case html, digest, report
        /// Whatever stands before it: `global-delivery-status` (RFC 6533) and others.
        case deliveryStatus
        /// Also `global-disposition-notification`.
        case dispositionNotification
        case feedbackReport
        /// A message or the header of one: `rfc822`, `global`, `rfc822-headers` and the forms of these that are found.
        case wholeMessage
        case other
    }

    package let kind: Kind
    package let subtype: Subtype

    /// RFC 2046, 5.1.1 allows 70; longer ones are found.
    static let boundaryLimitBytes = 256
    /// RFC 2231 pieces of one parameter that are put together.
    static let pieceLimit = 64

    static let plainText = MediaType(kind: .text, subtype: .other)
    static let message = MediaType(kind: .message, subtype: .wholeMessage)

    private init(kind: Kind, subtype: Subtype) {
        self.kind = kind
        self.subtype = subtype
    }

    /// The value of Content-Type at a place; `text/plain` where it names no type.
    init(in bytes: Span<UInt8>, _ value: Range<Int>) {
        guard let names = Self.names(in: bytes, value) else {
            self = Self.plainText
            return
        }
        kind = Kind(bytes.extracting(names.type))
        subtype = Subtype(bytes.extracting(names.subtype))
    }

    /// Where type and subtype stand; nil where there is no type.
    static func names(in bytes: Span<UInt8>, _ value: Range<Int>) -> (type: Range<Int>, subtype: Range<Int>)? {
        var cursor = ParameterCursor(value)
        let type = cursor.token(in: bytes)
        cursor.skipSpace(in: bytes)
        guard !type.isEmpty, cursor.consume(UInt8(ascii: "/"), in: bytes) else { return nil }
        cursor.skipSpace(in: bytes)
        return (type, cursor.token(in: bytes))
    }

    var isMultipart: Bool { kind == .multipart }

    /// See `MailMessage.Part.holdsMessage`.
    var holdsMessage: Bool { subtype == .wholeMessage && (kind == .message || kind == .text) }

    /// The parameter of that name, unquoted; nil where there is none.
    static func parameter(_ name: StaticString, of value: Bytes) -> Bytes? {
        let bytes = value.span
        var cursor = ParameterCursor(0..<bytes.count)
        var pieces: [(index: Int, isEncoded: Bool, value: Bytes)] = []
        while let parameter = cursor.nextParameter(in: bytes) {
            if bytes.extracting(parameter.name).equals(name) { return parameter.value(in: value) }
            guard let star = bytes.firstIndex(of: UInt8(ascii: "*"), in: parameter.name),
                bytes.extracting(parameter.name.lowerBound..<star).equals(name), pieces.count < pieceLimit
            else { continue }
            var section = value[((star + 1)..<parameter.name.upperBound).shifted(by: value.startIndex)]
            let isEncoded = section.isEmpty || section.last == UInt8(ascii: "*")
            if section.last == UInt8(ascii: "*") { section = section.dropLast() }
            guard section.allSatisfy(\.isASCIIDigit), section.count <= 3 else { continue }
            pieces.append((section.reduce(0) { $0 * 10 + Int($1 - 0x30) }, isEncoded, parameter.value(in: value)))
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

extension MediaType.Kind {
    fileprivate init(_ name: Span<UInt8>) {
        self =
            if name.equals("text") {
                .text
            } else if name.equals("multipart") {
                .multipart
            } else if name.equals("message") {
                .message
            } else {
                .other
            }
    }
}

extension MediaType.Subtype {
    fileprivate init(_ name: Span<UInt8>) {
        self =
            switch name.count {
            case 4 where name.equals("html"): .html
            case 6 where name.equals("report"): .report
            case 6 where name.equals("digest"): .digest
            case 6 where name.equals("rfc822"), 6 where name.equals("global"), 14 where name.equals("rfc822-headers"),
                14 where name.equals("global-headers"), 13 where name.equals("rfc822-header"):
                .wholeMessage
            case 15 where name.equals("feedback-report"): .feedbackReport
            case 24 where name.equals("disposition-notification"),
                31 where name.equals("global-disposition-notification"):
                .dispositionNotification
            case 15... where name.extracting(last: 15).equals("delivery-status"): .deliveryStatus
            default: .other
            }
    }
}
