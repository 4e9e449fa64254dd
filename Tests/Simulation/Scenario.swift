// What happens in the simulated month, beside the ordinary traffic.

/// A month of a sender's mail: 50 providers, each smaller than the one before.
package struct Scenario: Sendable {
    package static let providers = 50
    package static let days = 30

    package var seed: UInt64
    /// To all providers, on a working day; half of it on Saturday and Sunday.
    package var messagesPerDay = 40_000.0
    /// The provider's rank, from 0, that refuses everybody for four hours from 9 o'clock on its day.
    package var outageProvider: Int? = 0
    package var outageDay = 18
    package var outageHours = 4
    /// Of all recipients, the share that the outage refuses.
    package var outageShare = 1.0
    /// A list that was not mailed for years, on its day from 10 o'clock in five hours, to all providers: by provider, 35 to 75 % of it
    /// are gone.
    package var staleListDay = 10
    package var staleListAddresses = 20_000.0
    /// A list that somebody sold, to one provider in two hours: 95 % of it never were.
    package var boughtListDay = 24
    package var boughtListProvider = 20
    package var boughtListAddresses = 1_500
    /// Times that a firm closes a department: a message to its people finds so many of them gone, this share of the firm.
    package var departures = 6
    package var departurePeople = 3...10
    package var departureShare = 0.25

    package init(seed: UInt64) { self.seed = seed }

    /// Zipf's law: the share of a provider in the traffic.
    static func share(ofProvider rank: Int) -> Double {
        let total = (1...providers).reduce(0) { $0 + 1 / Double($1) }
        return 1 / Double(rank + 1) / total
    }
}

/// What came of it.
package struct Figures: Sendable {
    package var messages = 0
    /// Hard bounces of addresses that are there, all by the outage.
    package var falseBounces = 0
    /// Of these: held when they came; taken back when the hold opened; suppressed.
    package var falseHeldAtOnce = 0
    package var falseTakenBack = 0
    package var falseApplied = 0
    /// Hard bounces of addresses that are gone, without the outage's provider on its day.
    package var trueBounces = 0
    package var trueDelayed = 0
    package var trueDropped = 0
    /// Those of the stale and of the bought list among them, and the longest that one of them waited.
    package var purgeBounces = 0
    package var purgeDelayed = 0
    package var purgeLongestMinutes = 0.0
    /// Holds in all, and those that began outside of the outage.
    package var holds = 0
    package var holdsElsewhere = 0
    /// From the outage's end to the hold's.
    package var decidedAfterMinutes: Double?

    package init() {}

    package var shareHeldAtOnce: Double { Double(falseHeldAtOnce) / Double(max(falseBounces, 1)) }
    package var shareHeld: Double { Double(falseHeldAtOnce + falseTakenBack) / Double(max(falseBounces, 1)) }
    package var shareDelayed: Double { Double(trueDelayed) / Double(max(trueBounces, 1)) }
}
