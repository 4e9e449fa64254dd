// Notices in plain words, and in many languages, of a message that still waits.

import BounceReports
import MailSyntax
import Testing

@Suite struct DelayTests {
    static let sentences: [String] = [
        "Ihre Nachricht an anna@partner.example konnte noch nicht zugestellt werden.",
        "Votre message à anna@partner.example n'a pas encore été remis.",
        "Su mensaje a anna@partner.example todavía no ha sido entregado.",
        "A sua mensagem para anna@partner.example ainda não foi entregue.",
        "Il suo messaggio a anna@partner.example non è stato ancora consegnato.",
        "Uw bericht aan anna@partner.example kon nog niet worden bezorgd.",
        "Twoja wiadomość do anna@partner.example nie została jeszcze dostarczona.",
        "Ваше сообщение для anna@partner.example ещё не доставлено.",
        "您发给 anna@partner.example 的邮件尚未投递。", "您发给 anna@partner.example 的邮件暂时未能投递。",
    ]

    /// The subject tells nothing of a delay, and the sentence alone does; then a failure's subject, which must not outweigh it.
    @Test(arguments: sentences, ["Warnung", "Zustellung fehlgeschlagen"])
    func aMessageThatStillWaits(_ sentence: String, _ subject: String) {
        let report = readNotice(subject: subject, sentence)
        #expect(report.kind == .delay)
        #expect(report.recipients.map(\.finalRecipient?.text) == ["anna@partner.example"])
    }
}
