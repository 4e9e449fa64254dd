// Finds an address around an `@`: to the left a dot-atom or a quoted string, to the right a domain or an address
// literal. What stands beyond these is no part of it, so that `To: a@b... User unknown` gives `a@b`. It works on places in
// the text: only of the address that is found a slice is made.

enum AddressScanner {
    /// An address by its places.
    struct Found {
        let local: Range<Int>
        let domain: Range<Int>

        /// `local@domain`, unquoted where that needs no quotes, its domain in lower case; a slice of the text, in which it was found,
        /// where nothing had to be changed.
        func address(in text: Bytes) -> Bytes {
            let bytes = text.span
            let bare = AddressScanner.unquoted(local, in: bytes)
            let isWritten = bare == local && local.upperBound + 1 == domain.lowerBound
            if isWritten, !bytes.contains(UInt8(ascii: "A")...UInt8(ascii: "Z"), in: domain) {
                return text[(local.lowerBound..<domain.upperBound).shifted(by: text.startIndex)]
            }
            return
                (text[bare.shifted(by: text.startIndex)] + [UInt8(ascii: "@")]
                + text[domain.shifted(by: text.startIndex)].lowercased())[...]
        }

        func hasDottedDomain(in text: Span<UInt8>) -> Bool {
            text[domain.lowerBound] == UInt8(ascii: "[") || text.firstIndex(of: UInt8(ascii: "."), in: domain) != nil
        }
    }

    /// Whether an address ends where a script without word spaces goes on: `user@example.comまで`.
    enum Setting { case delimited, running }

