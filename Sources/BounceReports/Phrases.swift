// How the notices of mail systems begin their lines. One pass over a notice finds all of these, so that a format whose words are
// not there costs nothing.

import MailSyntax

/// What a line of a notice was recognized as.
enum Mark: UInt8, CaseIterable {
    /// What follows is the returned message.
    case returned
    /// The message is a warning: it is still being tried.
    case warning
    /// The delivery was done, as the sender had asked to be told.
    case success
    /// A field of RFC 3464 in the running text.
    case deliveryField
    /// How a notice of Sendmail, of Exchange, of InterScan or of PowerMTA begins.
    case opening
    case addressParagraphs, postfix, exim, eximMalformed, sendmailSection, sendmailTranscript, courier, opensmtpd, dma
    case exchangeList, exchangeDiagnostics, googleList, googleResponse, googleGroups, gmxReason, mailRu, zoho
    case messagingServer, iMail, mdaemon, mimecast, mailMarshal, james, kddi, mFilter, lsmtp, x400, interScan, verizon
    case contentFilter
}

/// A set of marks.
struct Marks: OptionSet {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }
    init(_ mark: Mark) { rawValue = 1 << UInt64(mark.rawValue) }

    func contains(_ mark: Mark) -> Bool { rawValue & (1 << UInt64(mark.rawValue)) != 0 }

    /// The line is how a program's notice begins.
    var isKnownOpening: Bool { !isDisjoint(with: Self.openings) }

    private static let openings: Marks = [
        Marks(.opening), Marks(.addressParagraphs), Marks(.postfix), Marks(.exim), Marks(.courier), Marks(.opensmtpd),
        Marks(.dma), Marks(.googleList), Marks(.lsmtp), Marks(.contentFilter),
    ]
}

/// The phrases by what they begin with. All in lower case; white space and rulers at the line's start are passed over before the
/// comparison, a quotation mark (`>`) is not.
struct PhraseTable: Sendable {
    /// Those whose heads have hash n are `phrases[starts[n]..<starts[n + 1]]`.
    private let phrases: [Entry]
    private let starts: [Int]

    private struct Entry: Sendable {
        let head: UInt64
        /// The last bytes alike: most phrases with the same head end otherwise.
        let tail: UInt64
        let phrase: [UInt8]
        let mark: Mark

        func stands(in text: UnsafeRawBufferPointer, at start: Int) -> Bool {
            guard text.count - start >= phrase.count, let base = text.baseAddress,
                PhraseTable.head(text, at: start + phrase.count - PhraseTable.headBytes) == tail
            else { return false }
            return phrase.span.withUnsafeBytes { phrase in
                phrase.baseAddress.map { equalsFolded(base + start, $0, count: phrase.count) } ?? true
            }
        }
    }

    private static let hashCount = 1 << 10
    /// No phrase is shorter.
    private static let headBytes = 8

    static let shared = PhraseTable()

