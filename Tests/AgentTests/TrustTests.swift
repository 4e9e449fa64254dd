// What a report is worth: stamps, signed return paths, what was sent, and what follows from none of them.

import Foundation
import Journal
import MailSyntax
import ReturnPath
import Testing
import Vocabulary

@testable import Agent

struct TrustTests {
    /// What is recorded of one report.
    struct Outcome: Equatable, Sendable {
        var recipient: String
        var final: String?
        var trust: Trust
        var action: Action

        init(_ recipient: String, final: String? = nil, _ trust: Trust, _ action: Action = .suppress) {
            (self.recipient, self.final, self.trust, self.action) = (recipient, final, trust, action)
        }

        init(_ record: Record) {
            self.init(record.recipient, final: record.finalRecipient, record.trust, record.action)
        }
    }

    private static func outcomes(
        _ dsn: DSN, _ site: SendingSite = SendingSite(), to recipients: [String] = ["news@origin.example"]
    ) -> [Outcome] {
        site.examiner().examine(dsn.bytes, SendingSite.sighting(to: recipients)).records.map { Outcome($0) }
    }

    private static let id = "m1@origin.example"

    private static func stamped(_ recipients: [String], named: [(String?, String)], to: String) -> DSN {
        DSN(recipients: named, returnedTo: to, returned: "Bounce-Stamp: \(SendingSite().stamp(recipients, id))\n")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var stamped: [String]
        var named: [(String?, String)]
        var to = "reader@partner.example"
        var outcomes: [Outcome]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(
            name: "the stamp names the recipient", stamped: ["anna@a.example", "kate@b.example"],
            named: [(nil, "kate@b.example")], outcomes: [Outcome("kate@b.example", .verified)]),
        Case(
            name: "in another case", stamped: ["anna@a.example"], named: [(nil, "Anna@A.example")],
            outcomes: [Outcome("Anna@a.example", .verified)]),
        Case(
            name: "original recipient", stamped: ["anna@a.example"], named: [("anna@a.example", "anna@b.example")],
            outcomes: [Outcome("anna@a.example", final: "anna@b.example", .verified)]),
        Case(
            name: "original recipient made up, final one stamped", stamped: ["anna@a.example"],
            named: [("kate@b.example", "anna@a.example")], outcomes: [Outcome("anna@a.example", .verified)]),
        Case(
            name: "forwarded", stamped: ["anna@a.example"], named: [(nil, "anna@new.example")],
            to: "Anna <anna@a.example>",
            outcomes: [Outcome("anna@a.example", final: "anna@new.example", .verified)]),
        Case(
            name: "forwarded, one of two", stamped: ["anna@a.example", "kate@b.example"],
            named: [(nil, "kate@b.example"), (nil, "anna@new.example")], to: "anna@a.example, kate@b.example",
            outcomes: [
                Outcome("kate@b.example", .verified),
                Outcome("anna@a.example", final: "anna@new.example", .verified),
            ]),
        Case(
            name: "forwarded, by either of two", stamped: ["anna@a.example", "kate@b.example"],
            named: [(nil, "who@new.example")], to: "anna@a.example, kate@b.example",
            outcomes: [Outcome("who@new.example", .unverified)]),
        Case(
            name: "the stamp names others", stamped: ["anna@a.example"], named: [(nil, "kate@b.example")],
            outcomes: [Outcome("kate@b.example", .unverified)]),
        Case(
            name: "one verified, one not", stamped: ["anna@a.example"],
            named: [(nil, "anna@a.example"), (nil, "kate@b.example")],
            outcomes: [Outcome("anna@a.example", .verified), Outcome("kate@b.example", .unverified)]),
    ])
    func stamps(_ entry: Case) {
        let dsn = Self.stamped(entry.stamped, named: entry.named, to: entry.to)
        #expect(Self.outcomes(dsn) == entry.outcomes)
        // Without the keys, the report's own word is all there is, and the facts are the same.
        let keyless = SendingSite(keys: []).examiner().examine(dsn.bytes, SendingSite.sighting()).records
        #expect(keyless.allSatisfy { $0.trust == .unverified && $0.action == .suppress })
        #expect(
            keyless.map(\.id) == SendingSite().examiner().examine(dsn.bytes, SendingSite.sighting()).records.map(\.id))
    }

    @Test func aStampOfTextIsRead() {
        let stamp = SendingSite().stamp(["anna@a.example"], Self.id)
        let message = """
            From: MAILER-DAEMON@mx.elsewhere.example
            Subject: failure notice

            Hi. This is the qmail-send program at mx.elsewhere.example.
            I'm afraid I wasn't able to deliver your message to the following addresses.
            This is a permanent error; I've given up. Sorry it didn't work out.

            <anna@a.example>:
            192.0.2.1 does not like recipient.
            Remote host said: 550 5.1.1 User unknown

            --- Below this line is a copy of the message.

            Return-Path: <news@origin.example>
            From: news@origin.example
            To: list@origin.example
            Message-ID: <\(Self.id)>
            Bounce-Stamp: \(stamp)
            Subject: News

            Bounce-Stamp: of the body

            """
        for text in [message, message.replacing("\n", with: "\r\n")] {
            let records = SendingSite().examiner().examine(Array(text.utf8), SendingSite.sighting()).records
            #expect(records.map { Outcome($0) } == [Outcome("anna@a.example", .verified)])
        }
    }

    @Test func aFailedProofSuppressesNothing() throws {
        var dsn = Self.stamped(["anna@a.example"], named: [(nil, "anna@a.example")], to: "anna@a.example")
        dsn.messageID = "other@origin.example"
        let examination = SendingSite().examiner().examine(dsn.bytes, SendingSite.sighting())
        let record = try #require(examination.records.first)
        #expect(Outcome(record) == Outcome("anna@a.example", .forged, .none))
        #expect(record.disposition == .hard, "what was seen stays")
        #expect(examination.trustReasons == ["the returned stamp is not what this site made for the returned message"])
    }

    @Test func unverifiedActionIsTheSites() throws {
        let dsn = DSN(recipients: [(nil, "anna@a.example")])
        var site = SendingSite()
        site.configuration.unverifiedAction = .none
        #expect(Self.outcomes(dsn, site) == [Outcome("anna@a.example", .unverified, .none)])
        #expect(Self.outcomes(dsn) == [Outcome("anna@a.example", .unverified)])
        let stamped = Self.stamped(["anna@a.example"], named: [(nil, "anna@a.example")], to: "x@y.example")
        #expect(Self.outcomes(stamped, site) == [Outcome("anna@a.example", .verified)])
    }

    @Test func theMTAsOwnReportNeedsNoProof() {
        var sighting = SendingSite.sighting()
        sighting.makerMTA = "mail.origin.example"
        var dsn = DSN(recipients: [(nil, "anna@a.example")])
        dsn.reportingMTA = "mail.origin.example"
        dsn.returned = "Bounce-Stamp: \(SendingSite().stamp(["anna@a.example"], "other@origin.example"))\n"
        let records = SendingSite().examiner().examine(dsn.bytes, sighting).records
        // Its author wrote the stamp into the message; that the MTA could not deliver it is true all the same.
        #expect(records.map { Outcome($0) } == [Outcome("anna@a.example", .local)])
    }

    @Test func signedReturnPaths() {
        let path = SendingSite().returnPath("anna@a.example")
        func outcomes(_ named: [(String?, String)], to address: String) -> [Outcome] {
            Self.outcomes(DSN(recipients: named, returnedTo: "x@y.example"), to: [address])
        }
        #expect(outcomes([(nil, "anna@a.example")], to: path) == [Outcome("anna@a.example", .verified)])
        #expect(
            outcomes([(nil, "anna@new.example")], to: path)
                == [Outcome("anna@a.example", final: "anna@new.example", .verified)])
        #expect(
            outcomes([], to: path) == [Outcome("anna@a.example", .verified, .investigate)], "the report names nobody")
        #expect(
            outcomes([(nil, "anna@a.example")], to: "prvs=2473abcdef=" + path) == [Outcome("anna@a.example", .verified)]
        )
        #expect(
            outcomes([(nil, "kate@b.example")], to: path.replacing("anna=a", with: "kate=b"))
                == [Outcome("kate@b.example", .forged, .none)])
        #expect(
            outcomes([(nil, "kate@b.example")], to: "news@origin.example") == [Outcome("kate@b.example", .unverified)])
        // Too long to be named in the tag.
        let long = String(repeating: "long", count: 10) + "@a.example"
        let unnamed = SendingSite().returnPath(long)
        #expect(outcomes([(nil, long)], to: unnamed) == [Outcome(long, .verified)])
        #expect(outcomes([(nil, "kate@b.example")], to: unnamed) == [Outcome("kate@b.example", .unverified)])
        // A file has no envelope: the header's addresses serve.
        var dsn = DSN(recipients: [(nil, "anna@a.example")])
        dsn.to = path
        #expect(Self.outcomes(dsn, to: []) == [Outcome("anna@a.example", .verified)])
    }

    @Test func aNoticeThatNamesNobodyIsClassified() throws {
        let message = """
            From: Mail Delivery System <MAILER-DAEMON@mx.elsewhere.example>
            Return-Path: <>
            Subject: Undelivered Mail Returned to Sender

            Your message could not be delivered: 550 5.1.1 User unknown

            """
        let sighting = SendingSite.sighting(to: [SendingSite().returnPath("anna@a.example")])
        let record = try #require(SendingSite().examiner().examine(Array(message.utf8), sighting).records.first)
        #expect(Outcome(record) == Outcome("anna@a.example", .verified))
        #expect(record.status == "5.1.1")
        let unnamed = SendingSite().examiner().examine(Array(message.utf8), SendingSite.sighting())
        #expect(unnamed.records.isEmpty && unnamed.notes.isEmpty)
    }

    @Test func plainVERPTellsWhomButProvesNothing() {
        var site = SendingSite()
        site.configuration.returnPathVERP = ["news+*@origin.example"]
        let address = "news+anna=a.example@origin.example"
        let forwarded = Outcome("anna@a.example", final: "anna@new.example", .unverified)
        #expect(Self.outcomes(DSN(recipients: [(nil, "anna@new.example")]), site, to: [address]) == [forwarded])
        #expect(
            Self.outcomes(DSN(recipients: [(nil, "anna@a.example")]), site, to: [address])
                == [Outcome("anna@a.example", .unverified)])
        #expect(
            Self.outcomes(DSN(recipients: [(nil, "anna@new.example")]), to: [address])
                == [Outcome("anna@new.example", .unverified)])
        // With a stamp for the one whom it names.
        let stamped = Self.stamped(["anna@a.example"], named: [(nil, "anna@new.example")], to: "news list:;")
        #expect(
            Self.outcomes(stamped, site, to: [address])
                == [Outcome("anna@a.example", final: "anna@new.example", .verified)])
    }

    @Test func whatWasSentIsMatched() throws {
        let folder = try TemporaryFolder()
        let sent = try SentMail(folder: folder.path, maxBytes: 1 << 24, maxAgeSeconds: 86_400)
        try sent.add(
            .messageID(Bytes(utf8: Self.id)), recipients: [Bytes("anna@a.example"), Bytes("reader@partner.example")],
            nowSeconds: SendingSite.now)
        func outcomes(_ dsn: DSN) -> [Outcome] {
            SendingSite(keys: []).examiner(sentMail: sent).examine(dsn.bytes, SendingSite.sighting()).records.map {
                Outcome($0)
            }
        }
        #expect(outcomes(DSN(recipients: [(nil, "anna@a.example")])) == [Outcome("anna@a.example", .matched)])
        #expect(
            outcomes(DSN(recipients: [(nil, "reader@new.example")]))
                == [Outcome("reader@partner.example", final: "reader@new.example", .matched)])
        #expect(
            outcomes(DSN(recipients: [(nil, "kate@b.example")], returnedTo: "x@y.example"))
                == [Outcome("kate@b.example", .unverified)])
        #expect(
            outcomes(DSN(recipients: [(nil, "anna@a.example")], messageID: "m2@origin.example"))
                == [Outcome("anna@a.example", .unverified)])
    }

    /// Each question is a read from the disk.
    @Test func soManyQuestionsAreAskedOfWhatWasSent() throws {
        let folder = try TemporaryFolder()
        let sent = try SentMail(folder: folder.path, maxBytes: 1 << 24, maxAgeSeconds: 86_400)
        let recipients = (0..<1_100).map { "r\($0)@a.example" }
        try sent.add(
            .messageID(Bytes(utf8: Self.id)), recipients: recipients.map { Bytes(utf8: $0) },
            nowSeconds: SendingSite.now)
        let records = SendingSite(keys: []).examiner(sentMail: sent).examine(
            DSN(recipients: recipients.map { (nil, $0) }).bytes, SendingSite.sighting()
        ).records
        #expect(records.count == 1_100 && records.filter { $0.trust == .matched }.count == 1_000)
    }

    /// The work for one report is bounded, whatever is in it.
    @Test func manyStampsAndRecipients() {
        let stamp = SendingSite().stamp((0..<1_000).map { "r\($0)@a.example" }, Self.id)
        let dsn = DSN(
            recipients: (0..<500).map { (nil, "q\($0)@a.example") },
            returnedTo: (0..<500).map { "r\($0)@a.example" }.joined(separator: ",\n "),
            returned: String(repeating: "Bounce-Stamp: \(stamp)\n", count: 20))
        #expect(Self.outcomes(dsn).allSatisfy { $0.trust == .unverified })
    }
}
