// What MTAs put around a reply that they quote: where the reply begins and ends, who gave it and what it answered.

/// A line of diagnostic text, taken apart into the reply and what stands around it, by places in the line.
struct ReplyWrapping {
    /// From the reply code to the end of the reply; the whole line where no code was found.
    let reply: Range<Int>
    let code: ReplyCode?
    /// An enhanced status before the reply, as Exchange's `#5.1.1 smtp;550 …`.
    let status: EnhancedStatus?
    let command: Bytes?
    let host: Range<Int>?

    /// Of a line that `withoutCommand` gave.
    init(_ line: Span<UInt8>) {
        code = Self.findCode(in: line)
        let start = code?.start ?? line.count
        let introduction = line.extracting(..<start)
        reply = code == nil ? 0..<line.count : Self.withoutClosing(line, start, opening: introduction)
        status = code == nil ? nil : EnhancedStatus.first(in: introduction, 0..<start)
        let phrases = Self.phraseSet.found(in: introduction)
        command = Self.command(in: introduction, phrases)
        host = Self.host(in: introduction, phrases)
    }

    // MARK: The code

    /// The reply code at the beginning, else the first that stands where MTAs quote a reply. A number that stands
    /// elsewhere (an octet of an address, a port, a size, a date) is none.
    private static func findCode(in line: Span<UInt8>) -> ReplyCode? {
        var index = 0
        while index < line.count, isOpening(line[index]) { index += 1 }
        if let code = ReplyCode(line, at: index) { return code }
        while let place = line.firstPair(classes, digits, from: index, upTo: line.count) {
            if place > 0, let code = ReplyCode(line, at: place), isQuoted(code, in: line) { return code }
            index = place
            while index < line.count, line[index].isASCIIDigit { index += 1 }
        }
        return nil
    }

