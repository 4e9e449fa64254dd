// Which campaign a record's message belongs to: out of what a report returns, and for the log's records out of what left.

import Foundation
import Journal
import Logging
import MailSyntax
import Testing

@testable import Agent

struct CampaignTests {
    private static func letter(_ fields: String) -> [UInt8] {
        Array("From: news@origin.example\nTo: anna@a.example\n\(fields)Message-ID: <m1@origin.example>\n\nHello\n".utf8)
    }

    private static func report(returning header: String) -> [UInt8] {
        Array(
            """
            From: Mail Delivery System <MAILER-DAEMON@relay.elsewhere.example>
            Message-ID: <r1@relay.elsewhere.example>
            List-ID: <of-the-report.example>
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status; boundary="b"

            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; relay.elsewhere.example

            Final-Recipient: rfc822; anna@a.example
            Action: failed
            Status: 5.1.1

            --b
            Content-Type: text/rfc822-headers

            \(header)

            --b--

            """.utf8)
    }

    private static func submitting(_ queueID: String) -> Client {
        var client = Client.outside
        client.macros["{daemon_name}"] = "ORIGINATING"
        client.macros["i"] = queueID
        return client
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(arguments: [
        ("List-ID", "List-Id: Spring news <spring.example.com>", "spring.example.com"),
        ("list-id", "LIST-ID: <spring.example.com>", "spring.example.com"),
        ("X-Campaign", "X-Campaign: Spring\n sale", "Spring sale"), ("X-Campaign", "X-Campaign: a <b> c", "a <b> c"),
        ("X-Campaign", "X-Campaign:\nX-Campaign: second\nX-Campaign: third", "second"),
        ("X-Campaign", "Subject: no campaign", nil), ("", "X-Campaign: 1", nil),
        ("X-Campaign", "X-Campaign: " + String(repeating: "x", count: 300), String(repeating: "x", count: 255)),
    ])
    func ofTheReturnedMessage(_ option: String, _ header: String, _ campaign: String?) {
        var configuration = Configuration()
        configuration.campaignHeader = option
        let examination = Examiner.simple(configuration).examine(
            Self.report(returning: header), Sighting(origin: .replay, timeMilliseconds: 0))
        #expect(examination.records.map { $0.message?.campaign } == [campaign])
    }

    @Test func ofAMessageThatCameBackAsText() {
        var configuration = Configuration()
        configuration.campaignHeader = "X-Campaign"
        let notice = """
            From: MAILER-DAEMON@qmail.example
            Subject: failure notice

            Hi. This is the qmail-send program at qmail.example.
            I'm afraid I wasn't able to deliver your message to the following addresses.

            <anna@a.example>:
            Sorry, no mailbox here by that name. (#5.1.1)

            --- Below this line is a copy of the message.

            Return-Path: <news@origin.example>
            From: news@origin.example
            X-Campaign: spring
            Subject: News

            Hello
            """
        let examination = Examiner.simple(configuration).examine(
            Array(notice.utf8), Sighting(origin: .replay, timeMilliseconds: 0))
        #expect(examination.records.map { $0.message?.campaign } == ["spring"])
    }

    /// What the log tells of a message that went through the filter.
    private static func record(of queueID: String, _ filter: BounceFilter, status: String = "bounced") throws -> Record?
    {
        let folder = try TemporaryFolder()
        let settings = try folder.emptyLog()
        let written = Fixture.Written()
        let followed = FollowedLog(
            settings, folder.path + "/checkpoint", campaigns: filter.campaigns, failed: filter.failed
        ) { (records) throws(JournalError) in
            written.state.withLock { $0.records += records }
            return records
        }
        _ = followed.step(filter.policy)
        let line =
            "Nov 21 04:48:12 mx1 postfix/smtp[1]: \(queueID): to=<anna@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=2, dsn=5.1.1, status=\(status) (host mx.a.example[192.0.2.1] said: 550 5.1.1 no)\n"
        try line.write(toFile: settings.path, atomically: false, encoding: .utf8)
        while followed.step(filter.policy) {}
        return written.all.first
    }

    @Test(arguments: [Client.postfixItself, submitting("4Q")])
    func ofTheLogsRecords(_ client: Client) throws {
        let folder = try TemporaryFolder()
        let campaigns = SentCampaigns(file: folder.path + "/campaigns", logger: Self.logger)
        let fixture = Fixture(campaigns: campaigns) {
            $0.campaignHeader = "X-Campaign"
            $0.deliveryLog.path = "/var/log/mail.log"
        }
        #expect(fixture.filter.options.unanswered.isSuperset(of: [.connect, .mail, .rcpt, .header, .data]))
        #expect(fixture.filter.options.macros[.data] == ["i"])
        let answer = fixture.connection(client).send(
            Self.letter("X-Campaign: spring\n"), from: "news@origin.example", macros: ["i": "4Q"])
        #expect(answer == .acceptedAtBody)
        #expect(
            fixture.connection(client).send(Self.letter(""), from: "a@b.example", macros: ["i": "4R"])
                == .acceptedAtBody)
        let record = try Self.record(of: "4Q", fixture.filter)
        #expect(record?.message?.campaign == "spring")
        #expect(record?.message?.queueID == "4Q")
        #expect(try Self.record(of: "4R", fixture.filter)?.message?.campaign == nil)
        #expect(try Self.record(of: "4S", fixture.filter)?.message?.campaign == nil)
    }

