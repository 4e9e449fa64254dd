// What MTAs put around a reply that they quote: where the reply begins and ends, who gave it and what it answered.

/// A line of diagnostic text, taken apart into the reply and what stands around it.
struct ReplyWrapping {
    /// From the reply code to the end of the reply; the whole line where no code was found.
    let reply: Bytes
    let code: ReplyCode?
    /// An enhanced status before the reply, as Exchange's `#5.1.1 smtp;550 …`.
    let status: EnhancedStatus?
    let command: Bytes?
    let host: Bytes?

    init(_ line: Bytes) {
        let (body, answered) = Self.withoutCommand(line)
        let code = Self.findCode(in: body)
        let introduction = code.map { body[..<$0.start] } ?? body
        self.code = code
        reply = code.map { Self.withoutClosing(body[$0.start...], opening: introduction) } ?? body
        let isWrapped = code.map { $0.start > body.startIndex } ?? true
        status = isWrapped && code != nil ? EnhancedStatus.first(in: introduction) : nil
        let tells =
            isWrapped && (Self.introductionWords.isAny(in: introduction) || introduction.contains(Self.codeMark))
        command = answered ?? (tells ? Self.command(in: introduction) : nil)
        host = tells ? Self.host(in: introduction) : nil
    }

    // MARK: The code

    /// The reply code at the beginning, else the first that stands where MTAs quote a reply. A number that stands
    /// elsewhere (an octet of an address, a port, a size, a date) is none.
    private static func findCode(in line: Bytes) -> ReplyCode? {
        let bytes = line.span
        let start = line.startIndex
        var index = 0
        while index < bytes.count, isOpening(bytes[index]) { index += 1 }
        if let code = ReplyCode(line, at: start + index) { return code }
        while index < bytes.count {
            guard bytes[index] &- UInt8(ascii: "2") < 4, index > 0 else {
                index += 1
                continue
            }
            if let code = ReplyCode(line, at: start + index), isQuoted(code, in: line) { return code }
            while index < bytes.count, bytes[index].isASCIIDigit { index += 1 }
        }
        return nil
    }

