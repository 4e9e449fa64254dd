// From messages, log lines and replies to records.

import Classification
import DeliveryLog
import Foundation
import Journal
import MailSyntax
import Testing
import Vocabulary

@testable import Agent

struct ExaminerTests {
    /// As Postfix's own DSN is seen.
    private static var sighting: Sighting {
        var source = Record.Source()
        source.mta = "postfix"
        source.queueID = "4QUEUE"
        source.client = "localhost[127.0.0.1]"
        var sighting = Sighting(origin: .milterDSN, timeMilliseconds: 1_795_000_000_000, source: source)
        sighting.makerMTA = "MX.example.com"
        sighting.hasNullReversePath = true
        return sighting
    }

    private static func lines(_ examination: Examination) -> [String] {
        ["{\"kind\":\"\(examination.kind.rawValue)\",\"notes\":\(examination.notes)}"]
            + examination.records.map { String(decoding: $0.encodeUnsealed(), as: UTF8.self) }
    }

    @Test(arguments: Samples.names, [false, true])
    func samplesGiveTheirRecords(_ name: String, crlf: Bool) throws {
        let examination = Examiner.simple().examine(try Samples.message(name, crlf: crlf), Self.sighting)
        #expect(Self.lines(examination) == (try Samples.expected(name)))
    }

    @Test(arguments: Samples.names, [1, 7, 4096])
    func livePathGivesTheRecordsOfAReplay(_ name: String, chunkBytes: Int) throws {
        let message = try Samples.message(name, crlf: true)
        let fixture = Fixture()
        _ = fixture.connection(.postfixItself).send(message, chunkBytes: chunkBytes)
        let replayed = Examiner.simple().examine(message, Self.sighting).records
        let live = fixture.records.all.map { record in
            var record = record
            record.timeMilliseconds = Self.sighting.timeMilliseconds
            record.expiresMilliseconds = record.expiresMilliseconds.map { _ in
                Self.sighting.timeMilliseconds + 86_400_000
            }
            return record
        }
        #expect(live == replayed)
    }

    @Test func everyPrefixIsReadWithoutATrap() throws {
        for name in Samples.names {
            let message = try Samples.message(name)
            for length in stride(from: 0, to: message.count, by: 3) {
                _ = Examiner.simple().examine(Array(message.prefix(length)), Self.sighting)
            }
        }
    }

    @Test(
        arguments: [
            ("mx.example.com", "mx.example.com", .local), ("mx.example.com", "MX.Example.Com", .local),
            ("mx.example.com", "other.example.com", .unverified), ("mx.example.com", nil, .unverified),
            (nil, "mx.example.com", .unverified), ("", "", .unverified),
        ] as [(String?, String?, Trust)])
    func ownReportsAreLocal(_ maker: String?, _ reporting: String?, _ trust: Trust) {
        var sighting = Self.sighting
        sighting.makerMTA = maker
        #expect(sighting.trust(reportingMTA: reporting.map { Bytes(utf8: $0) }) == trust)
    }

    @Test func recipientsOverTheLimitAreCountedAndCutFieldsNamed() {
        var configuration = Configuration()
        configuration.maxRecipients = 3
        let groups = (0..<10).map { "Final-Recipient: rfc822; r\($0)@example.org\nAction: failed\nStatus: 5.1.1\n" }
        let message = """
            From: MAILER-DAEMON@example.net
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; example.net

            \(groups.joined(separator: "\n"))
            --b--
            """
        let examination = Examiner.simple(configuration).examine(Array(message.utf8), Self.sighting)
        #expect(examination.records.map(\.recipient) == ["r0@example.org", "r1@example.org", "r2@example.org"])
        #expect(examination.notes == ["7 recipients over max_recipients"])
    }

    @Test(
        arguments: [
            ("abuse", .suppress), ("Abuse", .suppress), ("opt-out", .suppress), ("fraud", .none), ("virus", .none),
            ("not-spam", .none), ("other", .none), ("auth-failure", .none), (nil, .none),
        ] as [(String?, Action)])
    func onlyAbuseAndOptOutSuppress(_ type: String?, _ action: Action) {
        #expect(Verdict(complaintOfType: type.map { Bytes(utf8: $0) }).action == action)
    }

