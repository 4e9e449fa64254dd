// RFC 2046: the one pass that finds header fields and parts. It walks the lines once; the parts that are open lie on a
// stack of at most `Limits.depth` frames, so that a line costs at most that many comparisons.

struct MIMEParser {
    private(set) var parts: [MailMessage.Part] = []
    private(set) var fields: [HeaderField] = []
    private(set) var cuts: MailMessage.Cuts = []
    /// What decoding gave for encoded messages; lies behind the message's own bytes.
    private(set) var decoded: [UInt8] = []
    private let sourceBytes: Int
    private let limits: MailMessage.Limits

    init(sourceBytes: Int, limits: MailMessage.Limits) {
        self.sourceBytes = sourceBytes
        self.limits = limits
        parts.reserveCapacity(8)
        fields.reserveCapacity(64)
    }

    /// A part whose end is not yet found.
    private struct Frame {
        let part: Int
        /// What delimits its children, without the leading `--`; nil where it has none (any more).
        var boundary: Bytes?
        /// A delimiter that stands in the body though the header names another.
        var adoptedBoundary: Bytes?
        var hasDelimiter = false
    }

    /// One buffer that is read: the message, or an encoded message inside it.
    private struct Source {
        let bytes: [UInt8]
        /// What to add to an index into `bytes` to have one into the message's buffer.
        let base: Int
        var cursor: LineCursor
        var frames: [Frame] = []
        /// Where the text before the next delimiter begins.
        var textStart = 0

        /// Whether any line may be a delimiter.
        var hasBoundary: Bool { frames.contains { $0.boundary != nil } }
    }

    /// Reads `bytes`, which lie at `base` of the message's buffer, as a message below `parent`. Calls itself only for
    /// encoded messages, `depth` growing each time.
    mutating func parse(_ bytes: [UInt8], base: Int, parent: Int?, depth: Int) {
        var source = Source(bytes: bytes, base: base, cursor: LineCursor(at: 0, limit: bytes.count))
        source.frames.reserveCapacity(8)
        open(in: &source, parent: parent, depth: depth, isMessage: true, isInDigest: false)
        while source.hasBoundary, let line = source.cursor.nextDashed(in: bytes.span) {
            guard let delimiter = delimiter(at: line, in: &source) else { continue }
            close(in: &source, downTo: delimiter.frame + 1, end: Self.textEnd(before: line, in: source))
            handle(delimiter, in: &source)
        }
        close(in: &source, downTo: 0, end: bytes.count)
    }

    /// Where the text before a delimiter ends: the line terminator between them belongs to the delimiter.
    private static func textEnd(before delimiter: Line, in source: borrowing Source) -> Int {
        let (bytes, start, end) = (source.bytes.span, source.textStart, delimiter.start)
        func isByte(_ byte: UInt8, before place: Int) -> Bool { place > start && bytes[place - 1] == byte }
        guard isByte(0x0A, before: end) else { return isByte(0x0D, before: end) ? end - 1 : end }
        // LF, CRLF or CR CR LF.
        guard isByte(0x0D, before: end - 1) else { return end - 1 }
        return isByte(0x0D, before: end - 2) ? end - 3 : end - 2
    }

    // MARK: Delimiters

    private struct Delimiter {
        let frame: Int
        let isClosing: Bool
    }

    /// The frame whose delimiter the line is, the innermost first.
    private func delimiter(at line: Line, in source: inout Source) -> Delimiter? {
        let bytes = source.bytes
        guard line.end - line.start > 2, bytes[line.start] == UInt8(ascii: "-"),
            bytes[line.start + 1] == UInt8(ascii: "-")
        else { return nil }
        var end = line.end
        while bytes[end - 1].isBlank { end -= 1 }
        let text = (line.start + 2)..<max(end, line.start + 2)
        for index in source.frames.indices.reversed() {
            if let isClosing = Self.delimiter(bytes.span.extracting(text), of: source.frames[index].boundary)
                ?? Self.delimiter(bytes.span.extracting(text), of: source.frames[index].adoptedBoundary)
            {
                return Delimiter(frame: index, isClosing: isClosing)
            }
        }
        return adopted(text, behind: line, in: &source)
    }

    /// Whether the text behind a line's `--` closes the boundary's multipart; nil where it is not of that boundary.
    private static func delimiter(_ text: Span<UInt8>, of boundary: Bytes?) -> Bool? {
        guard let boundary, text.count == boundary.count || text.count == boundary.count + 2,
            text.extracting(first: boundary.count).isSame(as: boundary.span)
        else { return nil }
        if text.count == boundary.count { return false }
        return text.extracting(last: 2).equals("--") ? true : nil
    }

    /// A multipart whose own delimiter has not been seen takes a line as such that has a Content- field on the next
    /// line.
    private func adopted(_ text: Range<Int>, behind line: Line, in source: inout Source) -> Delimiter? {
        let top = source.frames.count - 1
        guard top >= 0, source.frames[top].boundary != nil, !source.frames[top].hasDelimiter, text.count >= 4,
            source.bytes[line.next...].hasPrefix("content-")
        else { return nil }
        source.frames[top].adoptedBoundary = source.bytes[text]
        return Delimiter(frame: top, isClosing: false)
    }

