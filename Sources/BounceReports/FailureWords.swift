// The words of `PlainWords`: how systems say, in many languages, that a message was not delivered, to whom, and why.

import MailSyntax

/// What systems say of a message that was not delivered, in the languages that their notices are written in.
enum FailureWords {
    static let statements = WordSet(
        [
            "could not be delivered", "cannot be delivered", "can't be delivered",
            "couldn't be delivered",
            "was not delivered", "wasn't delivered", "not been delivered", "has not yet been delivered",
            "not be delivered",
            "not delivered to", "not delivered:", "haven't received this", "have not received this",
            "unable to deliver", "not able to deliver", "wasn't able to deliver", "weren't able to deliver",
            "could not deliver", "couldn't deliver", "cannot deliver", "delivery failed",
            "delivery has failed",
            "failed to deliver", "delivery failure", "failed delivery", "problem delivering your message",
            "undeliverable",
            "undelivered", "did not reach",
            "did not receive this message", "did not receive your message",
            "refused your message", "rejected your message", "has been blocked", "was blocked",
            "could not be reached", "could not be sent", "could not be forwarded", "could not be accepted",
            "could not accept your",
            "couldn't accept your",
            "cannot accept your", "delivery to the following", "permanent error",
            "failed permanently", "is bounced because", "was bounced because", "recipients failed", "recipient failed",
            "was rejected", "were rejected", "was refused", "were refused", "has been refused",
            "was automatically rejected",
            "rejected recipient",
            "the user(s) account is",
            "has been rejected", "delivery error", "error occurred while trying to deliver", "error while delivering",
            "encountered while trying to deliver", "not able to be delivered",
            "was not relayed", "delivery problems", "failed addresses", "error sending",
            "not receive a copy", "failed because",
            "the following recipients returned", "failure reasons", "failed recipient", "nicht erreicht",
            "n'a pas atteint", "n'est pas parvenu", "no llegó", "not reachable", "not deliverable",
            "was not successful", "did not exactly match", "message, addressed to",
            "has been returned", "message is being returned to you", "has been delayed", "have been delayed",
            "address has been failed",
            "caused the following errors", "konnte nicht übermittelt",
            "nicht zugestellt", "nicht zustellbar",
            "n'a pas pu", "n'a pas été distribué", "n'a pas été remis", "n'a pas été délivré", "n'a pu être",
            "non remis", "chec de la remise", "impossible de remettre", "no se pudo entregar",
            "no se ha podido entregar", "no ha podido ser entregado", "no ha podido entregarse", "no ha sido entregado",
            "no fue entregado", "no se entregó",
            "não foi entregue", "não pode ser entregue", "non è stato consegnato", "non è stato recapitato",
            "impossibile consegnare", "nie można dostarczyć", "nepodařilo doručit", "nejde doručit",
            "nemohla být doručena",
            "nemohl být doručen", "nebyla doručena", "nebyl doručen", "nelze doručit",
            "nem sikerült kézbesíteni", "kunde inte levereras", "kunne ikke leveres", "ei voitu toimittaa",
            "nu a putut fi livrat", "ulaştırılamadı",
            "no pudo ser entregado", "não pôde ser entregue", "nao pode ser entregue", "não foi possível entregar",
            "non è stato possibile recapitare",
            "impossibile recapitare", "non consegnato",
            "nie może zostać dostarczona",
            "nie została dostarczona", "е может быть доставлено", "е доставлено", "е удалось доставить", "配信できません",
            "送信できません",
            "送信に失敗", "配送できません", "お届けできません", "无法投递", "未能投递", "未能送达", "投递失败", "退信", "被退回", "无法送达", "无法发送", "發送失敗",
            "발송 실패", "전송 실패",
            "届けられません", "配達できません", "エラーのため", "無法傳遞", "未能投遞", "未能送達", "전송되지 못", "배달하지 못", "iletilemedi",
            "teslim edilemedi", "falha na entrega a est", "inte att leverera till följande", "nem kézbesíthető",
            "nicht innerhalb der gültig", "nicht an den empfänger", "nicht an die empfänger",
            "nicht an folgende", "nicht an den folgenden", "nicht an die folgenden",
            "е може бути доставлен", "е вдалося доставити", "е було доставлен",
            "е може да бъде доставен", "е беше доставен", "е е доставен", "εν παραδόθηκε",
            "εν ήταν δυνατό να παραδοθεί",
            "εν ήταν δυνατή η παράδοση", "nije isporučen", "nije mogla biti isporučena", "nije moguće isporučiti",
            "није испоручен", "ni bilo mogoče dostaviti", "ni bilo dostavljeno", "nemohla byť doručená",
            "nepodarilo doručiť", "nebola doručená", "nepavyko pristatyti", "nebuvo pristatyt", "nevarēja piegādāt",
            "netika piegādāt", "kohale toimetada", "no s'ha pogut lliurar", "nu a fost livrat", "nu s-a putut livra",
            "tidak dapat dikirim", "gagal dikirim", "tidak terkirim", "tidak dapat dihantar", "không thể gửi",
            "không gửi được", "ไม่สามารถส่ง", "לא ניתן היה למסור", "לא נמסר", "تعذر تسليم", "لم يتم تسليم",
            "ble ikke levert", "ikke leveres til", "无法递送", "無法遞送", "递送失败", "发送失败",
            "nicht an einen", "schlug fehl", "schlugen fehl", "ist fehlgeschlagen", "n'ont pas pu",
            "ne peut être remis",
            "ne peut être délivré", "impossible de délivrer", "no fue posible entregar", "no puede ser entregado",
            "no pudo entregarse", "non e' stato consegnato", "non e' stato recapitato", "non e' stato possibile",
            "non è stato possibile consegnare", "non può essere consegnato",
            "non può essere recapitato", "não pudemos entregar", "niet worden afgeleverd", "niet worden bezorgd",
            "nie mogła zostać dostarczona", "nie mogła być dostarczona", "nie może być dostarczona",
            "nie mógł dostarczyć", "nie mogliśmy dostarczyć", "nie udało się dostarczyć", "nie można było dostarczyć",
            "nie została doręczona", "nebolo možné doručiť",
            "nem lehetett kézbesíteni", "kunde inte skickas", "kunne ikke afleveres", "blev ikke leveret",
            "ei voida toimittaa", "nu poate fi livrat", "е было доставлено", "е был доставлен",
            "е смогло быть доставлено",
            "евозможно доставить", "е можа да бъде доставен", "εν μπόρεσε να παραδοθεί", "gönderilemedi",
            "teslim edilemiyor", "לא ניתן למסור", "تعذر إرسال", "فشل تسليم", "tidak dapat disampaikan",
            "không thể chuyển",
            "送信されません", "配信することができません", "届けることができません", "無法投遞", "投遞失敗", "無法送達", "無法寄達", "傳送失敗",
            "전달되지 못", "배달되지 못", "발송되지 못", "전달할 수 없", "전송할 수 없", "배달할 수 없", "보내지 못",
            "recipients of your message have been processed", "no hemos podido entregar", "stato rilevato un errore",
            "stato rifiutato dal sistema", "no pudimos entregar",
            "no se ha entregado", "werd niet bezorgd", "werd niet afgeleverd", "is niet bezorgd", "失敗しました", "配信されません",
        ] + DelayWords.notYet)

