// Tells a provider that says "no such user" of everybody from addresses that are gone: a sequential test (CUSUM of the likelihood
// ratio, Page 1954) of hard bounces against deliveries, with the addresses that took mail lately as its strongest sign.

import Glibc

/// What is known of one provider. A few numbers whatever the traffic; the store keeps them in a row as they are coded.
package struct OutageDetector: Sendable, Hashable, Codable {
    /// The hold that is open.
    package struct Hold: Sendable, Hashable, Codable {
        /// When it opened, and when its evidence began: milliseconds since 1970.
        package let startMilliseconds: Int64
        package let sinceMilliseconds: Int64
        /// Evidence that the provider is back.
        var recovery = 0.0
        /// Held addresses that took mail later.
        package var contradicted = 0
        /// In the hold's second half, of all addresses.
        package var lateRefused = 0
        package var lateAccepted = 0
    }

    package private(set) var hold: Hold?
    private var baseline = Baseline()
    /// The evidence for an outage, and when it began to grow. While it is 0, outcomes are learnt at once, else kept in `recent`.
    private var evidence = 0.0
    private var sinceMilliseconds: Int64 = 0
    package private(set) var recent = Tally()
    /// The latest time seen; an earlier one counts as this.
    private var nowMilliseconds = Int64.min
    /// Until then addresses never seen open no hold.
    private var staleListUntilMilliseconds = Int64.min

    /// Less is chance: not a tenth of what one refusal of an address never seen says.
    private static let leastEvidence = 0.005

    package init() {}

    /// Takes the next outcome. Call `settle` first, with the outcome's time.
    package mutating func observe(_ outcome: Outcome, _ policy: HoldPolicy) -> HoldAnswer {
        let time = max(outcome.timeMilliseconds, nowMilliseconds)
        defer { nowMilliseconds = time }
        return hold == nil ? watch(outcome, time, policy) : attend(outcome, time, policy)
    }

    /// Decides the open hold where its time is over. To be called with the time of each record, and now and then with the clock's.
    package mutating func settle(atMilliseconds time: Int64, _ policy: HoldPolicy) -> HoldDecision? {
        guard let hold else { return nil }
        let decideAt = hold.startMilliseconds + Int64(policy.decideHours) * millisecondsPerHour
        let giveUpAt = hold.startMilliseconds + Int64(policy.giveUpDays) * 24 * millisecondsPerHour
        if time >= giveUpAt { return close(.dropped, .silence, giveUpAt) }
        if time < decideAt { return nil }
        // Once the time is over, the first outcomes that tell decide.
        let decidedAt = max(decideAt, min(time, nowMilliseconds))
        if hold.lateRefused >= policy.lateRefusals, hold.lateRefused > hold.lateAccepted {
            return close(.applied, .stillRefused, decidedAt)
        }
        return hold.lateAccepted > hold.lateRefused ? end(decidedAt, policy) : nil
    }

    /// Ends the open hold by an operator's word; nil where none is open.
    package mutating func decide(_ verdict: HoldDecision.Verdict, atMilliseconds time: Int64) -> HoldDecision? {
        hold == nil ? nil : close(verdict, .byOperator, time)
    }

    // MARK: No hold is open

    private mutating func watch(_ outcome: Outcome, _ time: Int64, _ policy: HoldPolicy) -> HoldAnswer {
        if evidence > 0 {
            evidence *= exp2(-hours(from: nowMilliseconds, to: time) / policy.evidenceHalfLifeHours)
            if evidence < Self.leastEvidence { forget() }
        }
        if evidence == 0, !outcome.isHard {
            baseline.learn(outcome, time, policy)
            return .apply
        }
        if evidence == 0 { sinceMilliseconds = time }
        recent.count(outcome)
        evidence = max(0, evidence + weight(of: outcome, time, policy))
        if evidence == 0 { forget() }
        guard outcome.isHard, evidence >= policy.alarm, baseline.delivered >= policy.warmUpDeliveries else {
            return .apply
        }
        hold = Hold(startMilliseconds: time, sinceMilliseconds: sinceMilliseconds)
        return .open(sinceMilliseconds: sinceMilliseconds)
    }

    /// The logarithm of how much likelier the outcome is in an outage.
    private func weight(of outcome: Outcome, _ time: Int64, _ policy: HoldPolicy) -> Double {
        switch outcome.standing {
        case .tookMailLately: Self.weight(outcome.isHard, outage: policy.outageRate, normal: baseline.knownRate(policy))
        case .unseen where time < staleListUntilMilliseconds && outcome.isHard, .failed, .held: 0
        case .unseen:
            Self.weight(outcome.isHard, outage: policy.outageRateOfUnseen, normal: policy.staleListRate)
        }
    }

    private static func weight(_ isHard: Bool, outage: Double, normal: Double) -> Double {
        isHard ? log(outage / normal) : log((1 - outage) / (1 - normal))
    }

    /// The evidence was chance: what it was made of is normal.
    private mutating func forget() {
        baseline.learn(recent)
        recent = Tally()
        evidence = 0
    }

    // MARK: A hold is open

    private mutating func attend(_ outcome: Outcome, _ time: Int64, _ policy: HoldPolicy) -> HoldAnswer {
        guard var open = hold else { return .apply }
        recent.count(outcome)
        if time - open.startMilliseconds >= Int64(policy.decideHours) * millisecondsPerHour / 2 {
            if outcome.isHard { open.lateRefused += 1 } else { open.lateAccepted += 1 }
        }
        switch outcome.standing {
        case .held where !outcome.isHard:
            open.contradicted += 1
            fallthrough
        case .tookMailLately:
            let weight = Self.weight(outcome.isHard, outage: policy.outageRate, normal: baseline.knownRate(policy))
            open.recovery = max(0, open.recovery - weight)
        case .unseen, .failed, .held: break
        }
        hold = open
        if open.recovery >= policy.recovery { return .decided(end(time, policy)) }
        return outcome.isHard ? .hold : .apply
    }

    /// The provider takes mail of addresses that it knows: either it does again, or it always did.
    private mutating func end(_ time: Int64, _ policy: HoldPolicy) -> HoldDecision {
        let refusedKnown = recent.knownRefused >= policy.outageRefusals || (hold?.contradicted ?? 0) > 0
        if refusedKnown || recent.knownAccepted == 0 { return close(.dropped, .providerIsBack, time) }
        staleListUntilMilliseconds = time + Int64(policy.staleListHours) * millisecondsPerHour
        return close(.applied, .staleList, time)
    }

    private mutating func close(
        _ verdict: HoldDecision.Verdict, _ reason: HoldDecision.Reason, _ time: Int64
    ) -> HoldDecision {
        hold = nil
        evidence = 0
        // What an outage said is not learnt.
        if verdict == .applied { baseline.learn(recent) }
        recent = Tally()
        return HoldDecision(verdict: verdict, reason: reason, timeMilliseconds: time)
    }
}

/// Outcomes by what was known of the recipient.
package struct Tally: Sendable, Hashable, Codable {
    package var knownRefused = 0
    package var knownAccepted = 0
    package var unseenRefused = 0
    package var unseenAccepted = 0

    mutating func count(_ outcome: Outcome) {
        switch (outcome.standing, outcome.isHard) {
        case (.tookMailLately, true): knownRefused += 1
        case (.tookMailLately, false), (.held, false): knownAccepted += 1
        case (.unseen, true): unseenRefused += 1
        case (.unseen, false), (.failed, false): unseenAccepted += 1
        case (.failed, true), (.held, true): break
        }
    }
}

let millisecondsPerHour: Int64 = 3_600_000

func hours(from start: Int64, to end: Int64) -> Double { Double(end - start) / Double(millisecondsPerHour) }
