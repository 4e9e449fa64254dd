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

    /// Whether a label tells that the address is a recipient's who failed.
    static func isRecipient(_ label: Bytes) -> Bool {
        let label = name(of: label)
        return label.count <= recipientBytes && recipients.contains { label.equals($0) }
    }

    /// Longer than every label in the list.
    private static let recipientBytes = 40

    private static let recipients: [StaticString] = [
        "failed recipient", "failed recipient(s)", "failed recipients", "affected recipient", "affected recipients",
        "rejected recipient", "recipient", "recipients", "recipient(s)", "recipient address", "recipient email",
        "recipient e-mail",
        "undeliverable address", "unknown user", "receiver not found", "recipient not found", "user not found",
        "addressed to", "addressee", "rejected-for", "invalid address", "invalid receiver address",
        "invalid recipient address", "delivery failed", "unable to deliver message to", "could not be delivered to",
        "user's mailbox is full", "failed address", "target mail address", "target address", "intended recipient",
        "intended recipients", "your message to", "your mail to", "message for", "mail for", "rcpt to",
        "error.nosuchuser", "err.nosuchuser", "to whom", "final recipient", "final-recipient", "original recipient",
        "destinataire", "empfänger", "empfängeradresse", "destinatario", "destinatário", "ontvanger", "geadresseerde",
        "odbiorca", "adresat", "příjemce", "príjemca", "címzett", "destinatar", "mottagare", "modtager", "mottaker",
        "vastaanottaja", "primatelj", "prejemnik", "gavėjas", "saņēmējs", "saaja", "alıcı", "penerima", "người nhận",
        "получатель", "Получатель", "одержувач", "Одержувач", "получател", "Получател", "прималац", "Прималац",
        "παραλήπτης", "Παραλήπτης", "수신자", "받는 사람", "받는사람", "宛先", "送信先", "收件人", "收件人地址", "收件者", "ผู้รับ", "נמען",
        "הנמען", "المستلم",
    ]

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
