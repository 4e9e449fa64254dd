// libmilter in the test process. It exists once, so the tests put their filter in one after the other.

import Glibc
import MilterClient
import Testing

@testable import Milter

enum LiveServer {
    static let folder: String = {
        var template = Array("/tmp/milter-tests.XXXXXX".utf8CString)
        return mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }()

    static let path = folder + "/milter"

    /// How long an MTA may be silent within a packet, or read nothing.
    private static let timeoutSeconds: Int32 = 2

    /// Serves from the first use to the end of the process.
    private static let started: Result<Void, MilterServerError> = {
        let settings = MilterServerSettings(
            socket: .unix(path: path), mode: 0o600, backlog: 128, timeoutSeconds: timeoutSeconds)
        do throws(MilterServerError) {
            try MilterServer.open(ScriptedFilter(), settings)
        } catch {
            return .failure(error)
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                try? MilterServer.run(MilterServerSettings(socket: .unix(path: LiveServer.path)))
                return nil
            }, nil)
        pthread_detach(thread)
        return .success(())
    }()

    /// A client that has negotiated with this filter.
    static func client(_ filter: ScriptedFilter, version: UInt32 = 6) throws -> MilterClient {
        try use(filter)
        let client = try MilterClient(
            .unix(path: path), MilterClientSettings(version: version, timeout: .seconds(20)))
        try client.negotiate()
        return client
    }

    /// Serves new connections with this filter.
    static func use(_ filter: ScriptedFilter) throws {
        try started.get()
        Registration.current = Registration(filter, descriptorLimit: 1 << 20)
    }
}

extension MilterTransaction {
    /// A small message with a folded field, and a body of so many bytes.
    static func sample(sender: String = "<sender@example.com>", bodyBytes: Int = 100) -> MilterTransaction {
        MilterTransaction(
            sender: sender, recipients: ["<rcpt@example.net>"],
            fields: [
                (Array("Subject".utf8), Array(" Hello\r\n\tworld".utf8)), (Array("X-Tight".utf8), Array("value".utf8)),
            ],
            body: [UInt8](repeating: UInt8(ascii: "x"), count: bodyBytes))
    }
}
