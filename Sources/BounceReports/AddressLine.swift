// A line of a notice that begins with an address, in every way in which mail systems set one out.

import MailSyntax

/// An address at the beginning of a line, and what the line says after it.
struct AddressLine {
    let address: Bytes
    /// Without the colon, comma or dots that part it from the address.
    let rest: Bytes
    /// The address is followed by a colon.
    let hasColon: Bool

    /// - Parameter line: May be indented; `* a@b`, `• a@b`, `1. a@b`, `[2] a@b`, `#3 a@b`, `-- a@b`, `> a@b` (MDaemon), `>>> a@b <a@b>` (Active! hunter), `"a@b"`, `<a@b>:`, `a@b...`.
    init?(_ line: Bytes, afterRulers: Bool = true) {
        guard line.firstIndex(ofByte: UInt8(ascii: "@")) != nil else { return nil }
        var text = line.trimmed
        if afterRulers {
            guard
                let start = text.firstIndex(where: {
                    !PhraseTable.isRuler($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: ",")
                })
            else { return nil }
            text = Self.withoutNumber(text[start...])
        }
        // "<<< 552 <a@b>: …" is a server's answer.
        guard let first = text.first, !text.hasPrefix("<<< ") else { return nil }
        let end: Int
        let field: Bytes
        switch first {
        case UInt8(ascii: "<"), UInt8(ascii: "["):
            let closing = first == UInt8(ascii: "<") ? UInt8(ascii: ">") : UInt8(ascii: "]")
            guard let close = text.firstIndex(of: closing) else { return nil }
            field = text[(text.startIndex + 1)..<close]
            end = close + 1
        case UInt8(ascii: "'"):
            guard let close = text.dropFirst().firstIndex(of: first) else { return nil }
            field = text[(text.startIndex + 1)..<close]
            end = close + 1
        case UInt8(ascii: "\""):
            guard let close = text.dropFirst().firstIndex(of: first) else { return nil }
            if close + 1 < text.endIndex, text[close + 1] == UInt8(ascii: "@") {
                end = Self.tokenEnd(of: text, from: close + 1)
                field = text[text.startIndex..<end]
            } else {
                field = text[(text.startIndex + 1)..<close]
                end = close + 1
            }
        default:
            var stop = Self.tokenEnd(of: text, from: text.startIndex)
            // Exchange writes the address, and after it the same as a link.
            while stop > text.startIndex, Self.isPunctuation(text[stop - 1]) { stop -= 1 }
            let isQuoted =
                first == UInt8(ascii: "`") && stop > text.startIndex && text[stop - 1] == UInt8(ascii: "'")
            field = text[text.startIndex..<stop].dropFirst(isQuoted ? 1 : 0).dropLast(isQuoted ? 1 : 0)
            end = stop
        }
        // MailEnable's "[SMTP:a@b]", Exchange's "mailto:a@b", a field's "<rfc822;a@b>".
        let bare =
            field.dropping(prefix: "smtp:") ?? field.dropping(prefix: "mailto:") ?? field.dropping(prefix: "rfc822;")
            ?? field
        // ZMailer's "<smtp; 550 5.1.1 <a@b>... User unknown>" is a reply.
        let isPath =
            first == UInt8(ascii: "<") && bare.startIndex == field.startIndex && !bare.contains(UInt8(ascii: "<"))
        guard bare.firstIndex(ofByte: UInt8(ascii: "@")) != nil,
            let address = isPath
                ? MailAddress.forwardPath(text[text.startIndex..<end])
                : Self.hasTypingError(bare) ? MailAddress.forwardPath(bare) : MailAddress.parse(bare)
        else { return nil }
        var rest = text[end...].trimmed
        if rest.first == UInt8(ascii: "<"), let close = rest.firstIndex(of: UInt8(ascii: ">")),
            MailAddress.parse(rest[..<close]) == address || rest.hasPrefix("<mailto:")
        {
            rest = rest[(close + 1)...].trimmed
        }
        hasColon = rest.first == UInt8(ascii: ":")
        let start =
            rest.firstIndex { !Self.isPunctuation($0) && $0 != 0x20 && $0 != UInt8(ascii: "-") } ?? rest.endIndex
        self.address = address
        self.rest = rest[start...]
    }

    /// Nothing but the address is on the line.
    var isAlone: Bool { rest.isEmpty }

