// What was counted of a group of mail, its rates, and what the field thinks of them.

import Vocabulary

/// Final outcomes of mail, and complaints about it. A deferral is none: the MTA tries again.
package struct Counts: Sendable, Hashable {
    package var delivered: Int64 = 0
    package var hard: Int64 = 0
    package var soft: Int64 = 0
    package var block: Int64 = 0
    /// Failures whose cause nobody knows.
    package var unknown: Int64 = 0
    package var complaints: Int64 = 0
    /// Tries that failed for a while; no part of `sent`.
    package var deferrals: Int64 = 0

    package init() {}

    /// What came to an end, one way or the other.
    package var sent: Int64 { delivered + failed }
    package var failed: Int64 { hard + soft + block + unknown }

    /// Counts so many of one kind.
    package mutating func add(_ event: Event, _ disposition: Disposition, _ count: Int64) {
        switch (event, disposition) {
        case (.delivery, _): delivered += count
        case (.bounce, .hard): hard += count
        case (.bounce, .soft): soft += count
        case (.bounce, .block): block += count
        case (.bounce, .unknown): unknown += count
        // This site refused it by the store's own word: it was never sent.
        case (.bounce, .none): break
        case (.complaint, _): complaints += count
        case (.deferral, _): deferrals += count
        case (.autoReply, _), (.reversal, _): break
        }
    }

    package static func += (sum: inout Counts, other: Counts) {
        sum.delivered += other.delivered
        sum.hard += other.hard
        sum.soft += other.soft
        sum.block += other.block
        sum.unknown += other.unknown
        sum.complaints += other.complaints
        sum.deferrals += other.deferrals
    }
}

/// Shares of what was sent, 0 to 1.
package struct Rates: Sendable, Hashable {
    package var total: Double
    package var hard: Double
    /// Of what was delivered; nil where nothing was.
    package var complaint: Double?

    /// Nil where nothing was sent.
    package init?(_ counts: Counts) {
        guard counts.sent > 0 else { return nil }
        total = Double(counts.failed) / Double(counts.sent)
        hard = Double(counts.hard) / Double(counts.sent)
        if counts.delivered > 0 { complaint = Double(counts.complaints) / Double(counts.delivered) }
    }

    /// The limits that mailbox providers and senders agree on; bounce-store.toml(5), "RATES".
    package enum Limit {
        package static let warning = 0.02
        package static let critical = 0.05
        package static let hard = 0.01
        /// Hard bounces of lists that were not mailed lately.
        package static let hardOfColdList = 0.005
    }

    /// What the field says of such rates.
    package enum Health: String, Sendable, Hashable { case healthy, warning, critical }

    /// `isColdList`: hard bounces are to stay lower, as for a list that was not mailed lately.
    package func health(isColdList: Bool) -> Health {
        if total > Limit.critical { return .critical }
        let hardLimit = isColdList ? Limit.hardOfColdList : Limit.hard
        return total >= Limit.warning || hard >= hardLimit ? .warning : .healthy
    }
}

/// Whether failures of the last hour leave their own past.
package struct Change: Sendable, Hashable {
    /// Shares of what was sent.
    package var past: Double
    package var lastHour: Double

    /// So many standard deviations above what the past lets expect, and no fewer failures than these.
    private static let deviations = 4.0
    private static let leastFailures: Int64 = 5

    /// Nil where the hour is as the past was, or either is too little to tell.
    package init?(lastHour: Counts, past: Counts) {
        guard lastHour.failed >= Self.leastFailures, past.sent > 0, lastHour.sent > 0 else { return nil }
        let share = Double(past.failed) / Double(past.sent)
        let expected = share * Double(lastHour.sent)
        // Failures of a low rate come as a Poisson process does; one more keeps a spotless past from making any failure a change.
        guard Double(lastHour.failed) > expected + Self.deviations * (expected + 1).squareRoot() else { return nil }
        self.past = share
        self.lastHour = Double(lastHour.failed) / Double(lastHour.sent)
    }
}
