// Which mail is looked at, and what the MTA is told. No socket: the transactions are made by hand.

import Foundation
import Journal
import Testing
import Vocabulary

@testable import Agent

struct SessionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var client = Client.outside
        var sender = "ann@example.net"
        var recipients = ["kate@example.com"]
        var header = "From: ann@example.net\n"
        var macros: [String: String] = [:]
        var answer: Answer
        var testDescription: String { name }
    }

    private static func client(_ address: String, daemon: String? = nil) -> Client {
        var client = Client.outside
        client.address = address
        client.macros["{daemon_name}"] = daemon
        return client
    }

    @Test(arguments: [
        Case(name: "ordinary mail from outside", answer: .acceptedAtBody),
        Case(name: "empty sender", sender: "", answer: .accepted),
        Case(name: "MAILER-DAEMON", sender: "Mailer-Daemon@example.net", answer: .accepted),
        Case(name: "bare MAILER-DAEMON", sender: "MAILER-DAEMON", answer: .accepted),
        Case(name: "postmaster", sender: "postmaster@example.net", answer: .accepted),
        Case(name: "not quite postmaster", sender: "postmaster2@example.net", answer: .acceptedAtBody),
        Case(name: "postmaster as a domain", sender: "ann@postmaster", answer: .acceptedAtBody),
        Case(name: "bounce address", recipients: ["kate@example.com", "B+1@bounces.example.com"], answer: .accepted),
        Case(name: "submission daemon", client: client("192.0.2.9", daemon: "ORIGINATING"), answer: .acceptedAtMail),
        Case(
            name: "submission daemon, bounce address", client: client("192.0.2.9", daemon: "ORIGINATING"),
            recipients: ["b@bounces.example.com"], answer: .acceptedAtMail),
        Case(
            name: "submission daemon, empty sender", client: client("192.0.2.9", daemon: "ORIGINATING"), sender: "",
            answer: .accepted),
        Case(name: "another daemon", client: client("192.0.2.9", daemon: "smtpd"), answer: .acceptedAtBody),
        Case(name: "own network", client: client("10.1.2.3"), answer: .acceptedAtMail),
        Case(name: "own network, empty sender", client: client("10.1.2.3"), sender: "", answer: .accepted),
        Case(name: "logged in", macros: ["{auth_type}": "PLAIN"], answer: .acceptedAtMail),
        Case(name: "sendmail(1) under Postfix", client: .postfixItself, answer: .acceptedAtMail),
        Case(name: "Postfix's own DSN", client: .postfixItself, sender: "", answer: .accepted),
        Case(name: "report", header: "Content-Type: multipart/report; boundary=x\n", answer: .accepted),
        Case(name: "folded report", header: "content-type:\n  Multipart/Report\n", answer: .accepted),
        Case(name: "mixed", header: "Content-Type: multipart/mixed; boundary=report\n", answer: .acceptedAtBody),
        Case(name: "auto-replied", header: "Auto-Submitted: auto-replied (vacation)\n", answer: .accepted),
        Case(name: "auto no", header: "Auto-Submitted: no\n", answer: .acceptedAtBody),
        Case(name: "auto no with a comment", header: "Auto-Submitted: No (a person)\n", answer: .acceptedAtBody),
        Case(name: "auto no with a tab", header: "Auto-Submitted: no\t(a person)\n", answer: .acceptedAtBody),
        Case(name: "auto none", header: "Auto-Submitted: notified\n", answer: .accepted),
        Case(name: "failed recipients", header: "X-Failed-Recipients: a@example.org\n", answer: .accepted),
        Case(name: "from MAILER-DAEMON", header: "From: Mail <MAILER-DAEMON@example.org>\n", answer: .accepted),
        Case(
            name: "from a postmaster", header: "From: \"The Postmaster\" <postmaster@example.org>\n", answer: .accepted),
        Case(
            name: "named Postmaster", header: "From: \"Postmaster\" <pat@example.org>\n", answer: .acceptedAtBody
        ),
        Case(name: "returned", header: "Return-Path: <>\n", answer: .accepted),
        Case(
            name: "sign on outbound mail", client: client("10.1.2.3"), header: "Auto-Submitted: auto-replied\n",
            answer: .acceptedAtMail),
    ])
    func looksAt(_ entry: Case) {
        let fixture = Fixture { configuration in
            configuration.bounceAddresses = ["@bounces.example.com"]
            configuration.outboundNetworks = ["10.0.0.0/8"]
        }
        let answer = fixture.connection(entry.client).send(
            Array((entry.header + "\nHello\n").utf8), from: entry.sender, to: entry.recipients, macros: entry.macros)
        #expect(answer == entry.answer)
    }

    /// It is examined when the first piece of its body came, which may not have been all, or told too little of it.
    @Test(arguments: [(65_536, false), (65_536, true), (200, false), (200, true)])
    func aReportIsRecordedAndLoggedOnceWholeWithItsQueueID(chunkBytes: Int, namesQueueIDLate: Bool) throws {
        let fixture = Fixture()
        let connection = fixture.connection()
        for queueID in ["4QUEUE", "4OTHER"] {
            let message = try Samples.message("mixed-actions")
            _ = connection.send(
                message, macros: ["i": queueID], namesQueueIDLate: namesQueueIDLate, chunkBytes: chunkBytes)
        }
        let records = fixture.records.all
        let expected = Examiner.simple().examine(
            try Samples.message("mixed-actions"), Sighting(origin: .milterDSN, timeMilliseconds: 0)
        ).records
        #expect(records.map(\.recipient) == (expected + expected).map(\.recipient))
        #expect(records.map(\.source.queueID) == expected.map { _ in "4QUEUE" } + expected.map { _ in "4OTHER" })
        let lines = fixture.log.all.filter { $0.contains(": to=<") }
        #expect(lines.map { $0.prefix(6) } == records.map { $0.source.queueID?.prefix(6) })
    }

    /// An MTA cuts no shorter pieces than it must: one that does has each report examined twice at most, not after each piece.
    @Test func shortPiecesAreNotExaminedEach() throws {
        let fixture = Fixture()
        #expect(fixture.connection().send(try Samples.message("mixed-actions"), chunkBytes: 50) == .accepted)
        #expect(fixture.judged.all.count <= 2 * fixture.records.all.count)
    }

    @Test func oneMessageDoesNotLeakIntoTheNext() throws {
        let fixture = Fixture { $0.bounceAddresses = ["@bounces.example.com"] }
        let connection = fixture.connection()
        let report = try Samples.message("mixed-actions")
        #expect(connection.send(report) == .accepted)
        #expect(
            connection.send(Array("From: a@example.net\n\nHi\n".utf8), from: "a@example.net", to: ["x@example.com"])
                == .acceptedAtBody)
        connection.abort()
        connection.abort()
        #expect(connection.send(report) == .accepted)
        let ids = fixture.records.all.map(\.id)
        #expect(ids.count == 10)
        #expect(ids.prefix(5) == ids.suffix(5))
    }

    @Test func nothingIsHeldBetweenMessages() throws {
        let connection = Fixture().connection()
        #expect(connection.send(try Samples.message("postfix-own")) == .accepted)
        #expect(connection.heldBytes == 0)
        #expect(connection.send(try Samples.message("letter"), from: "a@example.net") == .acceptedAtBody)
        #expect(connection.heldBytes == 0)
    }

    /// Each record repeats what the report says of itself: all lines at once would take many times its size.
    @Test func manyRecordsAreWrittenInPieces() {
        let fixture = Fixture()
        var report =
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
            + "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n"
        for number in 0..<250 {
            report += "\nFinal-Recipient: rfc822; a\(number)@example.org\nAction: failed\nStatus: 5.1.1\n"
        }
        #expect(fixture.connection().send(Array((report + "\n--x--\n").utf8)) == .accepted)
        #expect(Set(fixture.records.all.map(\.recipient)).count == 250)
        #expect(fixture.records.pieces == [100, 100, 50])
    }

    @Test func recordSaysWhereItCameFrom() throws {
        let fixture = Fixture()
        #expect(fixture.connection(.postfixItself).send(try Samples.message("postfix-own")) == .accepted)
        #expect(fixture.connection(.outside).send(try Samples.message("postfix-own")) == .accepted)
        let records = fixture.records.all
        #expect(records.map(\.trust) == [.local, .unverified])
        #expect(records.map(\.source.client) == ["localhost[127.0.0.1]", "relay.example.net[192.0.2.1]"])
        #expect(records.map(\.source.queueID) == ["4QUEUE", "4QUEUE"])
        #expect(records.map(\.source.mta) == ["postfix", "postfix"])
        #expect(Set(records.map(\.id)).count == 1)
    }

    /// Sendmail's own report comes by SMTP from this host, at a port of its own: neither the name nor the address does alone.
    @Test(arguments: [
        ("bounce-milter-dsn", "127.0.0.1", "", Trust.local), ("bounce-milter-dsn", "::1", "", .local),
        ("bounce-milter-dsn", "192.0.2.1", "", .unverified),
        ("bounce-milter-dsn", "127.0.0.1", "a@b.example", .unverified),
        ("MTA", "127.0.0.1", "", .unverified),
    ])
    func sendmailsOwnReportsAreLocal(_ daemon: String, _ address: String, _ sender: String, _ trust: Trust) throws {
        let fixture = Fixture { $0.bounceAddresses = ["kate@example.com"] }
        let client = Client(
            hostName: "localhost", address: address, port: 4321,
            macros: ["j": "mx.example.com", "v": "8.17.1.9", "{daemon_name}": daemon])
        let answer = fixture.connection(client).send(
            try Samples.message("postfix-own"), from: sender, to: ["kate@example.com"])
        #expect(answer == .accepted)
        #expect(fixture.records.all.map(\.trust) == [trust])
        #expect(fixture.records.all.map(\.source.mta) == ["sendmail"])
    }

    /// A foreign report that a local program hands over with an empty sender.
    @Test func forwardedForeignReportsAreNotLocal() throws {
        let fixture = Fixture()
        #expect(fixture.connection(.postfixItself).send(try Samples.message("mixed-actions")) == .accepted)
        #expect(Set(fixture.records.all.map(\.trust)) == [.unverified])
    }

    @Test(arguments: [(JournalFailurePolicy.tempfail, Answer.reply(451)), (.accept, .accepted)])
    func journalThatCannotBeWritten(_ policy: JournalFailurePolicy, _ answer: Answer) throws {
        let fixture = Fixture { configuration in
            configuration.onJournalFailure = policy
            configuration.discardCaptured = true
        }
        fixture.records.fail(.closed(path: "/journal"))
        let connection = fixture.connection()
        #expect(connection.send(try Samples.message("postfix-own")) == answer)
        #expect(fixture.log.all.contains { $0.hasPrefix("4QUEUE: not recorded") })
        // What reports nothing passes, journal or not; and the next message finds the journal again.
        #expect(connection.send(try Samples.message("letter"), from: "postmaster@example.net") == .accepted)
        fixture.records.fail(nil)
        #expect(connection.send(try Samples.message("postfix-own")) == .discarded)
        #expect(fixture.records.all.count == 1)
    }

    @Test(arguments: [
        ("postfix-own", Answer.discarded), ("mixed-actions", .accepted), ("complaint", .accepted),
        ("vacation", .accepted),
        ("letter", .accepted),
    ])
    func discardsOnlyReportsThatWereReadWhole(_ name: String, _ answer: Answer) throws {
        let fixture = Fixture { $0.discardCaptured = true }
        #expect(fixture.connection().send(try Samples.message(name)) == answer)
    }

    @Test func bodyIsSkippedOverTheLimit() throws {
        let fixture = Fixture { configuration in
            configuration.maxMessageBytes = 8_192
            configuration.maxHeaderBytes = 4_096
            configuration.discardCaptured = true
        }
        let connection = fixture.connection()
        var message = try Samples.message("postfix-own")
        message += Array(repeating: UInt8(ascii: "x"), count: 1_000_000)
        #expect(connection.send(message, chunkBytes: 1_000) == .accepted)
        #expect(connection.bodyBytesTaken < 10_000)
        #expect(fixture.records.all.count == 1)
        #expect(fixture.log.all.contains("4QUEUE: cut: body over max_message_bytes"))
    }

    @Test func headerIsLeftOutOverTheLimit() {
        let fixture = Fixture { $0.maxHeaderBytes = 4_096 }
        let long = String(repeating: "y", count: 5_000)
        let message = "From: MAILER-DAEMON@example.net\nX-Long: \(long)\nSubject: failure notice\n\nHello\n"
        #expect(fixture.connection().send(Array(message.utf8)) == .accepted)
        #expect(fixture.log.all.contains { $0.contains("1 header fields over max_header_bytes") })
    }

    @Test(arguments: [(15, 20), (16, 0)])
    func aFieldThatJustFitsIsKept(valueBytes: Int, keptBytes: Int) {
        var buffer = MessageBuffer(limitBytes: 100, limitHeaderBytes: 20)
        buffer.addField(
            name: Array("X".utf8).span, value: Array(repeating: UInt8(ascii: "y"), count: valueBytes).span)
        #expect(buffer.bytes.count == keptBytes)
    }

    @Test func oneLogLineARecordWithTheQueueIDFirst() throws {
        let fixture = Fixture()
        _ = fixture.connection(.postfixItself).send(try Samples.message("postfix-own"))
        let id = try #require(fixture.records.all.first).id
        #expect(
            fixture.log.all == [
                "4QUEUE: bounce: to=<Joe@example.org>, dsn=5.1.1, reply=550, category=mailbox-unknown, action=suppress, "
                    + "rule=status.5.1.1, trust=local, message=4dX1Yz2, id=\(id)"
            ])
    }

    @Test func reloadHoldsFromTheNextMessage() throws {
        let fixture = Fixture()
        let connection = fixture.connection()
        let letter = try Samples.message("letter")
        #expect(connection.send(letter, from: "a@example.net", to: ["b@example.com"]) == .acceptedAtBody)
        var configuration = Configuration()
        configuration.bounceAddresses = ["b@example.com"]
        fixture.filter.reload(configuration, .simple())
        #expect(connection.send(letter, from: "a@example.net", to: ["b@example.com"]) == .accepted)
    }
}
