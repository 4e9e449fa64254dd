// A line of the journal back to its record. Members may come in any order and with white space; unknown ones are passed
// over, so that a later version may add some.

import Vocabulary

extension Record {
    /// Reads one line, with or without its `\n`. The checksum is checked first, so damage is never read as content.
    package static func decode(_ line: [UInt8]) throws(RecordError) -> (seq: UInt64, record: Record) {
        try line.withUnsafeBufferPointer { (bytes) throws(RecordError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }

    static func decode(_ line: UnsafeRawBufferPointer) throws(RecordError) -> (seq: UInt64, record: Record) {
        if line.count > lineLimitBytes { throw .tooLong }
        let line = line.last == UInt8(ascii: "\n") ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
        guard let seal = Seal(line) else { throw .syntax(offset: max(line.count - Seal.count, 0)) }
        guard seal.isValid(of: line) else { throw .checksum }
        var parser = RecordParser()
        var cursor = JSONCursor(line)
        try parser.read(&cursor)
        try cursor.expectEnd()
        return try parser.result()
    }
}

/// The names of a record's members in the order of the writer; a member's place in the list is its bit in `seen`.
private enum Member: Int {
    case v, seq, id, time, event, recipient, finalRecipient, disposition, category, action, retryAfter, hint, expires
    case status, reply, command, diagnostic, rule, origin, trust, source, report, message, reason, crc

    var name: StaticString {
        switch self {
        case .v: "v"
        case .seq: "seq"
        case .id: "id"
        case .time: "time"
        case .event: "event"
        case .recipient: "recipient"
        case .finalRecipient: "final_recipient"
        case .disposition: "disposition"
        case .category: "category"
        case .action: "action"
        case .retryAfter: "retry_after"
        case .hint: "hint"
        case .expires: "expires"
        case .status: "status"
        case .reply: "reply"
        case .command: "command"
        case .diagnostic: "diagnostic"
        case .rule: "rule"
        case .origin: "origin"
        case .trust: "trust"
        case .source: "source"
        case .report: "report"
        case .message: "message"
        case .reason: "reason"
        case .crc: "crc"
        }
    }

    private static let count = Member.crc.rawValue + 1

    /// The member of that name, looked for from `hint` on: a line of the writer's has them in order.
    static func named(_ name: UnsafeRawBufferPointer, from hint: Int) -> Member? {
        for index in hint..<hint + count {
            if let member = Member(rawValue: index % count), name.equals(member.name) { return member }
        }
        return nil
    }
}

private struct RecordParser {
    var seen: UInt32 = 0
    var next = 0
    var seq: UInt64 = 0
    var record = Record(
        id: "", timeMilliseconds: 0, event: .bounce, recipient: "", disposition: .unknown, category: .undetermined,
        action: .none, rule: "", origin: .replay, trust: .unverified)

    mutating func read(_ cursor: inout JSONCursor) throws(RecordError) {
        try cursor.object { (cursor, name) throws(RecordError) in
            guard let member = Member.named(name, from: next) else { return try cursor.skipValue() }
            next = member.rawValue + 1
            if seen & 1 << UInt32(member.rawValue) != 0 { throw .member("\(member.name)") }
            seen |= 1 << UInt32(member.rawValue)
            try read(member, &cursor)
        }
    }

    func result() throws(RecordError) -> (seq: UInt64, record: Record) {
        let required: [Member] = [
            .v, .seq, .id, .time, .event, .recipient, .disposition, .category, .action, .rule, .origin, .trust, .source,
        ]
        for member in required where seen & 1 << UInt32(member.rawValue) == 0 { throw .member("\(member.name)") }
        return (seq, record)
    }

    private mutating func read(_ member: Member, _ cursor: inout JSONCursor) throws(RecordError) {
        switch member {
        case .v:
            let version = try cursor.integer()
            if version != 1 { throw .version(version) }
        case .seq: seq = try cursor.unsigned()
        case .id: record.id = try cursor.string()
        case .time: record.timeMilliseconds = try time(member, &cursor)
        case .event: record.event = try word(member, &cursor)
        case .recipient: record.recipient = try cursor.string()
        case .finalRecipient: record.finalRecipient = try cursor.string()
        case .disposition: record.disposition = try word(member, &cursor)
        case .category: record.category = try word(member, &cursor)
        case .action: record.action = try word(member, &cursor)
        case .retryAfter: record.retryAfter = try cursor.integer()
        case .hint: record.hint = try cursor.string()
        case .expires: record.expiresMilliseconds = try time(member, &cursor)
        case .status: record.status = try cursor.string()
        case .reply: record.reply = try cursor.integer()
        case .command: record.command = try cursor.string()
        case .diagnostic: record.diagnostic = try cursor.string()
        case .rule: record.rule = try cursor.string()
        case .origin: record.origin = try word(member, &cursor)
        case .trust: record.trust = try word(member, &cursor)
        case .source: record.source = try source(&cursor)
        case .report: record.report = try report(&cursor)
        case .message: record.message = try message(&cursor)
        case .reason: record.reason = try cursor.string()
        case .crc: _ = try cursor.word()
        }
    }

    private func time(_ member: Member, _ cursor: inout JSONCursor) throws(RecordError) -> Int64 {
        guard let time = Timestamp.parse(try cursor.word()) else { throw .member("\(member.name)") }
        return time
    }

    private func word<Word: Spelled>(_ member: Member, _ cursor: inout JSONCursor) throws(RecordError) -> Word {
        guard let word = Word.spellings.value(of: try cursor.word()) else { throw .word("\(member.name)") }
        return word
    }

    private func source(_ cursor: inout JSONCursor) throws(RecordError) -> Record.Source {
        var source = Record.Source()
        try cursor.object { (cursor, name) throws(RecordError) in
            if name.equals("mta") {
                source.mta = try cursor.string()
            } else if name.equals("queue_id") {
                source.queueID = try cursor.string()
            } else if name.equals("client") {
                source.client = try cursor.string()
            } else if name.equals("file") {
                source.file = try cursor.string()
            } else {
                try cursor.skipValue()
            }
        }
        return source
    }

    private func report(_ cursor: inout JSONCursor) throws(RecordError) -> Record.Report {
        var report = Record.Report()
        try cursor.object { (cursor, name) throws(RecordError) in
            if name.equals("format") {
                report.format = try cursor.string()
            } else if name.equals("reporting_mta") {
                report.reportingMTA = try cursor.string()
            } else if name.equals("remote_mta") {
                report.remoteMTA = try cursor.string()
            } else if name.equals("arrival") {
                report.arrival = try cursor.string()
            } else if name.equals("feedback_type") {
                report.feedbackType = try cursor.string()
            } else {
                try cursor.skipValue()
            }
        }
        return report
    }

    private func message(_ cursor: inout JSONCursor) throws(RecordError) -> Record.Message {
        var message = Record.Message()
        try cursor.object { (cursor, name) throws(RecordError) in
            if name.equals("message_id") {
                message.messageID = try cursor.string()
            } else if name.equals("queue_id") {
                message.queueID = try cursor.string()
            } else if name.equals("sender") {
                message.sender = try cursor.string()
            } else if name.equals("envid") {
                message.envelopeID = try cursor.string()
            } else if name.equals("campaign") {
                message.campaign = try cursor.string()
            } else if name.equals("subject") {
                message.subject = try cursor.string()
            } else {
                try cursor.skipValue()
            }
        }
        return message
    }
}

/// The words of one enum by their bytes.
private struct Spellings<Word: Sendable>: Sendable {
    let words: [(bytes: [UInt8], word: Word)]

    func value(of bytes: UnsafeRawBufferPointer) -> Word? {
        for entry in words where entry.bytes.count == bytes.count {
            if entry.bytes.withUnsafeBytes({ bytes.elementsEqual($0) }) { return entry.word }
        }
        return nil
    }
}

private protocol Spelled: Sendable, CaseIterable, RawRepresentable<String> {
    static var spellings: Spellings<Self> { get }
}

extension Spelled {
    fileprivate static func spell() -> Spellings<Self> {
        Spellings(words: allCases.map { (Array($0.rawValue.utf8), $0) })
    }
}

private let events = Event.spell()
private let dispositions = Disposition.spell()
private let categories = Category.spell()
private let actions = Action.spell()
private let origins = Origin.spell()
private let trusts = Trust.spell()

extension Event: Spelled { fileprivate static var spellings: Spellings<Event> { events } }
extension Disposition: Spelled { fileprivate static var spellings: Spellings<Disposition> { dispositions } }
extension Category: Spelled { fileprivate static var spellings: Spellings<Category> { categories } }
extension Action: Spelled { fileprivate static var spellings: Spellings<Action> { actions } }
extension Origin: Spelled { fileprivate static var spellings: Spellings<Origin> { origins } }
extension Trust: Spelled { fileprivate static var spellings: Spellings<Trust> { trusts } }