    private mutating func handle(_ delimiter: Delimiter, in source: inout Source) {
        let part = source.frames[delimiter.frame].part
        source.frames[delimiter.frame].hasDelimiter = true
        source.textStart = source.cursor.position
        guard !delimiter.isClosing else {
            // What follows is the epilogue, until a delimiter further out.
            source.frames[delimiter.frame].boundary = nil
            source.frames[delimiter.frame].adoptedBoundary = nil
            return
        }
        open(
            in: &source, parent: part, depth: parts[part].depth + 1, isMessage: false,
            isInDigest: parts[part].mediaType.subtype == .digest)
    }

    // MARK: Parts

    /// Opens the part that begins at the cursor and, where it holds a message, the part of that; leaves the cursor at
    /// its body.
    private mutating func open(in source: inout Source, parent: Int?, depth: Int, isMessage: Bool, isInDigest: Bool) {
        var parent = parent
        var depth = depth
        var isMessage = isMessage
        while true {
            guard parts.count < limits.parts else {
                cuts.insert(.parts)
                return
            }
            let header = readHeader(in: &source, isMessage: isMessage)
            let mediaType =
                header.contentType.map { MediaType(in: source.bytes.span, $0) }
                ?? (isInDigest && !isMessage ? .message : .plainText)
            let body = source.cursor.position
            let index = parts.count
            let encoding = header.transferEncoding.map { TransferEncoding(in: source.bytes.span, $0) } ?? .identity
            parts.append(
                MailMessage.Part(
                    parent: parent, depth: depth, fields: header.fields,
                    headerRange: (header.start..<header.end).shifted(by: source.base),
                    bodyRange: (body..<body).shifted(by: source.base), mediaType: mediaType, encoding: encoding,
                    endIndex: index + 1))
            source.textStart = body
            let isTooDeep = depth + 1 >= limits.depth && (mediaType.isMultipart || mediaType.holdsMessage)
            if isTooDeep { cuts.insert(.depth) }
            let boundary = isTooDeep || !mediaType.isMultipart ? nil : boundary(of: header, in: source)
            source.frames.append(Frame(part: index, boundary: boundary))
            guard !isTooDeep, mediaType.holdsMessage, encoding == .identity else { return }
            parent = index
            depth += 1
            isMessage = true
        }
    }

    private func boundary(of header: Header, in source: borrowing Source) -> Bytes? {
        guard let type = header.contentType,
            let boundary = MediaType.parameter("boundary", of: source.bytes[type]),
            !boundary.isEmpty, boundary.count <= MediaType.boundaryLimitBytes
        else { return nil }
        return boundary
    }

    /// Ends the parts of all frames from `first` on; their bodies end at `end`.
    private mutating func close(in source: inout Source, downTo first: Int, end: Int) {
        while source.frames.count > first, let frame = source.frames.popLast() {
            let start = parts[frame.part].bodyRange.lowerBound
            parts[frame.part].bodyRange = start..<max(start, end + source.base)
            if parts[frame.part].encoding != .identity { closeEncoded(frame.part, in: source) }
            parts[frame.part].endIndex = parts.count
        }
    }

    private mutating func closeEncoded(_ index: Int, in source: borrowing Source) {
        let part = parts[index]
        if part.mediaType.kind == .text || part.mediaType.kind == .message,
            part.bodyRange.count / 4 * 3 > limits.decodedBytes
        {
            cuts.insert(.decodedBytes)
        }
        if part.holdsMessage { parseEncodedMessage(of: index, in: source) }
    }

    /// A message in base64 or quoted-printable: is decoded to behind the message's own bytes and read there.
    private mutating func parseEncodedMessage(of index: Int, in source: borrowing Source) {
        let part = parts[index]
        guard part.depth + 1 < limits.depth else { return }
        let body = source.bytes[
            (part.bodyRange.lowerBound - source.base)..<(part.bodyRange.upperBound - source.base)]
        let limit = limits.decodedBytes - decoded.count
        let message = part.encoding.decode(body, limitBytes: limit)
        if message.count >= limit { cuts.insert(.decodedBytes) }
        guard !message.isEmpty else { return }
        let base = sourceBytes + decoded.count
        decoded += message
        parse(Array(message), base: base, parent: index, depth: part.depth + 1)
    }

    // MARK: Headers

    private struct Header {
        var start: Int
        var end: Int
        var fields: Range<Int>
        /// Their values' places.
        var contentType: Range<Int>?
        var transferEncoding: Range<Int>?
    }

