// What syslog puts before a message: RFC 3164 (`Nov 21 04:48:12 mx1 postfix/smtp[4084]: …`), the same with another timestamp
// (`2025-11-21T04:48:12.5+01:00`, `2025-11-21 04:48:12`), or RFC 5424 (`<22>1 2025-11-21T04:48:12Z mx1 postfix/smtp 4084 - - …`), in files
// often without the priority, or without priority and version; and what a container's runtime puts before that.

import MailSyntax

struct SyslogHeader {
    let time: Bytes
    let host: Bytes
    /// The program's name, as it stands before its process ID.
    let program: Bytes
    /// The last component of the program's name: `smtp` of `postfix-out/smtp[4084]`.
    let agent: Bytes
    let message: Bytes

    /// Nil where the line does not begin so.
    init?(_ line: Bytes) {
        let line = Self.withoutContainerName(line)
        guard let header = Self(bare: line) ?? Self.withoutContainerTime(line).flatMap({ Self(bare: $0) }) else {
            return nil
        }
        self = header
    }

    /// `mail-1  | …`, as `docker compose logs` prints it.
    private static func withoutContainerName(_ line: Bytes) -> Bytes {
        guard let parts = line.prefix(containerNameLimitBytes).split(atByte: UInt8(ascii: "|")), !parts.head.isEmpty,
            parts.head.trimmed.allSatisfy({ $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) })
        else { return line }
        return line[parts.tail.startIndex...].trimmed
    }

    private static let containerNameLimitBytes = 80

    /// `2025-11-21T04:48:12.5Z …` as `docker logs --timestamps` prints it, `2025-11-21T04:48:12.5Z stdout F …` as Kubernetes keeps it.
    private static func withoutContainerTime(_ line: Bytes) -> Bytes? {
        guard line.first?.isASCIIDigit == true, let (_, rest) = time(line) else { return nil }
        return rest.dropping(prefix: "stdout F ") ?? rest.dropping(prefix: "stderr F ") ?? rest
    }

    /// Of what syslog itself writes.
    private init?(bare line: Bytes) {
        let (isPrefixed, line) = Self.withoutPriority(line)
        let versioned = line.dropping(prefix: "1 ")
        if isPrefixed, let time = versioned?.split(atByte: 0x20) {
            self.init(time: time.head, ofRFC5424: time.tail)
            return
        }
        guard let (time, rest) = Self.time(versioned ?? line),
            let host = Self.withoutNamedPriority(rest).split(atByte: 0x20),
            let tag = Self.withoutPriorityWord(host.tail).split(atByte: 0x20)
        else { return nil }
        guard versioned == nil, let name = tag.head.dropping(suffix: ":") else {
            // Nothing but its form says that it is RFC 5424's.
            guard time.first?.isASCIIDigit == true, Self.beginsWithProcessID(tag.tail) else { return nil }
            self.init(time: time, ofRFC5424: rest)
            return
        }
        self.init(
            time: time, host: host.head, program: name.split(atByte: UInt8(ascii: "["))?.head ?? name,
            message: Self.withoutMessageID(tag.tail))
    }

    /// What stands behind the time: host, program, process ID, message ID, structured data, message.
    private init?(time: Bytes, ofRFC5424 rest: Bytes) {
        guard let host = rest.split(atByte: 0x20), let program = host.tail.split(atByte: 0x20),
            let process = program.tail.split(atByte: 0x20), let messageID = process.tail.split(atByte: 0x20),
            let message = Self.withoutStructuredData(messageID.tail)
        else { return nil }
        self.init(time: time, host: host.head, program: program.head, message: message)
    }

    private init(time: Bytes, host: Bytes, program: Bytes, message: Bytes) {
        self.time = time
        self.host = host
        self.program = program
        let slash = program.lastIndex(ofByte: UInt8(ascii: "/"))
        agent = if let slash { program[(slash + 1)...] } else { program }
        self.message = message
    }

    /// The line behind a syslog priority such as `<22>`, and whether it has one.
    private static func withoutPriority(_ line: Bytes) -> (isPrefixed: Bool, rest: Bytes) {
        guard line.first == UInt8(ascii: "<"), let parts = line.prefix(5).split(atByte: UInt8(ascii: ">")) else {
            return (false, line)
        }
        return (true, line[parts.tail.startIndex...])
    }

    /// Behind `<mail.info> `, which FreeBSD's syslogd puts before the host where it is asked to (-vv).
    private static func withoutNamedPriority(_ text: Bytes) -> Bytes {
        guard text.first == UInt8(ascii: "<"), let word = text.split(atByte: 0x20), word.head.last == UInt8(ascii: ">")
        else { return text }
        return word.tail
    }

    /// Behind `mail.info `, which BusyBox's syslogd puts between the host and the tag.
    private static func withoutPriorityWord(_ text: Bytes) -> Bytes {
        guard let word = text.split(atByte: 0x20), let name = word.head.split(atByte: UInt8(ascii: ".")),
            name.head.allSatisfy(\.isASCIIAlphanumeric), name.tail.allSatisfy(\.isASCIIAlphanumeric),
            word.tail.split(atByte: 0x20)?.head.last == UInt8(ascii: ":")
        else { return text }
        return word.tail
    }

    /// A number, or `-` where there is none.
    private static func beginsWithProcessID(_ text: Bytes) -> Bool {
        guard let word = text.split(atByte: 0x20)?.head else { return false }
        return word.equals("-") || !word.isEmpty && word.allSatisfy(\.isASCIIDigit)
    }

    /// The timestamp at the beginning, and what follows it. `Nov 21 04:48:12`, also with the day padded to two places or a fraction of a
    /// second; `2025-11-21T04:48:12.5+01:00`; `2025-11-21 04:48:12`, also with a fraction or a zone.
    private static func time(_ line: Bytes) -> (time: Bytes, rest: Bytes)? {
        guard let first = line.first else { return nil }
        if first.isASCIIDigit {
            guard let parts = line.split(atByte: 0x20) else { return nil }
            if begins(parts.head, as: "0000-00-00"), parts.head.count == 10 {
                guard let clock = parts.tail.split(atByte: 0x20), begins(clock.head, as: "00:00:00") else { return nil }
                return (line[..<clock.head.endIndex], clock.tail)
            }
            guard parts.head.firstIndex(ofByte: UInt8(ascii: ":")) != nil,
                parts.head.firstIndex(ofByte: UInt8(ascii: "-")) != nil
            else { return nil }
            return (parts.head, parts.tail)
        }
        // Fifteen characters, always, but for the fraction.
        guard line.dropFirst(3).first == 0x20, line.dropFirst(6).first == 0x20,
            line.dropFirst(9).first == UInt8(ascii: ":"), let end = line.dropFirst(15).firstIndex(ofByte: 0x20),
            end == line.startIndex + 15 || line.dropFirst(15).first == UInt8(ascii: ".")
        else { return nil }
        return (line[..<end], line[(end + 1)...])
    }

    /// Whether it begins with such a number: a digit where the form has one, else what the form has.
    private static func begins(_ text: Bytes, as form: StaticString) -> Bool {
        let form = Bytes(form)
        return text.count >= form.count
            && zip(text, form).allSatisfy { $1.isASCIIDigit ? $0.isASCIIDigit : $0 == $1 }
    }

    /// What stands behind RFC 5424's structured data: `-`, or elements in brackets whose values may hold spaces and `\]`.
    private static func withoutStructuredData(_ text: Bytes) -> Bytes? {
        if let message = text.dropping(prefix: "- ") { return bare(message) }
        var isInElement = false
        var isEscaped = false
        for (index, byte) in zip(text.indices, text) {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") {
                isInElement = byte == UInt8(ascii: "[")
            } else if !isInElement {
                return byte == 0x20 && index > text.startIndex ? bare(text[(index + 1)...]) : nil
            }
        }
        return nil
    }

    /// Without a byte order mark, and the space that rsyslog keeps from behind RFC 3164's tag.
    private static func bare(_ text: Bytes) -> Bytes { (text.dropping(prefix: "\u{FEFF}") ?? text).trimmed }

    /// Solaris's syslogd puts `[ID 801593 mail.info] ` before the message.
    private static func withoutMessageID(_ message: Bytes) -> Bytes {
        guard message.hasPrefix("[ID "), let parts = message.split(atByte: UInt8(ascii: "]")) else { return message }
        return parts.tail.trimmed
    }
}
