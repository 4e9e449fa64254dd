// Notices of failure in the languages that mail systems write: a subject that alone tells it, and a sentence that alone tells it and to
// whom.

import BounceReports
import MailSyntax
import Testing

@Suite struct LanguageTests {
    static let failures: [String] = [
        "Message returned", "Failed mail", "Nondeliverable mail", "Non-deliverable mail", "Delivery unsuccessful",
        "Mail error", "Non-delivery report", "Nondelivery report", "Mail rejected", "Error delivering your mail",
        "Unzustellbar: Angebot", "Zustellungsfehler", "Zustellfehler: Angebot", "Zustellbericht",
        "Échec de remise : offre", "Échec de livraison", "Message non distribué", "Rapport de remise",
        "No entregado: oferta", "Error de entrega", "Fallo en la entrega", "Correo no entregable",
        "Informe de entrega", "Entrega fallida", "Fallo de entrega del mensaje",
        "Não é possível entregar: proposta", "Mensagem devolvida", "Falha na entrega", "Erro de entrega",
        "Relatório de entrega",
        "Recapito non riuscito", "Avviso di mancato recapito", "Errore di consegna", "Errore di recapito",
        "Messaggio non recapitabile", "Rapporto di recapito", "Consegna non riuscita",
        "Leveringsfout", "Niet-bestelbaar bericht", "Niet bestelbaar: offerte", "Bezorgingsfout", "Bezorgfout",
        "Niedostarczona wiadomość", "Oferta nie mogła zostać dostarczona",
        "Kan inte levereras: offert", "Olevererbart meddelande", "Leveransfel", "Leveransrapport",
        "Meddelandet kunde inte levereras",
        "Ikke leveret: tilbud", "Ikke levert: tilbud", "Leveringsfejl", "Leveringsrapport",
        "Meldingen kunne ikke leveres",
        "Viestiä ei voitu toimittaa", "Toimitus epäonnistui", "Ei voi toimittaa: tarjous",
        "Nedoručitelná zpráva", "Chyba doručení", "Zpráva nebyla doručena", "E-mail nebyl doručen",
        "Kézbesíthetetlen levél", "Kézbesítési hiba",
        "Mesaj nelivrabil", "Mesajul nu a putut fi livrat",
        "Ошибка доставки", "Сообщение не доставлено", "Съобщението е недоставено", "Писмото е недоставен",
        "Poruka nije isporučena: nije isporučen e-mail", "Sporočila ni bilo mogoče dostaviti",
        "Nepavyko pristatyti laiško", "Kohaletoimetamine ebaõnnestus",
        "Δεν είναι δυνατή η παράδοση", "Το μήνυμα δεν παραδόθηκε",
        "Teslim edilemeyen ileti", "Teklif iletilemedi", "Teslim hatası", "İleti gönderilemedi",
        "לא ניתן למסירה", "ההודעה לא נמסרה", "تعذر تسليم الرسالة", "ไม่สามารถส่งข้อความ",
        "Pesan tidak terkirim", "Email gagal dikirim", "Pesan tidak dapat dikirim", "Không gửi được thư",
        "エラー通知", "配信不能のお知らせ", "メールを配信できませんでした", "配送エラー", "送信エラー", "配信失敗", "配達エラー",
        "未传递: 报价", "投递失败", "無法傳遞: 報價", "未傳遞: 報價", "投遞失敗", "無法送達", "傳送失敗",
        "메일 발송 실패", "메일 전송 실패", "메일이 배달되지 않았습니다", "메일이 전달되지 못했습니다", "메일이 발송되지 못했습니다",
    ]

    /// Words below that nobody knows name nobody.
    @Test(arguments: failures) func aSubjectTellsTheFailure(_ subject: String) {
        let report = readNotice(subject: subject, "…")
        #expect(report.kind == .bounce)
        #expect(report.recipients.isEmpty)
    }

    static let delays: [String] = [
        "Delay in delivery", "Verzögerte Zustellung", "Message retardé", "Remise différée", "Entrega retrasada",
        "Entrega aplazada", "Entrega atrasada", "Recapito ritardato", "Bezorging vertraagd", "Bezorging uitgesteld",
        "Dostarczenie opóźnione", "Doručení odloženo: zpráva odložena", "Zpožděné doručení",
        "Доставка отложена", "Доставка задержана", "Доставку затримку", "Leveransen är försenad",
        "Leveringen er forsinket", "Toimitus viivästyy", "Teslimat gecikti", "配信の遅延", "邮件延迟", "郵件延遲", "메일 전송 지연",
    ]

    @Test(arguments: delays) func aSubjectTellsTheDelay(_ subject: String) {
        #expect(readNotice(subject: subject, "…").kind == .delay)
    }

