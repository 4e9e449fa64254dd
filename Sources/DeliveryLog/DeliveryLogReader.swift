// From the lines of a log, in order, to the delivery attempts in them. An MTA logs in one line, without recipients, that it gives a
// message up: what its last attempts were is remembered until then.

import MailSyntax

/// Used by one thread at a time.
package struct DeliveryLogReader {
    private let programs: SyslogNames
    private var deferrals = RecentDeferrals()
    private var senders = RecentSenders()
    private var innerRelays = InnerRelays()

    package init(programs: SyslogNames) {
        self.programs = programs
    }

    /// The attempts that a line (without its newline) tells: one, mostly none; of a message that is given up, each recipient's last one,
    /// whose outcome is then `bounced`.
    package mutating func attempts(in line: Bytes) -> [DeliveryAttempt] {
        // Most lines of a log are of no delivery; these words settle it without taking them apart.
        guard
            line.contains("stat=") || line.contains("status=") || line.contains("return to sender: ")
                || line.contains(": from=<") || line.contains(": DSN: ") || line.contains(" notify: ")
                || line.contains(": return receipt: ")
        else { return [] }
        switch DeliveryLogLine.read(line, of: programs) {
        case .attempt(var attempt):
            deferrals.add(line, attempt)
            attempt.sender = senders.find(attempt.queueID)
            attempt.isHandedOn =
                attempt.isForwarded || innerRelays.hasTaken(attempt) { senders.find($0) != nil }
            return [attempt]
        case .sender(let sender, let queueID):
            senders.add(sender, of: queueID)
            innerRelays.meet(queueID)
            return []
        case .expiry(let queueID, let report):
            if let report { senders.add([], of: report) }
            return lastAttempts(deferrals.take(queueID), sender: senders.find(queueID))
        case nil:
            return []
        }
    }

    /// What stands in the log before the place where reading begins, so that messages deferred there can be given up after it.
    package mutating func recall(_ line: Bytes) { _ = attempts(in: line) }

    private func lastAttempts(_ lines: [[UInt8]], sender: Bytes?) -> [DeliveryAttempt] {
        var last: [[UInt8]: DeliveryAttempt] = [:]
        var order: [[UInt8]] = []
        for line in lines {
            guard case .attempt(var attempt)? = DeliveryLogLine.read(line[...], of: programs) else { continue }
            attempt.sender = sender
            for recipient in attempt.to {
                attempt.to = [recipient]
                let key = recipient.lowercased() + [0] + (attempt.originalTo?.lowercased() ?? [])
                if last.updateValue(attempt, forKey: key) == nil { order.append(key) }
            }
        }
        return order.compactMap { key in
            guard var attempt = last[key], attempt.outcome == .deferred else { return nil }
            attempt.outcome = .bounced
            return attempt
        }
    }
}

/// The log lines of messages that were deferred lately, by queue ID. An MTA gives a message up right behind its last attempt, so that
/// the lines of those that are being tried are enough.
struct RecentDeferrals {
    /// Of lines, in each of two generations: when the newer one is full, the older one is forgotten.
    static let limitBytes = 4 << 20

    private var newer: [[UInt8]: [[UInt8]]] = [:]
    private var older: [[UInt8]: [[UInt8]]] = [:]
    private var newerBytes = 0

    /// Keeps the line of a deferral, and of what becomes of other recipients of the same message.
    mutating func add(_ line: Bytes, _ attempt: DeliveryAttempt) {
        let queueID = Array(attempt.queueID)
        guard attempt.outcome == .deferred || newer[queueID] != nil || older[queueID] != nil else { return }
        if newerBytes + line.count > Self.limitBytes {
            older = newer
            newer = [:]
            newerBytes = 0
        }
        newer[queueID, default: []].append(Array(line))
        newerBytes += line.count
    }

    /// The lines of a message, in the log's order; they are forgotten.
    mutating func take(_ queueID: Bytes) -> [[UInt8]] {
        let queueID = Array(queueID)
        let lines = newer.removeValue(forKey: queueID) ?? []
        newerBytes -= lines.reduce(0) { $0 + $1.count }
        return (older.removeValue(forKey: queueID) ?? []) + lines
    }
}

/// The envelope senders of messages that the log told lately, by queue ID. Postfix tells a message's sender before each round of
/// attempts, Sendmail once.
struct RecentSenders {
    /// In each of two generations: when the newer one is full, the older one is forgotten.
    static let limit = 20_000

    private var newer: [[UInt8]: [UInt8]] = [:]
    private var older: [[UInt8]: [UInt8]] = [:]

    mutating func add(_ sender: Bytes, of queueID: Bytes) {
        if newer.count >= Self.limit {
            older = newer
            newer = [:]
        }
        newer[Array(queueID)] = Array(sender)
    }

    func find(_ queueID: Bytes) -> Bytes? {
        let queueID = Array(queueID)
        return (newer[queueID] ?? older[queueID])?[...]
    }
}
