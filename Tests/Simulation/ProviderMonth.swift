// One provider's month: its addresses, the mail to them, and the store's part in a few lines.

import Suppression

private let minute: Int64 = 60_000
private let day: Int64 = 24 * 60 * minute
/// 2026-06-01T00:00:00Z, a Monday.
private let monthStart: Int64 = 1_780_272_000_000

struct ProviderMonth {
    private struct Address {
        var lastDelivered: Int64?
        var isGone = false
        var isSuppressed = false
        var hasFailed = false
        var isHeld = false
        var isOfPurge = false
    }

    private struct HeldBounce {
        let address: Int
        let time: Int64
        let isFalse: Bool
        let isInOutage: Bool
    }

    private let rank: Int
    private let scenario: Scenario
    private let policy: HoldPolicy
    private var random: Generator
    private var detector = OutageDetector()
    private var addresses: [Address]
    private var held: [HeldBounce] = []
    /// What was applied since a hold could reach back to it.
    private var applied: [HeldBounce] = []
    private var lastTime: Int64 = 0
    private var figures = Figures()
    private let messagesPerDay: Double
    /// Of those that took mail lately, gone since; of those never mailed, never there.
    private let goneRate: Double
    private let wrongRate: Double
    private let staleRate: Double

    init(rank: Int, _ scenario: Scenario, _ policy: HoldPolicy) {
        self.rank = rank
        self.scenario = scenario
        self.policy = policy
        random = Generator(seed: scenario.seed &* 1_000_003 &+ UInt64(rank))
        messagesPerDay = scenario.messagesPerDay * Scenario.share(ofProvider: rank)
        goneRate = 0.000_7 * random.factor(0.6)
        wrongRate = min(0.04 * random.factor(0.6), 0.3)
        staleRate = 0.35 + 0.4 * random.uniform()
        addresses = []
        for _ in 0..<Int(messagesPerDay * 12) {
            // Half a year of mailing lies behind the month.
            let age = Int64(random.uniform() * 45 * Double(day))
            addresses.append(Address(lastDelivered: random.chance(0.9) ? monthStart - age : nil))
        }
    }

    /// The whole month, minute by minute.
    mutating func run() -> Figures {
        let departures = departureMinutes()
        for number in 0..<Scenario.days {
            let weekday = number % 7 < 5 ? 1.0 : 0.5
            let ofDay = random.factor(0.3) * weekday
            // Each day a few providers have a worse share of people gone.
            let gone = goneRate * random.factor(0.5)
            var campaign = 1.0
            for ofMinute in 0..<24 * 60 {
                if ofMinute % 60 == 0 { campaign = random.chance(0.08) ? 6 : 1 }
                let start = monthStart + Int64(number) * day + Int64(ofMinute) * minute
                let mean = messagesPerDay / (24 * 60) * ofDay * Self.rhythm(ofMinute / 60) * campaign
                for _ in 0..<random.poisson(mean) { mail(at: start, gone: gone) }
                lists(number, ofMinute, start)
                if let people = departures[number * 24 * 60 + ofMinute] { depart(people, at: start) }
            }
        }
        let end = monthStart + Int64(Scenario.days) * day + Int64(policy.giveUpDays) * day
        if let decision = detector.settle(atMilliseconds: end, policy) { carryOut(decision) }
        return figures
    }

    /// More by day than by night; 1 in the mean.
    private static func rhythm(_ hour: Int) -> Double {
        switch hour {
        case 0..<6: 0.2
        case 6..<8: 0.8
        case 8..<18: 1.7
        case 18..<22: 0.8
        default: 0.5
        }
    }

    /// Minutes of the month in which several people are found gone.
    private func departureMinutes() -> [Int: Int] {
        var random = Generator(seed: scenario.seed &+ 77)
        var minutes: [Int: Int] = [:]
        for _ in 0..<scenario.departures {
            let provider = random.below(Scenario.providers)
            let time = random.below(Scenario.days * 24 * 60)
            let people = Int.random(in: scenario.departurePeople, using: &random)
            if provider == rank { minutes[time] = people }
        }
        return minutes
    }

    private mutating func mail(at time: Int64, gone: Double) {
        let number: Int
        if random.chance(0.03) {
            number = addresses.count
            addresses.append(Address(isGone: random.chance(wrongRate)))
        } else {
            number = random.below(addresses.count)
            if random.chance(gone) { addresses[number].isGone = true }
        }
        send(to: number, at: time)
    }

    private mutating func lists(_ number: Int, _ ofMinute: Int, _ time: Int64) {
        let hour = ofMinute / 60
        if number == scenario.staleListDay, (10..<15).contains(hour) {
            let mean = scenario.staleListAddresses * Scenario.share(ofProvider: rank) / 300
            for _ in 0..<random.poisson(mean) { send(toPurged: staleRate, at: time) }
        }
        if number == scenario.boughtListDay, rank == scenario.boughtListProvider, (14..<16).contains(hour) {
            for _ in 0..<random.poisson(Double(scenario.boughtListAddresses) / 120) { send(toPurged: 0.95, at: time) }
        }
    }

    private mutating func send(toPurged goneShare: Double, at time: Int64) {
        addresses.append(Address(isGone: random.chance(goneShare), isOfPurge: true))
        send(to: addresses.count - 1, at: time)
    }

    /// A message to all that we know in a firm, of whom some are gone.
    private mutating func depart(_ people: Int, at time: Int64) {
        let firm = Double(people) / scenario.departureShare
        var left = people
        for rest in stride(from: Int(firm), to: 0, by: -1) {
            let number = random.below(addresses.count)
            if addresses[number].lastDelivered == nil || addresses[number].isSuppressed { continue }
            if random.chance(Double(left) / Double(rest)) {
                addresses[number].isGone = true
                left -= 1
            }
            send(to: number, at: time)
        }
    }

