// What syslog puts before a message: RFC 3164 (`Nov 21 04:48:12 mx1 postfix/smtp[4084]: …`) or a timestamp of RFC 3339.

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
        guard let (time, rest) = Self.time(line), let host = rest.split(atByte: 0x20),
            let tag = host.tail.split(atByte: 0x20), let name = tag.head.dropping(suffix: ":")
        else { return nil }
        self.time = time
        self.host = host.head
        program = name.split(atByte: UInt8(ascii: "["))?.head ?? name
        let slash = program.lastIndex(ofByte: UInt8(ascii: "/"))
        agent = if let slash { program[(slash + 1)...] } else { program }
        message = Self.withoutMessageID(tag.tail)
    }

    /// The timestamp at the beginning, and what follows it. `Nov 21 04:48:12`, also with the day padded to two places;
    /// `2025-11-21T04:48:12.5+01:00`; a syslog priority `<22>` before it is left out.
    private static func time(_ line: Bytes) -> (time: Bytes, rest: Bytes)? {
        var line = line
        if line.first == UInt8(ascii: "<"), let parts = line.prefix(5).split(atByte: UInt8(ascii: ">")) {
            line = line[parts.tail.startIndex...]
        }
        guard let first = line.first else { return nil }
        if first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") {
            guard let parts = line.split(atByte: 0x20), parts.head.firstIndex(ofByte: UInt8(ascii: ":")) != nil,
                parts.head.firstIndex(ofByte: UInt8(ascii: "-")) != nil
            else { return nil }
            return (parts.head, parts.tail)
        }
        // Fifteen characters, always.
        guard line.count > 16, line.dropFirst(3).first == 0x20, line.dropFirst(6).first == 0x20,
            line.dropFirst(9).first == UInt8(ascii: ":"), line.dropFirst(15).first == 0x20
        else { return nil }
        return (line.prefix(15), line.dropFirst(16))
    }

    /// Solaris's syslogd puts `[ID 801593 mail.info] ` before the message.
    private static func withoutMessageID(_ message: Bytes) -> Bytes {
        guard message.hasPrefix("[ID "), let parts = message.split(atByte: UInt8(ascii: "]")) else { return message }
        return parts.tail.trimmed
    }
}
