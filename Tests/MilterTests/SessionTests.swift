// Whole sessions through libmilter, with MilterClient as the MTA. The filter is the process's only one, so the tests take turns.

import Glibc
import MilterClient
import Synchronization
import Testing

@testable import Milter

@Suite(.serialized) struct SessionTests {
    /// What a session sees of `MilterTransaction.sample()`, with or without the space that a protocol 6 MTA keeps.
    static func events(space: String, data: Bool) -> [String] {
        ["connect client.example.org 192.0.2.1 4321", "helo client.example.org"]
            + ["mail [sender@example.com]", "rcpt [rcpt@example.net]"] + (data ? ["data"] : [])
            + ["header Subject:\(space)Hello\r\n\tworld", "header X-Tight:value", "endOfHeader", "body 100"]
            + ["endOfMessage 100", "close"]
    }

    private func greet(_ client: MilterClient) throws {
        try client.connect("client.example.org", .inet(address: "192.0.2.1", port: 4321))
        try client.helo("client.example.org")
    }

    @Test(arguments: [2, 3, 4, 5, 6] as [UInt32])
    func seesTheWholeMessage(version: UInt32) throws {
        let filter = ScriptedFilter(MilterOptions(stages: ScriptedFilter.everyStage, leadingSpace: true))
        let client = try LiveServer.client(filter, version: version)
        try greet(client)
        let last = try client.send(.sample())
        #expect(last.stage == .endOfMessage && last.answer == .continue)
        try client.quit()
        #expect(filter.sessions(1) == [Self.events(space: version == 6 ? " " : "", data: version >= 4)])
    }

    /// An MTA that knows no SMFIP_NR_… still gets its answers, and sees no difference in the outcome.
    @Test(arguments: [2, 3, 4, 5, 6] as [UInt32])
    func answersWhereTheMTAWaits(version: UInt32) throws {
        let stages = ScriptedFilter.everyStage.subtracting([.mail])
        let filter = ScriptedFilter(
            MilterOptions(stages: ScriptedFilter.everyStage, unanswered: stages, leadingSpace: true))
        let client = try LiveServer.client(filter, version: version)
        try greet(client)
        var steps: [MilterStep] = []
        try client.send(.sample()) { steps.append($0) }
        let awaited = steps.filter { $0.answer != .notAwaited && $0.answer != .notSent }.map(\.stage)
        if version == 6 {
            #expect(awaited == [.mail, .endOfMessage])
        } else {
            #expect(Set(awaited).isSuperset(of: [.mail, .rcpt, .endOfHeader, .body, .endOfMessage]))
        }
        try client.quit()
        #expect(filter.sessions(1) == [Self.events(space: version == 6 ? " " : "", data: version >= 4)])
    }

