// RFC 5322 and RFC 2045 to 2046: one message as a tree of parts, read in one pass. Parts and fields are ranges into one
// buffer.

/// A message read whole. It never fails: what cannot be understood is part of a body.
package struct MailMessage: Sendable {
    /// The message as it came, followed by what transfer decoding gave for encoded messages inside it.
    package let bytes: [UInt8]
    /// In pre-order; the first is the message itself. The parts below part n are n + 1 ..< parts[n].endIndex. A part
    /// that holds a message (`holdsMessage`) has that message as its one child.
    package let parts: [Part]
    /// The fields of all headers, in the order of the parts.
    package let fields: [HeaderField]
    /// Which limits cut the message short.
    package let cuts: Cuts
    package let limits: Limits

    package init(_ bytes: [UInt8], limits: Limits = Limits()) {
        var parser = MIMEParser(sourceBytes: bytes.count, limits: limits)
        let end = Self.wholeEnd(of: bytes.span)
        parser.parse(end == bytes.count ? bytes : Array(bytes[..<end]), base: 0, parent: nil, depth: 0)
        self.bytes = parser.decoded.isEmpty ? bytes : bytes + parser.decoded
        self.parts = parser.parts
        self.fields = parser.fields
        self.cuts = parser.cuts
        self.limits = limits
    }

    /// Where a message ends without what may be the first half of an address: its last line was cut off, and what has an `@` touches the
    /// cut.
    private static func wholeEnd(of bytes: Span<UInt8>) -> Int {
        var end = bytes.count
        while end > 0, bytes[end - 1].isLineEnd { end -= 1 }
        // A soft line break of quoted-printable goes on, too.
        guard end > 0, end == bytes.count || bytes[end - 1] == UInt8(ascii: "=") else { return bytes.count }
        var start = end
        var hasAt = false
        while start > 0, end - start < MailAddress.limitBytes {
            if isAddressByte(bytes[start - 1]) {
                start -= 1
                hasAt = hasAt || beginsAt(bytes.extracting(start..<end))
            } else if let lineBreak = softLineBreak(in: bytes, before: start) {
                start = lineBreak
            } else {
                break
            }
        }
        return hasAt ? start : bytes.count
    }

    /// `@`, or as quoted-printable writes it, with something behind it.
    private static func beginsAt(_ bytes: Span<UInt8>) -> Bool {
        bytes.count > 1 && bytes[0] == UInt8(ascii: "@") || bytes.count > 3 && bytes.hasPrefix("=40")
    }

    private static func softLineBreak(in bytes: Span<UInt8>, before end: Int) -> Int? {
        guard bytes[end - 1] == 0x0A else { return nil }
        let start = end > 1 && bytes[end - 2] == 0x0D ? end - 2 : end - 1
        return start > 0 && bytes[start - 1] == UInt8(ascii: "=") ? start - 1 : nil
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte.isAtomText || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "@")
    }

    /// One part: a message, or an entity of a multipart.
    package struct Part: Sendable {
        /// The part that holds this one; nil for the message itself.
        package var parent: Int?
        /// 0 for the message itself.
        package var depth: Int
        /// Its fields in `MailMessage.fields`.
        package var fields: Range<Int>
        package var headerRange: Range<Int>
        /// Still encoded; of a multipart with its preamble, delimiters and epilogue.
        package var bodyRange: Range<Int>
        package var mediaType: MediaType
        package var encoding: TransferEncoding
        /// One past the last part below this one.
        package var endIndex: Int

        package var isMultipart: Bool { mediaType.isMultipart }
        /// Whether the body is a message or the header of one: `message/rfc822`, `message/global`,
        /// `text/rfc822-headers` and the forms of these that are found.
        package var holdsMessage: Bool { mediaType.holdsMessage }
    }

    /// The children of a part, without those below them.
    package func children(of part: Int) -> [Int] {
        guard parts.indices.contains(part) else { return [] }
        var children: [Int] = []
        var child = part + 1
        while child < parts[part].endIndex {
            children.append(child)
            child = parts[child].endIndex
        }
        return children
    }

    /// Whether a message, or the header of one, is attached.
    package var returnsMessage: Bool { parts.dropFirst().contains(where: \.holdsMessage) }

    package func name(of field: HeaderField) -> Bytes { bytes[field.name] }

    /// Whether the field has that name.
    @inlinable
    package func isNamed(_ name: StaticString, _ field: HeaderField) -> Bool {
        bytes.span.extracting(field.name).equals(name)
    }

    /// Trimmed; may hold folds.
    package func value(of field: HeaderField) -> Bytes { bytes[field.value] }

    /// The first field of that name in the part's header; trimmed, may hold folds. Nil too where there is no such part.
    package func field(_ name: StaticString, in part: Int = 0) -> Bytes? {
        guard parts.indices.contains(part) else { return nil }
        for index in parts[part].fields where isNamed(name, fields[index]) {
            return bytes[fields[index].value]
        }
        return nil
    }

    /// All fields of that name in the part's header.
    package func allFields(_ name: StaticString, in part: Int = 0) -> [Bytes] {
        guard parts.indices.contains(part) else { return [] }
        return parts[part].fields.filter { isNamed(name, fields[$0]) }.map { bytes[fields[$0].value] }
    }

    /// A field's value on one line; the same slice where it has no fold.
    package func unfolded(_ value: Bytes) -> Bytes { value.unfolded }

    /// `type/subtype` as the part's header writes it; what holds where it does not.
    package func mediaTypeName(of part: Int) -> String {
        if let field = field("content-type", in: part),
            let names = MediaType.names(in: bytes.span, field.startIndex..<field.endIndex)
        {
            return bytes[names.type].text + "/" + bytes[names.subtype].text
        }
        return parts.indices.contains(part) && parts[part].holdsMessage ? "message/rfc822" : "text/plain"
    }

    /// A parameter of the part's Content-Type, without quotes; RFC 2231's continuations and charsets are resolved.
    package func parameter(_ name: StaticString, of part: Int) -> Bytes? {
        field("content-type", in: part).flatMap { MediaType.parameter(name, of: $0) }
    }

    /// Whether there is nothing but white space at a place.
    package func isBlank(_ place: Range<Int>) -> Bool {
        let bytes = bytes.span
        return place.allSatisfy { bytes[$0].isLinearWhitespace }
    }

    /// The part's body, transfer-decoded; a slice of `bytes` where nothing had to be decoded. At most
    /// `limits.decodedBytes`.
    package func body(of part: Int) -> Bytes {
        guard parts.indices.contains(part) else { return [] }
        let body = bytes[parts[part].bodyRange]
        let decoded = parts[part].encoding.decode(body, limitBytes: limits.decodedBytes)
        return parts[part].encoding == .base64 && isCut(body)
            ? decoded.prefix(Self.wholeEnd(of: decoded.span)) : decoded
    }

    /// Whether base64 may go on behind the end of the message: no delimiter and no padding ends it.
    private func isCut(_ base64: Bytes) -> Bool {
        base64.endIndex == parts[0].bodyRange.upperBound
            && base64.last { !$0.isLineEnd } != UInt8(ascii: "=")
    }

    /// The part's body in UTF-8, from the charset that it names or, where it names none or an unknown one, from what it
    /// looks like. What its charset does not know becomes U+FFFD. At most `limits.decodedBytes` before conversion.
    package func text(of part: Int) -> Bytes {
        Charset.utf8(body(of: part).prefix(limits.decodedBytes), charset: parameter("charset", of: part))
    }

    /// RFC 2047: a field's value with its encoded words in UTF-8 and its folds undone; the same slice where there is
    /// none of either.
    package func decodedWords(_ value: Bytes) -> Bytes { EncodedWords.decode(value.unfolded) }
}
