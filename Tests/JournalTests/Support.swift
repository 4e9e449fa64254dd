// What the journal's tests share: folders, records, a source of chance that can be repeated.

import Glibc
import Synchronization
import Testing
import Vocabulary

@testable import Journal

/// A folder of its own for one test, removed with its last reference.
final class TemporaryFolder: Sendable {
    let path: String
    var journal: String { path + "/journal.jsonl" }

    init() throws {
        // In memory where that is, as thousands of syncs are tried.
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(root)/journal-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        try #require(made)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        for name in (try? names()) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func names() throws -> [String] {
        try SystemCalls().names(in: path).filter { $0 != "." && $0 != ".." }.sorted()
    }
}

func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = try SystemCalls().open(path, O_RDONLY)
    let size = try descriptor.status().size
    var bytes = [UInt8](repeating: 0, count: size)
    let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0, at: 0) }
    return Array(bytes.prefix(count))
}

func writeFile(_ path: String, _ bytes: some Sequence<UInt8>) throws {
    let descriptor = try SystemCalls().open(path, O_WRONLY | O_CREAT | O_TRUNC)
    try Array(bytes).withUnsafeBytes { try descriptor.write($0, at: 0) }
}

/// The checkout's top folder.
let repositoryPath = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
    separator: "/")

func resource(_ name: String) throws -> [UInt8] {
    try readFile("\(repositoryPath)/Tests/JournalTests/Resources/\(name)")
}

func lines(of bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
}

/// A record of an everyday bounce.
func sampleRecord(_ id: String) -> Record {
    var record = Record(
        id: id, timeMilliseconds: 1_795_256_130_123, event: .bounce, recipient: "\(id)@example.com", disposition: .hard,
        category: .mailboxUnknown, action: .suppress, rule: "status.5.1.1", origin: .milterDSN, trust: .local)
    record.status = "5.1.1"
    record.reply = 550
    record.diagnostic =
        "550 5.1.1 <\(id)@example.com>: Recipient address rejected: User unknown in local recipient table"
    record.source.mta = "postfix"
    record.source.queueID = "4cQ1xk2Zz5zB"
    record.report = Record.Report()
    record.report?.format = "rfc3464"
    record.report?.remoteMTA = "mx.example.com"
    record.message = Record.Message()
    record.message?.messageID = "<\(id)@example.org>"
    return record
}

/// A number is the same each time for the same seed.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// What a writer said, from any thread.
final class Notices: Sendable {
    private let list = Mutex<[JournalNotice]>([])
    var all: [JournalNotice] { list.withLock { $0 } }
    func add(_ notice: JournalNotice) { list.withLock { $0.append(notice) } }
}

/// Nothing is rotated for its age unless a test asks for it: the time of the records is what it is, and the clock goes on.
func openWriter(
    _ folder: TemporaryFolder, rotateBytes: Int = 1 << 30, rotateSeconds: Int = .max, notices: Notices = Notices(),
    calls: SystemCalls = SystemCalls()
) throws(JournalError) -> JournalWriter {
    try JournalWriter(
        configuration: JournalConfiguration(
            path: folder.journal, rotateBytes: rotateBytes, rotateSeconds: rotateSeconds,
            onNotice: { notices.add($0) }, calls: calls))
}

/// All records of a journal; a finding is a failure of the test.
func readAll(
    _ folder: TemporaryFolder, from position: JournalPosition = .beginning,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> [JournalEntry] {
    let reader = try JournalReader(path: folder.journal, from: position)
    var entries: [JournalEntry] = []
    while let item = try reader.next() {
        switch item {
        case .entry(let entry): entries.append(entry)
        case .finding(let finding): Issue.record("\(finding)", sourceLocation: sourceLocation)
        }
    }
    return entries
}

func expectSound(_ folder: TemporaryFolder, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let result = try JournalVerifier.verify(path: folder.journal)
    #expect(result.findings == [], sourceLocation: sourceLocation)
    #expect(result.isSound, sourceLocation: sourceLocation)
}
