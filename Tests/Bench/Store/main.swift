// How fast the store takes a journal, beside the same database that is only given the same statements.
//
//   store-bench FOLDER STORE AGAIN BARE    three new stores as option `store` names them; the journal is made in FOLDER

import Glibc
import Journal
import Suppression
import Vocabulary

private let records = 200_000
private let addresses = 50_000

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
guard arguments.count == 5 else {
    print("usage: store-bench FOLDER STORE AGAIN BARE")
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

private func follow(_ database: any StoreDatabase) throws {
    let store = try Store(
        database, policy: Policy(), providers: ProviderNames(hosts: [:], domains: [:]), key: AddressKey())
    try StoreFollower(store, [FollowedJournal(name: "bench", path: path)], skipsDamaged: false) { _ in }.catchUp()
}

var following = Cost()
let followed = try open(arguments[2])
try following.add { try follow(followed) }

// The bare database has the same tables, and is given what the store wrote, one transaction after the other.
var writing = Cost()
let bare = try open(arguments[4])
try follow(
    Recorder(try open(arguments[3])) { writes in
        try writing.add { try bare.write { for write in writes { try write.run(on: bare) } } }
    })

private func hundredths(_ number: Double) -> String { "\(Double(Int(number * 100)) / 100)" }

private func rate(_ cost: Cost) -> String {
    let microseconds = hundredths(cost.processorSeconds / Double(records) * 1e6)
    return "\(Int(Double(records) / cost.seconds)) records a second (\(microseconds) µs of processor each)"
}
let kind = arguments[2].prefix { $0 != ":" }
let ratio = hundredths(following.seconds / writing.seconds)
print("\(kind): \(rate(following)) followed, \(rate(writing)) by the bare database: ratio \(ratio)")
