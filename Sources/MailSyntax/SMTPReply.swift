// RFC 5321, 4.2, and RFC 2034: one SMTP reply, as the server sent it or as an MTA prints it in a report, a log or a
// transcript.

/// What a server answered. All slices are of one line (see `Diagnostic.normalize`).
package struct SMTPReply: Sendable {
    /// The reply code, 200 to 599; nil where the text has none.
    package var code: UInt16?
    /// The enhanced status code that the text itself has.
    package var status: EnhancedStatus?
    /// What the server said, as `Diagnostic.normalize` leaves it: without code and status at its beginning, without those of further lines, and without what
    /// the MTA put around the reply. Where there is no code, the whole text behind the status at its beginning.
    package var text: Bytes
    /// The SMTP command that was answered, where the MTA names it: `RCPT TO`, `MAIL FROM`, `DATA`, `EHLO`, …;
    /// `CONNECT` where the greeting was a refusal.
    package var command: Bytes?
    /// The server's name, else its address, where the MTA names it.
    package var host: Bytes?

    /// Reads one reply or diagnostic text: `550 5.1.1 …`, its lines folded into one (`550-5.1.1 … 550 5.1.1 …`), typed
    /// (`smtp; 550 …`), quoted by an MTA (`host a[b] said: 550 … (in reply to RCPT TO command)`, `<<< 550 …`, `#5.1.1
    /// smtp;550 …`, `Remote Server returned '550 …'`, `550 5.0.350 Remote server returned an error -> 550 …`), or text without a code.
    package static func parse(_ bytes: Bytes) -> SMTPReply { parse(normalized: Diagnostic.normalize(bytes)) }

    /// As `parse`, of what `Diagnostic.normalize` gave.
    package static func parse(normalized text: Bytes) -> SMTPReply { parse(text, mayQuote: true) }

    private static func parse(_ text: Bytes, mayQuote: Bool) -> SMTPReply {
        // All is looked for by places: a slice for each question would cost more than the answer.
        let line = text.span
        let (place, answered) = ReplyWrapping.withoutCommand(line, withoutType(line))
        let body = line.extracting(place)
        let start = text.startIndex + place.lowerBound
        let wrapping = ReplyWrapping(body)
        let reply = body.extracting(..<wrapping.reply.upperBound)
        var code = wrapping.code
        var words = wrapping.reply
        var status: EnhancedStatus?
        var joined: Bytes?
        if let first = code {
            let last = refusal(afterGreeting: first, in: reply) ?? first
            code = last
            let opensQuotation = ReplyWrapping.opensQuotation(reply, at: last.end)
            let isContinued =
                !opensQuotation && last.end < reply.count && reply[last.end] == UInt8(ascii: "-")
            let behind = last.end + (opensQuotation ? 2 : isContinued ? 1 : 0)
            let leading = LeadingStatus(reply, at: behind)
            status = leading?.status
            words = reply.trimmed((leading?.end ?? behind)..<reply.count)
            if isContinued { joined = withoutLineCodes(last, reply.extracting(..<words.upperBound), words, &status) }
        } else if let leading = LeadingStatus(reply, at: 0) {
            status = leading.status
            words = reply.trimmed(leading.end..<reply.count)
        }
        if status == nil { status = wrapping.status }
        if status == nil {
            let found = joined.map { EnhancedStatus.first(in: $0) } ?? EnhancedStatus.first(in: reply, words)
            status = found.flatMap { isStatus($0, of: code?.value) ? $0 : nil }
        }
        if mayQuote, joined == nil, code != nil {
            for opening in quoting where reply.extracting(words).hasPrefix(opening) {
                let quoted = words.dropFirst(opening.utf8CodeUnitCount)
                var inner = parse(text[quoted.shifted(by: start)], mayQuote: false)
                guard inner.code != nil else { break }
                inner.status = inner.status ?? status
                inner.command = inner.command ?? answered
                return inner
            }
        }
        // Made whole at once: a variable of this type would be copied where it is returned.
        return SMTPReply(
            code: code?.value, status: status, text: joined ?? text[words.shifted(by: start)],
            command: answered ?? wrapping.command, host: wrapping.host.map { text[$0.shifted(by: start)] })
    }

    /// Exchange Online's own words before a server's reply, which tell less than that one: the latter also stand where it refuses mail for
    /// another cause.
    private static let quoting: [StaticString] = [
        "remote server returned an error -> ",
        "remote server returned unknown recipient or mailbox unavailable -> ",
    ]

    /// A server that greets and refuses in one reply (`220-mx.example.com ESMTP 421 4.2.1 …`, laposte.net) has refused.
    private static func refusal(afterGreeting code: ReplyCode, in reply: Span<UInt8>) -> ReplyCode? {
        guard code.value == 220 else { return nil }
        for place in code.end..<reply.count where reply[place] == 0x20 {
            if let code = ReplyCode(reply, at: place + 1), code.value >= 400, code.end < reply.count,
                reply[code.end] == 0x20 || reply[code.end] == UInt8(ascii: "-")
            {
                return code
            }
        }
        return nil
    }

    /// Takes the code, and the status behind it, of each further line of a reply out of its lines folded into one, the words that end
    /// where the text does. A status that only a further line has is the reply's. Nil where there is no further line.
    private static func withoutLineCodes(
        _ code: ReplyCode, _ text: Span<UInt8>, _ words: Range<Int>, _ status: inout EnhancedStatus?
    ) -> Bytes? {
        var output: [UInt8] = []
        var index = words.lowerBound
        var copied = index
        func copy(upTo end: Int) {
            text.extracting(copied..<end).withUnsafeBufferPointer { output.append(contentsOf: $0) }
        }
        let (first, second) = (FoldedByte(text[code.start]), FoldedByte(text[code.start + 1]))
        while let place = text.firstPair(first, second, from: index, upTo: text.count), place + 3 < text.count {
            index = place
            let isCode =
                text[index + 2] == text[code.start + 2]
                && (index == words.lowerBound || text[index - 1] == 0x20)
                && (text[index + 3] == UInt8(ascii: "-") || text[index + 3] == 0x20)
            guard isCode else {
                index += 1
                continue
            }
            copy(upTo: index)
            let isLastLine = text[index + 3] == 0x20
            let leading = LeadingStatus(text, at: index + 4)
            status = status ?? leading?.status
            index = leading?.end ?? index + 4
            while index < text.count, text[index] == 0x20 { index += 1 }
            copied = index
            if isLastLine { break }
        }
        guard copied > words.lowerBound else { return nil }
        copy(upTo: text.count)
        return output[...].trimmed
    }

    /// Whether a status that stands somewhere in the text, as qmail's `(#5.1.1)`, is the reply's: not one of another class than the
    /// code's.
    private static func isStatus(_ status: EnhancedStatus, of code: UInt16?) -> Bool {
        code.map { UInt16(status.statusClass) == $0 / 100 } ?? true
    }

    /// RFC 3464, 2.3.6: the text without the type of a Diagnostic-Code.
    private static func withoutType(_ line: Span<UInt8>) -> Range<Int> {
        let whole = 0..<line.count
        guard let semicolon = line.firstIndex(of: UInt8(ascii: ";"), in: whole.prefix(24)) else { return whole }
        let type = line.extracting(line.trimmed(0..<semicolon))
        let isType =
            type.equals("smtp") || type.equals("lmtp") || type.equals("esmtp") || type.hasPrefix("x-")
            || type.equals("unix") || type.equals("dns") || type.equals("x400")
        return isType ? line.trimmed((semicolon + 1)..<line.count) : whole
    }
}

