// Mail that goes out: what is added to it, when it is asked about, and that it passes whatever happens.

import Foundation
import MailSyntax
import Milter
import ReturnPath
import Testing
import Vocabulary

@testable import Agent

struct OutboundTests {
    private static let letter = Array(
        "From: news@origin.example\nTo: anna@a.example\nMessage-ID:\n <m1@origin.example>\n\nHello\n".utf8)
    private static let site = SendingSite()

    private static func client(_ daemon: String = "ORIGINATING") -> Client {
        var client = Client.outside
        client.macros["{daemon_name}"] = daemon
        return client
    }

    /// The value of the stamp that was added, with the Message-ID of `letter` and now.
    private static func proof(_ changes: [MilterChange], messageID: String? = "m1@origin.example") -> StampProof? {
        for case .addHeader("Bounce-Stamp", let value) in changes {
            return site.keys.verify(
                stamp: Bytes(utf8: value), messageID: messageID.map { Bytes(utf8: $0) },
                nowSeconds: Int(Date().timeIntervalSince1970), maxAgeSeconds: 86_400)
        }
        return nil
    }

    private static func covers(_ proof: StampProof?, _ recipient: String) -> Bool {
        if case .valid(let stamp) = proof { stamp.covers(Bytes(utf8: recipient)) } else { false }
    }

    @Test func withoutAKeyOutboundMailIsAcceptedAtMAIL() {
        let fixture = Fixture()
        let connection = fixture.connection(Self.client())
        #expect(connection.send(Self.letter, from: "news@origin.example") == .acceptedAtMail)
        #expect(!fixture.filter.options.unanswered.contains(.mail))
        #expect(fixture.filter.options.changes.isEmpty)
    }

    @Test(arguments: [client(), .postfixItself])
    func aKeyStampsOutboundMail(_ client: Client) {
        let fixture = Fixture(keys: Self.site.keys)
        let connection = fixture.connection(client)
        let answer = connection.send(
            Self.letter, from: "news@origin.example", to: ["anna@a.example", "kate@b.example"])
        #expect(answer == .accepted)
        #expect(connection.changes.count == 1)
        let proof = Self.proof(connection.changes)
        #expect(Self.covers(proof, "anna@a.example") && Self.covers(proof, "kate@b.example"))
        #expect(!Self.covers(proof, "other@c.example"))
        // One round trip more than without a key: nothing is answered before the body's first piece.
        #expect(fixture.filter.options.unanswered.isSuperset(of: [.connect, .mail, .rcpt, .header]))
        #expect(fixture.filter.options.changes == [.addHeader])
        #expect(fixture.records.all.isEmpty)
    }

    @Test func otherMailIsNotStamped() {
        let connection = Fixture(keys: Self.site.keys) { $0.bounceAddresses = ["news@origin.example"] }.connection()
        #expect(connection.send(Self.letter, from: "x@y.example", to: ["z@origin.example"]) == .acceptedAtBody)
        #expect(connection.send(Self.letter, from: "x@y.example", to: ["news@origin.example"]) == .accepted)
        #expect(connection.send(Self.letter, from: "", to: ["news@origin.example"]) == .accepted)
        #expect(connection.changes.isEmpty)
    }

    @Test func oneMessageDoesNotLeakIntoTheNext() {
        let connection = Fixture(keys: Self.site.keys).connection(Self.client())
        _ = connection.send(Self.letter, from: "news@origin.example", to: ["anna@a.example"])
        let second = Array("From: a@origin.example\n\nHello\n".utf8)
        _ = connection.send(second, from: "news@origin.example", to: ["kate@b.example"])
        let proof = Self.proof(Array(connection.changes.suffix(1)), messageID: nil)
        #expect(Self.covers(proof, "kate@b.example") && !Self.covers(proof, "anna@a.example"))
    }

    @Test func mailWithoutAMessageIDIsStampedForAny() {
        let connection = Fixture(keys: Self.site.keys).connection(Self.client())
        _ = connection.send(
            Array("From: a@origin.example\n\nHello\n".utf8), from: "a@origin.example", to: ["b@c.example"])
        #expect(Self.covers(Self.proof(connection.changes, messageID: "added@mx.example"), "b@c.example"))
    }

