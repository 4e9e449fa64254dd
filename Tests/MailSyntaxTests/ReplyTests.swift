import MailSyntax
import Testing

/// One reply as some MTA prints it, and what is in it.
struct ReplyCase: Sendable, CustomTestStringConvertible {
    let printed: String
    let code: UInt16?
    let status: String?
    let text: String
    let command: String?
    let host: String?
    var testDescription: String { printed }

    init(
        _ printed: String, _ code: UInt16?, _ status: String?, _ text: String, command: String? = nil,
        host: String? = nil
    ) {
        self.printed = printed
        self.code = code
        self.status = status
        self.text = text
        self.command = command
        self.host = host
    }
}

@Suite struct ReplyTests {
    static let plain = [
        ReplyCase("550 5.1.1 User unknown", 550, "5.1.1", "User unknown"),
        ReplyCase("550", 550, nil, ""),
        ReplyCase("550 Requested action not taken", 550, nil, "Requested action not taken"),
        ReplyCase("550 #5.1.1 User unknown", 550, "5.1.1", "User unknown"),
        ReplyCase("550 (5.1.1) User unknown", 550, "5.1.1", "User unknown"),
        ReplyCase("550 [5.1.1]: User unknown", 550, "5.1.1", "User unknown"),
        ReplyCase("550 : 5.1.1 : User unknown", 550, "5.1.1", ": User unknown"),
        ReplyCase("smtp; 550 5.1.1\r\n    User unknown", 550, "5.1.1", "User unknown"),
        ReplyCase("SMTP;550-5.1.1 User unknown", 550, "5.1.1", "User unknown"),
        ReplyCase("X-Postfix; unknown user: \"nobody\"", nil, nil, "unknown user: \"nobody\""),
        ReplyCase("5.1.1 User unknown", nil, "5.1.1", "User unknown"),
        ReplyCase("550 no mailbox here (#5.1.1)", 550, "5.1.1", "no mailbox here (#5.1.1)"),
        ReplyCase("550 blocked, was 4.7.1 before", 550, nil, "blocked, was 4.7.1 before"),
        ReplyCase("571 Message refused", 571, nil, "Message refused"),
        ReplyCase("591 your host is listed", 591, nil, "your host is listed"),
    ]

    static let severalLines = [
        ReplyCase(
            "550-5.1.1 The account does not exist. Please try 550-5.1.1 double-checking it or 550 5.1.1 see https://x.example/?p=550-a a1",
            550, "5.1.1",
            "The account does not exist. Please try double-checking it or see https://x.example/?p=550-a a1"),
        ReplyCase(
            "550-Mailbox unknown.\r\n550-Either it is gone\r\n550 5.1.1 User unknown", 550, "5.1.1",
            "Mailbox unknown. Either it is gone User unknown"),
        // A greeting and the refusal behind it (laposte.net).
        ReplyCase(
            "220-mx.a.example ESMTP\r\n421 4.2.1 Too many connections", 421, "4.2.1", "Too many connections"),
        ReplyCase("220 mx.a.example 550-5.7.1 Go 550 5.7.1 away", 550, "5.7.1", "Go away"),
        ReplyCase("220 mx.a.example ESMTP for 250 domains", 220, nil, "mx.a.example ESMTP for 250 domains"),
        ReplyCase("220 mx.a.example ESMTP since 1999, 421", 220, nil, "mx.a.example ESMTP since 1999, 421"),
        ReplyCase("550 Rule 550-12 holds for 550 users", 550, nil, "Rule 550-12 holds for 550 users"),
        ReplyCase(
            "550-5.2.1 The user is receiving mail too fast.", 550, "5.2.1", "The user is receiving mail too fast."),
    ]

