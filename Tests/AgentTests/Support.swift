// What the tests of this module share: an examiner with simple verdicts, samples, and a session that is driven by hand.

import Classification
import Foundation
import Journal
import Logging
import MailSyntax
import Milter
import ReturnPath
import Synchronization
import Testing
import Vocabulary

@testable import Agent

/// The samples of Resources/ by the ending of their names.
enum Samples {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources")

    /// Names without ending, sorted.
    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".eml") }.map { String($0.dropLast(4)) }.sorted()
    }

    static func message(_ name: String, crlf: Bool = false) throws -> [UInt8] {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name + ".eml")))
        return crlf ? bytes.flatMap { $0 == 10 ? [13, 10] : [$0] } : bytes
    }

    static func expected(_ name: String) throws -> [String] {
        try String(contentsOf: folder.appending(path: name + ".json"), encoding: .utf8).split(separator: "\n").map(
            String.init)
    }
}

extension Examiner {
    /// Verdicts by the status alone, so that these tests depend on no rules.
    static func simple(_ configuration: Configuration = Configuration()) -> Examiner {
        Examiner(limits: configuration) { evidence in
            switch evidence.status?.description {
            case "5.1.1": Verdict(category: .mailboxUnknown, rule: "status.5.1.1")
            case "5.2.2":
                {
                    var verdict = Verdict(category: .mailboxFull, rule: "status.5.2.2")
                    verdict.action = .suppress
                    verdict.expiresAfterSeconds = 86_400
                    return verdict
                }()
            case "4.2.2": Verdict(category: .mailboxFull, rule: "status.4.2.2")
            default: Verdict(category: .undetermined, rule: "undetermined")
            }
        }
    }
}

/// A folder that is gone when the test is over.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/bounce-milter-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// The settings to follow a log in it, which has nothing yet.
    func emptyLog() throws -> DeliveryLogConfiguration {
        var settings = DeliveryLogConfiguration()
        settings.path = path + "/mail.log"
        try "".write(toFile: settings.path, atomically: false, encoding: .utf8)
        return settings
    }
}

/// A filter whose records and log lines can be looked at.
final class Fixture {
    let filter: BounceFilter
    let log = Lines()
    let records = Written()
    /// What was asked for a verdict, as often as it was.
    let judged = Lines()
    let capture: CaptureQueue
    let sentMailQueue: SentMailQueue?

    /// What was appended; fails with `error` where it is set.
    final class Written: Sendable {
        let state = Mutex<(records: [Record], pieces: [Int], error: JournalError?)>(([], [], nil))
        var all: [Record] { state.withLock { $0.records } }
        /// How many records came at once.
        var pieces: [Int] { state.withLock { $0.pieces } }
        func fail(_ error: JournalError?) { state.withLock { $0.error = error } }
    }

    init(
        keys: Keyring = Keyring([]), sentMail: SentMail? = nil, campaigns: SentCampaigns? = nil,
        _ change: (inout Configuration) -> Void = { _ in }
    ) {
        var configuration = Configuration()
        configuration.logLevel = .debug
        change(&configuration)
        let trust = TrustPolicy(configuration, keys: keys, sentMail: sentMail)
        let simple = Examiner.simple(configuration)
        let judged = judged
        let examiner = Examiner(limits: configuration, trust: trust) { evidence in
            judged.add(evidence.diagnostic.text)
            return simple.verdict(evidence)
        }
        let log = log
        let records = records
        let logger = Logger(label: "test") { _ in CollectingLog(lines: log) }
        capture = CaptureQueue(logger: logger)
        sentMailQueue = sentMail.map { SentMailQueue($0, logger: logger) }
        filter = BounceFilter(
            configuration, examiner, capture: capture, sentMail: sentMailQueue, campaigns: campaigns,
            failed: FailedRecipients(), logger: logger
        ) { (new) throws(JournalError) in
            let error = records.state.withLock { state in
                if state.error == nil {
                    state.records += new
                    state.pieces.append(new.count)
                }
                return state.error
            }
            if let error { throw error }
            return new
        }
    }

    func connection(_ client: Client = .outside) -> Connection { Connection(filter, client) }
}

final class Lines: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
}

struct CollectingLog: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.add(event.message.description) }
}

