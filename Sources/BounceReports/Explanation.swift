// From the words that a notice has for one recipient to the fields of RFC 3464: where in them the remote server's own reply begins,
// which host gave it, and to which command.

import MailSyntax

extension RecipientReport {
    /// Takes the reply, status, host and command out of the lines that explain a failure, and keeps the rest as the diagnostic. What
    /// is known already stays.
    mutating func take(_ lines: some Sequence<Bytes>, limit: Int) {
        // One line is taken as it stands; only of several a copy is made.
        var first: Bytes = []
        var joined: [UInt8] = []
        for line in lines {
            var place = line.trimmed(line.startIndex..<line.endIndex)
            // "<<< 550-…" on every line (Sendmail, Courier): one reply of several lines.
            if !first.isEmpty, line.hasPrefix("<<< ", at: place) { place = line.trimmed(place.dropFirst(4)) }
            if place.allSatisfy({ PhraseTable.isRuler(line[$0]) }) { continue }
            if max(first.count, joined.count) + place.count > limit { break }
            if first.isEmpty {
                first = line[place]
                continue
            }
            if joined.isEmpty {
                joined.reserveCapacity(Self.usualBytes)
                joined += first
            }
            joined.append(0x20)
            joined += line[place]
        }
        take(joined.isEmpty ? first : joined[...])
    }

    /// Takes "SMTP code: 550", "Status code: 5.1.1" and "Remote server: mx.example.com": what has a label and is no more than a code or a
    /// host, among lines that say more. In the text it would part the words above, which tell the cause, from those below.
    ///
    /// - Returns: The other lines.
    mutating func takeLabelledFields(of lines: [Bytes]) -> [Bytes] {
        guard lines.count > 1, lines.contains(where: Self.mayBeLabelledField) else { return lines }
        var others: [Bytes] = []
        var found = RecipientReport()
        for line in lines where !found.takeLabelledField(line) { others.append(line) }
        if others.isEmpty || others.count == lines.count { return lines }
        (reply, status, remoteMTA) = (reply ?? found.reply, status ?? found.status, remoteMTA ?? found.remoteMTA)
        return others
    }

    /// Short, with no more than one word behind a colon.
    private static func mayBeLabelledField(_ line: Bytes) -> Bool {
        guard line.count <= 80, let space = line.lastIndex(ofByte: 0x20), space > line.startIndex else { return false }
        return line[space - 1] == UInt8(ascii: ":")
    }

    private mutating func takeLabelledField(_ line: Bytes) -> Bool {
        guard Self.mayBeLabelledField(line), let colon = line.firstIndex(ofByte: UInt8(ascii: ":")),
            !line[..<colon].contains(where: \.isASCIIDigit)
        else { return false }
        let (label, value) = (line[..<colon].trimmed, line[(colon + 1)...].trimmed)
        guard let first = value.first, !value.contains(0x20), value.contains(where: { $0.isASCIIAlphanumeric }) else {
            return false
        }
        if label.hasSuffix("server") || label.hasSuffix("host") {
            guard value.contains(UInt8(ascii: ".")), !value.contains(UInt8(ascii: "@")) else { return false }
            remoteMTA = remoteMTA ?? value
            return true
        }
        guard label.hasSuffix("code") || label.hasSuffix("status"),
            first == UInt8(ascii: "4") || first == UInt8(ascii: "5"),
            value.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") }),
            value.count == 3 || value.contains(UInt8(ascii: "."))
        else { return false }
        let parsed = SMTPReply.parse(value)
        (reply, status) = (reply ?? parsed.code, status ?? parsed.status)
        return parsed.code != nil || parsed.status != nil
    }

    /// Few replies are longer.
    private static let usualBytes = 512

    mutating func take(_ words: Bytes) {
        let words = Diagnostic.normalize(words)
        if words.isEmpty { return }
        let parsed = SMTPReply.parse(normalized: words)
        reply = reply ?? parsed.code
        status = status ?? parsed.status
        command = command ?? parsed.command ?? Explanation.command(in: words)
        remoteMTA = remoteMTA ?? parsed.host
        if diagnostic == nil {
            let text = Explanation.withoutLeadingMarks(parsed.text)
            diagnostic = text.isEmpty ? words : text
        }
    }
}

