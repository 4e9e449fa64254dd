// Microsoft Exchange where no delivery-status part came through. 4.0 to 5.5: "did not reach the following recipient(s):"; 2003: "The
// following recipient(s) could not be reached:"; 2007 and later: "Diagnostic information for administrators:", in many languages.

import MailSyntax

enum Exchange {
    /// The versions up to 2003, and the page for people of the later ones. In a language whose heading is not known, the first address that
    /// 2000 and 2003 list so that the host's line follows it tells where.
    static func readList(_ notice: Notice) -> [RecipientReport] {
        guard let start = notice.lines.firstIndex(where: isListHeading).map({ $0 + 1 }) ?? listStart(notice.lines)
        else { return [] }
        var recipients: [(head: AddressLine, indentation: Int, words: [Bytes])] = []
        var (isBelowBlank, isBelowComma, hasCause) = (false, false, false)
        for line in notice.lines[start...] {
            if line.isEmpty {
                isBelowBlank = true
                continue
            }
            defer { (isBelowBlank, isBelowComma) = (false, line.last == UInt8(ascii: ",")) }
            if PhraseTable.shared.marks(of: line).contains(.exchangeDiagnostics) { break }
            if let head = AddressLine(line, afterRulers: true) ?? addressOfX400(line), isHeading(head),
                recipients.first.map({
                    isSet($0.head, as: head) && (isBelowComma || abs($0.indentation - line.indentation) <= 2)
                }) ?? true,
                recipients.count < notice.limits.recipients
            {
                recipients.append((head, line.indentation, []))
                hasCause = false
            } else if line.hasPrefix("--") || line.equals("hMailServer") {
                break
            } else if isBelowBlank, hasCause {
                // What stands below may be anybody's.
                break
            } else if !recipients.isEmpty, !line.contains("MTS-ID of the original message"), !line.contains(";l=") {
                recipients[recipients.count - 1].words.append(line)
                hasCause = hasCause || FailureWords.causes.isAny(in: line)
            }
        }
        return recipients.map { head, _, words in
            var recipient = RecipientReport()
            recipient.finalRecipient = head.address
            // "a@b (a@b)"
            let isNamedTwice = head.rest.last == UInt8(ascii: ")") && head.rest.contains(UInt8(ascii: "@"))
            recipient.take(
                head.rest.isEmpty || isNamedTwice || endsWithTime(head.rest) ? words : [head.rest] + words,
                limit: notice.limits.replyBytes)
            return recipient
        }
    }

    /// After the heading for administrators: the address on a line, and below it "#550 5.1.1 …", "Remote Server returned '550 …'" or
    /// "mx.example.com #550 … ##". In a language whose heading is not known, the first such line tells where.
    static func readDiagnostics(_ notice: Notice) -> [RecipientReport] {
        guard
            let start = notice.index(of: .exchangeDiagnostics)
                ?? notice.lines.firstIndex(where: isDiagnostic).map({ max(0, $0 - 2) })
        else { return [] }
        var recipients: [RecipientReport] = []
        var words: [Bytes] = []
        func end() {
            guard let last = recipients.indices.last, !words.isEmpty else { return }
            let isDiagnosed = words.contains { $0.contains(UInt8(ascii: "#")) || isDiagnostic($0) }
            if last > 0, !isDiagnosed, recipients[last].diagnostic == nil {
                // An address in what stands below the diagnostics.
                recipients.removeLast()
            } else {
                recipients[last].takeExchange(words, limit: notice.limits.replyBytes)
            }
            words = []
        }
        for line in notice.lines[(start + 1)...] {
            if line.isEmpty {
                if !words.isEmpty { end() }
            } else if let head = AddressLine(line, afterRulers: false), head.isAlone {
                end()
                if recipients.count >= notice.limits.recipients { break }
                var recipient = RecipientReport()
                recipient.finalRecipient = head.address
                recipients.append(recipient)
            } else if !recipients.isEmpty {
                words.append(line)
            }
        }
        end()
        return recipients
    }

    /// `#550 5.1.1 …`, `#< #5.1.1 smtp;550 …`, "Remote Server returned '550 …'": in every language the same.
    static func isDiagnostic(_ line: Bytes) -> Bool {
        guard line.count > 5, let first = line.first else { return false }
        if first == UInt8(ascii: "#") {
            let second = line[line.startIndex + 1]
            return second == UInt8(ascii: "4") || second == UInt8(ascii: "5") || second == UInt8(ascii: "<")
        }
        return line.hasPrefix("remote server returned '")
    }

