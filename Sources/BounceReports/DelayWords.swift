// How systems say, in many languages, that a message still waits.

import MailSyntax

enum DelayWords {
    /// Whether a line says that a message still waits.
    static func tell(_ line: Bytes) -> Bool { set.isAny(in: line) }

    private static let set = WordSet(notYet)

    /// Where a first letter is not ASCII it is left out: its case would count.
    static let notYet: [StaticString] = [
        "has not yet been delivered", "could not yet be delivered", "temporary problem delivering",
        "have not yet received your message", "will continue attempting delivery",
        "noch nicht zugestellt", "noch nicht ausgeliefert", "noch nicht übermittelt",
        "pas encore été remis", "pas encore été distribué", "pas encore été délivré", "pas encore pu être",
        "aún no se ha entregado", "aún no se ha podido", "aún no ha sido entregado", "aún no ha podido",
        "todavía no se ha entregado", "todavía no se ha podido", "todavía no ha sido entregado",
        "ainda não foi entregue", "ainda não pôde ser",
        "non è ancora stato consegnato", "non è stato ancora consegnato", "non è ancora stato recapitato",
        "non è stato ancora recapitato", "non è stato ancora possibile",
        "nog niet bezorgd", "nog niet afgeleverd", "nog niet worden bezorgd", "nog niet worden afgeleverd",
        "jeszcze nie została d", "nie została jeszcze d", "zatím nebyla doručena", "dosud nebyla doručena",
        "még nem sikerült kézbesíteni", "ännu inte levererats", "inte levererats ännu", "inte har levererats",
        "ännu inte kunnat", "endnu ikke leveret",
        "ikke leveret endnu", "ennå ikke levert", "ei ole vielä toimitettu", "henüz teslim edil",
        "щё не доставлен", "ще не доставлен", "щё не было доставлен", "ще не было доставлен", "ока не доставлен",
        "ока не удалось доставить",
        "まだ配信されて", "まだ配達されて", "まだ送信されて", "尚未送达", "尚未投递", "尚未传递", "尚未傳遞", "暂时未能", "暫時未能", "아직 배달되지", "아직 전송되지",
    ]
}
