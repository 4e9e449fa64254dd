import DeliveryLog
import MailSyntax
import Testing

/// A log line and what is in it; only what a case names is compared.
struct LineCase: Sendable, CustomTestStringConvertible {
    let line: String
    var mta = DeliveryAttempt.MTA.postfix
    var outcome: DeliveryAttempt.Outcome
    var agent = "smtp"
    var queueID = "4XyZ1bA2"
    var to = ["a@b.example"]
    var originalTo: String?
    var relayHost: String?
    var status: String?
    var code: UInt16?
    var text: String
    var testDescription: String { line }
}

@Suite struct DeliveryLogLineTests {
    private static let middle = "delay=2.3, delays=0.1/0.02/0.9/1.3"

    static let postfix = [
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/smtp[4084]: 4XyZ1bA2: to=<a@b.example>, relay=mx.b.example[192.0.2.1]:25, \(middle), dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.1] said: 550 5.1.1 <a@b.example>: User unknown (in reply to RCPT TO command))",
            outcome: .bounced, relayHost: "mx.b.example", status: "5.1.1", code: 550,
            text: "<a@b.example>: User unknown"),
        LineCase(
            line:
                "2025-11-21T05:35:05.989875+01:00 mx1 postfix-out/lmtp[12]: 4XyZ1bA2: to=<a@b.example>, orig_to=<Info@B.example>, relay=b.example[private/lmtp], \(middle), dsn=2.0.0, status=sent (250 2.0.0 <a@b.example> Saved)\n",
            outcome: .sent, agent: "lmtp", originalTo: "Info@b.example", relayHost: "b.example", status: "2.0.0",
            code: 250, text: "<a@b.example> Saved"),
        // A second instance whose services are named after their master.cf entry (syslog_name=postfix-b/$service_name).
        LineCase(
            line:
                "<22>Nov  3 04:48:12 mx1 postfix-b/relay/smtp[4084]: 4XyZ1bA2: to=<a@b.example>, relay=[192.0.2.1]:25, conn_use=3, \(middle), dsn=4.2.2, status=deferred (host 192.0.2.1[192.0.2.1] said: 452 4.2.2 Full (in reply to RCPT TO command))",
            outcome: .deferred, relayHost: "192.0.2.1", status: "4.2.2", code: 452, text: "Full"),
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/local[4]: 4XyZ1bA2: to=<a@b.example>, relay=local, delay=0.08, delays=0.08/0/0/0, dsn=5.1.1, status=bounced (unknown user: \"a\")",
            outcome: .bounced, agent: "local", status: "5.1.1", text: "unknown user: \"a\""),
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/error[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, delay=5012, delays=5012/0/0/0, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to mx.b.example[192.0.2.1]:25: No route to host)",
            outcome: .deferred, agent: "error", status: "4.4.1",
            text: "delivery temporarily suspended: connect to mx.b.example[192.0.2.1]:25: No route to host"),
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/pipe[4]: 4XyZ1bA2: to=<a@b.example>, relay=dovecot, \(middle), dsn=5.1.1, status=SOFTBOUNCE (user unknown)",
            outcome: .deferred, agent: "pipe", status: "5.1.1", text: "user unknown"),
        // Typing errors: other addresses than the ones inside them.
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/error[4]: 4XyZ1bA2: to=<a@b.example'>, relay=none, delay=0.01, delays=0/0/0/0, dsn=5.1.3, status=bounced (bad address syntax)",
            outcome: .bounced, agent: "error", to: ["a@b.example'"], status: "5.1.3", text: "bad address syntax"),
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/error[4]: 4XyZ1bA2: to=<a@b.example?subject=Hello>, orig_to=<a c@b.example>, relay=none, delay=0.01, delays=0/0/0/0, dsn=5.1.3, status=bounced (bad address syntax)",
            outcome: .bounced, agent: "error", to: ["a@b.example?subject=hello"], originalTo: "\"a c\"@b.example",
            status: "5.1.3", text: "bad address syntax"),
        // A local part and a reply that try to pass for fields.
        LineCase(
            line:
                "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<\"x>, status=sent (\"@b.example>, relay=mx.b.example[192.0.2.1]:25, \(middle), dsn=5.0.0, status=bounced (host mx.b.example[192.0.2.1] said: 550 no), dsn=2.0.0, status=sent (ok (in reply to DATA command))",
            outcome: .bounced, to: ["\"x>, status=sent (\"@b.example"], relayHost: "mx.b.example", status: "5.0.0",
            code: 550,
            text: "no), dsn=2.0.0, status=sent (ok"),
    ]

    static let sendmail = [
        LineCase(
            line:
                "Nov 21 01:23:17 host sendmail[3101]: 5BK0aaaa003100: to=<a@b.example>,<c@d.example>, ctladdr=<n@s.example> (8/0), delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=120269, relay=mx.b.example. [192.0.2.1], dsn=5.1.1, reply=550 5.1.1 <a@b.example>... User unknown, stat=User unknown",
            mta: .sendmail, outcome: .bounced, agent: "esmtp", queueID: "5BK0aaaa003100",
            to: ["a@b.example", "c@d.example"],
            relayHost: "mx.b.example", status: "5.1.1", code: 550,
            text: "<a@b.example>... User unknown"),
        LineCase(
            line:
                "Nov 21 01:23:17 host sm-mta[3101]: 5BK0aaaa003100: to=a@b.example, delay=2+03:04:05, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.b.example. [192.0.2.1], dsn=4.0.0, stat=Deferred: 451 4.7.1 Greylisted, stat=Sent",
            mta: .sendmail, outcome: .deferred, agent: "esmtp", queueID: "5BK0aaaa003100", relayHost: "mx.b.example",
            status: "4.0.0", code: 451, text: "Greylisted, stat=Sent"),
        LineCase(
            line:
                "Nov 21 01:23:17 host sendmail[3101]: [ID 801593 mail.info] 5BK0aaaa003100: to=<a@b.example>, delay=00:00:00, mailer=esmtp, relay=mx.b.example. [192.0.2.1], stat=Sent (ok 1732150000 qp 1212)",
            mta: .sendmail, outcome: .sent, agent: "esmtp", queueID: "5BK0aaaa003100", relayHost: "mx.b.example",
            text: "ok 1732150000 qp 1212"),
        LineCase(
            line:
                #"Nov 21 01:23:17 host sendmail[3101]: 5BK0aaaa003100: to="a<b"@b.example, delay=00:00:00, mailer=esmtp, relay=mx.b.example. [192.0.2.1], dsn=5.1.1, stat=User unknown"#,
            mta: .sendmail, outcome: .bounced, agent: "esmtp", queueID: "5BK0aaaa003100", to: [#""a<b"@b.example"#],
            relayHost: "mx.b.example", status: "5.1.1", text: "User unknown"),
    ]

    /// Lines that log no delivery.
    static let others = [
        "", "x", "Nov 21 04:48:12 mx1", "Nov 21 04:48:12 mx1 postfix/qmgr[4]: 4XyZ1bA2: removed",
        "Nov 21 04:48:12 mx1 postfix/qmgr[4]: 4XyZ1bA2: from=<n@s.example>, status=expired, returned to sender",
        "Nov 21 04:48:12 mx1 postfix/bounce[4]: 4XyZ1bA2: sender non-delivery notification: 4XyZ1bA3",
        "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=mx[192.0.2.1]:25, delay=1, delays=1/0/0/0, dsn=5.1.1, status=undeliverable (no)",
        "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=mx[192.0.2.1]:25, delay=1, delays=1/0/0/0, dsn=2.1.5, status=deliverable (ok)",
        "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: host mx[192.0.2.1] said: 450 4.7.1 no (in reply to RCPT TO command)",
        "Nov 21 04:48:12 mx1 postfix/smtpd[4]: NOQUEUE: to=<a@b.example>, relay=mx, dsn=5.1.1, status=bounced (no)",
        "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<root>, relay=local, dsn=2.0.0, status=sent (ok)",
        "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=mx, dsn=5.1.1",
        "Nov 21 01:23:17 host sendmail[3]: 5BK0aaaa003100: to=<a@b.example>, delay=00:00:00, mailer=esmtp, pri=1, stat=queued",
        "Nov 21 01:23:17 host sendmail[3]: 5BK0aaaa003100: to=<a@b.example>, delay=00:00:00, mailer=esmtp, pri=1, quarantine=spam, stat=quarantined",
        // Refused by a milter, which the client was told.
        "Nov 21 01:23:17 host sendmail[3]: 5BK0aaaa003100: to=<a@b.example>, delay=00:00:01, pri=1, stat=User unknown",
        "Nov 21 01:23:17 host sendmail[3]: 5BK0aaaa003100: to=<a@b.example>, delay=00:00:01, pri=1, dsn=5.1.1, stat=User unknown",
        "Nov 21 01:23:17 host sendmail[3]: 5BK0aaaa003100: 5BK0aaaa003101: DSN: User unknown",
        "<22>1 2025-11-21T05:35:05Z mx1 postfix/smtp 4 - 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "<22>1 2025-11-21T05:35:05Z mx1 postfix/smtp 4 - [a 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "2025-11-21T05:35:05Z mx1 postfix/smtp 4 - 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "2025-11-21T05:35:05Z mx1 postfix/smtp x - - 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "1 mx1 postfix/smtp 4 - - 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "Nov 21 04:48:12 mx1 postfix/smtp 4 - - 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "2025-11-21 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "2025-11-21 04:48 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "21-11-2025 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "Nov 21 04:48:12 mx1 mail.info: postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "a b | Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "2025-11-21T05:35:05Z stdout P Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "Nov 21 04:48:12 mx1 app[4]: Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "Nov 21 04:48:12,5 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (no)",
        "Nov 21 01:23:17 host sendmail[3]: 5BK0aaaa003100: from=<n@s.example>, size=411, nrcpts=1, relay=app [192.0.2.1]",
    ]

    @Test(arguments: [
        ("dsn=5.1.1, reply=550 Go away, stat=User unknown", true, false),
        ("dsn=5.2.2, reply=552 Go away, stat=Service unavailable", true, false),
        ("dsn=5.1.1, reply=550 5.1.1 Go away, stat=User unknown", false, false),
        ("dsn=5.2.0, reply=550 Go away, stat=Service unavailable", false, false),
        ("dsn=5.7.1, stat=User unknown", false, true), ("dsn=5.1.1, stat=User unknown", true, true),
        ("dsn=5.2.2, stat=Service unavailable", true, true), ("dsn=5.0.0, stat=Service unavailable", false, true),
    ])
    func whatSendmailMakesItself(_ end: String, _ isStatusMade: Bool, _ areWordsMade: Bool) throws {
        try expect("mailer=esmtp, relay=mx.b.example. [192.0.2.1], " + end, isStatusMade, areWordsMade)
    }

    /// What Sendmail's own mailers and its own look at the name say is meant.
    @Test(arguments: [
        "mailer=local, relay=local, dsn=5.1.1, stat=User unknown", "mailer=local, dsn=5.1.1, stat=User unknown",
        "mailer=esmtp, relay=mx.b.example., dsn=5.1.2, stat=Host unknown (Name server: mx.b.example.: host not found)",
    ])
    func whatSendmailKnowsItself(_ end: String) throws {
        try expect(end, false, false)
    }

    private func expect(_ end: String, _ isStatusMade: Bool, _ areWordsMade: Bool) throws {
        let line = "Nov 21 01:23:17 host sm-mta[3]: 5BK0aaaa003100: to=<a@b.example>, delay=00:00:01, "
        let attempt = try #require(DeliveryLogLine.parse(Bytes(utf8: line + end)))
        #expect((attempt.isStatusMade, attempt.areWordsMade) == (isStatusMade, areWordsMade))
    }

    @Test(arguments: postfix + sendmail)
    func parse(_ sample: LineCase) throws {
        let attempt = try #require(DeliveryLogLine.parse(Bytes(utf8: sample.line)))
        #expect(attempt.mta == sample.mta)
        #expect(attempt.outcome == sample.outcome)
        #expect(attempt.agent.text == sample.agent)
        #expect(attempt.queueID.text == sample.queueID)
        #expect(attempt.to.map(\.text) == sample.to)
        #expect(attempt.originalTo?.text == sample.originalTo)
        #expect(attempt.relayHost?.text == sample.relayHost)
        #expect(attempt.status?.description == sample.status)
        #expect(attempt.reply.code == sample.code)
        #expect(attempt.reply.text.text == sample.text)
    }

    @Test(arguments: others)
    func otherLine(_ line: String) {
        #expect(DeliveryLogLine.parse(Bytes(utf8: line)) == nil)
    }

    @Test(arguments: [
        ("Nov 21 04:48:12 mx1 postfix/smtp[4]: ", "Nov 21 04:48:12"),
        ("Nov  3 04:48:12 mx1 postfix/smtp[4]: ", "Nov  3 04:48:12"),
        ("2025-11-21T05:35:05.98+01:00 mx1 postfix/smtp[4]: ", "2025-11-21T05:35:05.98+01:00"),
        ("2025-11-21T05:35:05Z mx1 postfix/smtp: ", "2025-11-21T05:35:05Z"),
        ("2025-11-21T05:35:05+0100 mx1 postfix/smtp[4]: ", "2025-11-21T05:35:05+0100"),
        ("Nov 21 04:48:12 mx1 mail.info postfix/smtp[4]: ", "Nov 21 04:48:12"),
        ("Nov 21 04:48:12 <mail.info> mx1 postfix/smtp[4]: ", "Nov 21 04:48:12"),
        ("mail-1  | Nov 21 04:48:12 mx1 postfix/smtp[4]: ", "Nov 21 04:48:12"),
        (
            "mail-1  | 2025-11-21T03:48:12.5Z 2025-11-21T04:48:12+01:00 mx1 postfix/smtp[4]: ",
            "2025-11-21T04:48:12+01:00"
        ),
        ("2025-11-21T03:48:12.123456789Z Nov 21 04:48:12 mx1 postfix/smtp[4]: ", "Nov 21 04:48:12"),
        ("2025-11-21T03:48:12.123456789+01:00 stdout F Nov 21 04:48:12 mx1 postfix/smtp[4]: ", "Nov 21 04:48:12"),
        ("Nov 21 04:48:12.000123 mx1 postfix/smtp[4]: ", "Nov 21 04:48:12.000123"),
        ("<22>1 2025-11-21T05:35:05.98Z mx1 postfix/smtp 4 - - ", "2025-11-21T05:35:05.98Z"),
        ("1 2025-11-21T05:35:05.98Z mx1 postfix/smtp 4 - - ", "2025-11-21T05:35:05.98Z"),
        ("2025-11-21T05:35:05+01:00 mx1 postfix/smtp - - [a@1 b=\"c\"] ", "2025-11-21T05:35:05+01:00"),
        ("2025-11-21 05:35:05 mx1 postfix/smtp[4]: ", "2025-11-21 05:35:05"),
        ("<22>2025-11-21 05:35:05.123 mx1 postfix/smtp[4]: ", "2025-11-21 05:35:05.123"),
        ("2025-11-21 05:35:05+01:00 mx1 postfix/smtp 4 - - ", "2025-11-21 05:35:05+01:00"),
        ("<22>1 2025-11-21T05:35:05Z mx1 postfix 4 - -  ", "2025-11-21T05:35:05Z"),
        (
            "<22>1 2025-11-21T05:35:05Z mx1 postfix/smtp 4 - [a@1 b=\"c \\\"\\] d\"][e@1] \u{FEFF}",
            "2025-11-21T05:35:05Z"
        ),
    ])
    func header(_ header: String, _ time: String) throws {
        let line = header + "4XyZ1bA2: to=<a@b.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (no route)"
        let attempt = try #require(DeliveryLogLine.parse(Bytes(utf8: line)))
        #expect(attempt.time.text == time)
        #expect(attempt.logHost.text == "mx1")
        #expect(attempt.relay == nil)
        #expect(attempt.reason.text == "no route")
    }

    @Test(arguments: postfix + sendmail)
    func everyPrefixIsRead(_ sample: LineCase) {
        let line = Bytes(utf8: sample.line)
        for count in line.indices { _ = DeliveryLogLine.parse(line[..<count]) }
        #expect(DeliveryLogLine.parse(line[..<20]) == nil)
    }

    @Test func overlongLine() {
        let line = postfixLine(reason: String(repeating: "x", count: DeliveryLogLine.limitBytes))
        #expect(DeliveryLogLine.parse(Bytes(utf8: line)) == nil)
        #expect(DeliveryLogLine.parse(Bytes(utf8: postfixLine(reason: "x"))) != nil)
    }

    private func postfixLine(reason: String) -> String {
        "Nov 21 04:48:12 mx1 postfix/smtp[4]: 4XyZ1bA2: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (\(reason))"
    }
}
