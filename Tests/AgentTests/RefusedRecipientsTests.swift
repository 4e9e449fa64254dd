// Recipients that the MTA refuses: whose are recorded, when they are on disk, and what the MTA is told.

import Journal
import Milter
import Testing
import Vocabulary

@testable import Agent

/// One session of an MTA that shows the filter its refusals.
private final class Submission {
    let fixture: Fixture
    private let session: any MilterSession
    private var macros: [String: String]

    init(_ client: Client = .ours, _ change: (inout Configuration) -> Void = { _ in }) {
        fixture = Fixture {
            $0.refusedRecipients = true
            $0.outboundNetworks = ["10.0.0.0/8"]
            change(&$0)
        }
        session = fixture.filter.makeSession()
        macros = client.macros
        _ = session.connect(
            MilterClientAddress(hostName: client.hostName, address: client.address, port: client.port),
            MilterContext(macros: macros))
    }

    func mail(_ sender: String = "news@example.com", macros: [String: String] = [:]) -> MilterAnswer {
        self.macros.merge(macros) { $1 }
        return session.mail(Array(sender.utf8).span, MilterContext(macros: self.macros))
    }

    func rcpt(_ recipient: String, refused: (status: String, text: String)? = nil) {
        var macros = macros
        macros["{rcpt_mailer}"] = refused == nil ? "smtp" : "error"
        macros["{rcpt_host}"] = refused?.status ?? "example.org"
        macros["{rcpt_addr}"] = refused?.text ?? recipient
        _ = session.rcpt(Array(recipient.utf8).span, MilterContext(macros: macros))
    }

    func data() -> MilterAnswer { session.data(MilterContext(macros: macros)) }
    func body() -> MilterBodyAnswer { session.body([1].span, MilterContext(macros: macros)) }
    func end() -> MilterMessageAnswer { session.endOfMessage(MilterMessageContext(macros: macros)) }
    func abort() { session.abort() }
    func close() { session.close() }

    var records: [Record] { fixture.records.all }
}

extension Client {
    fileprivate static let ours = Client(
        hostName: "app.example.com", address: "10.1.2.3", port: 4321,
        macros: ["j": "mx.example.com", "v": "Postfix 3.7.11"])
}

struct RefusedRecipientsTests {
    private static let unknown = (status: "5.1.1", text: "<a@example.org>: Recipient address rejected: User unknown")

    @Test(
        arguments: [
            ("own network", Client.ours, [:], true), ("stranger", .outside, [:], false),
            ("logged in", .outside, ["{auth_type}": "PLAIN"], true),
            ("submission daemon", .outside, ["{daemon_name}": "ORIGINATING"], false),
        ] as [(String, Client, [String: String], Bool)])
    func whose(_ name: String, _ client: Client, _ macros: [String: String], _ isRecorded: Bool) {
        let submission = Submission(client)
        #expect(submission.mail(macros: macros) == .continue)
        submission.rcpt("a@example.org", refused: Self.unknown)
        submission.close()
        #expect(submission.records.count == (isRecorded ? 1 : 0))
    }

    @Test func theSubmissionDaemonIsKnownFromTheConnection() {
        var client = Client.outside
        client.macros["{daemon_name}"] = "ORIGINATING"
        let submission = Submission(client)
        _ = submission.mail()
        submission.rcpt("a@example.org", refused: Self.unknown)
        submission.abort()
        #expect(submission.records.count == 1)
    }

    @Test func theyAreOnDiskBeforeTheAnswerToDATA() throws {
        let submission = Submission()
        _ = submission.mail()
        submission.rcpt("a@example.org", refused: Self.unknown)
        submission.rcpt("b@example.org")
        submission.rcpt(
            "C@Example.Org", refused: (status: "4.2.2", text: "<c@example.org>: Recipient address rejected: full"))
        #expect(submission.records.isEmpty)
        #expect(submission.data() == .accept)
        #expect(submission.fixture.records.pieces == [2])
        let (first, second) = (try #require(submission.records.first), try #require(submission.records.last))
        #expect(
            (first.recipient, first.event, first.category, first.status) == (
                "a@example.org", .bounce, .mailboxUnknown, "5.1.1"
            ))
        #expect((first.origin, first.trust, first.command) == (.milterRCPT, .local, "RCPT TO"))
        #expect(first.message?.sender == "news@example.com")
        #expect((second.recipient, second.event, second.category) == ("C@example.org", .deferral, .mailboxFull))
        #expect(first.id != second.id)
        // Nothing is left for the next message.
        _ = submission.mail()
        #expect(submission.data() == .accept)
        #expect(submission.records.count == 2)
    }

    @Test(
        arguments: [
            // Another server's own status says more than that of our MTA.
            (
                "5.1.1",
                "<a@b.example>: Recipient address rejected: undeliverable address: host mx.b.example[192.0.2.1] said: 552 5.2.2 <a@b.example>: Quota exceeded (in reply to RCPT TO command)",
                Event.bounce, "5.2.2", 552
            ),
            // unverified_recipient_reject_code = 450, which is Postfix's default: the client was told to come again.
            (
                "4.1.1",
                "<a@b.example>: Recipient address rejected: undeliverable address: host mx.b.example[192.0.2.1] said: 550 5.1.1 <a@b.example>: User unknown (in reply to RCPT TO command)",
                .deferral, "4.1.1", 550
            ),
            // As Sendmail has it.
            ("5.1.1", "550 5.1.1 <a@b.example>... User unknown", .bounce, "5.1.1", 550),
            ("", "<a@b.example>: Recipient address rejected: no", .bounce, nil, nil),
        ] as [(String, String, Event, String?, Int?)])
    func whatTheMTASays(_ status: String, _ text: String, _ event: Event, _ expected: String?, _ code: Int?) throws {
        let submission = Submission()
        _ = submission.mail()
        submission.rcpt("a@b.example", refused: (status, text))
        submission.abort()
        let record = try #require(submission.records.first)
        #expect((record.event, record.status, record.reply) == (event, expected, code))
    }

    @Test func aJournalThatFailsIsTriedAgainAtTheEndOfTheMessage() {
        let submission = Submission()
        _ = submission.mail()
        submission.rcpt("a@example.org", refused: Self.unknown)
        submission.fixture.records.fail(.closed(path: "j"))
        #expect(submission.data() == .continue)
        #expect(submission.body() == .skip)
        guard case .reply(let reply) = submission.end() else {
            Issue.record("taken with a record that is not on disk")
            return
        }
        #expect(reply.code == 451)

        _ = submission.mail()
        submission.rcpt("a@example.org", refused: Self.unknown)
        #expect(submission.data() == .continue)
        submission.fixture.records.fail(nil)
        #expect(submission.end() == .accept)
        #expect(submission.records.count == 1)
    }

    @Test func withOnJournalFailureAcceptTheyAreLostAndLogged() {
        let submission = Submission(.ours) { $0.onJournalFailure = .accept }
        _ = submission.mail()
        submission.rcpt("a@example.org", refused: Self.unknown)
        submission.fixture.records.fail(.closed(path: "j"))
        #expect(submission.data() == .accept)
        #expect(submission.fixture.log.all.contains { $0.contains("1 refused recipients lost") })
    }

    @Test func recipientsOverTheLimitAreLeftOut() {
        let submission = Submission(.ours) { $0.maxRecipients = 3 }
        _ = submission.mail()
        for number in 0..<10 { submission.rcpt("a\(number)@example.org", refused: Self.unknown) }
        submission.abort()
        #expect(submission.records.count == 3)
    }
}