    /// `@` is the address.
    static let sentences: [String] = [
        "Your message to @ can't be delivered.", "We have not received this for @ in time, and have not received this.",
        "We were not able to deliver your message to @.", "We weren't able to deliver your message to @.",
        "We couldn't deliver your message to @.", "Failed delivery to @", "The user @ did not receive this message.",
        "The server of @ rejected your message.", "Your mail to @ could not be sent.",
        "Your mail to @ could not be forwarded.", "Your mail to @ could not be accepted.",
        "The server couldn't accept your mail to @.", "The server cannot accept your mail to @.",
        "Your mail to @ was bounced because of a fault.", "An error occurred while trying to deliver to @",
        "Your mail to @ is not able to be delivered.", "Your mail to @ was not relayed.",
        "Your mail to @ failed because of a fault.", "The following recipients returned an error: @",
        "List of failed recipients: @", "@ is not reachable.", "The delivery to @ was not successful.",
        "@ did not exactly match a mailbox.", "Your mail to @ has been returned.",
        "The message is being returned to you, as it was for @",
        "The address has been failed: @", "The address @ caused the following errors",
        "Ihre Nachricht an @ konnte nicht übermittelt werden.",
        "Ihre Nachricht wurde nicht innerhalb der gültigen Frist an @ übergeben.",
        "Ihre Nachricht konnte nicht an den Empfänger @ übergeben werden.",
        "Ihre Nachricht konnte nicht an die Empfänger übergeben werden: @",
        "Ihre Nachricht konnte nicht an folgende Adresse übergeben werden: @",
        "Ihre Nachricht konnte nicht an den folgenden Teilnehmer übergeben werden: @",
        "Ihre Nachricht konnte nicht an die folgenden Adressen übergeben werden: @",
        "Die Zustellung an @ schlug fehl.", "Die Zustellung an @ ist fehlgeschlagen.",
        "Votre message n'a pas atteint @", "Votre message à @ n'a pas été remis.",
        "Votre message à @ n'a pas été délivré.", "Votre message à @ n'a pu être transmis.",
        "Il est impossible de remettre votre message à @", "Vos messages à @ n'ont pas pu être transmis.",
        "Votre message ne peut être remis à @", "Votre message ne peut être délivré à @",
        "Il est impossible de délivrer votre message à @",
        "Su mensaje no llegó a @", "Su mensaje a @ no se ha podido entregar.",
        "Su mensaje a @ no ha podido ser entregado.", "Su mensaje a @ no ha podido entregarse.",
        "Su mensaje a @ no fue entregado.", "Su mensaje a @ no se entregó.", "Su mensaje a @ no pudo ser entregado.",
        "No fue posible entregar su mensaje a @", "Su mensaje a @ no puede ser entregado.",
        "Su mensaje a @ no pudo entregarse.", "No hemos podido entregar su mensaje a @",
        "No pudimos entregar su mensaje a @", "Su mensaje a @ no se ha entregado.",
        "A mensagem para @ não pode ser entregue.", "A mensagem para @ não pôde ser entregue.",
        "A mensagem para @ nao pode ser entregue.", "Não foi possível entregar a mensagem a @",
        "Não pudemos entregar a mensagem a @",
        "Il messaggio a @ non è stato consegnato.", "Il messaggio a @ non è stato recapitato.",
        "Impossibile consegnare il messaggio a @", "Non è stato possibile recapitare il messaggio a @",
        "Impossibile recapitare il messaggio a @", "Messaggio non consegnato a @",
        "Il messaggio a @ non e' stato consegnato.", "Non e' stato possibile inviare il messaggio a @",
        "Non è stato possibile consegnare il messaggio a @", "Il messaggio a @ non può essere consegnato.",
        "Il messaggio a @ non può essere recapitato.",
        "Uw bericht aan @ werd niet bezorgd.", "Uw bericht aan @ werd niet afgeleverd.",
        "Uw bericht aan @ is niet bezorgd.",
        "Wiadomości nie można dostarczyć do @", "Wiadomość do @ nie może zostać dostarczona.",
        "Wiadomość do @ nie mogła zostać dostarczona.", "Wiadomość do @ nie mogła być dostarczona.",
        "Wiadomość do @ nie może być dostarczona.", "Nie mogliśmy dostarczyć wiadomości do @",
        "Nie udało się dostarczyć wiadomości do @", "Nie można było dostarczyć wiadomości do @",
        "Wiadomość do @ nie została doręczona.",
        "Zprávu nejde doručit na @", "Zpráva na @ nemohla být doručena.", "E-mail na @ nemohl být doručen.",
        "Zpráva na @ nebyla doručena.", "E-mail na @ nebyl doručen.", "Zprávu nelze doručit na @",
        "Správa na @ nemohla byť doručená.", "Správu sa nepodarilo doručiť na @", "Správa na @ nebola doručená.",
        "Správu nebolo možné doručiť na @",
        "A levelet nem sikerült kézbesíteni: @", "A levél nem kézbesíthető: @",
        "A levelet nem lehetett kézbesíteni: @",
        "Meddelandet till @ kunde inte levereras.", "Det gick inte att leverera till följande adress: @",
        "Meddelandet till @ kunde inte skickas.",
        "Meddelelsen til @ kunne ikke leveres.", "Meddelelsen kan ikke leveres til @",
        "Meddelelsen til @ kunne ikke afleveres.", "Meddelelsen til @ blev ikke leveret.",
        "Meldingen til @ ble ikke levert.",
        "Viestiä ei voitu toimittaa: @", "Viestiä ei voida toimittaa: @",
        "Mesajul pentru @ nu a putut fi livrat.", "Mesajul pentru @ nu a fost livrat.",
        "Mesajul pentru @ nu s-a putut livra.", "Mesajul pentru @ nu poate fi livrat.",
        "İleti @ adresine ulaştırılamadı.", "İleti @ adresine iletilemedi.", "İleti @ adresine gönderilemedi.",
        "İleti @ adresine teslim edilemiyor.",
        "Письмо для @ не было доставлено.", "Отчёт не был доставлен: @",
        "Письмо для @ не смогло быть доставлено.", "Невозможно доставить письмо: @",
        "Писмото до @ не може да бъде доставено.", "Писмото до @ не беше доставено.", "Имейлът до @ не е доставен.",
        "Писмото до @ не можа да бъде доставено.",
        "Το μήνυμα προς @ δεν παραδόθηκε.", "Το μήνυμα προς @ δεν ήταν δυνατό να παραδοθεί.",
        "Δεν ήταν δυνατή η παράδοση προς @", "Το μήνυμα προς @ δεν μπόρεσε να παραδοθεί.",
        "E-mail za @ nije isporučen.", "Poruka za @ nije mogla biti isporučena.", "Poruku nije moguće isporučiti: @",
        "Имејл за @ није испоручен.",
        "Sporočila ni bilo mogoče dostaviti: @", "Sporočilo za @ ni bilo dostavljeno.",
        "Laiško nepavyko pristatyti: @", "Laiškas nebuvo pristatytas: @",
        "Vēstuli nevarēja piegādāt: @", "Vēstule netika piegādāta: @",
        "El missatge a @ no s'ha pogut lliurar.",
        "Pesan ke @ tidak dapat dikirim.", "Pesan ke @ gagal dikirim.", "Pesan ke @ tidak terkirim.",
        "Mesej kepada @ tidak dapat dihantar.", "Pesan ke @ tidak dapat disampaikan.",
        "Chúng tôi không thể gửi thư đến @", "Thư không gửi được đến @", "Không thể chuyển thư đến @",
        "ไม่สามารถส่งข้อความถึง @",
        "לא ניתן היה למסור את ההודעה אל @", "ההודעה אל @ לא נמסרה.", "לא ניתן למסור את ההודעה אל @",
        "تعذر تسليم الرسالة إلى @", "لم يتم تسليم الرسالة إلى @", "تعذر إرسال الرسالة إلى @", "فشل تسليم الرسالة إلى @",
        "@ へのメールを配信できませんでした。", "@ へのメールを配送できませんでした。", "@ へのメールをお届けできませんでした。",
        "@ へのメールを届けられませんでした。", "@ へのメールを配達できませんでした。", "@ へのメールは送信されませんでした。",
        "@ へのメールを配信することができません。", "@ へのメールを届けることができません。", "@ へのメールは配信されませんでした。",
        "您发给 @ 的邮件未能送达。", "您发给 @ 的邮件投递失败。", "您发给 @ 的邮件无法送达。", "您发给 @ 的邮件无法发送。",
        "您发给 @ 的邮件无法递送。", "您发给 @ 的邮件递送失败。", "您发给 @ 的邮件发送失败。",
        "您寄給 @ 的郵件發送失敗。", "您寄給 @ 的郵件無法傳遞。", "您寄給 @ 的郵件未能投遞。", "您寄給 @ 的郵件未能送達。",
        "您寄給 @ 的郵件無法遞送。", "您寄給 @ 的郵件無法投遞。", "您寄給 @ 的郵件投遞失敗。", "您寄給 @ 的郵件無法送達。",
        "您寄給 @ 的郵件無法寄達。", "您寄給 @ 的郵件傳送失敗。",
        "@ 님께 보낸 메일 발송 실패", "@ 님께 보낸 메일 전송 실패", "@ 님께 메일을 배달하지 못했습니다.", "@ 님께 메일이 전달되지 못했습니다.",
        "@ 님께 메일이 배달되지 못했습니다.", "@ 님께 메일이 발송되지 못했습니다.", "@ 님께 메일을 전달할 수 없습니다.",
        "@ 님께 메일을 전송할 수 없습니다.", "@ 님께 메일을 배달할 수 없습니다.", "@ 님께 메일을 보내지 못했습니다.",
    ]

    @Test(arguments: sentences) func aSentenceTellsWhoFailed(_ sentence: String) {
        let report = readNotice(
            subject: "Hinweis", sentence.replacing("@", with: "anna@partner.example"))
        #expect(report.kind == .bounce)
        #expect(report.recipients.map(\.finalRecipient?.text) == ["anna@partner.example"])
    }
}