    @Test(
        arguments: [
            ("smtp; 550 5.1.1 No such user", 550, "5.1.1", "No such user"),
            (
                "host mx.example.org[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)", 452,
                "4.2.2",
                "Mailbox full"
            ),
            ("No such user here", nil, nil, "No such user here"), ("550", 550, nil, "550"), ("", nil, nil, ""),
        ] as [(String, UInt16?, String?, String)])
    func repliesBecomeEvidence(_ text: String, _ code: UInt16?, _ status: String?, _ words: String) {
        let (evidence, verdict) = Examiner.simple().classify(reply: Bytes(utf8: text))
        #expect(evidence.reply == code)
        #expect(evidence.status?.description == status)
        #expect(evidence.diagnostic.text == words)
        #expect(
            verdict.category == (status == "5.1.1" ? .mailboxUnknown : status == "4.2.2" ? .mailboxFull : .undetermined)
        )
    }
}

struct AttemptTests {
    private static func records(_ line: String) throws -> [Record] {
        let attempt = try #require(DeliveryLogLine.parse(Bytes(utf8: line)))
        return Examiner.simple().records(of: attempt, Sighting(origin: .deliveryLog, timeMilliseconds: 0))
    }

    /// Sendmail's own 5.1.1 for each 550, and its own "User unknown", suppress nobody; the server's do, and those of its own mailers.
    @Test(arguments: [
        ("relay=mx.b.example. [192.0.2.1], dsn=5.1.1, reply=550 Go away, stat=User unknown", Category.undetermined),
        ("relay=mx.b.example. [192.0.2.1], dsn=5.7.1, stat=User unknown", .undetermined),
        ("relay=mx.b.example. [192.0.2.1], dsn=5.1.1, stat=User unknown", .undetermined),
        ("relay=mx.b.example. [192.0.2.1], dsn=5.2.2, stat=Service unavailable", .undetermined),
        ("relay=mx.b.example. [192.0.2.1], dsn=5.0.0, stat=Service unavailable", .undetermined),
        ("relay=local, dsn=5.1.1, stat=User unknown", .mailboxUnknown),
        ("relay=mx.b.example. [192.0.2.1], dsn=5.1.1, reply=550 5.1.1 Go away, stat=User unknown", .mailboxUnknown),
    ])
    func statusThatSendmailMade(_ end: String, _ category: Category) throws {
        let records = try Self.records(
            "Nov 21 01:23:17 host sm-mta[3]: 5BK0aaaa003100: to=<a@b.example>, delay=00:00:01, mailer=esmtp, " + end)
        let record = try #require(records.first)
        #expect(record.category == category)
        #expect((record.action == .suppress) == (category == .mailboxUnknown))
    }

    @Test func bounceOfPostfix() throws {
        let records = try Self.records(
            "Nov 20 10:00:03 mx postfix/smtp[123]: 4dX1Yz2: to=<joe@shop.example.org>, orig_to=<Joe@Example.ORG>, "
                + "relay=mail.example.org[192.0.2.25]:25, delay=2.1, delays=0.1/0/1/1, dsn=5.1.1, status=bounced (host "
                + "mail.example.org[192.0.2.25] said: 550 5.1.1 <joe@shop.example.org>: no such user (in reply to RCPT TO command))"
        )
        let record = try #require(records.first)
        #expect(records.count == 1)
        #expect(record.event == .bounce)
        #expect(record.recipient == "Joe@example.org")
        #expect(record.finalRecipient == "joe@shop.example.org")
        #expect(record.category == .mailboxUnknown)
        #expect(record.reply == 550)
        #expect(record.command == "RCPT TO")
        #expect(record.trust == .local)
        #expect(record.source.mta == "postfix")
        #expect(record.source.queueID == "4dX1Yz2")
        #expect(record.message?.queueID == "4dX1Yz2")
        // The same failure's DSN (postfix-own.eml) has the same identity, though its text is another.
        var sighting = Sighting(origin: .replay, timeMilliseconds: 9)
        sighting.hasNullReversePath = true
        let report = Examiner.simple().examine(try Samples.message("postfix-own"), sighting)
        #expect(report.records.map(\.id) == [record.id])
    }

