// Programs that look into messages and tell the sender what they kept back: amavis ("in email presumably from you", then `-> a@b`),
// MailScanner ("triggered by a message you sent:-", then a To field, in some fifteen languages), Qmail-Scanner ("RCPT TO: a@b" at the end),
// Symantec's ("Violation Information:", then "Recipients: a@b"), MailMarshal (a To field).

import MailSyntax

enum ContentFilter {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var addresses: [Bytes] = []
        var words = [notice.header.subject]
        for line in notice.lines where !line.isEmpty {
            let text = line.trimmed
            if let list = recipientLabels.lazy.compactMap({ text.dropping(prefix: $0) }).first {
                addresses += MailAddress.addresses(in: list, limit: notice.limits.recipients - addresses.count)
            } else if words.count < limitWords, !fields.contains(where: { text.hasPrefix($0) }),
                SMTPReply.parse(text).code ?? 400 >= 400
            {
                // Amavis tells what it was answered when it asked for this notice: "250 2.5.0 Ok, id=…, BOUNCE".
                words.append(text)
            }
        }
        var cause = RecipientReport()
        cause.take(words, limit: notice.limits.replyBytes)
        return addresses.map { address in
            var recipient = cause
            recipient.finalRecipient = address
            return recipient
        }
    }

    private static let limitWords = 12

    private static let recipientLabels: [StaticString] = [
        "-> ", "to: ", "rcpt to: ", "recipients: ", "an: ", "À: ", "a: ", "till: ", "til: ", "komu: ", "cimzett: ",
    ]

    /// Of the message that was kept back: its words may be any.
    private static let fields: [StaticString] = [
        "from:", "sender:", "subject:", "date:", "message-id:", "return-path:", "mail from:", "to:", "rcpt to:",
        "betreff:", "datum:", "sujet:", "asunto:", "fecha:", "assunto:", "assumpte:", "data:", "oggetto:", "onderwerp:",
        "emne:", "dato:", "predmet:", "targy", "datum ",
    ]
}