    /// Whether a line that begins with the byte may be one for which `isDiagnostic` is true.
    static func mayBeginDiagnostic(_ first: UInt8) -> Bool {
        first == UInt8(ascii: "#") || foldedASCII(first) == UInt8(ascii: "r")
    }

    /// `<mx.example.com #5.1.1>`, `<mx.example.com #5.1.1 smtp;550 …`: what 2000 and 2003 write below the words for people.
    static func isHostLine(_ line: Bytes) -> Bool {
        let text = line.trimmed
        guard text.first == UInt8(ascii: "<"), let mark = text.prefix(limitHostLine).firstRange(of: " #") else {
            return false
        }
        let host = text[(text.startIndex + 1)..<mark.lowerBound]
        return host.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: ">") }
            && EnhancedStatus.first(in: text[mark.upperBound...].prefix(10)).map { !$0.isSuccess } ?? false
    }

    /// The longest host name and what stands around it.
    private static let limitHostLine = 272
    /// The lines of one recipient in such a list.
    private static let limitEntry = 8

    private static func listStart(_ lines: NoticeLines) -> Int? {
        guard let host = lines.firstIndex(where: isHostLine) else { return nil }
        return lines[max(0, host - limitEntry)..<host].indices.last { index in
            AddressLine(lines[index]).map(isHeading) ?? false
        }
    }

    /// `c=DE;a= ;p=Example;o=Site;dda:SMTP=a@b; on Thu, 29 Apr 1999`: an X.400 name around the address.
    private static func addressOfX400(_ line: Bytes) -> AddressLine? {
        guard line.trimmed.hasPrefix("c="), let mark = line.firstRange(of: "dda:smtp=") else { return nil }
        return AddressLine(line[mark.upperBound...], afterRulers: false)
    }

    private static func isListHeading(_ line: Bytes) -> Bool { headings.contains { line.contains($0) } }

    private static let headings: [StaticString] = [
        "following recipient(s)", "delivery has failed to these recipients", "delivery has failed to this recipient",
        "delivery is delayed to these recipients", "folgenden empfänger nicht erreicht", "n'est pas parvenu au",
        "n'a pas atteint l", "folgende(r) empfänger", "impossible de joindre le(s) destinataire(s)",
        "no llegó a", "no ha llegado a", "non ha raggiunto",
    ]

    /// "on Thu, 29 Apr 2010 00:00:00 -0000", "am 21.11.2026 10:00": a short word and a time of day.
    private static func endsWithTime(_ words: Bytes) -> Bool {
        guard words.count < 64, let colon = words.lastIndex(ofByte: UInt8(ascii: ":")), colon > words.startIndex,
            colon + 1 < words.endIndex
        else { return false }
        return words[colon - 1].isASCIIDigit && words[colon + 1].isASCIIDigit
    }

    /// Whether the lines of two addresses are of one list: both with a time, or neither.
    private static func isSet(_ first: AddressLine, as other: AddressLine) -> Bool {
        endsWithTime(first.rest) == endsWithTime(other.rest)
    }

    /// `a@b`, `a@b on Thu, 29 Apr 2010 …`, `a@b<mailto:a@b>`, `a@b (a@b)`.
    private static func isHeading(_ head: AddressLine) -> Bool {
        head.isAlone || endsWithTime(head.rest) || head.rest.first == UInt8(ascii: "(")
    }
}

extension RecipientReport {
    /// `##rfc822;a@b` at the end of the diagnostics is the address that was mailed.
    mutating func takeExchange(_ lines: [Bytes], limit: Int) {
        guard let index = lines.firstIndex(where: { $0.firstRange(of: "##") != nil }),
            let mark = lines[index].firstRange(of: "##")
        else {
            take(lines, limit: limit)
            return
        }
        var tail = Array(lines[index][mark.upperBound...])
        for line in lines[(index + 1)...].prefix(2) { tail += line.trimmed }
        if tail[...].hasPrefix("rfc822;"), let address = MailAddress.addresses(in: tail[...], limit: 1).first,
            !(finalRecipient.map { $0.equals(address) } ?? false)
        {
            originalRecipient = originalRecipient ?? finalRecipient
            finalRecipient = address
        }
        take(Array(lines[..<index]) + [lines[index][..<mark.lowerBound]], limit: limit)
    }
}