    /// "If you get 550 for a@b", "Mail to a@b will be rejected": nothing happened, if the line does not say that it did.
    static func isConditional(_ line: Bytes) -> Bool {
        conditions.contains { line.hasPrefix($0) } || future.isAny(in: line) && !PlainWords.tellsFailure(line)
    }

    private static let future = WordSet([
        "will be rejected", "will be refused", "will be bounced", "will bounce", "new mail for", "new messages for",
    ])

    private static let conditions: [StaticString] = ["if ", "wenn ", "falls ", "si "]

    /// "Delivery to a@b failed": the words where the address stands between them.
    static func partedStatement(in line: Bytes) -> Range<Int>? {
        guard let rest = line.dropping(prefix: "delivery to ") ?? line.dropping(prefix: "mail to "),
            let head = AddressLine(rest),
            head.rest.hasPrefix("failed") || head.rest.hasPrefix("has failed")
        else { return nil }
        return head.rest.startIndex..<head.rest.startIndex + 6
    }

    /// What stands before the address that a sentence is about, and not before the sender's.
    static let toWhom: [StaticString] = [
        "to", "for", "address", "user", "recipient", "mailbox", "account", "an", "für", "adresse", "empfänger",
        "benutzer", "postfach", "à", "pour", "destinataire", "a", "para", "destinatario", "usuario",
    ]

    /// What stands before the sender's.
    static let fromWhom: [StaticString] = [
        "from", "by", "sender", "von", "vom", "absender", "de", "du", "expéditeur", "da", "van", "od", "från", "fra",
        "от",
        "від",
    ]

