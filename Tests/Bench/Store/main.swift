// How fast the store takes a journal, beside the same database that is only given the same rows.
//
//   store-bench FOLDER STORE BARE    two new stores as option `store` names them; the journal is made in FOLDER

import Glibc
import Journal
import Suppression
import Vocabulary

private let records = 200_000
private let addresses = 50_000

private func seconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    try body()
    return now() - start
}

/// A journal of a busy site: mostly deliveries and deferrals, each address several times.
private func record(_ number: Int) -> Record {
    let kinds: [(Event, Category)] = [
        (.delivery, .delivered), (.deferral, .networkError), (.bounce, .mailboxUnknown), (.delivery, .delivered),
        (.bounce, .authFailed), (.deferral, .greylisted), (.delivery, .delivered), (.bounce, .mailboxFull),
    ]
    let (event, category) = kinds[number % kinds.count]
    let address = number &* 7919 % addresses
    var record = Record(
        id: String(
            (0..<32).map { "0123456789abcdef".utf8.map(Unicode.Scalar.init)[(number &* 31 &+ $0 &* number) & 15] }
                .map(Character.init)) + "\(number)",
        timeMilliseconds: 1_795_000_000_000 + Int64(number) * 100, event: event,
        recipient: "user\(address)@domain\(address % 200).example", disposition: category.defaultDisposition,
        category: category, action: category.defaultAction, rule: "bench.rule", origin: .deliveryLog, trust: .local)
    record.status = "4.4.1"
    record.reply = 450
    record.diagnostic =
        "450 4.4.1 <user\(address)@domain\(address % 200).example>: connection timed out (in reply to RCPT TO)"
    var message = Record.Message()
    message.queueID = "4c\(number)"
    message.sender = "news@example.org"
    message.campaign = "c\(number / 50_000)"
    record.message = message
    return record
}

private func open(_ text: String) throws -> any StoreDatabase {
    guard let address = StoreAddress(text) else {
        throw StoreError(.refused, "\(text): write sqlite:PATH or postgresql:CONNINFO")
    }
    return try address.open()
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: store-bench FOLDER STORE BARE")
    exit(64)
}
let path = arguments[1] + "/bench-journal"
if access(path, F_OK) != 0 {
    let writer = try JournalWriter(configuration: JournalConfiguration(path: path, rotateBytes: 1 << 40))
    for start in stride(from: 0, to: records, by: 10_000) {
        _ = try writer.append((start..<start + 10_000).map(record))
    }
    writer.close()
}

let names = ProviderNames(hosts: [:], domains: [:])
let database = try open(arguments[2])
let store = try Store(database, policy: Policy(), providers: names, key: AddressKey())
let following = try seconds {
    try StoreFollower(store, [FollowedJournal(name: "bench", path: path)], skipsDamaged: false) { _ in }.catchUp()
}

// The bare database: an empty store of the same form takes the rows that the other has come to, in transactions of the same size.
let bare = try open(arguments[3])
_ = try Store(bare, policy: Policy(), providers: names, key: AddressKey())
var filling = 0.0
for (table, key) in [("event", "(id)"), ("address", "(address)")] {
    var batch: RowBatch?
    var columns: [(name: String, type: RowBatch.ColumnType)] = []
    var rows: [[Value]] = []
    let names =
        table == "event"
        ? "id, time, event, address, provider, domain, sending_domain, campaign, disposition, category, action, status, reply, rule, trust, message, diagnostic, journal, seq"
        : "address, state, since, until, ground, cause, strikes, doubt, last_delivery, last_time, last_id"
    let integers: Set<String> = ["time", "reply", "seq", "since", "until", "last_delivery", "last_time"]
    columns = names.split(separator: ", ").map { (String($0), integers.contains(String($0)) ? .integer : .text) }
    try database.read { try database.rows("SELECT \(names) FROM \(table)", []) { rows.append($0) } }
    var start = 0
    while start < rows.count {
        batch = RowBatch(table, columns, onConflict: "\(key) DO NOTHING")
        let end = min(start + StoreFollower.batchRecords, rows.count)
        for row in rows[start..<end] { batch?.add(row) }
        if let batch { filling += try seconds { try bare.write { _ = try bare.insert(batch, returnsKeys: false) } } }
        start = end
    }
}
let kind = arguments[2].prefix { $0 != ":" }
print(
    "\(kind): \(Int(Double(records) / following)) records a second followed, \(Int(Double(records) / filling)) by the bare database: ratio \(Double(Int(following / filling * 100)) / 100)"
)