    static let quoted = [
        ReplyCase("5.1.0 - Unknown address error 550-'5.7.1 Refused'", 550, "5.7.1", "Refused"),
        ReplyCase(
            "5.3.0 - Other mail system problem 554-\"Blocked 'x'\" (delivery attempts: 0)", 554, "5.3.0", "Blocked 'x'"),
        ReplyCase("5.1.0 - Unknown address error 550-'5.1.1 <a@b>: No 'such' user", 550, "5.1.1", "<a@b>: No 'such"),
        // Exchange Online
        ReplyCase(
            "550 5.0.350 Remote server returned an error -> 550 5.1.1 <a@b.example>: unknown", 550, "5.1.1",
            "<a@b.example>: unknown"),
        ReplyCase(
            "550 5.0.350 Remote server returned an error -> 451-Try 451 later (in reply to DATA command)", 451,
            "5.0.350",
            "Try later", command: "DATA"),
        ReplyCase(
            "550 5.0.350 Remote server returned an error -> gone", 550, "5.0.350",
            "Remote server returned an error -> gone"),
        ReplyCase(
            "550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 blocked", 550,
            "5.1.351", "blocked"),
        // The words are quoted again, by somebody: once is enough.
        ReplyCase(
            "550 Remote server returned an error -> 550 Remote server returned an error -> 550 gone", 550, nil,
            "Remote server returned an error -> 550 gone"),
        // Postfix
        ReplyCase(
            "host mx.a.example[192.0.2.1] said: 550 5.1.1 <a@b.example>: User unknown (in reply to RCPT TO command)",
            550,
            "5.1.1", "<a@b.example>: User unknown", command: "RCPT TO", host: "mx.a.example"),
        ReplyCase(
            "host mx.a.example[192.0.2.1]:24 said: 552 too much (in reply to end of DATA command)", 552, nil,
            "too much",
            command: "DATA", host: "mx.a.example"),
        ReplyCase(
            "host mx.a.example[192.0.2.1] refused to talk to me: 421 4.7.0 Too many connections", 421, "4.7.0",
            "Too many connections", command: "CONNECT", host: "mx.a.example"),
        ReplyCase(
            "connect to mx.a.example[192.0.2.1]:25: No route to host", nil, nil,
            "connect to mx.a.example[192.0.2.1]:25: No route to host", host: "mx.a.example"),
        ReplyCase(
            "lost connection with mx.a.example[192.0.2.1] while sending RCPT TO", nil, nil,
            "lost connection with mx.a.example[192.0.2.1] while sending RCPT TO", host: "mx.a.example"),
        // Sendmail
        ReplyCase("<<< 550 5.1.1 <a@b.example>... User unknown", 550, "5.1.1", "<a@b.example>... User unknown"),
        ReplyCase(
            "... while talking to mx.a.example.: >>> RCPT To:<a@b.example> <<< 550 User unknown", 550, nil,
            "User unknown", command: "RCPT TO", host: "mx.a.example"),
        ReplyCase(
            "... while talking to mx.a.example.:\n>>> RCPT To:<a@b.example>\n<<< 550 5.1.1 User unknown", 550, "5.1.1",
            "User unknown", command: "RCPT TO", host: "mx.a.example"),
        ReplyCase("Deferred: 451 4.7.1 Greylisted", 451, "4.7.1", "Greylisted"),
        // Exim
        ReplyCase(
            "SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.a.example [192.0.2.1]: 550 No such user",
            550, nil, "No such user", command: "RCPT TO", host: "mx.a.example"),
        ReplyCase(
            "SMTP error from remote mail server after pipelined end of data: host mx.a.example [2001:db8::1]: 552-5.7.0 Blocked\n    552 5.7.0 because of it",
            552, "5.7.0", "Blocked because of it", command: "DATA", host: "mx.a.example"),
        ReplyCase(
            "SMTP error from remote mail server after initial connection: host mx.a.example [192.0.2.1]: 554 No service",
            554, nil, "No service", command: "CONNECT", host: "mx.a.example"),
        // qmail
        ReplyCase(
            "Connected to 192.0.2.1 but greeting failed.\nRemote host said: 554 No service", 554, nil, "No service",
            command: "CONNECT", host: "192.0.2.1"),
        ReplyCase(
            "Connected to 192.0.2.1 but my name was rejected.\nRemote host said: 550 No service", 550, nil,
            "No service",
            command: "HELO", host: "192.0.2.1"),
        ReplyCase(
            "192.0.2.1 does not like recipient.\nRemote host said: 550 sorry, no mailbox here by that name (#5.1.1)",
            550,
            "5.1.1", "sorry, no mailbox here by that name (#5.1.1)", command: "RCPT TO", host: "192.0.2.1"),
        ReplyCase(
            "Connected to 192.0.2.1 but sender was rejected.\nRemote host said: 553 bad (#5.7.1)", 553, "5.7.1",
            "bad (#5.7.1)", command: "MAIL FROM", host: "192.0.2.1"),
        ReplyCase("Remote host said: 591 listed, contact us", 591, nil, "listed, contact us"),
        ReplyCase(
            "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)", nil, "4.4.1",
            "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)"),
        // Exchange
        ReplyCase(
            "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", 550, "5.1.1", "RESOLVER.ADR.RecipNotFound; not found"
        ),
        ReplyCase("#5.1.1 smtp;550 No such user", 550, "5.1.1", "No such user"),
        ReplyCase(
            "Host not allowed - https://mx.example/codes#554 [a1]", nil, nil,
            "Host not allowed - https://mx.example/codes#554 [a1]"),
        ReplyCase("#< #5.1.1 smtp;550 5.1.1 unknown user>", 550, "5.1.1", "unknown user"),
        ReplyCase(
            "<mx.a.example #5.1.1 smtp;550 User unknown>", 550, "5.1.1", "User unknown", host: "mx.a.example"),
        ReplyCase(
            "Remote Server at b.example (192.0.2.1) returned '400 4.4.7 Message delayed'", 400, "4.4.7",
            "Message delayed",
            host: "b.example"),
        ReplyCase(
            "550 5.4.300 Message expired -> 421 4.4.1 Connection timed out", 550, "5.4.300",
            "Message expired -> 421 4.4.1 Connection timed out"),
        // Google
        ReplyCase(
            "rejected by the server for the recipient domain b.example by mx.b.example. [192.0.2.1]. The error that the other server returned was: 550 no",
            550, nil, "no", host: "mx.b.example"),
        ReplyCase("The response from the remote server was:\n550 5.1.1 No such user", 550, "5.1.1", "No such user"),
        // chasquid
        ReplyCase("RCPT TO 552 Mailbox full", 552, nil, "Mailbox full"),
        ReplyCase("failed permanently with error: DATA 554 Refused", 554, nil, "Refused"),
        ReplyCase("our data 554 times", nil, nil, "our data 554 times"),
    ]

