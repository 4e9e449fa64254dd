// The `name=value, …` list that Postfix and Sendmail log for a delivery. What a foreign server or a local part
// contributes stands in brackets or quotes, or last, so that it cannot pass for a field.

import MailSyntax

/// `QUEUEID: to=…`, the beginning that both MTAs give a delivery's message.
struct QueuedMessage {
    let queueID: Bytes
    let fields: Bytes

    /// Sendmail's queue IDs have 14 characters, Postfix's long ones up to 20.
    private static let queueIDLimitBytes = 64
    /// Longer addresses are none that mail comes from.
    private static let senderLimitBytes = 1_024

    init?(_ message: Bytes) {
        guard let (queueID, rest) = Self.split(message), rest.hasPrefix("to=") else { return nil }
        self.queueID = queueID
        fields = rest
    }

    /// The queue ID of a message that an MTA gives up: Postfix's `QUEUEID: from=<a@b>, status=expired, returned to sender` (qmgr(8);
    /// `force-expired` after postsuper(1)'s -f), Sendmail's `QUEUEID: NEWQUEUEID: return to sender: Cannot send message for 5 days`.
    static func expired(_ message: Bytes) -> (queueID: Bytes, report: Bytes?)? {
        guard let (queueID, rest) = split(message) else { return nil }
        if rest.hasPrefix("from=") {
            return rest.hasSuffix("expired, returned to sender") ? (queueID, nil) : nil
        }
        guard let (report, words) = split(rest) else { return nil }
        return words.hasPrefix("return to sender: Cannot send message for ") ? (queueID, report) : nil
    }

    /// `QUEUEID: from=<a@b>, size=…`: Postfix's qmgr(8), each time that it takes a message up, and Sendmail, when it takes it in. The
    /// sender is bare, and empty for `<>`. Sendmail tells of its own reports in no such line: `QUEUEID: NEWQUEUEID: DSN: User unknown` is
    /// all that says whose sender the null reverse-path is.
    static func sender(_ message: Bytes) -> (queueID: Bytes, sender: Bytes)? {
        guard let (queueID, rest) = split(message) else { return nil }
        guard let value = rest.dropping(prefix: "from=<") else {
            return split(rest).flatMap { isReport($0.rest) ? ($0.queueID, []) : nil }
        }
        guard let end = value.prefix(senderLimitBytes).firstRange(of: ">, ")?.lowerBound else { return nil }
        return (queueID, MailAddress.parse(value[..<end]) ?? [])
    }

    /// What Sendmail writes of each report that it makes, behind the report's queue ID.
    private static func isReport(_ words: Bytes) -> Bool {
        words.hasPrefix("DSN: ") || words.hasPrefix("return to sender: ") || words.hasPrefix("sender notify: ")
            || words.hasPrefix("postmaster notify: ") || words.hasPrefix("return receipt: ")
    }

    private static func split(_ message: Bytes) -> (queueID: Bytes, rest: Bytes)? {
        guard let parts = message.prefix(queueIDLimitBytes + 1).split(atByte: UInt8(ascii: ":")), !parts.head.isEmpty,
            parts.head.allSatisfy(isQueueIDByte), !isWord(parts.head)
        else { return nil }
        return (parts.head, message[parts.tail.startIndex...].trimmed)
    }

    /// What stands in the place of a queue ID and is none.
    private static func isWord(_ word: Bytes) -> Bool {
        word.equals("NOQUEUE") || word.equals("warning") || word.equals("error") || word.equals("fatal")
            || word.equals("panic") || word.equals("statistics")
    }

    private static func isQueueIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

struct DeliveryFields {
    private(set) var to: Bytes = []
    private(set) var originalTo: Bytes?
    private(set) var relay: Bytes?
    private(set) var mailer: Bytes?
    private(set) var status: EnhancedStatus?
    private(set) var reply: Bytes?
    /// What stands behind `status=` or `stat=`, to the end of the line.
    private(set) var outcome: Bytes = []
    /// Whether the outcome was `status=`.
    private(set) var isPostfix = false

    /// The fields of a delivery's message; both MTAs log under twenty.
    private static let limit = 32

    init(_ text: Bytes) {
        var rest = text
        for _ in 0..<Self.limit {
            guard let parts = rest.split(atByte: UInt8(ascii: "=")) else { return }
            let name = parts.head.trimmed
            if name.equals("status") || name.equals("stat") {
                isPostfix = name.equals("status")
                outcome = parts.tail.trimmed
                return
            }
            let end = Self.end(ofValue: parts.tail, named: name)
            set(name, to: parts.tail[..<end])
            rest = parts.tail[end...].dropFirst(2)
        }
    }

    private mutating func set(_ name: Bytes, to value: Bytes) {
        if name.equals("to") {
            to = value
        } else if name.equals("orig_to") {
            originalTo = value
        } else if name.equals("relay") {
            relay = value.equals("none") || value.isEmpty ? nil : value
        } else if name.equals("mailer") {
            mailer = value
        } else if name.equals("dsn") {
            status = EnhancedStatus(value)
        } else if name.equals("reply") {
            reply = value
        }
    }

    /// Where a value ends: at `, ` outside of brackets and quotes; Sendmail's reply at `, stat=`.
    private static func end(ofValue value: Bytes, named name: Bytes) -> Int {
        if name.equals("reply") { return value.firstRange(of: ", stat=")?.lowerBound ?? value.endIndex }
        let isAddress = name.equals("to") || name.equals("orig_to")
        var isQuoted = false
        var isBracketed = false
        var index = value.startIndex
        while index < value.endIndex {
            switch value[index] {
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "\"") where isAddress: isQuoted.toggle()
            case UInt8(ascii: "<") where isAddress && !isQuoted: isBracketed = true
            case UInt8(ascii: ">") where !isQuoted: isBracketed = false
            case UInt8(ascii: ",") where !isQuoted && !isBracketed:
                if index + 1 == value.endIndex || value[index + 1] == 0x20 { return index }
            default: break
            }
            index += 1
        }
        return value.endIndex
    }

    /// `mx.example.com` of `mx.example.com[192.0.2.1]:25` and of `mx.example.com. [192.0.2.1]`; the address of
    /// `[192.0.2.1]`. Nil for what is no host, as `local` and the name of a pipe.
    var relayHost: Bytes? {
        guard let relay else { return nil }
        guard let parts = relay.split(atByte: UInt8(ascii: "[")) else {
            return relay.firstIndex(ofByte: UInt8(ascii: ".")) == nil ? nil : Self.withoutDot(relay)
        }
        if parts.head.isEmpty { return parts.tail.split(atByte: UInt8(ascii: "]"))?.head }
        return Self.withoutDot(parts.head.trimmed)
    }

    private static func withoutDot(_ name: Bytes) -> Bytes {
        name.last == UInt8(ascii: ".") ? name.dropLast() : name
    }
}
