// What stands before an address, or on the line above it, and says whose address it is.

import MailSyntax

enum AddressLabel {
    /// Whether the address of a line is the sender's by its label: "Sender: a@b", or "Sender" alone on the line above.
    static func isSenders(_ lines: NoticeLines, _ index: Int) -> Bool {
        let label = label(of: lines[index].withoutRulers)
        return label.isEmpty ? line(above: index, of: lines).map(isSender) ?? false : isSender(label)
    }

    /// The line above one, or that above a blank line; without rulers.
    static func line(above index: Int, of lines: NoticeLines) -> Bytes? {
        lines[max(0, index - 2)..<index].last { !$0.isEmpty }?.withoutRulers
    }

    /// A label without its colon.
    static func name(of label: Bytes) -> Bytes {
        (label.dropping(suffix: ":") ?? label.dropping(suffix: "：") ?? label).trimmed
    }

    /// What precedes the first colon of a line, if that stands before any address; empty else.
    static func label(of line: Bytes) -> Bytes {
        let head = line.prefix(limitBytes)
        guard let colon = head.firstIndex(ofByte: UInt8(ascii: ":")) ?? head.firstRange(of: "：")?.lowerBound else {
            return []
        }
        return head[..<colon].contains(UInt8(ascii: "@")) ? [] : head[..<colon].trimmed
    }

    private static let limitBytes = 80

    static func isSender(_ label: Bytes) -> Bool {
        let label = name(of: label)
        return senders.contains { label.equals($0) }
    }

    private static let senders: [StaticString] = [
        "sender", "sender address", "sender email", "from", "mail from", "envelope sender", "return-path", "reply-to",
        "original sender", "originator",
        "absender", "absenderadresse", "von", "expéditeur", "adresse de l'expéditeur", "de", "remitente",
        "dirección del remitente", "remetente", "endereço do remetente", "mittente", "indirizzo mittente", "da",
        "afzender", "van", "nadawca", "adres nadawcy", "odesílatel", "odosielateľ", "avsändare", "avsender", "afsender",
        "från", "fra", "lähettäjä", "feladó", "expeditor", "gönderen", "отправитель", "Отправитель", "от кого",
        "От кого", "От", "відправник", "Відправник", "αποστολέας", "Αποστολέας", "差出人", "送信者", "发件人", "发件人地址",
        "寄件者", "寄件人", "보낸 사람", "보낸사람", "발신자", "השולח", "שולח", "المرسل",
    ]
}