/// A reply code and where it stands.
struct ReplyCode {
    var value: UInt16
    var start: Int
    var end: Int

    /// Three digits at `start` that can be a reply code: 2yz to 5yz, a border behind them.
    init?(_ text: Span<UInt8>, at start: Int) {
        guard start + 3 <= text.count, (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(text[start]),
            text[start + 1].isASCIIDigit, text[start + 2].isASCIIDigit
        else { return nil }
        if start + 3 < text.count {
            let next = text[start + 3]
            if next.isASCIIAlphanumeric || next == UInt8(ascii: "_") || next == UInt8(ascii: "@")
                || next == UInt8(ascii: "/") || next == UInt8(ascii: "%")
            {
                return nil
            }
            if next == UInt8(ascii: ".") || next == UInt8(ascii: ":") || next == UInt8(ascii: ","),
                start + 4 < text.count, text[start + 4].isASCIIDigit
            {
                return nil
            }
        }
        value = UInt16(text[start] - 0x30) * 100 + UInt16(text[start + 1] - 0x30) * 10 + UInt16(text[start + 2] - 0x30)
        self.start = start
        end = start + 3
    }
}

/// An enhanced status code at the beginning of a text, in any dress: `5.1.1 `, `#5.1.1 `, `(#5.1.1) `, `[5.1.1] `, `:
/// 5.1.1 `.
struct LeadingStatus {
    var status: EnhancedStatus
    /// Where the text behind it begins.
    var end: Int

    private static func isDress(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "<")
    }

    /// Of the text from `first` on.
    init?(_ text: Span<UInt8>, at first: Int) {
        var start = first
        while start < text.count, Self.isDress(text[start]) { start += 1 }
        guard let (status, end) = EnhancedStatus.parse(text, at: start) else { return nil }
        self.status = status
        self.end = end
        while self.end < text.count, start > first,
            text[self.end] == UInt8(ascii: ")") || text[self.end] == UInt8(ascii: "]")
        {
            self.end += 1
        }
        if self.end < text.count, text[self.end] == UInt8(ascii: ":") || text[self.end] == UInt8(ascii: "-") {
            self.end += 1
        }
    }
}
