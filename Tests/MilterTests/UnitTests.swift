// What needs no MTA: specifications, replies, contexts made by hand, the socket's file, the watch over descriptors.

import Glibc
import Testing

@testable import Milter

struct SocketSpecificationTests {
    @Test(arguments: [
        ("inet:8891@127.0.0.1", MilterSocket.inet(host: "127.0.0.1", port: 8891)),
        ("inet:8891@localhost", .inet(host: "localhost", port: 8891)),
        ("inet:8891@0.0.0.0", .inet(host: "0.0.0.0", port: 8891)),
        ("inet6:8891@::1", .inet6(host: "::1", port: 8891)), ("unix:/run/b/milter", .unix(path: "/run/b/milter")),
        ("local:/run/b/milter", .unix(path: "/run/b/milter")), ("/run/b/milter", .unix(path: "/run/b/milter")),
        ("/run/a:b", .unix(path: "/run/a:b")), ("unix:./milter", .unix(path: "./milter")),
    ])
    func reads(text: String, socket: MilterSocket) throws {
        #expect(try MilterSocket(text) == socket)
        #expect(try MilterSocket(socket.description) == socket)
    }

    @Test(arguments: [
        ("tcp:8891", MilterSocketError.unknownKind("tcp")), ("inet:0@host", .badPort("0")), ("inet:x", .badPort("x")),
        ("inet:65536", .badPort("65536")), ("inet:25@", .noHost("inet:25@", better: "inet:25@127.0.0.1")),
        ("inet:25", .noHost("inet:25", better: "inet:25@127.0.0.1")),
        ("inet6:25", .noHost("inet6:25", better: "inet6:25@::1")),
        ("milter", .relativePath("milter")),
        ("", .relativePath("")), ("unix:", .relativePath("")),
        ("/" + String(repeating: "a", count: 107), .pathTooLong("/" + String(repeating: "a", count: 107))),
    ])
    func refuses(text: String, error: MilterSocketError) {
        #expect(throws: error) { try MilterSocket(text) }
    }
}

struct HandMadeContextTests {
    @Test func hasMacros() {
        let context = MilterContext(macros: ["i": "4WnXyz"])
        let queueID = context.macro("i"), host = context.macro("j")
        #expect(queueID == "4WnXyz" && host == nil)
        let message = MilterMessageContext(macros: ["i": "4WnXyz"])
        let atEnd = message.macro("i")
        #expect(atEnd == "4WnXyz")
    }
}

struct ReplyTests {
    @Test(arguments: [
        ("plain", "plain"), ("two\r\nlines\0", "two??lines?"), ("50%", "50?"), ("\u{e4}", "??"),
        (String(repeating: "a", count: 600), String(repeating: "a", count: 500)),
    ])
    func isOneLineOfPrintableASCII(text: String, sent: String) {
        #expect(MilterReply(code: 451, status: "4.3.0", text: text).text == sent)
    }

    @Test func refusesAMismatch() async {
        await #expect(processExitsWith: .failure) { _ = MilterReply(code: 451, status: "5.3.0", text: "") }
        await #expect(processExitsWith: .failure) { _ = MilterReply(code: 250, status: "2.0.0", text: "") }
    }
}

struct SocketFileTests {
    private func path(_ name: String) -> String { LiveServer.folder + "/" + name }

    private func listener(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(descriptor, 1) == 0)
        return descriptor
    }

    @Test func removesWhatNobodyListensOn() throws {
        close(try listener(path("stale")))
        try SocketFile.removeStale(path("stale"))
        #expect(access(path("stale"), F_OK) != 0)
        try SocketFile.removeStale(path("absent"))
    }

    @Test func keepsALiveSocket() throws {
        let descriptor = try listener(path("live"))
        defer { close(descriptor) }
        // Nobody accepts: a connection waits, and for those after it there is no room.
        for _ in 0..<4 {
            #expect(throws: MilterServerError.inUse(path: path("live"))) { try SocketFile.removeStale(path("live")) }
        }
        #expect(access(path("live"), F_OK) == 0)
    }

    @Test func keepsWhatIsNoSocket() throws {
        let descriptor = open(path("file"), O_CREAT | O_WRONLY, 0o600)
        close(descriptor)
        #expect(throws: MilterServerError.notASocket(path: path("file"))) { try SocketFile.removeStale(path("file")) }
        #expect(access(path("file"), F_OK) == 0)
    }

    @Test func setsTheMode() throws {
        let descriptor = try listener(path("mode"))
        defer { close(descriptor) }
        try SocketFile.setAccess(path("mode"), mode: 0o660, group: getgid())
        var status = stat()
        #expect(stat(path("mode"), &status) == 0 && status.st_mode & 0o777 == 0o660)
    }
}

struct DescriptorTests {
    /// Warns when the mark is passed, not again while it is, and again after it was left.
    @Test func warnsOnceAtTheMark() throws {
        let filter = ScriptedFilter()
        let limit = 4000
        let registration = Registration(filter, descriptorLimit: limit)
        registration.watchDescriptors()
        #expect(filter.warnings.withLock { $0 } == [])
        #expect(MilterServer.raiseDescriptorLimit() > limit)
        for count in 1...2 {
            var held: [Int32] = []
            while held.last ?? 0 < limit / 10 * 9 { held.append(open("/dev/null", O_RDONLY | O_CLOEXEC)) }
            registration.watchDescriptors()
            registration.watchDescriptors()
            #expect(filter.warnings.withLock { $0 } == Array(repeating: "true", count: count))
            for descriptor in held { close(descriptor) }
            registration.watchDescriptors()
        }
    }
}