    private static let classes = UInt8(ascii: "2")...UInt8(ascii: "5")
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// What may stand before a reply at the very beginning: quotes, brackets, `<<< `, `#`.
    private static func isOpening(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "'")
            || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "*") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "-")
    }

    private static func isQuoted(_ code: ReplyCode, in line: Span<UInt8>) -> Bool {
        let previous = line[code.start - 1]
        if previous.isASCIIAlphanumeric || previous == UInt8(ascii: ".") || previous == UInt8(ascii: "_")
            || previous == UInt8(ascii: "/") || previous == UInt8(ascii: "-") || previous == UInt8(ascii: "@")
            || previous == UInt8(ascii: "+")
        {
            return false
        }
        if let leading = LeadingStatus(line, at: code.end), UInt16(leading.status.statusClass) == code.value / 100 {
            return true
        }
        // RFC 5321 has none from 560 on: 571 was Sendmail's, 59z is said by those who ask a blocklist.
        guard code.value >= 400, code.value < 560 || code.value / 10 == 57 || code.value / 10 == 59,
            !isAmount(line, at: code.end)
        else { return false }
        return opensQuotation(line, at: code.end) || isIntroduced(line.extracting(..<code.start))
    }

    /// IronPort's `550-'5.1.1 …'` or `550-"…"`: the code stands before the quotation.
    static func opensQuotation(_ line: Span<UInt8>, at end: Int) -> Bool {
        guard end + 1 < line.count, line[end] == UInt8(ascii: "-") else { return false }
        return line[end + 1] == UInt8(ascii: "'") || line[end + 1] == UInt8(ascii: "\"")
    }

    /// Whether the text before a number says that a reply follows.
    private static func isIntroduced(_ introduction: Span<UInt8>) -> Bool {
        let count = introduction.count
        guard count > 0 else { return true }
        switch introduction[count - 1] {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: "<"), UInt8(ascii: "{"),
            UInt8(ascii: ">"):
            return true
        case UInt8(ascii: "#"):
            // Not the fragment of an address of a page that explains the reply.
            return count == 1 || !introduction[count - 2].isASCIIAlphanumeric
        case UInt8(ascii: "="): return introduction.hasSuffix("led=") || introduction.hasSuffix("code=")
        case UInt8(ascii: ";"), UInt8(ascii: ":"):
            return introduction.hasSuffix("smtp;") || introduction.hasSuffix("smtp:") || introduction.hasSuffix("said:")
        default: break
        }
        let place = introduction.trimmed(0..<count)
        guard let last = place.last else { return false }
        if introduction[last] == UInt8(ascii: ":") || introduction[last] == UInt8(ascii: ">")
            || introduction[last] == UInt8(ascii: ";") || introduction[last] == UInt8(ascii: "<")
        {
            return true
        }
        let before = introduction.extracting(place)
        for word in words where before.hasSuffix(word) { return true }
        return false
    }

    /// Words right before a reply code.
    private static let words: [StaticString] = [
        " said", " code", "error", "reply", "response", "returned", "replied", "answered", "responded with", "->", " -",
        // chasquid: the command, as Go's errors have what went wrong before the cause.
        "rcpt to", "mail+rcpt", "error: mail", "error: data", "data closing",
    ]

    /// Whether a number that ends at `end` counts something: `: 500 kB`, `: 450 messages`.
    private static func isAmount(_ line: Span<UInt8>, at end: Int) -> Bool {
        let rest = line.extracting(line.trimmed(end..<line.count))
        for unit in units where rest.hasPrefix(unit) {
            let length = unit.utf8CodeUnitCount
            if length == rest.count || !rest[length].isASCIILetter { return true }
        }
        return false
    }

    /// No singular: 400 and more are counted here, and "554 Message rejected" is a reply.
    private static let units: [StaticString] = [
        "kb", "mb", "gb", "bytes", "kbytes", "octets", "seconds", "secs", "sec", "s", "ms", "minutes", "min", "hours",
        "h", "days",
        "messages", "msgs", "mails", "emails", "recipients", "connections", "per", "times", "kib", "mib",
    ]

    // MARK: The command

    /// A part of a line without Postfix's `(in reply to RCPT TO command)` at its end, and the command.
    static func withoutCommand(_ line: Span<UInt8>, _ part: Range<Int>) -> (body: Range<Int>, command: Bytes?) {
        let text = line.extracting(part)
        guard text.count > 0, text[text.count - 1] == UInt8(ascii: ")"),
            let range = text.firstRange(of: "(in reply to ")
        else { return (part, nil) }
        return (
            line.trimmed(part.prefix(range.lowerBound)), canonicalCommand(text.extracting(range.upperBound...))
        )
    }

    /// The command that an introduction names: Exim's `after RCPT TO:<a@b>`, Sendmail's `>>> RCPT To:<a@b>`, qmail's
    /// sentences.
    private static func command(in introduction: Span<UInt8>, _ found: SpacedPhrases.Numbers) -> Bytes? {
        for number in found {
            switch phrases[number].tells {
            case .command(let command): return command
            case .commandBehind:
                guard let range = introduction.firstRange(of: phrases[number].phrase) else { continue }
                let named = introduction.extracting(range.upperBound...)
                let pipelined: StaticString = "pipelined "
                let start = named.hasPrefix(pipelined) ? pipelined.utf8CodeUnitCount : 0
                if let command = canonicalCommand(named.extracting(start...)) { return command }
            case .hostBehind, .hostBefore, .hostFurtherBehind: break
            }
        }
        return nil
    }

    private static func canonicalCommand(_ text: Span<UInt8>) -> Bytes? {
        for (word, command) in commands where text.hasPrefix(word) { return command }
        return nil
    }

    private static let commands: [(StaticString, Bytes)] = [
        ("rcpt to", rcptTo), ("mail from", mailFrom), ("end of data", data), ("data", data), ("bdat", data),
        ("sending data block", data), ("ehlo", Bytes("EHLO")), ("helo", helo), ("lhlo", Bytes("LHLO")),
        ("auth", Bytes("AUTH")), ("starttls", Bytes("STARTTLS")),
    ]

    private static let rcptTo = Bytes("RCPT TO")
    private static let mailFrom = Bytes("MAIL FROM")
    private static let data = Bytes("DATA")
    private static let helo = Bytes("HELO")
    /// What Postfix calls the connection that a server greets with its refusal.
    private static let connect = Bytes("CONNECT")

    // MARK: The phrases of an introduction

    /// What a phrase of an introduction tells.
    private enum Tells {
        case command(Bytes)
        case commandBehind, hostBehind, hostBefore
        /// Behind ` by `.
        case hostFurtherBehind
    }

    /// In the order in which they are asked.
    private static let phrases: [(phrase: StaticString, tells: Tells)] = [
        ("does not like recipient", .command(rcptTo)), ("sender was rejected", .command(mailFrom)),
        ("does not like sender", .command(mailFrom)), ("failed after i sent the message", .command(data)),
        ("failed on data command", .command(data)), ("refused to talk to me", .command(connect)),
        ("after initial connection", .command(connect)), ("but greeting failed", .command(connect)),
        ("but my name was rejected", .command(helo)),
        (">>> ", .commandBehind), ("after ", .commandBehind), ("in response to ", .commandBehind),
        ("in reply to ", .commandBehind),
        ("host ", .hostBehind), ("connect to ", .hostBehind), ("connection with ", .hostBehind),
        ("conversation with ", .hostBehind), ("while talking to ", .hostBehind), ("remote server at ", .hostBehind),
        ("connected to ", .hostBehind), ("giving up on ", .hostBehind), ("refused by ", .hostBehind),
        ("timed out with ", .hostBehind), ("reset by ", .hostBehind), ("mta ", .hostBehind),
        (" does not like recipient", .hostBefore),
        // Google names the recipient's domain and then the server.
        ("for the recipient domain ", .hostFurtherBehind),
    ]

    private static let phraseSet = SpacedPhrases(phrases.map(\.phrase))

    // MARK: The host

    /// The server that an introduction names.
    private static func host(in introduction: Span<UInt8>, _ found: SpacedPhrases.Numbers) -> Range<Int>? {
        for number in found {
            guard let range = introduction.firstRange(of: phrases[number].phrase) else { continue }
            switch phrases[number].tells {
            case .command, .commandBehind: break
            case .hostBehind:
                if let name = hostName(in: introduction, from: range.upperBound) { return name }
            case .hostBefore:
                var start = range.lowerBound
                while start > 0, introduction[start - 1] != 0x20 { start -= 1 }
                return hostName(in: introduction.extracting(..<range.lowerBound), from: start)
            case .hostFurtherBehind:
                let behind = introduction.extracting(range.upperBound...)
                if let server = behind.firstRange(of: " by ") {
                    return hostName(in: introduction, from: range.upperBound + server.upperBound)
                }
            }
        }
        // Exchange: `<mx.example.com #5.1.1 smtp;550 …>`.
        guard let bracket = introduction.firstIndex(of: UInt8(ascii: "<"), in: 0..<introduction.count),
            introduction.firstRange(of: " #") != nil
        else { return nil }
        return hostName(in: introduction, from: bracket + 1)
    }

    /// The longest host name, RFC 1035, 2.3.4.
    private static let hostLimitBytes = 255

    /// A host name with a dot, or an address in brackets or alone, that stands at a place.
    private static func hostName(in text: Span<UInt8>, from place: Int) -> Range<Int>? {
        let start = place < text.count && text[place] == UInt8(ascii: "[") ? place + 1 : place
        let limit = min(text.count, start + hostLimitBytes)
        var end = start
        while end < limit,
            text[end].isASCIIAlphanumeric || text[end] == UInt8(ascii: ".") || text[end] == UInt8(ascii: "-")
                || text[end] == UInt8(ascii: "_") || text[end] == UInt8(ascii: ":")
        {
            end += 1
        }
        while end > start, !text[end - 1].isASCIIAlphanumeric { end -= 1 }
        // What is no address ends at a port.
        if let colon = text.firstIndex(of: UInt8(ascii: ":"), in: start..<end) {
            if text.firstIndex(of: UInt8(ascii: ":"), in: (colon + 1)..<end) != nil { return start..<end }
            end = colon
        }
        return text.firstIndex(of: UInt8(ascii: "."), in: start..<end) == nil ? nil : start..<end
    }

    // MARK: The end

    /// The reply from `start` on without the quote or bracket that closes what was opened before it, and without Exchange's `##`.
    private static func withoutClosing(
        _ line: Span<UInt8>, _ start: Int, opening introduction: Span<UInt8>
    ) -> Range<Int> {
        var end = line.count
        if let marks = line.extracting(start...).firstRange(of: "##") { end = start + marks.lowerBound }
        guard start > 0 else { return line.trimmed(start..<end) }
        if opensQuotation(line, at: start + 3) {
            let last = (start + 5..<max(start + 5, end)).last { line[$0] == line[start + 4] }
            return line.trimmed(start..<(last ?? end))
        }
        let closing: UInt8? =
            switch introduction[start - 1] {
            case UInt8(ascii: "'"): UInt8(ascii: "'")
            case UInt8(ascii: "\""): UInt8(ascii: "\"")
            case UInt8(ascii: "("): UInt8(ascii: ")")
            case UInt8(ascii: "["): UInt8(ascii: "]")
            case UInt8(ascii: ";") where introduction.firstIndex(of: UInt8(ascii: "<"), in: 0..<start) != nil:
                UInt8(ascii: ">")
            default: nil
            }
        if let closing, let last = (start..<end).last(where: { line[$0] == closing }) { end = last }
        return line.trimmed(start..<end)
    }
}
