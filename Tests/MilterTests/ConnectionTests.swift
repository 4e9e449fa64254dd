// CMilter's Connections.c: however a connection's bytes are cut, the session sees the same, and the MTA gets all answers.

import Glibc
import Testing

@testable import Milter

extension SessionTests {
    /// Negotiation, a message with a body of so many bytes, QUIT, as the bytes of an MTA that waits for no answer.
    private static func dialogue(bodyBytes: Int) -> [UInt8] {
        negotiation + mail + packet("R", Array("<b@example.net>\0".utf8)) + packet("L", Array("Subject\0Hello\0".utf8))
            + packet("N") + packet("B", [UInt8](repeating: 0x78, count: bodyBytes)) + packet("E") + packet("Q")
    }

    private static let negotiation = packet("O", [0, 0, 0, 6, 0, 0, 0, 0x1F, 0, 0x1F, 0xFF, 0xFF])

    private static func packet(_ command: Character, _ payload: [UInt8] = []) -> [UInt8] {
        let size = UInt32(payload.count + 1)
        return (0..<4).map { UInt8(truncatingIfNeeded: size >> UInt32(24 - 8 * $0)) } + Array("\(command)".utf8)
            + payload
    }

    private static let mail = packet("M", Array("<a@example.com>\0".utf8))

    /// A connection on which the negotiation and these commands were sent.
    private static func connected(_ filter: ScriptedFilter, sending commands: [UInt8]) throws -> Int32 {
        try LiveServer.use(filter)
        let descriptor = try connected()
        let bytes = negotiation + commands
        #expect(send(descriptor, bytes, bytes.count, 0) == bytes.count)
        return descriptor
    }

    private static func connected() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: LiveServer.path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        return descriptor
    }

    /// libmilter finds them before the C library's.
    @Test(arguments: ["accept", "poll", "read", "writev", "close"]) func standsBeforeTheCLibrary(name: String) throws {
        let library = try #require(dlopen("libc.so.6", RTLD_NOW))
        defer { dlclose(library) }
        #expect(dlsym(nil, name) != dlsym(library, name))
    }

    @Test(arguments: [
        // In one piece; byte by byte; so that a cut falls within a head, at the buffer's end, and far behind it.
        (10, Int.max), (10, 1), (10, 3), (10, 7), (8_100, 8_191), (20_000, 8_192), (65_535, 8_193), (65_535, 70_000),
    ])
    func readsWhatIsCutAnywhere(bodyBytes: Int, piece: Int) throws {
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .rcpt, .header, .endOfHeader, .body]))
        try LiveServer.use(filter)
        let descriptor = try Self.connected()
        defer { Glibc.close(descriptor) }
        var rest = Self.dialogue(bodyBytes: bodyBytes)[...]
        while !rest.isEmpty {
            let sent = rest.prefix(piece).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
            try #require(sent > 0)
            rest = rest.dropFirst(sent)
            if piece < 100 { usleep(100) }
        }
        #expect(
            filter.sessions(1) == [
                [
                    "mail [a@example.com]", "rcpt [b@example.net]", "header Subject:Hello", "endOfHeader",
                    "body \(bodyBytes)", "endOfMessage \(bodyBytes)", "close",
                ]
            ])
    }

    /// A few hundred small answers fill the socket: the rest waits until they are read.
    @Test func waitsForAnMTAThatReadsNoAnswers() throws {
        let count = 2_000
        let messages = [[UInt8]](repeating: Self.mail + Self.packet("A"), count: count)
        let descriptor = try Self.connected(
            ScriptedFilter(MilterOptions(stages: [.mail])), sending: Array(messages.joined()))
        defer { Glibc.close(descriptor) }
        usleep(200_000)
        var answers = [UInt8](repeating: 0, count: 17 + count * 5 + 1)
        var received = 0
        while received < 17 + count * 5 {
            let length = answers[received...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            try #require(length > 0)
            received += length
        }
        let expected = [[UInt8]](repeating: Self.packet("c"), count: count).joined()
        #expect(Array(answers[17..<received]) == Array(expected))
    }

    /// What was sent of a packet is not sent again: what came is right as far as it goes, then comes the end.
    @Test func givesUpAnMTAThatReadsNoAnswers() throws {
        let value = String(repeating: "x", count: 50_000), count = 20
        let filter = ScriptedFilter(
            MilterOptions(stages: [.mail], changes: [.addHeader]),
            Script(changes: [.addHeader(name: "X-Added", value: value)]))
        let messages = [[UInt8]](repeating: Self.mail + Self.packet("E"), count: count)
        let descriptor = try Self.connected(filter, sending: Array(messages.joined()))
        defer { Glibc.close(descriptor) }
        #expect(filter.sessions(1).first?.last == "close")

        let answers = Self.packet("c") + Self.packet("h", Array("X-Added\0\(value)\0".utf8)) + Self.packet("c")
        let expected = Array([[UInt8]](repeating: answers, count: count).joined())
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var received: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        var length = 0
        repeat {
            length = recv(descriptor, &piece, piece.count, 0)
            received += piece.prefix(max(length, 0))
        } while length > 0 && received.count <= 17 + expected.count
        // Where libmilter had not read all commands, the end is a reset.
        #expect(length == 0 || errno == ECONNRESET)
        #expect(received.count > 17 + answers.count && received.count < 17 + expected.count)
        let isRight = expected.starts(with: received.dropFirst(17))
        #expect(isRight)
    }

    /// A session learns that an answer was given, or that there will be none, before it ends.
    @Test func catchesUpWhereTheAnswerIsNotRead() throws {
        let count = 2_000
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .body]), Script(notesAnswers: true))
        let descriptor = try Self.connected(
            filter, sending: Self.mail + Array([[UInt8]](repeating: Self.packet("B", [0x78]), count: count).joined()))
        defer { Glibc.close(descriptor) }
        let events = filter.sessions(1).first ?? []
        let answers = events.filter { $0 == "answered" }.count
        #expect(events.suffix(4) == ["body 1", "abort", "answered", "close"])
        #expect(answers < count && events.filter { $0 == "body 1" }.count == answers)
    }

    /// libmilter calls `body` and `endOfMessage` for one packet, which has one answer.
    @Test func letsGoOfASessionWhoseBodyCameWithTheEnd() throws {
        let filter = ScriptedFilter(MilterOptions(stages: [.mail, .body]), Script(notesAnswers: true))
        let descriptor = try Self.connected(
            filter, sending: Self.mail + Self.packet("E", Array("Hello\r\n".utf8)) + Self.packet("Q"))
        defer { Glibc.close(descriptor) }
        #expect(
            filter.sessions(1) == [["mail [a@example.com]", "body 7", "endOfMessage 7", "answered", "close"]])
        #expect(filter.releases(1))
    }
}
