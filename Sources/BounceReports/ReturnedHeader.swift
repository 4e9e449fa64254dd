// What is known of the message that bounced, from the part that returns it or from the text after the line that announces it.

import MailSyntax

enum ReturnedHeader {
    /// - Parameter text: What follows the notice in its own part, where the message came back as text.
    static func read(
        _ message: MailMessage, text: Bytes, limits: ReportLimits, into returned: inout ReturnedMessage
    ) {
        guard let part = part(of: message) else { return readText(text, limits: limits, into: &returned) }
        returned.part = part
        returned.messageID = message.field("message-id", in: part).flatMap { $0.messageIdentifier }
        returned.subject = message.field("subject", in: part)
        returned.sender =
            (message.field("return-path", in: part)).flatMap { MailAddress.parse($0) }
            ?? message.field("from", in: part).flatMap(MailAddress.parse)
        returned.toField = message.field("to", in: part)
    }

    /// The first message or header that is attached to the report itself, or that is all of it.
    private static func part(of message: MailMessage) -> Int? {
        var index = 0
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
        var header: Range<Int>?
        var lineCount = 0
        for line in text.linePlaces {
            lineCount += 1
            if lineCount > limits.noticeLines { break }
            if let start = header?.lowerBound { header = start..<line.upperBound }
            if let first = line.first, !mayBeginField(text[first]) { continue }
            guard let colon = text.firstIndex(ofByte: UInt8(ascii: ":"), in: line.prefix(80)) else {
                if header != nil, text.trimmed(line).isEmpty { break }
                continue
            }
            let name = text.trimmed(line.lowerBound..<colon)
            let value = (colon + 1)..<line.upperBound
            switch name.count {
            case 10 where text.equals("message-id", at: name):
                if returned.messageID == nil { returned.messageID = text[value].trimmed.messageIdentifier }
            case 7 where text.equals("subject", at: name):
                if returned.subject == nil { returned.subject = text[value].trimmed }
            case 2 where text.equals("to", at: name):
                if returned.toField == nil, text.firstIndex(ofByte: UInt8(ascii: "@"), in: value) != nil {
                    returned.toField = text[value]
                }
            case 11 where text.equals("return-path", at: name):
                if let sender = MailAddress.parse(text[value]) { returned.sender = sender }
            case 4 where text.equals("from", at: name):
                if returned.sender == nil { returned.sender = MailAddress.parse(text[value]) }
            case 8 where text.equals("received", at: name): break
            default: continue
            }
            if header == nil { header = line }
        }
        if let header { returned.header = text[header] }
    }

    /// Whether a line that begins with the byte may be one of these fields, or blank.
    private static func mayBeginField(_ first: UInt8) -> Bool {
        switch foldedASCII(first) {
        case UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "f"): true
        case let byte: byte <= 0x20
        }
    }
}
