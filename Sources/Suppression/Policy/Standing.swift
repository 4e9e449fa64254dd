// How an address stands: suppressed or not, why, and what counts towards it.

/// Why an address is suppressed.
package enum Ground: String, Sendable, Hashable, CaseIterable {
    /// One failure that says that the address is no good.
    case hard
    /// The mailbox is full for good.
    case full
    /// The mailbox is disabled.
    case disabled
    /// Failures in a row.
    case soft
    /// The recipient complained.
    case complaint
}

/// That mail to an address is not to be sent.
package struct Suppression: Sendable, Hashable {
    /// Milliseconds since 1970.
    package var since: Int64
    /// When it ends by itself; nil for never.
    package var until: Int64?
    package var ground: Ground
    /// The `id` of the record that decided.
    package var cause: String

    /// Whether it holds at a time.
    package func isInForce(at time: Int64) -> Bool { until.map { time < $0 } ?? true }
}

/// A failure that is remembered because others may follow.
package struct Strike: Sendable, Hashable {
    package var time: Int64
    package var message: String
    package var campaign: String
}

/// The state of one address. It follows from the occurrences alone: folded in the order of their times, they give the same state
/// however they were read.
package struct Standing: Sendable, Hashable {
    /// More strikes are not remembered one by one.
    package static let strikeLimit = 16

    package var suppression: Suppression?
    /// A suppression that waits for a hold to be decided.
    package var held: Suppression?
    /// Soft failures since the last delivery, the oldest first; different messages.
    package var strikes: [Strike] = []
    /// A failure that needs a second, independent one.
    package var doubt: Strike?
    package var lastDelivery: Int64?
    /// The last occurrence that was folded in; the time is 0 before the first.
    package var lastTime: Int64 = 0
    package var lastID = ""

    package init() {}

    /// Whether an occurrence comes behind all that were folded in.
    package func isBefore(_ occurrence: Occurrence) -> Bool { (lastTime, lastID) < (occurrence.time, occurrence.id) }
}