enum Explanation {
    /// The command that was answered, by the words with which some systems name it.
    static func command(in words: Bytes) -> Bytes? {
        commandWords.first(in: words).map { Bytes(commandPhrases[$0.number].1) }
    }

    private static let commandPhrases: [(StaticString, StaticString)] = [
        ("my name was rejected", "HELO"), ("RCPT TO:", "RCPT TO"), ("RCPT TO generated", "RCPT TO"),
        ("[RCPT_TO]", "RCPT TO"), ("MAIL FROM:", "MAIL FROM"), ("MAIL FROM generated", "MAIL FROM"),
        ("[MAIL_FROM]", "MAIL FROM"),
        ("for TEXT command", "DATA"), ("(DATA)", "DATA"), ("final DATA", "DATA"), ("DATA SEND", "DATA"),
    ]

    private static let commandWords = WordSet(commandPhrases.map(\.0))

    /// The command whose name the text begins with.
    static func command(namedBy text: Bytes) -> Bytes? {
        let text = text.dropping(prefix: "pipelined ") ?? text
        for (word, command) in commandNames where text.hasPrefix(word) { return Bytes(command) }
        return nil
    }

    private static let commandNames: [(StaticString, StaticString)] = [
        ("rcpt", "RCPT TO"), ("mail", "MAIL FROM"), ("end of data", "DATA"), ("data", "DATA"), ("bdat", "DATA"),
        (".", "DATA"),
        ("ehlo", "EHLO"), ("helo", "HELO"), ("lhlo", "LHLO"), ("auth", "AUTH"), ("starttls", "STARTTLS"),
        ("initial connection", "CONNECT"),
    ]

    /// "- Requested action not taken", ": User unknown": without what parts the code from the text.
    static func withoutLeadingMarks(_ text: Bytes) -> Bytes {
        text.drop { $0 == 0x20 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }.trimmed
    }

    /// Of a dialogue's lines (`<<< 250 Ok`, `<<< 550 User unknown`) those below the replies that came before the first refusal; of other
    /// words all.
    static func refusal(in words: [Bytes]) -> ArraySlice<Bytes> {
        let replies = words.map { $0.dropping(prefix: "<<< ") }
        guard let first = replies.firstIndex(where: { $0.map { hasFailureCode($0, at: $0.startIndex) } ?? false }),
            let passed = replies[..<first].lastIndex(where: { $0 != nil })
        else { return words[...] }
        return words[(passed + 1)...]
    }

    /// DATA was refused because every RCPT had been.
    static func meansNoRecipient(_ reply: Bytes) -> Bool {
        reply.contains("no valid recipients") || reply.contains("need rcpt") || reply.contains("valid rcpt")
    }

    /// Whether a line quotes a reply of failure, whose code stands before a place and before every address: "Reason: Remote host said:
    /// 550 …".
    static func opensWithReply(_ text: Bytes, before end: Int) -> Bool {
        let head = text[..<end]
        return isRefusal(head[..<(head.firstIndex(ofByte: UInt8(ascii: "@")) ?? end)])
    }

    /// Whether a line is a reply of failure, in any form that MTAs print it.
    static func isRefusal(_ line: Bytes) -> Bool { (SMTPReply.parse(line).code ?? 0) >= 400 }

    /// Whether the code of a failure stands at a place, as it begins a line of a reply: `550 `, `452-`.
    static func hasFailureCode(_ text: Bytes, at start: Int) -> Bool {
        guard start + 4 <= text.endIndex else { return false }
        return (text[start] == UInt8(ascii: "4") || text[start] == UInt8(ascii: "5")) && text[start + 1].isASCIIDigit
            && text[start + 2].isASCIIDigit
            && (text[start + 3] == UInt8(ascii: " ") || text[start + 3] == UInt8(ascii: "-"))
    }
}