/// Who connects to the MTA.
struct Client: Sendable {
    var hostName: String
    var address: String?
    var port: UInt16
    var macros: [String: String]

    static let outside = Client(
        hostName: "relay.example.net", address: "192.0.2.1", port: 4321,
        macros: ["j": "mx.example.com", "v": "Postfix 3.7.11"])
    /// Postfix's cleanup(8).
    static let postfixItself = Client(
        hostName: "localhost", address: "127.0.0.1", port: 0, macros: ["j": "mx.example.com", "v": "Postfix 3.7.11"])
}

/// How far a message got, and what the MTA was told.
enum Answer: Equatable, Sendable {
    case acceptedAtMail, acceptedAtBody, accepted, discarded
    case reply(Int)
}

/// One connection that is driven as libmilter would.
final class Connection {
    private let session: any MilterSession
    private let client: Client
    private(set) var bodyBytesTaken = 0
    /// What was asked for at the end of the messages.
    private(set) var changes: [MilterChange] = []
    /// Whether the MTA does it.
    var allowsChanges = true

    init(_ filter: BounceFilter, _ client: Client) {
        session = filter.makeSession()
        self.client = client
        _ = session.connect(
            MilterClientAddress(hostName: client.hostName, address: client.address, port: client.port),
            MilterContext(macros: client.macros))
    }

    /// Sends a message with CRLF line ends as an MTA would: fields with their leading space, the body in chunks.
    func send(
        _ message: [UInt8], from sender: String = "", to recipients: [String] = ["news@bounces.example.com"],
        macros: [String: String] = ["i": "4QUEUE"], namesQueueIDLate: Bool = false, chunkBytes: Int = 65_536
    ) -> Answer {
        let macros = client.macros.merging(macros) { $1 }
        if session.mail(Array(sender.utf8).span, MilterContext(macros: macros)) == .accept {
            return .acceptedAtMail
        }
        for recipient in recipients {
            _ = session.rcpt(Array(recipient.utf8).span, MilterContext(macros: macros))
        }
        _ = session.data(MilterContext(macros: namesQueueIDLate ? client.macros : macros))
        let (fields, body) = splitMessage(message)
        for (name, value) in fields { _ = session.header(name.span, value.span, MilterContext(macros: macros)) }
        bodyBytesTaken = 0
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = Array(rest.prefix(chunkBytes))
            bodyBytesTaken += chunk.count
            rest = rest.dropFirst(chunk.count)
            let answer = session.body(chunk.span, MilterContext(macros: macros))
            session.answered()
            if answer == .accept { return .acceptedAtBody }
            if answer == .skip { break }
        }
        let context = MilterMessageContext(macros: macros) { change in
            if self.allowsChanges { self.changes.append(change) }
            return self.allowsChanges
        }
        defer { session.answered() }
        switch session.endOfMessage(context) {
        case .accept: return .accepted
        case .discard: return .discarded
        case .reply(let reply): return .reply(reply.code)
        }
    }

    func abort() { session.abort() }

    /// What the session still holds of a message.
    var heldBytes: Int { (session as? BounceSession)?.buffer.bytes.count ?? 0 }
}

/// Header fields and body as an MTA passes them: folds with LF alone, the body with CRLF.
func splitMessage(_ message: [UInt8]) -> (fields: [([UInt8], [UInt8])], body: [UInt8]) {
    var fields: [([UInt8], [UInt8])] = []
    var position = 0
    while position < message.count {
        let end = message[position...].firstIndex(of: 10) ?? message.count
        let line = message[position..<end].filter { $0 != 13 }
        position = min(end + 1, message.count)
        if line.isEmpty { break }
        if line.first == 32 || line.first == 9, let last = fields.indices.last {
            fields[last].1 += [10] + line
        } else if let colon = line.firstIndex(of: 58) {
            fields.append((Array(line[..<colon]), Array(line[(colon + 1)...])))
        }
    }
    var body: [UInt8] = []
    body.reserveCapacity(message.count - position)
    var previous: UInt8 = 0
    for byte in message[position...] {
        if byte == 10, previous != 13 { body.append(13) }
        body.append(byte)
        previous = byte
    }
    return (fields, body)
}
