// What is known of the message that bounced, from the part that returns it or from the text after the line that announces it.

import MailSyntax

enum ReturnedHeader {
    /// - Parameter text: What follows the notice in its own part, where the message came back as text.
    static func read(_ message: MailMessage, text: Bytes, limits: ReportLimits) -> ReturnedMessage {
        var returned = ReturnedMessage()
        if let part = part(of: message) {
            returned.part = part
            returned.messageID = message.field("message-id", in: part).flatMap(\.messageIdentifier)
            returned.subject = message.field("subject", in: part)
            returned.sender =
                (message.field("return-path", in: part)).flatMap(MailAddress.parse)
                ?? message.field("from", in: part).flatMap(MailAddress.parse)
            if let to = message.field("to", in: part) { returned.to = MailAddress.list(in: message.unfolded(to)) }
        } else if !text.isEmpty {
            readText(text, limits: limits, into: &returned)
        }
        return returned
    }

    /// The first message or header that is attached to the report itself.
    private static func part(of message: MailMessage) -> Int? {
        var index = 1
        while index < message.parts.count {
            if message.parts[index].holdsMessage {
                return index + 1 < message.parts[index].endIndex ? index + 1 : nil
            }
            index += 1
        }
        return nil
    }

    /// Header fields in running text: from the first line that is one up to the next blank line.
    private static func readText(_ text: Bytes, limits: ReportLimits, into returned: inout ReturnedMessage) {
        var isInHeader = false
        var start = text.startIndex
        var end = text.startIndex
        defer { returned.header = text[start..<end] }
        var lineCount = 0
        for line in text.lines {
            lineCount += 1
            if lineCount > limits.noticeLines { return }
            if isInHeader { end = line.endIndex }
            guard let colon = line.prefix(80).firstIndex(of: UInt8(ascii: ":")) else {
                if isInHeader, line.trimmed.isEmpty { return }
                continue
            }
            let value = line[(colon + 1)...].trimmed
            let name = line[..<colon].trimmed
            switch name.count {
            case 10 where name.equals("message-id"): returned.messageID = returned.messageID ?? value.messageIdentifier
            case 7 where name.equals("subject"): returned.subject = returned.subject ?? value
            case 2 where name.equals("to"): if returned.to.isEmpty { returned.to = MailAddress.list(in: value) }
            case 11 where name.equals("return-path"): returned.sender = MailAddress.parse(value) ?? returned.sender
            case 4 where name.equals("from"): returned.sender = returned.sender ?? MailAddress.parse(value)
            case 8 where name.equals("received"): break
            default: continue
            }
            if !isInHeader { start = line.startIndex }
            isInHeader = true
            end = line.endIndex
        }
    }
}