    /// The address in the first angle brackets behind `start` that hold one; a source route before it is left out.
    static func bracketed(in text: Span<UInt8>, from start: Int) -> Found? {
        guard text.firstIndex(of: UInt8(ascii: "<"), from: start, upTo: text.count) != nil else { return nil }
        var isQuoted = false
        var index = start
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\\"), isQuoted {
                index += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "<"), !isQuoted {
                var end = index
                while end < text.count, text[end] != UInt8(ascii: ">"), text[end] != UInt8(ascii: "<") { end += 1 }
                if let found = first(in: text, index..<end, .delimited) { return found }
                index = end
            }
        }
        return nil
    }

    /// The first address of a part of the text, a comment and a source route (`@a,@b:c@d`) before it left out.
    static func first(in text: Span<UInt8>, _ range: Range<Int>, _ setting: Setting) -> Found? {
        var start = range.lowerBound
        while start < range.upperBound, text[start].isLinearWhitespace { start += 1 }
        if start < range.upperBound, text[start] == UInt8(ascii: "(") {
            var cursor = ParameterCursor(start..<range.upperBound)
            cursor.skipSpace(in: text)
            start = cursor.position
        }
        return next(in: text, withoutRoute(start..<range.upperBound, in: text), setting)
    }

    /// RFC 5321, 4.1.2: `@a,@b:` before a mailbox.
    static func withoutRoute(_ range: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        guard let first = range.first, text[first] == UInt8(ascii: "@"),
            let colon = text.firstIndex(of: UInt8(ascii: ":"), in: range.prefix(MailAddress.limitBytes))
        else { return range }
        return (colon + 1)..<range.upperBound
    }

    /// The first address of a part of the text.
    static func next(in text: Span<UInt8>, _ range: Range<Int>, _ setting: Setting) -> Found? {
        var rest = range
        while let at = text.firstIndex(of: UInt8(ascii: "@"), in: rest) {
            rest = (at + 1)..<range.upperBound
            guard let domain = domain(in: text, rest, setting),
                let local = localPart(in: text, range.clamped(to: (at - MailAddress.limitBytes)..<at), setting)
            else { continue }
            let isEnclosed =
                domain.upperBound < range.upperBound
                && isPair(text[local.lowerBound], text[domain.upperBound])
            // 'anna@example.com' in quotes; of '@example.com' nothing is left.
            if isEnclosed, local.count == 1 { continue }
            return Found(local: isEnclosed ? local.dropFirst() : local, domain: domain)
        }
        return nil
    }

    /// What an address is quoted between, although a local part may begin with it: 'a@b', `a@b', {a@b}.
    private static func isPair(_ opening: UInt8, _ closing: UInt8) -> Bool {
        (opening == UInt8(ascii: "'") || opening == UInt8(ascii: "`")) && closing == UInt8(ascii: "'")
            || opening == UInt8(ascii: "{") && closing == UInt8(ascii: "}")
    }

    // MARK: Left of the @

    /// The local part that ends where the range does; nil where there is none.
    private static func localPart(in text: Span<UInt8>, _ range: Range<Int>, _ setting: Setting) -> Range<Int>? {
        if let last = range.last, text[last] == UInt8(ascii: "\"") { return quotedString(in: text, endingAt: range) }
        var start = range.upperBound
        while start > range.lowerBound, text[start - 1].isAtomText || text[start - 1] == UInt8(ascii: ".") {
            start -= 1
        }
        let local = withoutAssignment(start..<range.upperBound, in: text)
        guard !local.isEmpty else { return nil }
        return setting == .running ? withoutScriptBefore(local, in: text) : local
    }

    /// The end of a local part that is all of alphabets (characters of one or two bytes), where a script of three-byte
    /// characters, as those of Chinese and Japanese, runs into it; the whole local part where it is of that script
    /// itself.
    private static func withoutScriptBefore(_ local: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        guard text.contains(0xE0...0xFF, in: local) else { return local }
        var start = local.upperBound
        while start > local.lowerBound {
            var character = start - 1
            while character > local.lowerBound, text[character] & 0xC0 == 0x80, start - character < 4 {
                character -= 1
            }
            guard text[character] < 0xE0, start - character <= 2 else { break }
            start = character
        }
        return start == local.upperBound ? local : start..<local.upperBound
    }

    /// `to=a@b`, as logs write it; X.400's `dda:SMTP=a@b`.
    private static func withoutAssignment(_ local: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        guard let equals = text.firstIndex(of: UInt8(ascii: "="), in: local), equals + 1 < local.upperBound else {
            return local
        }
        let name = text.extracting(local.lowerBound..<equals)
        return name.equals("to") || name.equals("rcpt") || name.equals("recipient") || name.equals("email")
            || name.equals("address") || name.equals("smtp") ? (equals + 1)..<local.upperBound : local
    }

    /// The quoted string whose closing quote is the last byte of the range.
    private static func quotedString(in text: Span<UInt8>, endingAt range: Range<Int>) -> Range<Int>? {
        var index = range.upperBound - 2
        while index >= range.lowerBound {
            if text[index] == UInt8(ascii: "\"") {
                var escapes = index
                while escapes > range.lowerBound, text[escapes - 1] == UInt8(ascii: "\\") { escapes -= 1 }
                if (index - escapes).isMultiple(of: 2) {
                    return index + 2 < range.upperBound ? index..<range.upperBound : nil
                }
                index = escapes
            }
            if text[index] == 0x0D || text[index] == 0x0A { return nil }
            index -= 1
        }
        return nil
    }

    /// The content of a quoted local part that is a dot-atom, which needs no quotes (RFC 5321, 4.1.2); else the local
    /// part.
    fileprivate static func unquoted(_ local: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        guard local.count > 2, text[local.lowerBound] == UInt8(ascii: "\"") else { return local }
        let content = local.dropFirst().dropLast()
        var previous = UInt8(ascii: ".")
        for index in content {
            let byte = text[index]
            guard byte.isAtomText || (byte == UInt8(ascii: ".") && previous != byte) else { return local }
            previous = byte
        }
        return previous == UInt8(ascii: ".") ? local : content
    }

    // MARK: Right of the @

    /// The domain or address literal that the range begins with, without a dot at its end; nil where there is none.
    private static func domain(in text: Span<UInt8>, _ range: Range<Int>, _ setting: Setting) -> Range<Int>? {
        let start = range.lowerBound
        var end = start
        if let first = range.first, text[first] == UInt8(ascii: "[") {
            let limit = range.prefix(64).upperBound
            while end < limit, text[end] != UInt8(ascii: "]"), !text[end].isLinearWhitespace { end += 1 }
            guard end > start + 1, end < range.upperBound, text[end] == UInt8(ascii: "]") else { return nil }
            return start..<(end + 1)
        }
        let limit = range.prefix(256).upperBound
        var previous = UInt8(ascii: ".")
        while end < limit {
            let byte = text[end]
            if !byte.isASCIIAlphanumeric {
                if byte == UInt8(ascii: ".") {
                    if previous == UInt8(ascii: ".") { break }
                } else if byte >= 0xE0, setting == .running, previous < 0x80, previous != UInt8(ascii: ".") {
                    break
                } else if !(byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte >= 0x80) {
                    break
                }
            }
            previous = byte
            end += 1
        }
        while end > start, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-") { end -= 1 }
        guard end > start, text[start] != UInt8(ascii: "-") else { return nil }
        return start..<end
    }
}
