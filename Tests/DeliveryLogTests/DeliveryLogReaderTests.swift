// From lines in order to attempts: whose lines, and messages that are given up.

import MailSyntax
import Testing

@testable import DeliveryLog

struct DeliveryLogReaderTests {
    private static func line(_ program: String, _ message: String) -> String {
        "Nov 21 04:48:12 mx1 \(program)[4084]: \(message)"
    }

    private static func attempt(_ queueID: String, _ to: String, _ status: String) -> String {
        line(
            "postfix/smtp",
            "\(queueID): to=<\(to)>, relay=mx.b.example[192.0.2.1]:25, delay=2, dsn=4.2.2, status=\(status) (host mx.b.example[192.0.2.1] said: 452 4.2.2 Full)"
        )
    }

    private static func outcomes(_ lines: [String], _ names: [String] = ["postfix*", "sendmail", "sm-mta"]) -> [String]
    {
        var reader = DeliveryLogReader(programs: SyslogNames(names))
        return lines.flatMap { reader.attempts(in: Array($0.utf8)[...]) }.map {
            "\($0.to.map(\.text).joined(separator: ",")) \($0.outcome) \($0.reply.text.text)"
        }
    }

    /// What was given up is forgotten, and takes no room from what still waits.
    @Test func manyThatAreGivenUpForgetNoneThatWaits() {
        func expiry(_ queueID: String) -> String {
            Self.line("postfix/qmgr", "\(queueID): from=<n@s.example>, status=expired, returned to sender")
        }
        let long = String(repeating: "y", count: 30_000)
        let others = (0..<3 * RecentDeferrals.limitBytes / long.utf8.count).flatMap { number in
            [Self.attempt("4B\(number)", "\(long)@b.example", "deferred"), expiry("4B\(number)")]
        }
        let outcomes = Self.outcomes([Self.attempt("4A", "a@b.example", "deferred")] + others + [expiry("4A")])
        #expect(outcomes.last == "a@b.example bounced Full")
    }

    @Test(arguments: [
        ("postfix", true), ("postfix-out/smtp", true), ("sm-mta", true), ("sm-mta-runq", true), ("sm-que", true),
        ("sm-msp-queue", true), ("sendmail", true), ("sendmail2", false), ("sm-client", false), ("Postfix", false),
    ])
    func usualNames(name: String, isRead: Bool) {
        #expect(SyslogNames(SyslogNames.usual).contain(Bytes(utf8: name)) == isRead)
    }