    @Test func strangersMailIsNotLookedAt() throws {
        let folder = try TemporaryFolder()
        let campaigns = SentCampaigns(file: folder.path + "/campaigns", logger: Self.logger)
        let fixture = Fixture(campaigns: campaigns) {
            $0.campaignHeader = "X-Campaign"
            $0.deliveryLog.path = "/var/log/mail.log"
        }
        _ = fixture.connection().send(Self.letter("X-Campaign: spring\n"), from: "x@y.example", macros: ["i": "4Q"])
        #expect(campaigns.campaign(ofQueueID: Bytes("4Q"), staysInQueue: false) == nil)
    }

    /// Without a log nobody asks for what left: outbound mail costs what it costs without the option.
    @Test(arguments: ["", "X-Campaign"])
    func withoutALogOutboundMailIsAcceptedAtMAIL(_ option: String) throws {
        let folder = try TemporaryFolder()
        let campaigns = SentCampaigns(file: folder.path + "/campaigns", logger: Self.logger)
        let fixture = Fixture(campaigns: option.isEmpty ? nil : campaigns) { $0.campaignHeader = option }
        #expect(fixture.connection(Self.submitting("4Q")).send(Self.letter(""), from: "a@b.example") == .acceptedAtMail)
        let (options, plain) = (fixture.filter.options, Fixture().filter.options)
        #expect(options.stages == plain.stages && options.unanswered == plain.unanswered)
        #expect(options.macros == plain.macros && options.changes == plain.changes)
    }
}

struct SentCampaignsTests {
    private let lines = Lines()

    private func campaigns(_ folder: TemporaryFolder, limit: Int = 10) -> SentCampaigns {
        let lines = lines
        return SentCampaigns(
            file: folder.path + "/campaigns", limit: limit,
            logger: Logger(label: "test") { _ in CollectingLog(lines: lines) })
    }

    private func found(_ campaigns: SentCampaigns, _ queueID: String, staysInQueue: Bool = false) -> String? {
        campaigns.campaign(ofQueueID: Bytes(utf8: queueID), staysInQueue: staysInQueue)
    }

    @Test func areKnownAfterARestart() throws {
        let folder = try TemporaryFolder()
        let first = campaigns(folder)
        first.add(queueID: "4A", campaign: "Spring sale")
        first.save()
        first.add(queueID: "4B", campaign: "autumn")
        first.add(queueID: "4A", campaign: "a queue ID that is used again")
        first.save()
        first.add(queueID: "4C", campaign: "not written down")
        let second = campaigns(folder)
        #expect(found(second, "4A") == "a queue ID that is used again")
        #expect(found(second, "4B") == "autumn")
        #expect(found(second, "4C") == nil)
        #expect(folder.names == ["campaigns"])
    }

    @Test func aTornLineIsLeftOut() throws {
        let folder = try TemporaryFolder()
        try "4A spring\n\n4B\nx\n4C autu".write(toFile: folder.path + "/campaigns", atomically: false, encoding: .utf8)
        let first = campaigns(folder)
        #expect(found(first, "4A") == "spring" && found(first, "4B") == nil && found(first, "4C") == nil)
        first.add(queueID: "4D", campaign: "winter")
        first.save()
        #expect(found(campaigns(folder), "4D") == "winter")
    }