    /// The causes that are told of the address before them.
    static let predicates: [StaticString] = [
        "does not exist", "do not exist", "doesn't exist", "no longer", "is unavailable", "is unknown", "is not known",
        "was not found", "has been closed", "is not defined", "existiert nicht", "unbekannt", "n'existe pas",
        "n'existe plus", "est inconnu", "no existe", "es desconocid", "não existe", "é desconhecid", "non esiste",
        "è sconosciut", "bestaat niet", "is onbekend", "nie istnieje", "jest nieznan", "не существует", "не найден",
        "неизвестен", "finns inte", "findes ikke", "finnes ikke", "存在しません", "不存在",
    ]

    static let causes = WordSet([
        "user unknown", "unknown user", "addressed to '", "no such user", "no such recipient", "user not found",
        "recipient not found", "receiver not found", "mailbox not found", "account not found", "unknown mailbox",
        "no such mailbox",
        "mailbox unavailable",
        "mailbox is full", "mailbox full", "mailboxes are full", "recipients are full", "over quota", "quota exceeded",
        "overquota", "unknown host", "host unknown",
        "does not exist", "do not exist", "not listed in domino directory", "not listed in public name",
        "addressed to unknown addresses", "unknown quickmail recipient", "were unknown",
        "not known at", "is not defined",
        "doesn't exist", "unknown recipient", "invalid recipient", "recipient rejected", "address rejected",
        "no longer", "account has been disabled",
        "is unavailable", "are unknown", "is not known", "unbekannt", "n'existe pas", "n'existe plus", "no existe",
        "non esiste",
        "bestaat niet", "nie istnieje",
        "не существует", "存在しません",
        "不存在", "リストにありません",
        "is unknown", "was not found", "has been closed", "has bounced",
        "existiert nicht", "est inconnu", "es desconocid", "não existe", "é desconhecid", "è sconosciut",
        "is onbekend",
        "jest nieznan", "не найден", "неизвестен", "finns inte", "findes ikke", "finnes ikke",
    ])

    /// Fields of the message that came back, also told in sentences; its subject may be about anything.
    static let aboutReturned: [StaticString] = [
        "the message subject was:", "the message date was:", "the message identifier was:",
        "the message reference was:", "subject:", "betreff:", "objet:", "sujet:", "asunto:", "assunto:", "oggetto:",
        "onderwerp:", "temat:", "Тема:", "тема:", "件名", "主题", "主題", "제목",
    ]

    /// How a program begins that says what it is before what happened.
    private static let introductions: [StaticString] = [
        "this is the ", "this is a ", "this is an ", "this message was ", "this message is ", "this mail was ",
        "this e-mail was ", "this email was ", "dies ist ", "diese nachricht wurde ", "diese e-mail wurde ",
        "ceci est ",
        "ce message ", "este es ", "este mensaje ", "esta é ", "esta mensagem ", "questo è ", "questo messaggio ",
        "dit is ", "dit bericht ", "to jest ", "ta wiadomość ", "Это ", "это ", "Це ", "Данное ", "detta är ",
        "dette er ",
    ]

    /// Whether a line says only what the program is that writes.
    static func introduce(_ line: Bytes) -> Bool {
        introductions.contains { line.hasPrefix($0) } || systemNames.isAny(in: line)
    }

    private static let systemNames = WordSet([
        "メールサーバ", "メールシステム", "メール配信システム", "邮件系统", "郵件系統", "邮件服务器", "郵件伺服器", "메일 서버", "메일 시스템",
    ])

    /// The message is the reader's own, not one that somebody else could not deliver to them.
    static let ownMailWords = WordSet([
        "your message", "your mail", "your e-mail", "your email", "message you sent", "mail you sent",
        "message that you", "ihre nachricht",
        "ihre e-mail", "ihre mail", "votre message", "votre courriel", "su mensaje", "su correo", "sua mensagem",
        "tuo messaggio",
        "suo messaggio", "destinato all'utente", "uw bericht", "uw e-mail", "twoja wiadomo", "twojej wiadomo",
        "аше письмо", "аше сообщение",
        "ашего письма", "ашего сообщения", "аше повідомлення", "аш лист", "ашето съобщение", "ditt meddelande",
        "ditt mejl", "din meddelelse", "din besked", "meldingen din", "e-posten din", "viestisi", "viestiäsi",
        "lähettämäsi", "aše zpráva", "aši zprávu", "aša správa", "ašu správu", "z ön üzenete", "z ön levele",
        "mesajul dumneavoastr", "mesajul dvs", "mesajul tău", "iletiniz", "mesajınız", "e-postanız", "μήνυμά σας",
        "aša poruka", "ašu poruku", "aše sporočilo", "pesan anda", "email anda", "thư của bạn", "ההודעה שלך", "رسالتك",
        "お客様のメール", "あなたのメール", "送信されたメール", "送信したメール", "お送りいただいたメール", "您的邮件", "您的郵件", "你的邮件",
        "您发送的邮件", "您发给", "您發送的郵件", "귀하의 메일", "보내신 메일", "보낸 메일",
    ])

