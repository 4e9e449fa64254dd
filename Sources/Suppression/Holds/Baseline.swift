// What is normal at one provider, learnt slowly.

import Glibc

/// Shares of refused mail, from counts that lose half their weight in `HoldPolicy.baselineHalfLifeDays`.
struct Baseline: Sendable, Hashable, Codable {
    private var knownRefused = 0.0
    private var knownAccepted = 0.0
    private var unseenAccepted = 0.0
    private var agedMilliseconds = Int64.min

    /// Often enough for a half-life of days, rarely enough to cost nothing.
    private static let agingHours = 1.0

    /// Deliveries of all kinds, aged.
    var delivered: Double { knownAccepted + unseenAccepted }

    /// Of mail to addresses that took mail lately, the share that is refused on normal days.
    func knownRate(_ policy: HoldPolicy) -> Double {
        let weight = policy.normalRateWeight
        let rate = (knownRefused + policy.normalRate * weight) / (knownRefused + knownAccepted + weight)
        return min(rate, policy.normalRateLimit)
    }

    mutating func learn(_ outcome: Outcome, _ time: Int64, _ policy: HoldPolicy) {
        age(to: time, policy)
        var tally = Tally()
        tally.count(outcome)
        learn(tally)
    }

    mutating func learn(_ tally: Tally) {
        knownRefused += Double(tally.knownRefused)
        knownAccepted += Double(tally.knownAccepted)
        unseenAccepted += Double(tally.unseenAccepted)
    }

    private mutating func age(to time: Int64, _ policy: HoldPolicy) {
        if agedMilliseconds == .min { agedMilliseconds = time }
        let age = hours(from: agedMilliseconds, to: time)
        guard age >= Self.agingHours else { return }
        let rest = exp2(-age / 24 / policy.baselineHalfLifeDays)
        knownRefused *= rest
        knownAccepted *= rest
        unseenAccepted *= rest
        agedMilliseconds = time
    }
}
