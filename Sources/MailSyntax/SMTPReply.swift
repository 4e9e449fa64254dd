// RFC 5321, 4.2, and RFC 2034: one SMTP reply, as the server sent it or as an MTA prints it in a report, a log or a
// transcript.

/// What a server answered. All slices are of one line (see `Diagnostic.normalize`).
package struct SMTPReply: Sendable {
    /// The reply code, 200 to 599; nil where the text has none.
    package var code: UInt16?
    /// The enhanced status code that the text itself has.
    package var status: EnhancedStatus?
    /// What the server said: without code and status at its beginning, without those of further lines, and without what
    /// the MTA put around the reply. Where there is no code, the whole text behind the status at its beginning.
    package var text: Bytes
    /// The SMTP command that was answered, where the MTA names it: `RCPT TO`, `MAIL FROM`, `DATA`, `EHLO`, …;
    /// `CONNECT` where the greeting was a refusal.
    package var command: Bytes?
    /// The server's name, else its address, where the MTA names it.
    package var host: Bytes?

    /// Reads one reply or diagnostic text: `550 5.1.1 …`, its lines folded into one (`550-5.1.1 … 550 5.1.1 …`), typed
    /// (`smtp; 550 …`), quoted by an MTA (`host a[b] said: 550 … (in reply to RCPT TO command)`, `<<< 550 …`, `#5.1.1
    /// smtp;550 …`, `Remote Server returned '550 …'`), or text without a code.
    package static func parse(_ bytes: Bytes) -> SMTPReply { parse(normalized: Diagnostic.normalize(bytes)) }

    /// As `parse`, of what `Diagnostic.normalize` gave.
    package static func parse(normalized text: Bytes) -> SMTPReply {
        let wrapping = ReplyWrapping(withoutType(text))
        var code: ReplyCode?
        var words = wrapping.reply
        var status: EnhancedStatus?
        if let first = wrapping.code {
            let last = refusal(afterGreeting: first, in: wrapping.reply) ?? first
            (words, status) = Self.words(behind: last, of: wrapping.reply)
            code = last
        } else if let leading = LeadingStatus(wrapping.reply) {
            status = leading.status
            words = wrapping.reply[leading.end...].trimmed
        }
        if status == nil { status = wrapping.status }
        if status == nil { status = Self.status(in: words, code: code?.value) }
        // Made whole at once: a variable of this type would be copied where it is returned.
        return SMTPReply(
            code: code?.value, status: status, text: words, command: wrapping.command, host: wrapping.host)
    }

    /// A server that greets and refuses in one reply (`220-mx.example.com ESMTP 421 4.2.1 …`, laposte.net) has refused.
    private static func refusal(afterGreeting code: ReplyCode, in line: Bytes) -> ReplyCode? {
        guard code.value == 220 else { return nil }
        return (code.end..<line.endIndex).lazy.filter { line[$0] == 0x20 }.compactMap { ReplyCode(line, at: $0 + 1) }
            .first {
                $0.value >= 400 && $0.end < line.endIndex && (line[$0.end] == 0x20 || line[$0.end] == UInt8(ascii: "-"))
            }
    }

    /// The text behind the reply code: the status at its beginning, then the text with the codes of further lines left
    /// out.
    private static func words(behind code: ReplyCode, of line: Bytes) -> (text: Bytes, status: EnhancedStatus?) {
        var text = line[code.end...]
        var status: EnhancedStatus?
        let isContinued = text.first == UInt8(ascii: "-")
        if isContinued { text = text.dropFirst() }
        if let leading = LeadingStatus(text) {
            status = leading.status
            text = line[leading.end...]
        }
        text = text.trimmed
        return isContinued ? withoutLineCodes(line[code.start..<code.end], text, status) : (text, status)
    }

    /// Takes the code, and the status behind it, of each further line of a reply out of its lines folded into one. A
    /// status that only a further line has is the reply's.
    private static func withoutLineCodes(
        _ code: Bytes, _ text: Bytes, _ status: EnhancedStatus?
    ) -> (text: Bytes, status: EnhancedStatus?) {
        var status = status
        var output: [UInt8] = []
        var index = text.startIndex
        var copied = index
        while index + 3 < text.endIndex {
            let isCode =
                text[index] == code.first && text[index..<(index + 3)] == code
                && (index == text.startIndex || text[index - 1] == 0x20)
                && (text[index + 3] == UInt8(ascii: "-") || text[index + 3] == 0x20)
            guard isCode else {
                index += 1
                continue
            }
            output += text[copied..<index]
            let isLastLine = text[index + 3] == 0x20
            let rest = text[(index + 4)...]
            let leading = LeadingStatus(rest)
            status = status ?? leading?.status
            index = leading?.end ?? rest.startIndex
            while index < text.endIndex, text[index] == 0x20 { index += 1 }
            copied = index
            if isLastLine { break }
        }
        return (copied > text.startIndex ? (output + text[copied...])[...].trimmed : text, status)
    }

    /// A status that stands somewhere in the text, as qmail's `(#5.1.1)`; not one of another class than the code's.
    private static func status(in text: Bytes, code: UInt16?) -> EnhancedStatus? {
        guard let status = EnhancedStatus.first(in: text) else { return nil }
        guard let code else { return status }
        return UInt16(status.statusClass) == code / 100 ? status : nil
    }

    /// RFC 3464, 2.3.6: the text without the type of a Diagnostic-Code.
    private static func withoutType(_ line: Bytes) -> Bytes {
        guard let parts = line.prefix(24).split(atByte: UInt8(ascii: ";")) else { return line }
        let type = parts.head.trimmed
        let isType =
            type.equals("smtp") || type.equals("lmtp") || type.equals("esmtp") || type.hasPrefix("x-")
            || type.equals("unix") || type.equals("dns") || type.equals("x400")
        return isType ? line[parts.tail.startIndex...].trimmed : line
    }
}

/// A reply code and where it stands.
struct ReplyCode {
    var value: UInt16
    var start: Int
    var end: Int

    /// Three digits at `start` that can be a reply code: 2yz to 5yz, a border behind them.
    init?(_ text: borrowing Bytes, at start: Int) {
        guard start + 3 <= text.endIndex, (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(text[start]),
            text[start + 1].isASCIIDigit, text[start + 2].isASCIIDigit
        else { return nil }
        if start + 3 < text.endIndex {
            let next = text[start + 3]
            if next.isASCIIAlphanumeric || next == UInt8(ascii: "_") || next == UInt8(ascii: "@")
                || next == UInt8(ascii: "/") || next == UInt8(ascii: "%")
            {
                return nil
            }
            if next == UInt8(ascii: ".") || next == UInt8(ascii: ":") || next == UInt8(ascii: ","),
                start + 4 < text.endIndex, text[start + 4].isASCIIDigit
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

    init?(_ text: borrowing Bytes) {
        var start = text.startIndex
        while start < text.endIndex, start - text.startIndex < 6, Self.isDress(text[start]) { start += 1 }
        guard let (status, end) = EnhancedStatus.parse(text, at: start) else { return nil }
        self.status = status
        self.end = end
        while self.end < text.endIndex, start > text.startIndex,
            text[self.end] == UInt8(ascii: ")") || text[self.end] == UInt8(ascii: "]")
        {
            self.end += 1
        }
        if self.end < text.endIndex, text[self.end] == UInt8(ascii: ":") || text[self.end] == UInt8(ascii: "-") {
            self.end += 1
        }
    }
}