    @Test func deliveriesAndDeferrals() throws {
        let sent = try Self.records(
            "Nov 20 10:00:03 mx postfix/smtp[1]: 4A: to=<a@example.org>, relay=m[192.0.2.2]:25, delay=1, delays=0/0/0/1, "
                + "dsn=2.0.0, status=sent (250 2.0.0 Ok)")
        #expect(sent.map(\.event) == [.delivery])
        #expect(sent.map(\.category) == [.delivered])
        func deferred(_ time: String, _ id: String = "4A") throws -> String {
            let records = try Self.records(
                "\(time) mx postfix/smtp[1]: \(id): to=<a@example.org>, relay=m[192.0.2.2]:25, delay=1, delays=0/0/0/1, "
                    + "dsn=4.2.2, status=deferred (host m[192.0.2.2] said: 452 4.2.2 full)")
            #expect(records.map(\.event) == [.deferral])
            return try #require(records.first).id
        }
        #expect(try deferred("Nov 20 10:00:03") == deferred("Nov 20 10:00:03"))
        #expect(try deferred("2026-11-20T10:00:03.1+00:00") != deferred("2026-11-20T10:00:03.2+00:00"))
        #expect(try deferred("Nov 20 10:00:03") != deferred("Nov 20 10:05:03"))
        #expect(try deferred("Nov 20 10:00:03") != deferred("Nov 20 10:00:03", "4B"))
        #expect(try deferred("Nov 20 10:00:03") != sent.first?.id)
    }

    @Test func sendmailGivesARecordForEachRecipient() throws {
        let records = try Self.records(
            "Nov 20 10:00:03 mx sendmail[1]: 5AKA00: to=<a@example.org>,<b@example.org>, delay=00:00:01, mailer=esmtp, "
                + "relay=m.example.org. [192.0.2.2], dsn=5.1.1, reply=550 5.1.1 no such user, stat=User unknown")
        #expect(records.map(\.recipient) == ["a@example.org", "b@example.org"])
        #expect(Set(records.map(\.id)).count == 2)
        #expect(records.first?.source.mta == "sendmail")
    }
}

struct FactIdentityTests {
    private static let base = FactIdentity(
        event: .bounce, recipient: Bytes("a@example.org"), finalRecipient: Bytes("a@example.org"),
        anchor: FactAnchor.queueID(Bytes(utf8: "4A")).digest)

    /// Part by part what makes another fact.
    @Test func everyPartCounts() {
        var others: [FactIdentity] = []
        func other(_ change: (inout FactIdentity) -> Void) {
            var identity = Self.base
            change(&identity)
            others.append(identity)
        }
        other { $0.event = .deferral }
        other { $0.recipient = Bytes("b@example.org") }
        other { $0.finalRecipient = Bytes("b@example.org") }
        other { $0.anchor = FactAnchor.queueID(Bytes(utf8: "4B")).digest }
        other { $0.anchor = FactAnchor.messageID(Bytes(utf8: "4A")).digest }
        other { $0.anchor = FactAnchor.reportID(Bytes(utf8: "4A")).digest }
        other { $0.anchor = FactAnchor.body(Bytes(utf8: "4A")).digest }
        other { $0.attempt = Bytes(utf8: "Nov 20") }
        // A part that grows into the next is another list of parts.
        other { identity in
            identity.recipient = Bytes("a@example.orga")
            identity.finalRecipient = Bytes("@example.org")
        }
        #expect(Set(([Self.base] + others).map(\.id)).count == others.count + 1)
    }

    @Test func formIsFixed() {
        // Written down: a change would make every known fact new.
        #expect(Self.base.id == "f6d3d433c9a799af41450215df7c4265")
    }

    @Test func lineEndsAreNoPartOfABody() {
        func id(_ body: String) -> String {
            FactIdentity(
                event: .bounce, recipient: Bytes("a"), finalRecipient: Bytes("a"),
                anchor: FactAnchor.body(Bytes(utf8: body)).digest
            ).id
        }
        #expect(id("a\nb\n") == id("a\r\nb\r\n\r\n"))
        #expect(id("a\nb\n") != id("a\nc\n"))
    }

    @Test func aReportSentAgainIsTheSameFact() throws {
        let first = try Samples.message("mixed-actions")
        let again = Array("Received: from a by b; Sat, 21 Nov 2026 00:00:00 +0000\n".utf8) + first
        func ids(_ message: [UInt8], _ milliseconds: Int64) -> [String] {
            Examiner.simple().examine(message, Sighting(origin: .replay, timeMilliseconds: milliseconds)).records.map(
                \.id)
        }
        #expect(ids(first, 1) == ids(again, 2))
        // The same delay reported by another message is another attempt.
        let text = String(decoding: first, as: UTF8.self)
        let later = text.replacing(
            "Last-Attempt-Date: Fri, 20 Nov 2026 10:59:30", with: "Last-Attempt-Date: Fri, 20 Nov 2026 14:59:30")
        let changed = zip(ids(first, 1), ids(Array(later.utf8), 1)).map { $0 != $1 }
        #expect(changed == [false, true, false, false, false])
    }
}