    @Test func moreRecipientsThanAStampHolds() {
        let fixture = Fixture(keys: Self.site.keys)
        let connection = fixture.connection(Self.client())
        let recipients = (0..<1_500).map { "r\($0)@a.example" }
        #expect(connection.send(Self.letter, from: "news@origin.example", to: recipients) == .accepted)
        let proof = Self.proof(connection.changes)
        #expect(Self.covers(proof, "r999@a.example") && !Self.covers(proof, "r1000@a.example"))
        #expect(fixture.log.all == ["4QUEUE: not all recipients stamped: more than 1000"])
    }

    @Test func anMTAThatAllowsNoChangeIsNamedInTheLog() {
        let fixture = Fixture(keys: Self.site.keys) { $0.returnPathSign = ["news@origin.example"] }
        let connection = fixture.connection(Self.client())
        connection.allowsChanges = false
        #expect(connection.send(Self.letter, from: "news@origin.example", to: ["anna@a.example"]) == .accepted)
        #expect(
            fixture.log.all == [
                "4QUEUE: not stamped: the MTA lets no header field be added; return path not signed: the MTA lets the "
                    + "sender not be changed"
            ])
    }

    @Test(arguments: [
        ("news@origin.example", ["anna@a.example"], true), ("News@Origin.example", ["anna@a.example"], true),
        ("boss@origin.example", ["anna@a.example"], false),
        ("news@origin.example", ["anna@a.example", "kate@b.example"], false),
    ])
    func returnPathsAreSigned(_ sender: String, _ recipients: [String], _ isSigned: Bool) throws {
        let fixture = Fixture(keys: Self.site.keys) { $0.returnPathSign = ["news@origin.example"] }
        #expect(fixture.filter.options.changes == [.addHeader, .changeSender])
        let connection = fixture.connection(Self.client())
        #expect(connection.send(Self.letter, from: sender, to: recipients) == .accepted)
        var returnPath: String?
        for case .changeSender(let changed) in connection.changes { returnPath = changed }
        #expect((returnPath != nil) == isSigned)
        guard let returnPath else { return }
        let proof = Self.site.keys.verify(
            returnPath: Bytes(utf8: returnPath), delimiter: UInt8(ascii: "+"),
            nowSeconds: Int(Date().timeIntervalSince1970), maxAgeSeconds: 86_400)
        guard case .recipient(let recipient) = proof else {
            Issue.record("\(returnPath): \(proof)")
            return
        }
        #expect(recipient.text == recipients[0])
    }

    @Test(arguments: [false, true])
    func whatIsSentIsRemembered(_ isStamped: Bool) throws {
        let folder = try TemporaryFolder()
        let sent = try SentMail(folder: folder.path, maxBytes: 1 << 24, maxAgeSeconds: 86_400)
        let fixture = Fixture(keys: isStamped ? Self.site.keys : Keyring([]), sentMail: sent)
        #expect(fixture.filter.options.unanswered.contains(.mail))
        let answer = fixture.connection(Self.client()).send(
            Self.letter, from: "news@origin.example", to: ["anna@a.example", "kate@b.example"])
        #expect(answer == (isStamped ? .accepted : .acceptedAtBody))
        fixture.sentMailQueue?.stop()
        for recipient in ["anna@a.example", "kate@b.example"] {
            #expect(sent.contains(.messageID(Bytes("m1@origin.example")), recipient: Bytes(utf8: recipient)))
            #expect(sent.contains(.queueID(Bytes("4QUEUE")), recipient: Bytes(utf8: recipient)))
        }
        #expect(!sent.contains(.queueID(Bytes("4QUEUE")), recipient: Bytes("x@y.example")))
    }

    /// A report that comes to an address with a proof in it, through the session.
    @Test func theEnvelopeOfAReportCounts() throws {
        let fixture = Fixture(keys: Self.site.keys)
        let seconds = Int(Date().timeIntervalSince1970)
        let path = Self.site.returnPath("anna@a.example", at: seconds)
        let dsn = DSN(to: "undisclosed:;", recipients: [(nil, "anna@new.example")])
        #expect(fixture.connection().send(dsn.bytes, from: "", to: [path]) == .accepted)
        let record = try #require(fixture.records.all.first)
        #expect(record.recipient == "anna@a.example" && record.finalRecipient == "anna@new.example")
        #expect(record.trust == .verified)
    }
}