    /// What only goes on in the same log is no delivery: known by the queue ID that the relay answers with, whichever line comes first.
    @Test func whatIsHandedOn() {
        func sent(_ program: String, _ queueID: String, _ relay: String, _ answer: String) -> String {
            program.hasPrefix("postfix")
                ? Self.line(
                    program, "\(queueID): to=<a@b.example>, relay=\(relay), dsn=2.0.0, status=sent (250 \(answer))")
                : Self.line(
                    program,
                    "\(queueID): to=a@b.example, mailer=relay, relay=\(relay), dsn=2.0.0, stat=Sent (\(answer))")
        }
        func from(_ program: String, _ queueID: String) -> String {
            Self.line(program, "\(queueID): from=<n@s.example>, size=1, nrcpt=1 (queue active)")
        }
        func handedOn(_ lines: [String]) -> [Bool] {
            var reader = DeliveryLogReader(programs: SyslogNames(SyslogNames.usual))
            return lines.flatMap { reader.attempts(in: Array($0.utf8)[...]) }.map(\.isHandedOn)
        }
        let filter = "127.0.0.1[127.0.0.1]:10024"
        let answer = "2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as "
        #expect(
            handedOn([
                from("postfix/qmgr", "4A"), from("postfix/qmgr", "4B"),
                sent("postfix/smtp", "4A", filter, answer + "4B"),
                sent("postfix/smtp", "4B", "mx.b.example[192.0.2.1]:25", "2.0.0 Ok: queued as 4C"),
                sent("postfix/smtp", "4D", filter, answer + "4E"),
                sent("postfix/smtp", "4F", filter, "2.7.0 Ok, discarded"),
            ]) == [true, false, true, false])
        // The first one cannot be told yet.
        #expect(
            handedOn([
                sent("postfix/smtp", "4A", filter, answer + "4B"), from("postfix/qmgr", "4B"),
                sent("postfix/smtp", "4D", filter, answer + "4E"),
            ]) == [false, true])
        let daemon = "[127.0.0.1] [127.0.0.1]"
        #expect(
            handedOn([
                Self.line("sm-mta", "0A2: from=<n@s.example>, size=1"),
                sent("sm-msp", "0A1", daemon, "0A2 Message accepted for delivery"),
                sent("sm-mta", "0A2", "mx.b.example. [192.0.2.1]", "0A9 Message accepted for delivery"),
            ]) == [true, false])
        // A tunnel to a relay, and a server that knows what our header says.
        #expect(
            handedOn([
                from("postfix/qmgr", "4A"),
                sent("postfix/smtp", "4A", "127.0.0.1[127.0.0.1]:465", "2.0.0 Ok: queued as 9Z"),
                sent("postfix/smtp", "4A", "mx.b.example[192.0.2.1]:25", "2.0.0 Ok: queued as 4A"),
            ]) == [false, false])
        #expect(
            handedOn([
                Self.line(
                    "postfix/local", "4F: to=<a@b.example>, relay=local, dsn=2.0.0, status=sent (forwarded as 4G)"),
                Self.line(
                    "postfix/local", "4F: to=<a@b.example>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)"),
            ]) == [true, false])
    }

    @Test func messagesThatPostfixGivesUp() {
        let lines = [
            Self.attempt("4XyZ1bA2", "a@b.example", "deferred"), Self.attempt("4XyZ1bA2", "c@b.example", "deferred"),
            Self.attempt("4XyZ1bA3", "d@b.example", "deferred"), Self.attempt("4XyZ1bA2", "a@b.example", "deferred"),
            Self.attempt("4XyZ1bA2", "c@b.example", "sent"), Self.attempt("4XyZ1bA2", "e@b.example", "sent"),
            Self.line("postfix/qmgr", "4XyZ1bA2: from=<n@s.example>, status=expired, returned to sender"),
            // Only once.
            Self.line("postfix/qmgr", "4XyZ1bA2: from=<n@s.example>, status=expired, returned to sender"),
            Self.line("postfix/qmgr", "4XyZ1bA3: from=<>, status=force-expired, returned to sender"),
        ]
        #expect(
            Self.outcomes(lines) == [
                "a@b.example deferred Full", "c@b.example deferred Full", "d@b.example deferred Full",
                "a@b.example deferred Full", "c@b.example sent Full", "e@b.example sent Full",
                "a@b.example bounced Full", "d@b.example bounced Full",
            ])
    }

    @Test func theSenderIsThatOfAnEarlierLine() {
        let lines = [
            Self.attempt("4XyZ1bA1", "a@b.example", "deferred"),
            Self.line("postfix/qmgr", "4XyZ1bA1: from=<News@S.example>, size=319, nrcpt=1 (queue active)"),
            Self.line("postfix/qmgr", "4XyZ1bA2: from=<>, size=2319, nrcpt=1 (queue active)"),
            Self.line(
                "sm-mta", "5BK0aaaa003100: from=<b@s.example>, size=10, class=0, nrcpts=1, msgid=<m@s.example>"),
            Self.line("postfix/pickup", "4XyZ1bA3: uid=0 from=<root>"),
            Self.attempt("4XyZ1bA1", "a@b.example", "deferred"), Self.attempt("4XyZ1bA2", "a@b.example", "sent"),
            Self.attempt("4XyZ1bA3", "a@b.example", "sent"),
            Self.line(
                "sm-mta",
                "5BK0aaaa003100: to=<a@b.example>, mailer=esmtp, relay=mx.b.example., dsn=2.0.0, stat=Sent (ok)"),
            Self.line("postfix/qmgr", "4XyZ1bA1: from=<News@S.example>, status=expired, returned to sender"),
            // The queue ID of a message that has gone is used again.
            Self.line("postfix/qmgr", "4XyZ1bA1: from=<>, size=2319, nrcpt=1 (queue active)"),
            Self.attempt("4XyZ1bA1", "a@b.example", "sent"),
        ]
        var reader = DeliveryLogReader(programs: SyslogNames(["postfix*", "sm-mta"]))
        let senders = lines.flatMap { reader.attempts(in: Array($0.utf8)[...]) }.map { $0.sender?.text }
        #expect(senders == [nil, "News@s.example", "", nil, "b@s.example", "News@s.example", ""])
    }

    @Test func reportsOfSendmailAreOfTheNullReversePath() {
        func sent(_ queueID: String) -> String {
            Self.line("sm-mta", "\(queueID): to=<n@s.example>, mailer=local, dsn=2.0.0, stat=Sent")
        }
        let lines = [
            Self.line("sm-mta", "5BK0a: from=<n@s.example>, size=9, nrcpts=1"),
            Self.line("sm-mta", "5BK0a: 5BK0b: DSN: User unknown"), sent("5BK0b"),
            Self.line("sm-mta", "5BK0a: 5BK0c: sender notify: Warning: could not send message for past 4 hours"),
            sent("5BK0c"), Self.line("sm-mta", "5BK0a: 5BK0d: return to sender: Cannot send message for 5 days"),
            sent("5BK0d"), Self.line("sm-mta", "5BK0a: 5BK0e: postmaster notify: User unknown"), sent("5BK0e"),
            Self.line("sm-mta", "5BK0a: 5BK0f: return receipt"), Self.line("sm-mta", "5BK0a: 5BK0f: clone: owner"),
            sent("5BK0f"), sent("5BK0a"),
        ]
        var reader = DeliveryLogReader(programs: SyslogNames(["sm-mta"]))
        let senders = lines.flatMap { reader.attempts(in: Array($0.utf8)[...]) }.map { $0.sender?.text }
        #expect(senders == ["", "", "", "", nil, "n@s.example"])
    }

    @Test func sendersAreForgotten() {
        var senders = RecentSenders()
        for number in 0..<100_000 { senders.add(Bytes("a@b.example"), of: Bytes(utf8: "4\(number)")) }
        let known = (0..<100_000).count { senders.find(Bytes(utf8: "4\($0)")) != nil }
        #expect(known >= RecentSenders.limit && known <= 2 * RecentSenders.limit)
    }

    @Test func messagesThatSendmailGivesUp() {
        let to =
            "5BK0aaaa003100: to=<a@b.example>,<c@b.example>, delay=5+00:00:01, mailer=esmtp, relay=mx.b.example. [192.0.2.1], dsn=4.0.0, stat=Deferred: 451 4.7.1 Greylisted"
        #expect(
            Self.outcomes([
                Self.line("sm-mta", to),
                Self.line(
                    "sm-mta",
                    "5BK0aaaa003100: 5BK0aaaa003101: sender notify: Warning: could not send message for past 4 hours"),
                Self.line("sm-mta", "5BK0aaaa003100: 5BK0aaaa003102: return to sender: Cannot send message for 5 days"),
            ]) == [
                "a@b.example,c@b.example deferred Greylisted", "a@b.example bounced Greylisted",
                "c@b.example bounced Greylisted",
            ])
    }

    @Test func theMemoryOfDeferralsIsBounded() {
        var deferrals = RecentDeferrals()
        let words = String(repeating: "and more words ", count: 200)
        for number in 0..<5_000 {
            let line = Array((Self.attempt("4Q\(number)", "a@b.example", "deferred") + words).utf8)[...]
            if let attempt = DeliveryLogLine.parse(line) { deferrals.add(line, attempt) }
        }
        #expect(deferrals.take(Array("4Q1".utf8)[...]) == [])
        #expect(deferrals.take(Array("4Q4999".utf8)[...]).count == 1)
        #expect(deferrals.take(Array("4Q4000".utf8)[...]).count == 1)
    }

    @Test(arguments: [
        ("postfix/smtp", ["postfix"], true), ("postfix", ["postfix"], true), ("postfix-out/smtp", ["postfix"], false),
        ("postfix-out/smtp", ["postfix*"], true), ("postfix-out/relay/smtp", ["postfix-out"], true),
        ("Postfix/smtp", ["postfix"], false), ("mta", ["postfix", "mta"], true), ("postfi", ["postfix*"], false),
        ("postfix/smtp", [], false), ("anything", ["*"], true), ("out/a/smtp", ["out/a"], true),
        ("out/ab/smtp", ["out/a"], false),
    ])
    func programs(_ program: String, _ names: [String], _ isRead: Bool) {
        let line = Self.line(program, "4XyZ1bA2: to=<a@b.example>, relay=none, delay=1, dsn=5.0.0, status=bounced (no)")
        #expect(Self.outcomes([line], names).isEmpty != isRead)
    }

    @Test(arguments: ["", "a b", "a*b", "**", "a[1]", "a:", String(repeating: "x", count: 200)])
    func whatIsNoName(_ text: String) { #expect(!SyslogNames.isPattern(text)) }

    @Test(arguments: [
        "warning: to=<a@b.example>, relay=none, dsn=5.0.0, status=bounced (no)",
        "NOQUEUE: to=<a@b.example>, relay=none, dsn=5.0.0, status=bounced (no)",
        "4XyZ1bA2: from=<n@s.example>, size=312, nrcpt=1 (queue active), expired", "4XyZ1bA2: removed, status=sent",
    ])
    func otherLines(_ message: String) {
        #expect(
            Self.outcomes([Self.attempt("4XyZ1bA2", "a@b.example", "deferred"), Self.line("postfix/qmgr", message)])
                .count == 1)
    }
}