    /// Numbers that look like a reply code.
    static let noCode = [
        "Message size exceeds fixed limit: 552 kB allowed", "Delivered on 2024-05-14 by 192.0.2.250 port 550",
        "User unknown (state 14)", "Too many recipients: 500 messages per hour", "connect to 192.0.2.250:550: refused",
        "see http://a.example/550 for help", "Exim 4.97.1 gave up", "the account 550-12 is gone", "room 550",
        "12:34:550", "error-550x", "1550 5.1.1", "the error: 599 messages", "port: 587 is for you",
        "error: 550/1024 users", "error: 550@a.example", "error: 550%a.example", "error: 550_1",
    ]

    @Test(arguments: plain + severalLines + quoted)
    func parse(_ sample: ReplyCase) {
        let reply = SMTPReply.parse(Bytes(utf8: sample.printed))
        #expect(reply.code == sample.code)
        #expect(reply.status?.description == sample.status)
        #expect(reply.text.text == sample.text)
        #expect(Diagnostic.normalize(reply.text) == reply.text)
        #expect(reply.command?.text == sample.command)
        #expect(reply.host?.text == sample.host)
    }

    @Test(arguments: noCode)
    func numberThatIsNoCode(_ text: String) {
        #expect(SMTPReply.parse(Bytes(utf8: text)).code == nil)
    }
}

@Suite struct EnhancedStatusTests {
    @Test(arguments: [
        ("5.1.1", "5.1.1"), (" 4.7.606\r\n", "4.7.606"), ("2.0.0", "2.0.0"), ("3.1.1", nil), ("5.1", nil),
        ("5.1.1.1", nil), ("5.01.1", nil), ("5.1.1234", nil), ("5.1.1 x", nil), ("15.1.1", nil), ("", nil),
        ("5..1", nil),
        ("5.100.1", "5.100.1"),
    ])
    func whole(_ text: String, _ status: String?) {
        #expect(EnhancedStatus(Bytes(utf8: text))?.description == status)
    }

    @Test(arguments: [
        ("550-5.1.1 x", "5.1.1"), ("(#5.7.1)", "5.7.1"), ("status=5.2.2;", "5.2.2"), ("5.1.1.", "5.1.1"),
        ("from 5.1.1.2", nil), ("Exim 4.97.1", nil), ("release 5.0.8", nil), ("v5.0.8", nil),
        ("x 10.4.1.1 y 4.4.1", "4.4.1"),
        ("file.5.1.1", nil), ("5.1.1a", nil),
    ])
    func inText(_ text: String, _ status: String?) {
        #expect(EnhancedStatus.first(in: Bytes(utf8: text))?.description == status)
    }
}

@Suite struct DiagnosticTests {
    @Test(arguments: [
        ("550 one", "550 one"), ("  550 one\r\n\ttwo  three\n", "550 one two three"), ("a\u{0}b\u{7F}\u{85}c", "abc"),
        ("a\u{A0}\u{A0}b", "a b"), ("näher", "näher"), ("", ""), ("\r\n \t", ""),
    ])
    func normalize(_ text: String, _ expected: String) {
        #expect(Diagnostic.normalize(Bytes(utf8: text)).text == expected)
    }

    @Test func cutsAtACharacter() {
        let normalized = Diagnostic.normalize(Bytes(utf8: String(repeating: "ä", count: 3_000)))
        #expect(normalized.text == String(repeating: "ä", count: Diagnostic.limitCharacters))
    }

    /// Found by the fuzzer: the cut text ended with a space.
    @Test func cutTextIsNormal() {
        let normalized = Diagnostic.normalize(Bytes(utf8: String(repeating: "abc ", count: 600)))
        #expect(normalized.count == Diagnostic.limitCharacters - 1)
        #expect(Diagnostic.normalize(normalized) == normalized)
    }

    @Test func invalidUTF8() {
        #expect(Diagnostic.normalize([0x61, 0xFF, 0x62]).text == "a\u{FFFD}b")
    }
}
