// Relays behind which a message goes on in the same log: a content filter that hands it back, a further instance of Postfix, Sendmail's
// daemon for what local programs submit. That one of them has it is no delivery.

import MailSyntax

/// Known by what they answer: the queue ID that the message goes on under.
struct InnerRelays {
    private static let limit = 64
    private static let longestID = 32

    private var known: Set<[UInt8]> = []
    /// Queue IDs that relays have named and that no line has had yet, with the relay.
    private var awaited: [[UInt8]: [UInt8]] = [:]

    /// Whether the message went on to a relay that is known to be one. `isKnown` says whether a line has had a queue ID.
    mutating func hasTaken(_ attempt: DeliveryAttempt, _ isKnown: (Bytes) -> Bool) -> Bool {
        guard attempt.outcome == .sent, let name = attempt.relay, let next = Self.nextQueueID(in: attempt.reason),
            1...Self.longestID ~= next.count, next != attempt.queueID
        else { return false }
        let relay = Array(name)
        if known.contains(relay) { return true }
        if isKnown(next) {
            learn(relay)
            return true
        }
        if awaited.count >= Self.limit { awaited.removeAll(keepingCapacity: true) }
        awaited[Array(next)] = relay
        return false
    }

    /// A line has this queue ID.
    mutating func meet(_ queueID: Bytes) {
        if !awaited.isEmpty, let relay = awaited.removeValue(forKey: Array(queueID)) { learn(relay) }
    }

    private mutating func learn(_ relay: [UInt8]) {
        if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
        known.insert(relay)
    }

    /// `250 2.0.0 Ok: queued as 4XKZ1y2Q3bz9s` of Postfix, also as a filter passes it on; `0A2 Message accepted for delivery` of Sendmail.
    private static func nextQueueID(in reason: Bytes) -> Bytes? {
        if let range = reason.firstRange(of: "queued as ") {
            return reason[range.upperBound...].prefix { $0.isASCIIAlphanumeric }
        }
        guard let range = reason.firstRange(of: " message accepted for delivery") else { return nil }
        return reason[..<range.lowerBound].suffix { $0.isASCIIAlphanumeric }
    }
}
