// The client against a peer that keeps to the protocol, one that sends torn packets, and hostile ones.

import Testing

@testable import MilterClient

struct PacketTests {
    private func client(_ peer: Peer, timeout: Duration = .seconds(5)) throws(MilterClientError) -> MilterClient {
        try MilterClient(peer.endpoint, MilterClientSettings(timeout: timeout, limitPacketBytes: 1000))
    }

    @Test(arguments: [nil, 1, 7])
    func readsAnswersHoweverTorn(chunk: Int?) throws {
        let end =
            packet("h", text("X-A") + text("b")) + packet("p") + packet("e", text("<a@example.com>"))
            + packet("i", number(1) + text("X-B") + text("c")) + packet("m", number(2) + text("X-C") + text(""))
            + packet("+", text("<r@example.com>")) + packet("2", text("<s@example.com>") + text("NOTIFY=NEVER"))
            + packet("-", text("<t@example.com>")) + packet("b", [1, 0, 2]) + packet("q", text("why"))
            + packet("y", text("451 4.3.0 Try again"))
        let peer = Peer(
            [[], negotiation(actions: 0x1ff), packet("c"), packet("c"), packet("c"), packet("c"), packet("s"), end],
            chunk: chunk)
        let client = try client(peer)
        try client.negotiate()
        #expect(try client.mail("<>").answer == .continue)
        #expect(try client.rcpt("<a@example.com>").answer == .continue)
        #expect(try client.data().answer == .continue)
        #expect(try client.endOfHeader().answer == .continue)
        let error = MilterClientError.unexpected(.body, UInt8(ascii: "s"))
        #expect(throws: error, "SKIP was not agreed on") { try client.body([1, 2, 3]) }
        let step = try client.endOfMessage()
        #expect(step.answer == .reply("451 4.3.0 Try again"))
        #expect(
            step.modifications == [
                .addHeader(name: "X-A", value: "b"), .changeSender("<a@example.com>", parameters: nil),
                .insertHeader(index: 1, name: "X-B", value: "c"), .changeHeader(index: 2, name: "X-C", value: ""),
                .addRecipient("<r@example.com>", parameters: nil),
                .addRecipient("<s@example.com>", parameters: "NOTIFY=NEVER"), .deleteRecipient("<t@example.com>"),
                .replaceBody([1, 0, 2]), .quarantine("why"),
            ])
    }

    /// What the filter asked to leave out is not sent, and what it does not answer is not waited for.
    @Test func honoursTheAgreement() throws {
        let options: MilterProtocol = [
            .noConnect, .noHelo, .noData, .noRcptReply, .noHeaderReply, .leadingSpace, .skip,
        ]
        let lists = number(2) + text("{daemon_name}, i") + number(3) + text("")
        let peer = Peer([
            [], negotiation(actions: 0x100, protocol: options.rawValue, lists: lists), [], packet("c"), [], [], [], [],
            packet("c"), packet("s"), packet("a"),
        ])
        let client = try client(peer)
        let agreement = try client.negotiate()
        #expect(agreement.macros == [2: ["{daemon_name}", "i"], 3: []])
        client.macros = ["{daemon_name}": "smtpd", "j": "mx.example.com", "{rcpt_host}": "example.com"]
        #expect(try client.connect("localhost", .unknown).answer == .notSent)
        #expect(try client.helo("localhost").answer == .notSent)
        let transaction = MilterTransaction(
            sender: "<>", recipients: ["a", "b"],
            fields: [(text("A").dropLast(), Array(" b".utf8)), (Array("C".utf8), [UInt8(0), UInt8(ascii: "d")])],
            body: [UInt8](repeating: 1, count: 200_000))
        var answers: [FilterAnswer] = []
        try client.send(transaction) { answers.append($0.answer) }
        let silent = FilterAnswer.notAwaited
        #expect(answers == [.continue, silent, silent, .notSent, silent, silent, .continue, .skip, .accept])
        try client.abort()
        try client.quitForNewConnection()
        try client.quit()
        let macros = 1 + text("{daemon_name}smtpd").count + 1
        #expect(
            peer.commands() == [
                "O12", "D\(macros)", "M3", "R2", "R2", "L5", "L4", "N0", "B65535", "E0", "A0", "K0", "Q0",
            ])
    }

    @Test func leavesOutARefusedRecipient() throws {
        let peer = Peer([[], negotiation(), packet("c"), packet("r"), packet("y", text("550 5.1.1 no"))])
        let client = try client(peer)
        try client.negotiate()
        let last = try client.send(
            MilterTransaction(
                sender: "<a@example.com>", recipients: ["<b@example.com>", "<c@example.com>"], fields: [], body: []))
        #expect(last.stage == .rcpt && last.answer == .reply("550 5.1.1 no"))
        try client.quit()
        #expect(peer.commands() == ["O12", "M16", "R16", "R16", "A0", "Q0"])
    }

    @Test(
        arguments: [
            ("nothing", [], .closed(.negotiate)), ("half a length", [0, 0], .closed(.negotiate)),
            ("half a packet", Array(negotiation().dropLast(3)), .closed(.negotiate)),
            ("length 0", [0, 0, 0, 0, 79], .malformed(.negotiate, "length 0")),
            ("a huge length", [255, 255, 255, 255, 79], .oversized(.negotiate, bytes: 4_294_967_295, limit: 1000)),
            ("one byte too many", [0, 0, 3, 233, 79], .oversized(.negotiate, bytes: 1001, limit: 1000)),
            ("another command", packet("c"), .unexpected(.negotiate, 99)),
            ("too few numbers", packet("O", number(6)), .malformed(.negotiate, "number cut short")),
            ("version 1", negotiation(version: 1), .notOffered("version 1")),
            ("version 7", negotiation(version: 7), .notOffered("version 7")),
            ("unknown actions", negotiation(actions: 0x1200), .notOffered("actions 0x1200")),
            ("unknown options", negotiation(protocol: 0x8000_0000), .notOffered("options 0x80000000")),
            ("an unended list", negotiation(lists: number(2) + [105]), .malformed(.negotiate, "text without its end")),
            ("a list nowhere", negotiation(lists: number(9) + text("i")), .malformed(.negotiate, "macro place 9")),
        ] as [(String, [UInt8], MilterClientError)])
    func refusesABadNegotiation(name: String, bytes: [UInt8], error: MilterClientError) throws {
        let client = try client(Peer([[], bytes], closes: true))
        #expect(throws: error) { try client.negotiate() }
    }

    @Test(
        arguments: [
            ("an unknown answer", packet("?"), .unexpected(.endOfMessage, 63)),
            ("a change that was not agreed on", packet("h", text("A") + text("b")), .unexpected(.endOfMessage, 104)),
            ("text without its end", packet("q", [65]), .malformed(.endOfMessage, "text without its end")),
            ("bytes after a text", packet("q", text("a") + [65]), .malformed(.endOfMessage, "1 bytes too many")),
            (
                "bytes after an answer", packet("a", [1]),
                .malformed(.endOfMessage, "1 bytes after an answer without any")
            ),
            ("no code", packet("y", text("OK")), .malformed(.endOfMessage, "reply without a code of class 4 or 5")),
            (
                "a good code", packet("y", text("250 OK")),
                .malformed(.endOfMessage, "reply without a code of class 4 or 5")
            ),
            ("skip", packet("s"), .unexpected(.endOfMessage, 115)),
        ] as [(String, [UInt8], MilterClientError)])
    func refusesABadAnswer(name: String, bytes: [UInt8], error: MilterClientError) throws {
        let peer = Peer([[], negotiation(actions: MilterActions.quarantine.rawValue), bytes])
        let client = try client(peer)
        try client.negotiate()
        #expect(throws: error) { try client.endOfMessage() }
    }

    @Test func refusesAChangeBeforeTheEnd() throws {
        let peer = Peer([[], negotiation(actions: 0x1ff), packet("h", text("A") + text("b"))])
        let client = try client(peer)
        try client.negotiate()
        #expect(throws: MilterClientError.unexpected(.mail, 104)) { try client.mail("<>") }
    }

    @Test func boundsTheModifications() throws {
        let many = Array(repeating: packet("q", text("a")), count: MilterClient.limitModifications + 1).flatMap { $0 }
        let peer = Peer([[], negotiation(actions: 0x1ff), many])
        let client = try client(peer)
        try client.negotiate()
        let error = MilterClientError.tooManyModifications(limit: MilterClient.limitModifications)
        #expect(throws: error) { try client.endOfMessage() }
    }

    @Test func boundsTheProgress() throws {
        let many = Array(repeating: packet("p"), count: MilterClient.limitProgress).flatMap { $0 }
        let peer = Peer([[], negotiation(), many])
        let client = try client(peer)
        try client.negotiate()
        #expect(throws: MilterClientError.timedOut(.endOfMessage)) { try client.endOfMessage() }
    }

    /// Silence, and bytes that drip for ever.
    @Test(arguments: [false, true])
    func givesUpInTime(drips: Bool) throws {
        let peer = Peer([[], drips ? packet("O", [UInt8](repeating: 0, count: 900)) : []], chunk: 1)
        let client = try client(peer, timeout: .milliseconds(100))
        let start = ContinuousClock.now
        #expect(throws: MilterClientError.timedOut(.negotiate)) { try client.negotiate() }
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func saysWhereNobodyListens() {
        let path = "/nonexistent/milter"
        #expect(throws: MilterClientError.connect("unix:\(path)", errno: 2)) { try MilterClient(.unix(path: path)) }
        let long = String(repeating: "a", count: 200)
        #expect(throws: MilterClientError.connect("unix:\(long)", errno: 36)) { try MilterClient(.unix(path: long)) }
        #expect(throws: MilterClientError.self) { try MilterClient(.tcp(host: "host.invalid", port: 1)) }
    }
}