    private init() {
        var byHash = [[Entry]](repeating: [], count: Self.hashCount)
        for (mark, phrases) in Self.phrases {
            for phrase in phrases.map({ Array($0.utf8) }) {
                precondition(phrase.count >= Self.headBytes)
                let head = phrase.withUnsafeBytes { Self.head($0, at: 0) }
                let tail = phrase.withUnsafeBytes { Self.head($0, at: $0.count - Self.headBytes) }
                byHash[Self.hash(head)].append(Entry(head: head, tail: tail, phrase: phrase, mark: mark))
            }
        }
        phrases = byHash.flatMap { $0 }
        starts = byHash.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// The marks of the phrases that a line begins with.
    func marks(of line: Bytes) -> Marks { marks(of: line.span) }

    func marks(of line: Span<UInt8>) -> Marks {
        line.withUnsafeBytes { line in
            var start = 0
            while start < line.count, Self.isRuler(line[start]) { start += 1 }
            guard line.count - start >= Self.headBytes else { return [] }
            let head = Self.head(line, at: start)
            let hash = Self.hash(head)
            var marks: Marks = []
            for index in starts[hash]..<starts[hash + 1]
            where phrases[index].head == head && phrases[index].stands(in: line, at: start) {
                marks.insert(Marks(phrases[index].mark))
            }
            return marks
        }
    }

    /// The first bytes at `start`, in which a letter is the same in both cases (and some other bytes are, which `stands` tells apart).
    @inline(__always)
    private static func head(_ text: UnsafeRawBufferPointer, at start: Int) -> UInt64 {
        text.loadUnaligned(fromByteOffset: start, as: UInt64.self) | 0x2020_2020_2020_2020
    }

    @inline(__always)
    private static func hash(_ head: UInt64) -> Int { Int((head &* 0x9E37_79B9_7F4A_7C15) >> 54) }

    /// White space and what rulers are drawn with.
    static func isRuler(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "="),
            UInt8(ascii: "|"), UInt8(ascii: "#"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static let phrases: [(Mark, [String])] = [
        (
            .returned,
            [
                "below this line is a copy of the", "below the next line is a copy of the",
                "enclosed is a copy of the message",
                "enclosed are the original headers", "original message follows", "the original message follows",
                "this is a copy of the message", "this is a copy of your message", "this is a copy of the first",
                "this is a copy of the headers", "here is a copy of the",
                "a copy of the original message below this line",
                "a copy of the message follows", "below is a copy of the original message",
                "the body of the message is",
                "the header of the original message is following", "header of your message follows",
                "original message -", "original message--",
                "ursprüngliche nachricht--", "original message headers",
                "original message header", "original message as received", "original message text",
                "original mail as follows",
                "original mail info", "the header and top", "here is your returned mail", "old message:",
                "forwarded message -", "unsent message follows",
                "unsent message below", "original text follows", "the original message headers",
                "[05] here is listed the initial part",
                "[<05>] here is listed the initial part",
                "your message follows:",
                "returned message -", "returned message follows", "returned mail follows", "start of returned message",
                "message text follows", "message headers follow", "message header follows", "message header:",
                "message follows -", "the message that caused this", "your original message:", "original message:",
                "received: from ", "received:from ", "received: by ", "received: (qmail ", "return-path: <",
                "dkim-signature: v=",
                "texte du message original", "message d'origine", "ursprüngliche nachricht -", "mensaje original -",
                "possibly truncated original message follows",
                "original-nachricht", "元のメッセージ", "en-têtes de message d'origine", "ursprüngliche nachrichtenkopfzeilen",
                "encabezados de mensaje originales", "originalmessage",
            ]
        ),
        (
            .warning,
            [
                "this is a warning message only", "this is a warning only", "this is just a warning",
                "this is only a warning",
                "you do not need to resend", "you do not need to re-send", "delivery attempts will continue",
                "delivery will continue to be attempted",
                "no action is required on your part", "message will be retried", "will keep trying until",
                "it will be retried until",
                "please note that this is only a temporary failure", "delivery incomplete",
                "delivery to the following recipient has been delayed",
                "delivery to the following recipients has been delayed",
                "the message has not yet been delivered", "has not yet been delivered",
                "your message could not be delivered for more than",
                "this is only a notification about a delay", "the following addresses had transient non-fatal errors",
                "the following recipients have not yet received", "a message is delayed for more than", "delayed mail",
                "delivery delayed",
                "warning: could not send message for", "warning: message still undelivered",
                "the server will continue trying",
                "the server will keep trying", "we will continue to try", "your message is delayed",
                "your message has been delayed",
                "gmail will retry for", "message delayed", "the message delivery is delayed",
                "delivery is delayed to these",
                "message delivery has been delayed", "the address to which the message has not yet been delivered",
                "the addresses to which the message has not yet been delivered",
            ]
        ),
        (
            .success,
            [
                "the following addresses had successful delivery", "your message has been successfully",
                "your message was successfully delivered", "your message was successfully relayed",
                "enclosed is the mail delivery report that you requested",
                "your message has been delivered to the following",
                "delivery to these recipients or groups is complete",
                "delivery to these recipients or distribution lists is complete",
                "your message has been relayed", "your message was delivered to",
                "the message was successfully relayed", "ihre nachricht wurde an die folgenden empfänger übermittelt",
                "ihre nachricht wurde den folgenden empfängern zugestellt",
                "die zustellung an diese empfänger oder gruppen ist abgeschlossen",
                "votre message a été remis aux destinataires", "la remise à ces destinataires ou groupes est terminée",
                "el mensaje se entregó a los siguientes", "se completó la entrega a estos destinatarios",
                "il messaggio è stato recapitato ai seguenti", "sua mensagem foi entregue aos seguintes",
                "a mensagem foi entregue aos seguintes", "uw bericht is bezorgd bij de volgende",
                "uw bericht is bij de volgende geadresseerden bezorgd", "meddelandet har levererats till följande",
                "wiadomość została dostarczona do następujących",
            ]
        ),
        (
            .opening,
            [
                "the original message was received at", "the original mail was received at",
                "this is an automatically generated delivery status notification",
                "message from interscan", "hello, this is the mail server on",
            ]
        ),
        (.deliveryField, ["final-recipient:", "original-recipient:"]),
        (
            .addressParagraphs,
            [
                "hi. this is the", "hi. the mta program at", "i'm afraid i wasn't able to deliver",
                "this is the mail delivery agent at", "this is the machine generated message from mail service",
                "i was not able to deliver your message", "sorry, we were unable to deliver your message",
                "unfortunately, we were not able to deliver", "unable to deliver message to the following address",
                "unable to deliver your message to the following", "your message to the following recipients cannot be",
                "the following message to <",
            ]
        ),
        (
            .postfix,
            [
                "this is the mail system at host", "this is the postfix", "i'm sorry to have to inform you",
                "i'm sorry to have to tell you", "i'm sorry to inform you", "this is the email security gateway",
                "this is the dbmail-smtp program",
            ]
        ),
        (
            .exim,
            [
                "this message was created automatically by mail delivery",
                "a message that you sent could not be delivered",
                "a message that you sent has not yet been", "a message that you have sent could not be delivered",
                "the following address(es) failed", "the following address failed", "a message sent by",
                "the following addresses failed",
            ]
        ),
        (
            .eximMalformed,
            [
                "a message that you sent contained one or more recipient",
                "a message that you sent contained a recipient address",
                "a message that you sent contained no recipient",
            ]
        ),
        (
            .sendmailSection,
            [
                "the following addresses had", "the following address had", "the following addresses have",
                "the following recipients had",
                "the following address(es) had",
            ]
        ),
        (
            .sendmailTranscript,
            [
                "transcript of session follows", "transcript of the session follows", "transcript of session is",
                ">>> rcpt to:<",
            ]
        ),
        (
            .courier,
            [
                "this is a delivery status notification from", "undeliverable mail",
                "running the courier mail server",
            ]
        ),
        (.opensmtpd, ["this is the mailer-daemon, please do not reply"]),
        (.dma, ["this is the dragonfly mail agent"]),
        (
            .exchangeList,
            [
                "did not reach the following recipient", "hat die folgenden empfänger nicht erreicht",
                "hat den folgenden empfänger nicht erreicht",
                "n'est pas parvenu au", "n'a pas atteint l", "no llegó a", "no ha llegado a", "non ha raggiunto",
                "the following recipient(s) could not be reached",
                "folgende(r) empfänger kann", "impossible de joindre le(s) destinataire(s)",
                "the following recipient(s) cannot be reached", "your message did not reach some or all",
                "delivery has failed to these recipients", "delivery has failed to this recipient",
                "delivery is delayed to these recipients", "delivery is delayed to this recipient",
            ]
        ),
        (
            .exchangeDiagnostics,
            [
                "diagnostic information for administrators", "generating server:",
                "informations de diagnostic pour les administrateurs",
                "diagnoseinformationen für administratoren", "información de diagnóstico para administradores",
                "información de diagnóstico para los administradores",
                "informazioni di diagnostica per gli amministratori",
                "informações de diagnóstico para administradores", "diagnostische gegevens voor beheerders",
                "diagnostische informatie voor beheerders", "diagnostikinformation till administratörer",
                "diagnostiske oplysninger til administratorer", "informacje diagnostyczne dla administratorów",
                "informations de diagnostics pour les administrateurs",
                "informazioni diagnostiche per gli amministratori",
                "diagnostikinformation för administratörer", "diagnosticeringsoplysninger til administratorer",
                "diagnoseinformasjon for administratorer", "diagnostikkinformasjon for administratorer",
                "vianmääritystiedot järjestelmänvalvojille", "diagnostiikkatiedot järjestelmänvalvojille",
                "diagnostické informace pro správce", "diagnostické informácie pre správcov",
                "diagnosztikai információ", "yöneticiler için tanılama bilgileri",
                "informații de diagnosticare pentru administratori", "Диагностические сведения для администраторов",
                "Діагностичні відомості для адміністраторів", "Διαγνωστικές πληροφορίες για διαχειριστές",
                "管理者向けの診断情報", "管理者用の診断情報", "管理员的诊断信息", "供管理员使用的诊断信息", "管理员诊断信息", "系統管理員的診斷資訊",
                "供系統管理員使用的診斷資訊", "관리자를 위한 진단 정보", "관리자용 진단 정보", "מידע אבחון עבור מנהלי מערכת",
                "generierender server:", "serveur de génération", "servidor de generación:", "server di generazione:",
                "servidor gerador:", "servidor de geração:", "genererende server:", "genererande server:",
                "serwer generujący:", "generující server:", "oluşturan sunucu:", "Создающий сервер:", "生成サーバー:",
                "生成服务器:", "正在生成服务器:", "產生伺服器:", "생성 서버:",
            ]
        ),
        (
            .googleList,
            [
                "delivery to the following recipient failed permanently",
                "delivery to the following recipients failed permanently",
                "delivery to the following recipient has been delayed",
                "delivery to the following recipients has been delayed",
                "delivery to the following recipients failed", "delivery to the following recipient failed",
                "delevery to the following recipients was aborted", "delivery to the following recipients was aborted",
                "unable to deliver message to the following recipients",
            ]
        ),
        (
            .googleResponse,
            [
                "the response was:", "the response from the remote server was:",
                "technical details of permanent failure",
                "technical details of temporary failure", "your message wasn't delivered to",
            ]
        ),
        (.googleGroups, ["we're writing to let you know that the group you tried to contact"]),
        (.zoho, ["[status: error, address:"]),
        (
            .messagingServer,
            [
                "this report relates to a message you sent with the following header",
                "your message cannot be delivered to the following recipients",
                "your message has been enqueued and undeliverable", "recipient address:",
            ]
        ),
        (
            .iMail,
            [
                "unknown user:", "unknown host:", "undeliverable to", "user mailbox exceeds allowed size:",
                "delivery failed 20 attempts:", "invalid final delivery userid:", "account not available:",
            ]
        ),
        (.mdaemon, ["session transcript", "the following addresses did not receive a copy"]),
        (.mimecast, ["this is a delivery failure notification message", "this is an automated alert notification"]),
        (.mailMarshal, ["the following recipients were affected"]),
        (.james, ["error message below:", "message details:", "failed recipient(s):"]),
        (
            .kddi,
            ["your mail sent on", "could not be delivered to: <", "each of the following recipients was rejected"]
        ),
        (.mFilter, ["server message", "smtp command"]),
        (.lsmtp, ["an error was detected while processing the enclosed message", "error-for:", "error-code:"]),
        (.x400, ["this report relates to your message:", "your message was not delivered to"]),
        (.verizon, ["message could not be delivered to mobile"]),
        (
            .contentFilter,
            [
                "our content checker found", "was considered unsolicited bulk e-mail",
                "our virus detector has just been triggered", "our e-mail content detector has just been triggered",
                "our email content detector has just been triggered", "our mailscanner believes",
                "our uce (spam) detectors have been triggered", "our email content filters have been",
                "unsere spam-detektoren wurden", "unsere virenscanner wurden", "unser virenscanner wurde durch",
                "unsere nachrichten-filter wurden", "notre détecteur de polluriel",
                "notre passerelle antivirus a détecté", "nuestros detectores de correo",
                "nuestro detector de virus ha sido", "nosso sistema de detecção de",
                "il sistema di controllo sulle email", "il sistema antivirus e' stato", "onze spamdetector reageerde",
                "onze virusscanner reageerde", "vårt spam-skydd har blockerat", "vores virusskanner har opdaget",
                "nas detektor uce (spam-u) byl", "nas detektor viru byl", "az spam (uce) ellenorzonk",
                "viruskeresonk az on altal", "els nostres filtres de contingut",
                "violation information:",
                "a virus was found in an email message you sent",
                "you sent us an unsolicited email", "mailmarshal (an automated content monitoring",
            ]
        ),
        (
            .interScan,
            ["message from interscan", "the following mail could not be delivered", "sent >>> ", "sent <<< "]
        ),
    ]
}

/// ASCII letters in lower case, every other byte as it is.
@inline(__always)
func foldedASCII(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}
