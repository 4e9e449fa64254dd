// The address that a message was sent to, as reports and logs give it: right or wrong, and whole. A typing error beside an address
// (`anna@a.example'`, `anna@a.example;bob@b.example`, `anna smith@a.example`) makes another one of it, which is refused; the one inside
// may be good, and may be somebody else's.

extension MailAddress {
    /// The mailbox of a forward-path (RFC 5321, 4.1.2) that stands alone in a report's field or a log's: bare or in angle brackets, a type
    /// before it, words or comments around it. Never cut to an address inside it: a local part that needs quotes has them
    /// (`"anna smith"@a.example`), a domain that is none stays as it is (`anna@a.example'`). Nil where there is none, and where its domain
    /// has a space.
    package static func forwardPath(_ bytes: Bytes) -> Bytes? {
        if bytes.hasLineEnd { return forwardPath(bytes.unfolded) }
        let type = AddressType(bytes.span)
        var text = type.isUTF8 ? unescaped(bytes.dropFirst(type.end)) : bytes.dropFirst(type.end)
        // Some write the type twice, Exchange one of its own, MailEnable in square brackets; some write HTML.
        if type.end > 0 {
            let field = text.trimmed
            if let address = field.dropping(prefix: "rfc822;") ?? field.dropping(prefix: "smtp:") {
                text = address
            } else if let address = field.dropping(prefix: "&lt;") {
                text = address.dropping(suffix: "&gt;") ?? address
            } else if field.first == UInt8(ascii: "["), let address = field.dropFirst().dropping(suffix: "]") {
                text = address.dropping(prefix: "smtp:") ?? address
            }
        }
        let span = text.span
        guard let path = pathPlace(in: span) else { return nil }
        guard let found = AddressScanner.first(in: span, path, .delimited), found.domain.upperBound == path.upperBound,
            found.local.lowerBound == path.lowerBound
        else { return malformed(text[path.shifted(by: text.startIndex)]) }
        let address = found.address(in: text)
        return encapsulated(in: address) ?? address
    }

    /// The forward-paths of a list, parted by commas or semicolons; at most `listLimit`.
    package static func forwardPaths(in bytes: Bytes) -> [Bytes] {
        addresses(in: bytes, by: forwardPath)
    }

    /// Where a path is, without what encloses it, what stands behind it, and its source route.
    private static func pathPlace(in text: Span<UInt8>) -> Range<Int>? {
        var start = 0
        while start < text.count, text[start].isLinearWhitespace { start += 1 }
        if start < text.count, text[start] == UInt8(ascii: "(") {
            var cursor = ParameterCursor(start..<text.count)
            cursor.skipSpace(in: text)
            start = cursor.position
        }
        guard start < text.count, let place = bracketedPlace(in: text, from: start) ?? barePlace(in: text, from: start)
        else { return nil }
        return AddressScanner.withoutRoute(place, in: text)
    }

    /// Inside of the angle brackets that the text begins with, or of the first that hold an address.
    private static func bracketedPlace(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        let bracket = UInt8(ascii: "<")
        var lower = start
        if text[start] != bracket {
            guard let found = AddressScanner.bracketed(in: text, from: start) else { return nil }
            lower = found.local.lowerBound
            while lower > start, text[lower - 1] != bracket { lower -= 1 }
        }
        while lower < text.count, text[lower] == bracket { lower += 1 }
        var upper = lower
        var isQuoted = false
        while upper < text.count, isQuoted || text[upper] != UInt8(ascii: ">") {
            if text[upper] == UInt8(ascii: "\"") { isQuoted.toggle() }
            upper += isQuoted && text[upper] == UInt8(ascii: "\\") ? 2 : 1
        }
        // A quotation mark without its other half is part of the address.
        if upper >= text.count {
            upper = text.firstIndex(of: UInt8(ascii: ">"), from: lower, upTo: text.count) ?? text.count
        }
        return trimmed(lower..<upper, in: text)
    }

    /// Up to the white space, the comment or the dots (`a@b... User unknown`) behind the address, without the punctuation at its end.
    private static func barePlace(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var lower = start
        var index = start
        if text[start] == UInt8(ascii: "\"") {
            index += 1
            while index < text.count, text[index] != UInt8(ascii: "\"") {
                index += text[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            index += 1
            // The quotes are around the whole address, or have no other half.
            if index >= text.count || text[index] != UInt8(ascii: "@") {
                lower = start + 1
                index = lower
            }
        }
        guard index < text.count,
            let at = text.firstIndex(of: UInt8(ascii: "@"), from: index, upTo: text.count)
        else { return nil }
        var upper = at + 1
        while upper < text.count, !text[upper].isLinearWhitespace {
            if text[upper] == UInt8(ascii: "."), text.extracting(upper..<text.count).hasPrefix("...") { break }
            upper += 1
        }
        if lower > start, text[upper - 1] == UInt8(ascii: "\"") { upper -= 1 }
        if text[upper - 1] == UInt8(ascii: ")"),
            let open = text.firstIndex(of: UInt8(ascii: "("), from: at, upTo: upper)
        {
            upper = open
        }
        while upper > at + 1, isPunctuation(text[upper - 1]) { upper -= 1 }
        return lower..<upper
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: ":")
            || byte == UInt8(ascii: ">")
    }

    private static func trimmed(_ place: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        var (lower, upper) = (place.lowerBound, place.upperBound)
        while lower < upper, text[lower].isLinearWhitespace { lower += 1 }
        while upper > lower, text[upper - 1].isLinearWhitespace || text[upper - 1] == UInt8(ascii: ".") { upper -= 1 }
        return lower..<upper
    }

    /// What is no address, in the form of one: its last `@` parts local part and domain, as MTAs route it.
    private static func malformed(_ path: Bytes) -> Bytes? {
        guard path.count <= limitBytes, let local = localPart(of: path), let domain = domain(of: path), !local.isEmpty,
            !domain.isEmpty, !domain.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
            !local.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        return (quotedIfNeeded(local) + [UInt8(ascii: "@")] + domain.lowercased())[...]
    }

    /// RFC 5321, 4.1.2: a local part that is no dot-atom is a quoted string.
    private static func quotedIfNeeded(_ local: Bytes) -> Bytes {
        let isQuoted = local.count > 2 && local.first == UInt8(ascii: "\"") && local.last == UInt8(ascii: "\"")
        if isQuoted || local.allSatisfy({ $0.isAtomText || $0 == UInt8(ascii: ".") }) { return local }
        var quoted = [UInt8(ascii: "\"")]
        for byte in local {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { quoted.append(UInt8(ascii: "\\")) }
            quoted.append(byte)
        }
        quoted.append(UInt8(ascii: "\""))
        return quoted[...]
    }
}