    /// What may stand before a reply at the very beginning: quotes, brackets, `<<< `, `#`.
    private static func isOpening(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "'")
            || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "*") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "-")
    }

    private static func isQuoted(_ code: ReplyCode, in line: Bytes) -> Bool {
        let previous = line[code.start - 1]
        if previous.isASCIIAlphanumeric || previous == UInt8(ascii: ".") || previous == UInt8(ascii: "_")
            || previous == UInt8(ascii: "/") || previous == UInt8(ascii: "-") || previous == UInt8(ascii: "@")
            || previous == UInt8(ascii: "+")
        {
            return false
        }
        let behind = line[code.end...]
        if let leading = LeadingStatus(behind), UInt16(leading.status.statusClass) == code.value / 100 { return true }
        guard code.value >= 400, code.value < 560 || code.value / 10 == 57, !isAmount(behind) else { return false }
        return isIntroduced(line[..<code.start])
    }

    /// Whether the text before a number says that a reply follows.
    private static func isIntroduced(_ introduction: Bytes) -> Bool {
        guard let last = introduction.last else { return true }
        switch last {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: "<"), UInt8(ascii: "{"),
            UInt8(ascii: ">"):
            return true
        case UInt8(ascii: "#"):
            // Not the fragment of an address of a page that explains the reply.
            return !(introduction.dropLast().last?.isASCIIAlphanumeric ?? false)
        case UInt8(ascii: "="): return introduction.hasSuffix("led=") || introduction.hasSuffix("code=")
        case UInt8(ascii: ";"), UInt8(ascii: ":"):
            return introduction.hasSuffix("smtp;") || introduction.hasSuffix("smtp:") || introduction.hasSuffix("said:")
        default: break
        }
        let before = introduction.trimmed
        if before.last == UInt8(ascii: ":") || before.last == UInt8(ascii: ">") || before.last == UInt8(ascii: ";") {
            return true
        }
        return words.contains { before.hasSuffix($0) }
    }

    /// Words right before a reply code.
    private static let words: [StaticString] = [
        " said", " code", "error", "reply", "response", "returned", "replied", "answered", "responded with", "->", " -",
    ]

    /// Whether the number before this text counts something: `: 500 kB`, `: 450 messages`.
    private static func isAmount(_ text: Bytes) -> Bool {
        let rest = text.trimmed
        return units.contains { unit in
            guard let behind = rest.dropping(prefix: unit) else { return false }
            return !(behind.first?.isASCIILetter ?? false)
        }
    }

    /// No singular: 400 and more are counted here, and "554 Message rejected" is a reply.
    private static let units: [StaticString] = [
        "kb", "mb", "gb", "bytes", "kbytes", "octets", "seconds", "secs", "sec", "s", "ms", "minutes", "min", "hours",
        "h", "days",
        "messages", "msgs", "mails", "emails", "recipients", "connections", "per", "times", "kib", "mib",
    ]

    // MARK: The command

    /// The line without Postfix's `(in reply to RCPT TO command)` at its end, and the command.
    private static func withoutCommand(_ line: Bytes) -> (body: Bytes, command: Bytes?) {
        guard line.last == UInt8(ascii: ")"), let range = line.firstRange(of: "(in reply to ") else {
            return (line, nil)
        }
        return (line[..<range.lowerBound].trimmed, canonicalCommand(line[range.upperBound...]))
    }

    /// The command that an introduction names: Exim's `after RCPT TO:<a@b>`, Sendmail's `>>> RCPT To:<a@b>`, qmail's
    /// sentences. `CONNECT` is what Postfix calls the connection that a server greets with its refusal.
    private static func command(in introduction: Bytes) -> Bytes? {
        for (mark, command) in commandSentences where introduction.contains(mark) { return Bytes(command) }
        for mark in commandMarks {
            guard let range = introduction.firstRange(of: mark) else { continue }
            var named = introduction[range.upperBound...]
            if let behind = named.dropping(prefix: "pipelined ") { named = behind }
            if let command = canonicalCommand(named) { return command }
        }
        return nil
    }

    private static let commandMarks: [StaticString] = [">>> ", "after ", "in response to ", "in reply to "]

    private static let commandSentences: [(StaticString, StaticString)] = [
        ("does not like recipient", "RCPT TO"), ("sender was rejected", "MAIL FROM"),
        ("does not like sender", "MAIL FROM"), ("failed after i sent the message", "DATA"),
        ("failed on data command", "DATA"), ("refused to talk to me", "CONNECT"),
        ("after initial connection", "CONNECT"), ("but greeting failed", "CONNECT"),
        ("but my name was rejected", "HELO"),
    ]

    private static func canonicalCommand(_ text: Bytes) -> Bytes? {
        for (word, command) in commands where text.hasPrefix(word) { return Bytes(command) }
        return nil
    }

    private static let commands: [(StaticString, StaticString)] = [
        ("rcpt to", "RCPT TO"), ("mail from", "MAIL FROM"), ("end of data", "DATA"), ("data", "DATA"),
        ("bdat", "DATA"), ("sending data block", "DATA"), ("ehlo", "EHLO"), ("helo", "HELO"), ("lhlo", "LHLO"),
        ("auth", "AUTH"), ("starttls", "STARTTLS"),
    ]

    // MARK: The host

    /// The server that an introduction names.
    private static func host(in introduction: Bytes) -> Bytes? {
        for mark in hostMarks {
            guard let range = introduction.firstRange(of: mark), let name = hostName(introduction[range.upperBound...])
            else { continue }
            return name
        }
        if let range = introduction.firstRange(of: " does not like recipient") {
            return hostName(introduction[..<range.lowerBound].suffix(while: { $0 != 0x20 }))
        }
        // Google names the recipient's domain and then the server.
        if let domain = introduction.firstRange(of: "for the recipient domain "),
            let server = introduction[domain.upperBound...].firstRange(of: " by ")
        {
            return hostName(introduction[server.upperBound...])
        }
        guard let bracket = introduction.firstIndex(ofByte: UInt8(ascii: "<")), introduction.contains(Self.codeMark)
        else {
            return nil
        }
        return hostName(introduction[(bracket + 1)...])
    }

    private static let hostMarks: [StaticString] = [
        "host ", "connect to ", "connection with ", "conversation with ", "while talking to ", "remote server at ",
        "connected to ", "giving up on ", "refused by ", "timed out with ", "reset by ", "mta ",
    ]

    /// Exchange: `<mx.example.com #5.1.1 smtp;550 …>`.
    private static let codeMark: StaticString = " #"

    /// Without one of these, or `codeMark`, nothing names a command or a host.
    private static let introductionWords = WordSet(
        commandMarks + commandSentences.map(\.0) + hostMarks + [
            " does not like recipient", "for the recipient domain ",
        ])

    /// The longest host name, RFC 1035, 2.3.4.
    private static let hostLimitBytes = 255

    /// A host name with a dot, or an address in brackets or alone, at the beginning of the text.
    private static func hostName(_ text: Bytes) -> Bytes? {
        let text = text.first == UInt8(ascii: "[") ? text.dropFirst() : text
        var name = text.prefix(hostLimitBytes).prefix {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                || $0 == UInt8(ascii: ":")
        }
        while let last = name.last, !last.isASCIIAlphanumeric { name = name.dropLast() }
        // What is no address ends at a port.
        if let parts = name.split(atByte: UInt8(ascii: ":")), parts.tail.firstIndex(ofByte: UInt8(ascii: ":")) == nil {
            name = parts.head
        }
        guard name.firstIndex(ofByte: UInt8(ascii: ".")) != nil || name.firstIndex(ofByte: UInt8(ascii: ":")) != nil
        else {
            return nil
        }
        return name
    }

    // MARK: The end

    /// The reply without the quote or bracket that closes what was opened before it, and without Exchange's `##`.
    private static func withoutClosing(_ reply: Bytes, opening introduction: Bytes) -> Bytes {
        var reply = reply
        if let end = reply.firstRange(of: "##") { reply = reply[..<end.lowerBound] }
        let closing: UInt8? =
            switch introduction.last {
            case UInt8(ascii: "'"): UInt8(ascii: "'")
            case UInt8(ascii: "\""): UInt8(ascii: "\"")
            case UInt8(ascii: "("): UInt8(ascii: ")")
            case UInt8(ascii: "["): UInt8(ascii: "]")
            case UInt8(ascii: ";") where introduction.firstIndex(ofByte: UInt8(ascii: "<")) != nil: UInt8(ascii: ">")
            default: nil
            }
        if let closing, let end = reply.lastIndex(ofByte: closing) { reply = reply[..<end] }
        return reply.trimmed
    }
}