    /// Whether words part one address from the next of a list: "and", ", ", "> & <".
    static func isGap(_ words: Bytes) -> Bool {
        guard let start = words.firstIndex(where: isWordByte), let end = words.lastIndex(where: isWordByte) else {
            return true
        }
        return listWords.contains { words[start...end].equals($0) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte > 0x20
            && !(byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "<")
                || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&"))
    }

    private static let listWords: [StaticString] = ["and", "und", "et", "y", "e", "en", "og", "och", "i", "и", "a"]

    /// Without a list's bullet or number: `1. a@b`, `(2) a@b`, `[3] a@b`; `4: a@b`, and `#5 a@b`, its ruler passed over. `550 a@b` and
    /// `550: a@b` have none.
    private static func withoutNumber(_ text: Bytes) -> Bytes {
        if let bare = text.dropping(prefix: "•") { return bare.trimmed }
        let head = text.prefix(6)
        guard let space = head.firstIndex(of: 0x20), let last = head[..<space].last else { return text }
        let mark = head[..<space]
        let isNumber =
            mark.contains(where: \.isASCIIDigit) && mark.allSatisfy { $0.isASCIIDigit || isNumberMark($0) }
            && (isNumberMark(last) && last != UInt8(ascii: ":") || mark.count <= 2
                || mark.count == 3 && last == UInt8(ascii: ":"))
        return isNumber ? text[space...].trimmed : text
    }

    private static func isNumberMark(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// Behind the `@` is what no domain has, and no notice writes after one: `a@b.example/`, `a@b.example'`, `a@b..example`. What belongs to a
    /// sentence is none (`a@b.example's`, `a@b.example:550`, `a@b.example...User unknown`), nor is what was left encoded (`a@b.example=20`).
    private static func hasTypingError(_ address: Bytes) -> Bool {
        guard let at = address.firstIndex(ofByte: UInt8(ascii: "@")) else { return false }
        let domain = address[(at + 1)...]
        if domain.last == UInt8(ascii: "'") { return true }
        var previous: UInt8 = 0
        for (index, byte) in zip(domain.indices, domain) {
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "&"), UInt8(ascii: "%"),
                UInt8(ascii: "*"):
                return true
            case UInt8(ascii: "="):
                let code = domain[(index + 1)...].prefix(2)
                return code.count < 2 || code.contains { $0.hexadecimalValue == nil }
            case UInt8(ascii: ".") where previous == byte:
                return index + 1 < domain.endIndex && domain[index + 1] != byte
            default: previous = byte
            }
        }
        return false
    }

    private static func tokenEnd(of text: Bytes, from start: Int) -> Int {
        text[start...].firstIndex {
            $0 <= 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "(")
                || $0 == UInt8(ascii: ",")
                || $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "[")
                || $0 == UInt8(ascii: ")")
        } ?? text.endIndex
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
    }
}

/// Recipients whose line begins `address:`, with the explanation after it and on the lines up to the next blank one: the form of
/// qmail, which many programs took over.
enum AddressParagraphs {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var recipients: [RecipientReport] = []
        var index = 0
        while index < notice.lines.count, recipients.count <= notice.limits.recipients {
            let line = notice.lines[index]
            index += 1
            guard line.indentation == 0, line.contains(UInt8(ascii: "@")), let first = line.first,
                first != UInt8(ascii: ">"),
                let head = Head(line, next: index < notice.lines.count ? notice.lines[index] : nil)
            else { continue }
            if head.usesNextLine { index += 1 }
            var explanation = head.rest.isEmpty ? [] : [head.rest]
            if explanation.isEmpty, index < notice.lines.count, notice.lines[index].isEmpty { index += 1 }
            while index < notice.lines.count, !notice.lines[index].isEmpty {
                let next = notice.lines[index]
                // The reply goes on with the same address, where its lines lost their indentation.
                if next.indentation == 0, next.first == UInt8(ascii: "<"), let other = Head(next, next: nil),
                    !other.address.equals(head.address)
                {
                    break
                }
                explanation.append(next)
                index += 1
            }
            explanation.removeAll { $0.hasPrefix("I'm not going to try again") || $0.hasPrefix("Giving up on ") }
            // Filled where it lies: it would be copied.
            let place = recipients.count
            recipients.append(RecipientReport())
            recipients[place].finalRecipient = head.address
            recipients[place].originalRecipient = head.original
            recipients[place].take(explanation, limit: notice.limits.replyBytes)
        }
        return recipients
    }

    /// `<a@b>:`, `a@b: text`, `<a@b> (expanded from <c@d>): text`, the parenthesis possibly on two lines (Postfix).
    private struct Head {
        var address: Bytes
        var original: Bytes?
        var rest: Bytes
        var usesNextLine = false

        init?(_ line: Bytes, next: Bytes?) {
            guard let start = AddressLine(line, afterRulers: false) else { return nil }
            address = start.address
            rest = start.rest
            if start.hasColon { return }
            guard rest.hasPrefix("(expanded from") else { return nil }
            if let close = Self.end(of: rest) {
                original = MailAddress.addresses(in: rest[..<close], limit: 1).first
                rest = rest[(close + 2)...].trimmed
            } else if let next, let close = Self.end(of: next) {
                original =
                    MailAddress.addresses(in: next[..<close], limit: 1).first
                    ?? MailAddress.addresses(in: rest, limit: 1).first
                rest = next[(close + 2)...].trimmed
                usesNextLine = true
            } else {
                return nil
            }
        }

        private static func end(of text: Bytes) -> Int? { text.firstRange(of: "):")?.lowerBound }
    }
}
