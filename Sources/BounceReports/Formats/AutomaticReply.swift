// RFC 3834: vacation notices and other automatic answers, and the questions of challenge-response systems. Somebody, or some program,
// received the message: none of these is a failure, whatever its words.

import MailSyntax

enum AutomaticReply {
    static func read(_ header: MessageHeader, into report: inout Report) -> Bool {
        guard isAutomaticReply(header) else { return false }
        (report.kind, report.format) = (.autoReply, .rfc3834)
        if !header.from.isEmpty {
            var recipient = RecipientReport()
            recipient.finalRecipient = header.from
            report.recipients = [recipient]
        }
        return true
    }

    /// Auto-Submitted says it, an older field of the same meaning does, the subject does, or the reverse-path is empty, which no
    /// person's message has; a mail system's own has it too, and is then a report that nobody understood.
    static func isAutomaticReply(_ header: MessageHeader) -> Bool {
        if header.isAutoReplied || header.autoReplyField != nil { return true }
        if header.hasNullReturnPath, !header.isMailSystem { return true }
        if header.automaticPrecedence != nil { return true }
        return hasReplySubject(header)
    }

    static func hasReplySubject(_ header: MessageHeader) -> Bool {
        // "[Automatic reply] …", "** Out of office ** …"
        let subject = header.subject.drop { $0 == UInt8(ascii: "[") || PhraseTable.isRuler($0) }
        return subjectBeginnings.contains { subject.hasPrefix($0) }
            || (!header.subjectIsAnswer || header.hasNullReturnPath)
                && subjectWords.contains { header.subject.contains($0) }
    }

    private static let subjectBeginnings: [StaticString] = [
        "automatic reply", "auto reply", "auto-reply", "autoreply", "auto:", "auto response", "auto-response",
        "autoresponse", "autorespons",
        "automated reply", "automated response", "out of office", "out-of-office", "out of the office", "on vacation",
        "vacation:",
        "away from my mail", "away from the office", "automatische antwort", "abwesenheit", "abwesend",
        "abwesenheitsnotiz", "réponse automatique",
        "absence du bureau", "absent du bureau", "respuesta automática", "respuesta automatica", "fuera de la oficina",
        "resposta automática",
        "ausência temporária", "risposta automatica", "fuori sede", "fuori ufficio", "automatisch antwoord", "afwezig",
        "autosvar",
        "automatiskt svar", "automatisk svar", "automaattinen vastaus", "poissa:", "autoodpowiedź",
        "automatyczna odpowiedź",
        "automatická odpověď", "automatikus válasz", "răspuns automat", "otomatik yanıt", "автоответ", "Автоответ",
        "автоматический ответ", "Автоматический ответ",
        "automatická odpoveď", "samodejni odgovor", "automatski odgovor", "Автоматичен отговор",
        "Автоматична відповідь",
        "Аутоматски одговор", "automatinis atsakymas", "automātiskā atbilde", "automaatvastus", "resposta automàtica",
        "erantzun automatikoa", "Αυτόματη απάντηση", "תשובה אוטומטית", "رد تلقائي", "پاسخ خودکار", "ตอบกลับอัตโนมัติ",
        "स्वचालित उत्तर", "trả lời tự động", "balasan otomatis", "balasan automatik", "poza biurem", "mimo kancelář",
        "mimo kanceláriu", "házon kívül", "ofis dışında", "Вне офиса", "nepřítomn", "på semester", "ikke til stede",
        "auto-antwort", "urlaubsmeldung", "urlaubsbenachrichtigung", "message d'absence", "notification d'absence",
        "absente du bureau", "mensaje de ausencia", "avviso di assenza", "frånvaromeddelande", "fraværsmelding",
        "fraværsassistent", "poissaoloviesti", "automaattivastaus", "automātiska atbilde", "sjálfvirkt svar",
        "phản hồi tự động", "부재중", "i am out of the office", "ooo:", "away:", "on annual leave", "i'm on vacation",
        "vacation reply", "vacation response", "vacation notice", "autoresponder:", "automatic response",
        "frånvarande:", "fraværende:", "assente:", "assenza:", "ausente:", "ausente do escritório",
        "fora do escritório", "en vacances", "nieobecn", "távol", "odsotn", "odsutn", "lomalla", "tatilde",
        "Отсутств", "отсутств", "不在の", "外出中",
        "自動返信", "自動応答", "不在通知", "自动答复", "自动回复", "自動回覆", "자동 회신", "부재 중",
    ]

    private static let subjectWords: [StaticString] = [
        "awaits moderator approval", "please confirm your message", "confirm your e-mail to", "challenge/response",
        "verify your email to", "sender verification", "sender address verification",
        "confirme sua mensagem", "confirme seu e-mail", "confirme su mensaje", "confirmez votre message",
        "bestätigen sie ihre nachricht", "waiting for your confirmation",
    ]
}