    private func isOutage(_ time: Int64) -> Bool {
        guard rank == scenario.outageProvider else { return false }
        let start = outageStart
        return time >= start && time < start + Int64(scenario.outageHours) * 60 * minute
    }

    private var outageStart: Int64 { monthStart + Int64(scenario.outageDay) * day + 9 * 60 * minute }

    // MARK: The store's part

    private mutating func send(to number: Int, at start: Int64) {
        let address = addresses[number]
        if address.isSuppressed { return }
        figures.messages += 1
        let time = max(start, lastTime + 1)
        lastTime = time
        if let decision = detector.settle(atMilliseconds: time, policy) { carryOut(decision) }
        let isRefused = address.isGone || isOutage(time) && random.chance(scenario.outageShare)
        let answer = detector.observe(
            Outcome(timeMilliseconds: time, isHard: isRefused, standing: standing(address, time)), policy)
        if case .decided(let decision) = answer { carryOut(decision) }
        if isRefused {
            refuse(number, time, answer)
        } else {
            addresses[number].lastDelivered = time
            addresses[number].hasFailed = false
            addresses[number].isHeld = false
        }
    }

    private func standing(_ address: Address, _ time: Int64) -> Outcome.Standing {
        if address.isHeld { return .held }
        if address.hasFailed { return .failed }
        guard let last = address.lastDelivered, time - last < Int64(policy.tookMailDays) * day else { return .unseen }
        return .tookMailLately
    }

    private mutating func refuse(_ number: Int, _ time: Int64, _ answer: HoldAnswer) {
        let isInOutage = rank == scenario.outageProvider && abs(time - outageStart) < day
        let bounce = HeldBounce(
            address: number, time: time, isFalse: !addresses[number].isGone, isInOutage: isInOutage)
        let isFirst = !addresses[number].isHeld
        if isFirst { count(bounce) }
        addresses[number].hasFailed = true
        switch answer {
        case .apply, .decided:
            if bounce.isFalse { figures.falseApplied += 1 }
            addresses[number].isSuppressed = true
            applied.append(bounce)
        case .hold:
            if isFirst { hold(bounce, isTakenBack: false) }
        case .open(let since):
            figures.holds += 1
            if !isInOutage { figures.holdsElsewhere += 1 }
            for earlier in applied where earlier.time >= since {
                addresses[earlier.address].isSuppressed = false
                if earlier.isFalse { figures.falseApplied -= 1 }
                hold(earlier, isTakenBack: true)
            }
            applied.removeAll()
            hold(bounce, isTakenBack: false)
        }
    }

    private mutating func count(_ bounce: HeldBounce) {
        if bounce.isFalse {
            figures.falseBounces += 1
        } else if !bounce.isInOutage {
            figures.trueBounces += 1
            if addresses[bounce.address].isOfPurge { figures.purgeBounces += 1 }
        }
    }

    private mutating func hold(_ bounce: HeldBounce, isTakenBack: Bool) {
        addresses[bounce.address].isHeld = true
        held.append(bounce)
        if bounce.isFalse {
            if isTakenBack { figures.falseTakenBack += 1 } else { figures.falseHeldAtOnce += 1 }
        } else if !bounce.isInOutage {
            figures.trueDelayed += 1
            if addresses[bounce.address].isOfPurge { figures.purgeDelayed += 1 }
        }
    }

    private mutating func carryOut(_ decision: HoldDecision) {
        for bounce in held where addresses[bounce.address].isHeld {
            addresses[bounce.address].isHeld = false
            let minutes = Double(decision.timeMilliseconds - bounce.time) / Double(minute)
            if addresses[bounce.address].isOfPurge, !bounce.isFalse, !bounce.isInOutage {
                figures.purgeLongestMinutes = max(figures.purgeLongestMinutes, minutes)
            }
            if decision.verdict == .applied {
                addresses[bounce.address].isSuppressed = true
                if bounce.isFalse { figures.falseApplied += 1 }
            } else if !bounce.isFalse, !bounce.isInOutage {
                figures.trueDropped += 1
            }
        }
        if held.contains(where: \.isInOutage) {
            let end = outageStart + Int64(scenario.outageHours) * 60 * minute
            figures.decidedAfterMinutes = Double(decision.timeMilliseconds - end) / Double(minute)
        }
        held.removeAll()
    }
}

extension Scenario {
    /// Simulates the month, provider by provider: they know nothing of each other.
    package func run(_ policy: HoldPolicy = HoldPolicy()) -> Figures {
        var total = Figures()
        for rank in 0..<Scenario.providers {
            var month = ProviderMonth(rank: rank, self, policy)
            total.add(month.run())
        }
        return total
    }
}

extension Figures {
    mutating func add(_ other: Figures) {
        messages += other.messages
        falseBounces += other.falseBounces
        falseHeldAtOnce += other.falseHeldAtOnce
        falseTakenBack += other.falseTakenBack
        falseApplied += other.falseApplied
        trueBounces += other.trueBounces
        trueDelayed += other.trueDelayed
        trueDropped += other.trueDropped
        purgeBounces += other.purgeBounces
        purgeDelayed += other.purgeDelayed
        purgeLongestMinutes = max(purgeLongestMinutes, other.purgeLongestMinutes)
        holds += other.holds
        holdsElsewhere += other.holdsElsewhere
        decidedAfterMinutes = decidedAfterMinutes ?? other.decidedAfterMinutes
    }
}