    /// Reads the header at the cursor and leaves the cursor at the first byte of the body, or at the delimiter that
    /// ends the part.
    private mutating func readHeader(in source: inout Source, isMessage: Bool) -> Header {
        if isMessage { skipToHeader(in: &source) }
        let buffer = source.bytes
        let bytes = buffer.span
        var cursor = source.cursor
        defer { source.cursor = cursor }
        let start = cursor.position
        let firstField = fields.count
        var header = Header(start: start, end: start, fields: firstField..<firstField)
        var endsInSemicolon = false
        while cursor.position < bytes.count {
            let first = bytes[cursor.position]
            if first.isLineEnd {
                _ = cursor.next(in: bytes)
                break
            }
            if first == UInt8(ascii: "-"), isAtDelimiter(cursor, source) { break }
            if endsInSemicolon, fields.count > firstField, isAtParameter(cursor, source) {
                extendLastField(of: &header, at: &cursor, in: source)
            } else if let field = cursor.nextField(in: bytes) {
                append(field, to: &header, in: bytes, at: source.base)
                endsInSemicolon = bytes[field.value.upperBound - 1] == UInt8(ascii: ";")
            } else if isMessage, isAtStrayLine(cursor, source) {
                _ = cursor.next(in: bytes)
            } else {
                // A header without an empty line behind it: the body begins here.
                break
            }
            header.end = cursor.position
        }
        header.fields = firstField..<fields.count
        return header
    }

    private func isAtDelimiter(_ cursor: LineCursor, _ source: borrowing Source) -> Bool {
        var (source, cursor) = (copy source, cursor)
        return cursor.next(in: source.bytes.span).map { delimiter(at: $0, in: &source) != nil } ?? false
    }

    @inline(__always)
    private mutating func append(
        _ field: HeaderField, to header: inout Header, in bytes: Span<UInt8>, at base: Int
    ) {
        guard fields.count < limits.fields else {
            cuts.insert(.fields)
            return
        }
        var value = field.value
        if value.count > limits.fieldBytes {
            value = value.lowerBound..<(value.lowerBound + limits.fieldBytes)
            cuts.insert(.fieldBytes)
        }
        fields.append(HeaderField(name: field.name.shifted(by: base), value: value.shifted(by: base)))
        noteStructure(of: bytes.extracting(field.name), value, in: &header)
    }

    /// Keeps the first field of each kind that says how the part is built.
    @inline(__always)
    private func noteStructure(of name: Span<UInt8>, _ value: Range<Int>, in header: inout Header) {
        if name.equals("content-type") {
            if header.contentType == nil || header.contentType?.lowerBound == value.lowerBound {
                header.contentType = value
            }
        } else if name.equals("content-transfer-encoding"), header.transferEncoding == nil {
            header.transferEncoding = value
        }
    }

    /// Whether the line is a parameter of the field before it, wrapped without white space before it: Exchange and James write
    /// `Content-Type: multipart/alternative;` and on the next line, at its beginning, `boundary="…"`.
    private func isAtParameter(_ cursor: LineCursor, _ source: borrowing Source) -> Bool {
        guard let last = fields.last, last.value.count > 1, last.value.count < limits.fieldBytes else { return false }
        let bytes = source.bytes
        guard bytes[last.value.upperBound - source.base - 1] == UInt8(ascii: ";") else { return false }
        let start = cursor.position
        var end = start
        while end < bytes.count,
            bytes[end].isASCIIAlphanumeric || bytes[end] == UInt8(ascii: "*") || bytes[end] == UInt8(ascii: "-")
        {
            end += 1
        }
        return end > start && end < bytes.count && bytes[end] == UInt8(ascii: "=")
    }

    /// Takes the line at the cursor, and its continuation lines, into the value of the last field.
    private mutating func extendLastField(
        of header: inout Header, at cursor: inout LineCursor, in source: borrowing Source
    ) {
        guard let last = fields.popLast() else { return }
        let bytes = source.bytes.span
        var end = cursor.position
        repeat {
            guard let line = cursor.next(in: bytes) else { break }
            end = line.end
        } while cursor.position < bytes.count && bytes[cursor.position].isBlank
        while bytes[end - 1].isLinearWhitespace { end -= 1 }
        let field = HeaderField(
            name: last.name.shifted(by: -source.base), value: (last.value.lowerBound - source.base)..<end)
        append(field, to: &header, in: bytes, at: source.base)
    }

    /// Passes over empty lines before a message's header, which some MTAs put there, where a field follows them.
    private func skipToHeader(in source: inout Source) {
        var cursor = source.cursor
        var start = cursor.position
        while let line = cursor.next(in: source.bytes.span) {
            if line.start == line.end {
                start = line.next
                continue
            }
            let isHeader =
                cursor.fieldName(at: line.start, in: source.bytes.span) != nil || isMailboxLine(line, in: source)
            if isHeader { source.cursor.position = start }
            return
        }
    }

    /// A line in a header that is no field but has one behind it, such as the `From ` line of a mailbox or the rest of
    /// a field that was wrapped without white space.
    private func isAtStrayLine(_ cursor: LineCursor, _ source: borrowing Source) -> Bool {
        var cursor = cursor
        guard let line = cursor.next(in: source.bytes.span) else { return false }
        return isMailboxLine(line, in: source) || cursor.fieldName(at: line.next, in: source.bytes.span) != nil
    }

    private func isMailboxLine(_ line: Line, in source: borrowing Source) -> Bool {
        let text = source.bytes[line.start..<line.end]
        return text.hasPrefix("From ") || text.hasPrefix(">From ")
    }
}
