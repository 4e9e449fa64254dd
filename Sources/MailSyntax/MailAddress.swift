// Addresses in every form that mail systems print: RFC 5321 mailboxes and paths, RFC 5322 address lists, RFC 3464 typed
// addresses, RFC 6533 escapes, and what is put around one in running text.

package enum MailAddress {
    /// RFC 5321 allows 64 octets of local part and 255 of domain; IMCEAEX local parts of Exchange have some hundreds.
    static let limitBytes = 1_024
    /// The addresses that are read of one field.
    package static let listLimit = 1_000

    /// The one address that the text holds: out of `<a@b>`, `rfc822; a@b`, `utf-8; …\x{…}`, `Name <a@b> (comment)`,
    /// `@relay:a@b`, `a@b... User unknown`. Bare, with its domain in lower case; a local part is unquoted where the
    /// quotes are not needed. Nil where there is none.
    package static func parse(_ bytes: Bytes) -> Bytes? {
        if bytes.hasLineEnd { return parse(bytes.unfolded) }
        let type = AddressType(bytes.span)
        if type.isUTF8 { return first(in: unescaped(bytes.dropFirst(type.end)), from: 0, .delimited) }
        return first(in: bytes, from: type.end, .running)
    }

    private static func first(in text: Bytes, from start: Int, _ setting: AddressScanner.Setting) -> Bytes? {
        let bytes = text.span
        guard
            let found = AddressScanner.bracketed(in: bytes, from: start)
                ?? AddressScanner.first(in: bytes, start..<bytes.count, setting)
        else { return nil }
        let address = found.address(in: text)
        return encapsulated(in: address) ?? address
    }

    /// The addresses of an address list such as the field To; groups are opened. At most `listLimit`.
    package static func list(in bytes: Bytes) -> [Bytes] { addresses(in: bytes, by: parse) }

    static func addresses(in list: Bytes, by parse: (Bytes) -> Bytes?) -> [Bytes] {
        var addresses: [Bytes] = []
        for element in AddressListElements(list.unfolded) {
            guard addresses.count < listLimit else { break }
            if let address = parse(element) { addresses.append(address) }
        }
        return addresses
    }

    /// The addresses in running text, in order, each once; at most `limit`. Only those whose domain has a dot.
    package static func addresses(in text: Bytes, limit: Int) -> [Bytes] {
        var addresses: [Bytes] = []
        let bytes = text.span
        var rest = 0..<bytes.count
        while addresses.count < limit, let found = AddressScanner.next(in: bytes, rest, .running) {
            rest = found.domain.upperBound..<bytes.count
            guard found.hasDottedDomain(in: bytes) else { continue }
            let address = found.address(in: text)
            if !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    /// The address's domain: what stands behind its last `@`.
    package static func domain(of address: Bytes) -> Bytes? {
        address.lastIndex(of: UInt8(ascii: "@")).map { address[($0 + 1)...] }
    }

    package static func localPart(of address: Bytes) -> Bytes? {
        address.lastIndex(of: UInt8(ascii: "@")).map { address[..<$0] }
    }

    /// The address inside an Exchange encapsulation, `IMCEASMTP-a+40b+2Eexample@host`; nil for all others.
    static func encapsulated(in address: Bytes) -> Bytes? {
        guard let content = address.dropping(prefix: "IMCEASMTP-"), let local = localPart(of: content) else {
            return nil
        }
        var decoded: [UInt8] = []
        var index = local.startIndex
        while index < local.endIndex {
            if local[index] == UInt8(ascii: "+"), index + 2 < local.endIndex,
                let high = local[index + 1].hexadecimalValue, let low = local[index + 2].hexadecimalValue
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(local[index])
                index += 1
            }
        }
        return AddressScanner.first(in: decoded.span, 0..<decoded.count, .delimited)?.address(in: decoded[...])
    }

    /// RFC 6533, 3: `\x{HEX}` is the character of that number.
    static func unescaped(_ text: Bytes) -> Bytes {
        guard text.firstRange(of: "\\x{") != nil else { return text }
        var output: [UInt8] = []
        var rest = text
        while let escape = rest.firstRange(of: "\\x{") {
            output += rest[..<escape.lowerBound]
            let digits = rest[escape.upperBound...].prefix(7)
            guard let close = digits.firstIndex(ofByte: UInt8(ascii: "}")),
                let scalar = scalar(digits[..<close])
            else {
                output += rest[escape]
                rest = rest[escape.upperBound...]
                continue
            }
            output += Array(String(Character(scalar)).utf8)
            rest = rest[(close + 1)...]
        }
        return (output + rest)[...]
    }

    private static func scalar(_ digits: Bytes) -> Unicode.Scalar? {
        var value: UInt32 = 0
        for digit in digits {
            guard let digit = digit.hexadecimalValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return digits.isEmpty || value < 0x20 ? nil : Unicode.Scalar(value)
    }
}

/// RFC 3464, 2.3.1: `type; address`.
struct AddressType {
    /// Where what stands behind the type begins; 0 where there is none.
    var end = 0
    /// RFC 6533: `utf-8`.
    var isUTF8 = false

    /// The longest type name that is taken for one.
    private static let limitBytes = 32

    init(_ text: Span<UInt8>) {
        var start = 0
        while start < text.count, text[start].isLinearWhitespace { start += 1 }
        guard
            let semicolon = text.firstIndex(
                of: UInt8(ascii: ";"), from: start, upTo: min(text.count, start + Self.limitBytes))
        else { return }
        var nameEnd = semicolon
        while nameEnd > start, text[nameEnd - 1].isLinearWhitespace { nameEnd -= 1 }
        for index in start..<nameEnd
        where !text[index].isASCIIAlphanumeric && text[index] != UInt8(ascii: "-") {
            return
        }
        let name = text.extracting(start..<nameEnd)
        isUTF8 = name.equals("utf-8") || name.equals("utf8")
        end = semicolon + 1
    }
}

/// Splits an address list at commas and semicolons that stand outside of quotes, comments and angle brackets.
private struct AddressListElements: Sequence, IteratorProtocol {
    private let text: Bytes
    private var position: Int

    init(_ text: Bytes) {
        self.text = text
        self.position = text.startIndex
    }

    mutating func next() -> Bytes? {
        guard position < text.endIndex else { return nil }
        let start = position
        var isQuoted = false
        var isBracketed = false
        var comments = 0
        while position < text.endIndex {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\\") where isQuoted || comments > 0: position += 1
            case UInt8(ascii: "\"") where comments == 0: isQuoted.toggle()
            case UInt8(ascii: "(") where !isQuoted: comments += 1
            case UInt8(ascii: ")") where !isQuoted && comments > 0: comments -= 1
            case UInt8(ascii: "<") where !isQuoted && comments == 0: isBracketed = true
            case UInt8(ascii: ">") where !isQuoted && comments == 0: isBracketed = false
            case UInt8(ascii: ",") where !isQuoted && !isBracketed && comments == 0,
                UInt8(ascii: ";") where !isQuoted && !isBracketed && comments == 0:
                let element = text[start..<position]
                position += 1
                return element
            default: break
            }
            position += 1
        }
        position = text.endIndex
        return text[start...]
    }
}
