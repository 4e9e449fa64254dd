// Finds an address around an `@`: to the left a dot-atom or a quoted string, to the right a domain or an address
// literal. What stands beyond these is no part of it, so that `To: a@b... User unknown` gives `a@b`.

enum AddressScanner {
    struct Found {
        var address: Bytes
        var hasDottedDomain: Bool
        /// Where the text behind the address begins.
        var end: Int
    }

    /// Whether an address ends where a script without word spaces goes on: `user@example.comまで`.
    enum Setting { case delimited, running }

    /// The address in the first angle brackets that hold one; a source route before it is left out.
    static func bracketed(in text: Bytes) -> Bytes? {
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\\"), isQuoted {
                index += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "<"), !isQuoted {
                let inside = text[index...].prefix { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<") }
                if let address = first(in: inside, .delimited) { return address }
                index = inside.endIndex
            }
        }
        return nil
    }

    /// The first address of the text, a comment and a source route (`@a,@b:c@d`) before it left out.
    static func first(in text: Bytes, _ setting: Setting) -> Bytes? {
        let text = text.trimmed
        if text.first == UInt8(ascii: "(") {
            var cursor = ParameterCursor(text)
            cursor.skipSpace()
            return next(in: withoutRoute(cursor.rest), setting)?.address
        }
        return next(in: withoutRoute(text), setting)?.address
    }

    /// RFC 5321, 4.1.2: `@a,@b:` before a mailbox.
    private static func withoutRoute(_ text: Bytes) -> Bytes {
        guard text.first == UInt8(ascii: "@"),
            let colon = text.prefix(MailAddress.limitBytes).firstIndex(ofByte: UInt8(ascii: ":"))
        else { return text }
        return text[(colon + 1)...]
    }

    /// The first address of the text, with where it ends.
    static func next(in text: Bytes, _ setting: Setting) -> Found? {
        var search = text
        while let at = search.firstIndex(ofByte: UInt8(ascii: "@")) {
            search = text[(at + 1)...]
            guard let domain = domain(in: search, setting),
                let local = localPart(in: text[max(text.startIndex, at - MailAddress.limitBytes)..<at], setting)
            else { continue }
            let isQuote = local.first == UInt8(ascii: "'") && search[domain.endIndex...].first == UInt8(ascii: "'")
            return Found(
                address: joined(isQuote ? local.dropFirst() : local, domain, in: text),
                hasDottedDomain: domain.first == UInt8(ascii: "[")
                    || domain.firstIndex(ofByte: UInt8(ascii: ".")) != nil,
                end: domain.endIndex)
        }
        return nil
    }

    /// `local@domain`; a slice of the text where nothing had to be changed.
    private static func joined(_ local: Bytes, _ domain: Bytes, in text: Bytes) -> Bytes {
        let bare = unquoted(local)
        let isWritten = bare.endIndex + 1 == domain.startIndex && bare.startIndex == local.startIndex
        if isWritten, domain.allSatisfy({ $0 == $0.asciiLowercased }) {
            return text[bare.startIndex..<domain.endIndex]
        }
        return (bare + [UInt8(ascii: "@")] + domain.lowercased())[...]
    }

    // MARK: Left of the @

    /// The local part that ends where the text does; nil where there is none.
    private static func localPart(in text: Bytes, _ setting: Setting) -> Bytes? {
        if text.last == UInt8(ascii: "\"") { return quotedString(endingAt: text) }
        var start = text.endIndex
        while start > text.startIndex, text[start - 1].isAtomText || text[start - 1] == UInt8(ascii: ".") { start -= 1 }
        let local = withoutAssignment(text[start...])
        guard !local.isEmpty else { return nil }
        return setting == .running ? withoutScriptBefore(local) : local
    }

    /// The end of a local part that is all of alphabets (characters of one or two bytes), where a script of three-byte
    /// characters, as those of Chinese and Japanese, runs into it; the whole local part where it is of that script
    /// itself.
    private static func withoutScriptBefore(_ local: Bytes) -> Bytes {
        var start = local.endIndex
        while start > local.startIndex {
            var character = start - 1
            while character > local.startIndex, local[character] & 0xC0 == 0x80, start - character < 4 {
                character -= 1
            }
            guard local[character] < 0xE0, start - character <= 2 else { break }
            start = character
        }
        return start == local.endIndex ? local : local[start...]
    }

    /// `to=a@b`, as logs write it.
    private static func withoutAssignment(_ local: Bytes) -> Bytes {
        guard let parts = local.split(atByte: UInt8(ascii: "=")), !parts.tail.isEmpty else { return local }
        let name = parts.head
        return name.equals("to") || name.equals("rcpt") || name.equals("recipient") || name.equals("email")
            || name.equals("address") ? parts.tail : local
    }

    /// The quoted string whose closing quote is the last byte of the text.
    private static func quotedString(endingAt text: Bytes) -> Bytes? {
        var index = text.endIndex - 2
        while index >= text.startIndex {
            if text[index] == UInt8(ascii: "\"") {
                var escapes = index
                while escapes > text.startIndex, text[escapes - 1] == UInt8(ascii: "\\") { escapes -= 1 }
                if (index - escapes).isMultiple(of: 2) { return index + 2 < text.endIndex ? text[index...] : nil }
                index = escapes
            }
            if text[index] == 0x0D || text[index] == 0x0A { return nil }
            index -= 1
        }
        return nil
    }

    /// The content of a quoted local part that is a dot-atom, which needs no quotes (RFC 5321, 4.1.2); else the local
    /// part.
    private static func unquoted(_ local: Bytes) -> Bytes {
        guard local.first == UInt8(ascii: "\""), local.count > 2 else { return local }
        let content = local.dropFirst().dropLast()
        var previous = UInt8(ascii: ".")
        for byte in content {
            guard byte.isAtomText || (byte == UInt8(ascii: ".") && previous != byte) else { return local }
            previous = byte
        }
        return previous == UInt8(ascii: ".") ? local : content
    }

    // MARK: Right of the @

    /// The domain or address literal that the text begins with, without a dot at its end; nil where there is none.
    private static func domain(in text: Bytes, _ setting: Setting) -> Bytes? {
        if text.first == UInt8(ascii: "[") {
            let literal = text.prefix(64).prefix { $0 != UInt8(ascii: "]") && !$0.isLinearWhitespace }
            guard literal.count > 1, literal.endIndex < text.endIndex, text[literal.endIndex] == UInt8(ascii: "]")
            else {
                return nil
            }
            return text[literal.startIndex...literal.endIndex]
        }
        var end = text.startIndex
        var previous = UInt8(ascii: ".")
        while end < text.endIndex, end - text.startIndex < 256 {
            let byte = text[end]
            if byte == UInt8(ascii: ".") {
                if previous == UInt8(ascii: ".") { break }
            } else if byte >= 0xE0, setting == .running, previous < 0x80, previous != UInt8(ascii: ".") {
                break
            } else if !(byte.isASCIIAlphanumeric || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                || byte >= 0x80)
            {
                break
            }
            previous = byte
            end += 1
        }
        while end > text.startIndex, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-") {
            end -= 1
        }
        guard let first = text[..<end].first, first != UInt8(ascii: "-") else { return nil }
        return text[..<end]
    }
}