    /// A crash came when the file was renamed and the new one not begun.
    @Test func onlyTheOldFileIsThere() throws {
        let folder = try TemporaryFolder()
        let old = String(repeating: "4A spring\n", count: SentCampaigns.limitFileBytes / 10 + 1)
        try old.write(toFile: folder.path + "/campaigns.old", atomically: false, encoding: .utf8)
        let first = campaigns(folder)
        first.add(queueID: "4B", campaign: "autumn")
        first.save()
        let second = campaigns(folder)
        #expect(found(second, "4A") == "spring" && found(second, "4B") == "autumn")
    }

    @Test func areBounded() throws {
        let folder = try TemporaryFolder()
        let sent = campaigns(folder)
        for number in 0..<100 { sent.add(queueID: "4\(number)", campaign: "c") }
        let known = (0..<100).filter { found(sent, "4\($0)") != nil }
        #expect(known.count <= 20 && Set(known).isSuperset(of: 90..<100))
        for queueID in ["", "4 A", "4\nA", String(repeating: "4", count: 65)] {
            sent.add(queueID: queueID, campaign: "no queue ID")
            #expect(queueID.isEmpty || found(sent, queueID) == nil)
        }
    }

    /// A queue ID that is known already takes the place of no other.
    @Test func theSameAgainForgetsNothing() throws {
        let sent = campaigns(try TemporaryFolder(), limit: 2)
        for queueID in ["4A", "4B", "4C", "4D", "4D"] { sent.add(queueID: queueID, campaign: "spring") }
        #expect(found(sent, "4A") == "spring")
    }

    @Test func longNamesAreBounded() throws {
        let sent = campaigns(try TemporaryFolder(), limit: 1_000)
        let name = String(repeating: "n", count: SentCampaigns.limitNameBytes / 10)
        for number in 0..<50 { sent.add(queueID: "4\(number)", campaign: name + String(number)) }
        let known = (0..<50).filter { found(sent, "4\($0)") != nil }
        #expect(known.count <= 22 && Set(known).isSuperset(of: 40..<50))
    }

    /// An operator took it away to make room.
    @Test func aFullFileThatIsGoneIsBegunAnew() throws {
        let folder = try TemporaryFolder()
        let full = String(repeating: "4A spring\n", count: SentCampaigns.limitFileBytes / 10 + 1)
        try full.write(toFile: folder.path + "/campaigns", atomically: false, encoding: .utf8)
        let sent = campaigns(folder)
        try FileManager.default.removeItem(atPath: folder.path + "/campaigns")
        sent.add(queueID: "4B", campaign: "autumn")
        sent.save()
        #expect(lines.all.isEmpty)
        #expect(found(campaigns(folder), "4B") == "autumn")
    }

    /// What is deferred is tried for days.
    @Test func whatStaysInTheQueueIsRemembered() throws {
        let sent = campaigns(try TemporaryFolder())
        for name in ["4deferred", "4sent"] { sent.add(queueID: name, campaign: "spring") }
        for number in 0..<100 {
            sent.add(queueID: "4\(number)", campaign: "c")
            _ = found(sent, "4sent")
            #expect(found(sent, "4deferred", staysInQueue: true) == "spring")
        }
        #expect(found(sent, "4sent") == nil)
    }

    @Test func filesAreBounded() throws {
        let folder = try TemporaryFolder()
        let sent = campaigns(folder)
        let name = String(repeating: "n", count: 1_000)
        for number in 0..<50_000 {
            sent.add(queueID: "4\(number)", campaign: name)
            if number % 1_000 == 0 { sent.save() }
        }
        sent.save()
        #expect(folder.names == ["campaigns", "campaigns.old"])
        let sizes = try folder.names.map {
            try FileManager.default.attributesOfItem(atPath: folder.path + "/" + $0)[.size] as? Int ?? 0
        }
        #expect(sizes.allSatisfy { $0 <= SentCampaigns.limitFileBytes + 2_000_000 })
        #expect(found(campaigns(folder), "449999") == name)
    }

    @Test func whatCannotBeWrittenIsSaidOnce() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/campaigns", withIntermediateDirectories: false)
        let sent = campaigns(folder)
        for number in 0..<3 {
            sent.add(queueID: "4\(number)", campaign: "c")
            sent.save()
        }
        #expect(
            lines.all == [
                "campaigns of sent mail are not kept over a restart: open \(folder.path)/campaigns: Is a directory"
            ])
        #expect(found(sent, "42") == "c")
    }
}