    @Test(arguments: [2, 6] as [UInt32])
    func leavesOutWhatTheFilterDoesNotWant(version: UInt32) throws {
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .header]))
        let client = try LiveServer.client(filter, version: version)
        try greet(client)
        var sent: [MilterStage] = []
        try client.send(.sample()) { if $0.answer != .notSent { sent.append($0.stage) } }
        #expect(sent == [.mail, .header, .header, .endOfMessage])
        try client.quit()
        let seen = ["mail [sender@example.com]", "header Subject:Hello\r\n\tworld", "header X-Tight:value"]
        #expect(filter.sessions(1) == [seen + ["endOfMessage 0", "close"]])
    }

    /// Each time once, and before what comes next.
    @Test(arguments: [false, true]) func learnsThatItsAnswersWereGiven(givesUp: Bool) throws {
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .body]), Script(notesAnswers: true))
        let client = try LiveServer.client(filter)
        let sample = MilterTransaction.sample()
        try client.mail(sample.sender)
        try client.body(sample.body[...])
        if givesUp {
            try client.abort()
        } else {
            try client.endOfMessage()
        }
        try client.quit()
        let start = ["mail [sender@example.com]", "body 100", "answered"]
        #expect(
            filter.sessions(1) == [start + (givesUp ? ["abort"] : ["endOfMessage 100", "answered"]) + ["close"]])
    }

    @Test func mailAcceptedAtMAILCostsOneRoundTrip() throws {
        let options = MilterOptions(
            stages: ScriptedFilter.everyStage.subtracting([.helo, .data]), unanswered: [.connect, .rcpt, .header])
        let filter = ScriptedFilter(options, Script(mail: .accept))
        let client = try LiveServer.client(filter)
        try greet(client)
        for _ in 0..<3 {
            let last = try client.send(.sample())
            #expect(last.stage == .mail && last.answer == .accept)
        }
        try client.quit()
        let mail = "mail [sender@example.com]"
        #expect(filter.sessions(1) == [["connect client.example.org 192.0.2.1 4321", mail, mail, mail, "close"]])
    }

    @Test(arguments: [
        (MilterMessageAnswer.accept, FilterAnswer.continue),
        (.discard, .discard),
        (.reply(MilterReply(code: 451, status: "4.3.0", text: "Try again")), .reply("451 4.3.0 Try again")),
        (.reply(MilterReply(code: 550, status: "5.7.1", text: "No\r\n100%")), .reply("550 5.7.1 No??100?")),
    ])
    func answersTheEndOfTheMessage(
        answer: MilterMessageAnswer, seen: FilterAnswer
    ) throws {
        let client = try LiveServer.client(ScriptedFilter(ScriptedFilter().options, Script(endOfMessage: answer)))
        try greet(client)
        #expect(try client.send(.sample()).answer == seen)
        #expect(try client.send(.sample()).answer == seen, "the reply holds for one message only")
        try client.quit()
    }

    /// A change needs the MTA's consent; what was not asked for at negotiation is not sent.
    @Test(
        arguments: [
            (6, [.addHeader, .changeSender] as MilterChanges, "changed changed"),
            (6, [.addHeader], "changed unchanged"),
            (6, [], "unchanged unchanged"), (2, [.addHeader, .changeSender], "changed unchanged"),
        ] as [(UInt32, MilterChanges, String)])
    func changesTheMessage(version: UInt32, changes: MilterChanges, outcome: String) throws {
        let script = Script(changes: [
            .addHeader(name: "X-Added", value: "one;\n\ttwo"), .changeSender("a+b=c@example.com"),
        ])
        let filter = ScriptedFilter(MilterOptions(stages: [.mail], changes: changes, leadingSpace: true), script)
        let client = try LiveServer.client(filter, version: version)
        #expect(client.agreement.actions.contains(.addHeader) == changes.contains(.addHeader))
        let last = try client.send(.sample())
        #expect(last.answer == .continue)
        let expected: [MilterModification] = [
            .addHeader(name: "X-Added", value: (version == 6 ? " " : "") + "one;\n\ttwo"),
            .changeSender("<a+b=c@example.com>", parameters: nil),
        ]
        let done = outcome.split(separator: " ").map { $0 == "changed" }
        #expect(last.modifications == zip(expected, done).filter(\.1).map(\.0))
        try client.quit()
        #expect(filter.sessions(1) == [["mail [sender@example.com]", "endOfMessage 0 \(outcome)", "close"]])
    }

    /// With SMFIP_SKIP the MTA stops; without, it sends the rest, and the session is not asked again.
    @Test(arguments: [2, 6] as [UInt32])
    func skipsTheRestOfTheBody(version: UInt32) throws {
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .body]), Script(body: .skip))
        let client = try LiveServer.client(filter, version: version)
        var body: MilterStep?
        for _ in 0..<2 {
            try client.send(.sample(bodyBytes: 200_000)) { if $0.stage == .body { body = $0 } }
            #expect(body?.answer == (version == 6 ? .skip : .continue))
        }
        try client.quit()
        let message = ["mail [sender@example.com]", "body 65535", "endOfMessage 65535"]
        #expect(filter.sessions(1) == [message + message + ["close"]])
    }

    /// Without SMFIP_SKIP the MTA was still sending the rest.
    @Test func skipsNothingOfTheMessageAfterOneThatIsGivenUp() throws {
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .body]), Script(body: .skip))
        let client = try LiveServer.client(filter, version: 2)
        for _ in 0..<2 {
            _ = try client.mail("a@example.com")
            _ = try client.body(Array("text\r\n".utf8)[...])
            try client.abort()
        }
        try client.quit()
        let message = ["mail [a@example.com]", "body 6", "abort"]
        #expect(filter.sessions(1) == [message + message + ["close"]])
    }

    @Test(arguments: [("<>", ""), ("", ""), ("<a@example.com>", "a@example.com"), ("a@example.com", "a@example.com")])
    func takesTheSenderInEachForm(wire: String, seen: String) throws {
        let filter = ScriptedFilter()
        let client = try LiveServer.client(filter)
        #expect(try client.mail(wire, ["BODY=8BITMIME", "envid=QQ314159"]).answer == .continue)
        try client.quit()
        #expect(filter.sessions(1) == [["mail [\(seen)]", "abort", "close"]])
    }

    @Test func sendsOnlyTheMacrosThatWereAskedFor() throws {
        let options = MilterOptions(
            stages: [.mail, .rcpt, .data], rejectedRecipients: true,
            macros: [
                .mail: ["i", "{daemon_name}"], .rcpt: ["{rcpt_mailer}", "{rcpt_host}"], .endOfMessage: ["i"],
            ])
        let filter = ScriptedFilter(
            options, Script(macros: ["i", "{daemon_name}", "j", "{rcpt_mailer}", "{rcpt_host}", "{rcpt_addr}"]))
        let client = try LiveServer.client(filter)
        #expect(client.agreement.protocol.contains(.rejectedRecipients))
        for (place, names) in client.agreement.macros {
            #expect(names == (options.macros[MilterMacroStage(rawValue: Int32(place)) ?? .connect] ?? []))
        }
        client.macros = [
            "j": "mx.example.com", "{daemon_name}": "ORIGINATING", "{rcpt_mailer}": "error", "{rcpt_host}": "5.1.1",
            "{rcpt_addr}": "User unknown",
        ]
        try client.mail("<>")
        try client.rcpt("<rcpt@example.net>")
        client.macros["i"] = "4WnXyz0QbZ"
        try client.data()
        try client.endOfMessage()
        try client.quit()
        let daemon = "{daemon_name}=ORIGINATING", rcpt = "{rcpt_mailer}=error {rcpt_host}=5.1.1"
        #expect(
            filter.sessions(1) == [
                [
                    "mail [] \(daemon)", "rcpt [rcpt@example.net] \(daemon) \(rcpt)", "data \(daemon) \(rcpt)",
                    "endOfMessage 0 i=4WnXyz0QbZ \(daemon) \(rcpt)", "close",
                ]
            ])
    }

    @Test(arguments: [
        (MilterPeer.inet(address: "127.0.0.1", port: 0), "127.0.0.1 0"),
        (.inet6(address: "2001:db8::1", port: 25), "2001:db8::1 25"), (.unknown, "- 0"),
        (.unix(path: "/run/client"), "- 0"),
    ])
    func namesTheClient(peer: MilterPeer, seen: String) throws {
        let filter = ScriptedFilter()
        let client = try LiveServer.client(filter)
        try client.connect("localhost", peer)
        try client.quit()
        #expect(filter.sessions(1) == [["connect localhost \(seen)", "close"]])
    }

    @Test func closesASessionThatSawNothing() throws {
        let filter = ScriptedFilter()
        try LiveServer.client(filter).quit()
        #expect(filter.sessions(1) == [["close"]])
    }

    /// A port scanner, or an MTA that gives up before it negotiates: close comes with no private data.
    @Test func makesNoSessionWithoutNegotiation() throws {
        let filter = ScriptedFilter()
        try LiveServer.use(filter)
        _ = try MilterClient(.unix(path: LiveServer.path))
        try LiveServer.client(filter).quit()
        #expect(filter.sessions(1) == [["close"]])
        #expect(filter.sessionsMade == 1)
    }

    @Test func takesAbortsWithoutAMessage() throws {
        let filter = ScriptedFilter()
        let client = try LiveServer.client(filter)
        try client.abort()
        try client.abort()
        try client.mail("<a@example.com>")
        try client.abort()
        try client.abort()
        #expect(try client.send(.sample()).answer == .continue)
        try client.quit()
        let events = filter.sessions(1).first ?? []
        #expect(events.filter { $0 == "abort" }.count >= 1)
        #expect(events.suffix(2) == ["endOfMessage 100", "close"])
    }

    @Test func losesTheConnectionInTheMiddle() throws {
        let filter = ScriptedFilter()
        do {
            let client = try LiveServer.client(filter)
            try client.mail("<a@example.com>")
        }
        #expect(filter.sessions(1).first?.last == "close")
    }

    @Test func servesASecondClientOnOneConnection() throws {
        let filter = ScriptedFilter(
            MilterOptions(stages: [.connect, .mail, .body], unanswered: [.connect]), Script(body: .skip))
        let client = try LiveServer.client(filter)
        for _ in 0..<2 {
            try greet(client)
            #expect(try client.send(.sample(bodyBytes: 100_000)).answer == .continue)
            try client.quitForNewConnection()
        }
        try client.quit()
        let seen = ["connect client.example.org 192.0.2.1 4321", "mail [sender@example.com]", "body 65535"]
        #expect(
            filter.sessions(2).prefix(2) == [
                seen + ["endOfMessage 65535", "close"], seen + ["endOfMessage 65535", "close"],
            ])
    }

    /// The worker pool runs successive callbacks of a connection on different threads; each session keeps what is its own.
    @Test func keepsSessionsApartAcrossThreads() throws {
        let connections = 64, messages = 20
        let filter = ScriptedFilter(
            MilterOptions(stages: ScriptedFilter.everyStage, unanswered: [.connect, .header]))
        try LiveServer.use(filter)
        let failures = Mutex<[String]>([])
        let threads = (0..<connections).map { number in
            Thread {
                do {
                    let client = try MilterClient(.unix(path: LiveServer.path))
                    try client.negotiate()
                    for message in 0..<messages {
                        try client.send(.sample(sender: "<\(number)-\(message)@example.com>", bodyBytes: 1000 + number))
                    }
                    try client.quit()
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == [])
        let sessions = filter.sessions(connections)
        #expect(sessions.count == connections)
        var seen = Set<String>()
        for events in sessions {
            let senders = events.filter { $0.hasPrefix("mail ") }
            let number = senders.first?.dropFirst("mail [".count).prefix { $0 != "-" } ?? ""
            seen.insert(String(number))
            #expect(senders == (0..<messages).map { "mail [\(number)-\($0)@example.com]" })
            #expect(
                events.filter { $0.hasPrefix("endOfMessage") }
                    == Array(repeating: "endOfMessage \(1000 + (Int(number) ?? -1))", count: messages))
        }
        #expect(seen.count == connections)
    }
}