    /// What is not delivered is a message, not a parcel.
    static let mailWords = WordSet([
        "message", "mail", "nachricht", "courriel", "mensaje", "correo", "mensagem", "messaggio", "bericht", "wiadomo",
        "исьмо", "ообщение",
        "メール", "メッセージ", "邮件", "郵件", "메일", "ileti",
    ])

    /// More than one message was not delivered.
    static let severalMessages = WordSet([
        "following messages", "these messages", "messages could not", "messages were not", "messages have not",
        "messages failed", "messages bounced", "undeliverable messages", "undelivered messages", "bounced messages",
        "bounces of the", "following mails", "these mails", "following emails", "following e-mails", "these emails",
        "these e-mails", "folgende nachrichten", "folgenden nachrichten", "diese nachrichten",
        "unzustellbare nachrichten",
        "nachrichten konnten", "nachrichten wurden", "folgende e-mails", "folgenden e-mails", "folgende mails",
        "messages suivants", "ces messages", "messages n'ont", "siguientes mensajes", "mensajes siguientes",
        "estos mensajes",
        "seguenti messaggi", "messaggi seguenti", "seguintes mensagens", "volgende berichten", "deze berichten",
        "następujące wiadomości", "ледующие сообщения", "ледующие письма",
    ])

    /// What is not delivered is no message.
    static let parcels = WordSet([
        "parcel", "shipment", "your package", "your order", "paquete", "ihr paket", "ihre sendung", "colis", "pacco",
        "uw pakket", "encomenda", "paczk", "zásilk", "посылк", "Посылк", "包裹", "荷物", "택배", "kargo",
    ])

    /// Whether a line says that a message was not delivered, and not what an application sends itself: "could not deliver the order
    /// confirmation to a@b", "an email from your site".
    static func tellsFailureOfMail(_ line: Bytes) -> Bool {
        PlainWords.tellsFailure(line) && !applicationWords.isAny(in: line) && !namesOtherThanMail(line)
    }

    /// "The payslip for employee 17 could not be delivered to a@b".
    private static func namesOtherThanMail(_ line: Bytes) -> Bool {
        guard articles.contains(where: { line.hasPrefix($0) }), let verb = passiveWords.first(in: line) else {
            return false
        }
        let subject = line[..<verb.range.lowerBound]
        return !mailWords.isAny(in: subject) && !recipientWords.isAny(in: subject)
    }

    private static let articles: [StaticString] = ["the ", "a ", "an ", "your "]

    private static let passiveWords = WordSet([
        "could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered",
        "was not delivered",
        "wasn't delivered", "has not been delivered",
    ])

    private static let recipientWords = WordSet([
        "recipient", "address", "user", "following", "delivery", "transmission", "below", "above",
    ])

    private static let applicationWords = WordSet([
        "from your site", "from your website", "from your shop", "from your store", "from your blog",
        "from your forum", "your site could", "your website could", "your shop could", "your store could",
        "the notification", "a notification",
        "notification for", "notification to", "notification email", "invitation", "confirmation", "invoice",
        "reminder", "newsletter", "campaign", "subscribers", "voucher", "password", "in the last ",
        "since yesterday",
    ])

    /// A line that says whom to ask, or where the person is now, names no failed address.
    static let contacts = WordSet([
        "contact", "for help", "ask your", "ask the", "please reply", "assistance", "kontakt", "please send",
        "please mail", "questions", "send mail to",
        "forward this", "wenden sie sich", "schreiben sie", "bitte schreiben", "écrire à", "écrivez", "escriba a",
        "scriva a", "scrivere a", "schrijf naar", "napisz do",
        "reply to this", "e-mail us", "original sender", "sender:", "from:", "please use", "please write", "write to",
        "new address",
        "new e-mail", "new email", "instead", "moved to", "changed to", "neue adresse", "nouvelle adresse",
        "nueva dirección",
        "nuovo indirizzo",
    ])
}
