// What the store's tests share: a folder, a journal in it, a store, and all that a store holds.

import Glibc
import Journal
import Testing
import Vocabulary

@testable import Suppression
@testable import outage_simulation

/// A folder of its own for one test, removed with its last reference.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(root)/store-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        try #require(made)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        guard let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(path)/\(name)")
        }
        closedir(stream)
        rmdir(path)
    }

    func journal(_ name: String = "journal") -> FollowedJournal {
        FollowedJournal(name: name, path: "\(path)/\(name)")
    }

    func write(_ records: [Record], to name: String = "journal", rotating: Bool = false) throws {
        let writer = try JournalWriter(
            configuration: JournalConfiguration(
                path: "\(path)/\(name)", rotateBytes: rotating ? 1 : 64 << 20, rotateSeconds: 1 << 30))
        _ = try writer.append(records)
        writer.close()
    }
}

/// Traffic of all kinds to a few addresses, so that much happens to each.
func traffic(_ count: Int, seed: UInt64, addresses: Int = 40) -> [Record] {
    var chance = Generator(seed: seed)
    let kinds: [(Event, Category)] = [
        (.bounce, .mailboxUnknown), (.bounce, .mailboxFull), (.bounce, .networkError), (.deferral, .networkError),
        (.deferral, .greylisted), (.bounce, .authFailed), (.bounce, .reputation), (.complaint, .abuseReport),
        (.autoReply, .vacation), (.delivery, .delivered), (.delivery, .delivered), (.bounce, .undetermined),
    ]
    return (0..<count).map { number in
        let (event, category) = kinds[Int.random(in: 0..<kinds.count, using: &chance)]
        let domain = ["partner.example", "mail.example", "gmail.com"][Int.random(in: 0..<3, using: &chance)]
        var record = Record(
            id: "\(seed)-\(number)",
            timeMilliseconds: 1_795_000_000_000 + Int64(number) * 600_000
                + Int64.random(in: 0..<600_000, using: &chance),
            event: event, recipient: "user\(Int.random(in: 0..<addresses, using: &chance))@\(domain)",
            disposition: category.defaultDisposition, category: category, action: category.defaultAction,
            rule: "test.\(category.rawValue)", origin: .milterDSN,
            trust: [.local, .local, .matched, .unverified, .forged][Int.random(in: 0..<5, using: &chance)])
        record.diagnostic = "550 \(category.rawValue) \"\(number % 7)\" \\ {x}, äöü"
        record.status = "5.0.0"
        record.reply = 550
        var message = Record.Message()
        message.messageID = "<\(Int.random(in: 0..<count, using: &chance))@example.org>"
        message.sender = "news@\(["a", "b"][number % 2]).example.org"
        // Messages to an alias's members, some of whom take them.
        if number % 4 == 1 {
            record.recipient = "alias\(number / 8 % 3)@partner.example"
            record.finalRecipient = ["", "x@mail.example", "y@mail.example"][Int.random(in: 0..<3, using: &chance)]
            if record.finalRecipient == "" { record.finalRecipient = nil }
            message.messageID = "<alias\(number / 32)@example.org>"
        }
        if number % 3 == 0 { message.campaign = "c\(number / 50)" }
        record.message = message
        return record
    }
}

extension Store {
    /// Applies all that the journals hold.
    @discardableResult
    func follow(_ journals: [FollowedJournal], skipsDamaged: Bool = false) throws -> [FollowNotice] {
        var notices: [FollowNotice] = []
        try StoreFollower(self, journals, skipsDamaged: skipsDamaged) { notices.append($0) }.catchUp()
        return notices
    }

    func suppressed(_ filter: ReleaseFilter) throws -> [SuppressedAddress] {
        var found: [SuppressedAddress] = []
        try suppressed(filter) { found.append($0) }
        return found
    }

    /// All rows of all tables, for comparison. Which of two hosts' journals told a fact first is left out.
    func contents() throws -> [String] {
        var lines: [String] = []
        try database.read {
            let tables = [
                "address": "*", "incident": "*", "daily": "*",
                "event":
                    "id, time, event, address, provider, domain, sending_domain, campaign, category, diagnostic, hold",
            ]
            for (table, columns) in tables {
                try database.rows("SELECT \(columns) FROM \(table)", []) { lines.append("\(table) \($0)") }
            }
        }
        return lines.sorted()
    }

    func words(_ address: String) throws -> String {
        try database.read { try standings(of: [address])[address]?.words ?? "unknown" }
    }
}

extension RowBatch {
    /// A row as a query would hand it out.
    func values(of row: Int) -> [Value] {
        columns.indices.map { column in
            switch cells[row * columns.count + column] {
            case .null: .null
            case .integer(let integer): .integer(integer)
            case .text(let start, let count):
                .text(String(decoding: texts[Int(start)..<Int(start) + Int(count)], as: UTF8.self))
            }
        }
    }
}
