// The outage hold on short sequences: what opens one, what ends it and how, what is learnt.

import Foundation
@testable import Suppression
import Testing

/// Outcomes one after another, written as letters; lower case is a delivery, upper case a hard bounce: `k` took mail lately, `u` never
/// seen, `f` failed before, `h` held.
private struct Sequence {
    var detector = OutageDetector()
    var policy = HoldPolicy()
    var time: Int64 = 1_795_255_200_000
    var answers: [HoldAnswer] = []
    var decisions: [HoldDecision] = []

    /// With as many deliveries behind it.
    init(deliveries: Int = 500) { run(String(repeating: "k", count: deliveries)) }

    mutating func run(_ letters: String, minutesBetween: Double = 0.1) {
        for letter in letters {
            time += Int64(minutesBetween * 60_000)
            if let decision = detector.settle(atMilliseconds: time, policy) { decisions.append(decision) }
            let standing: Outcome.Standing =
                switch letter.lowercased() {
                case "k": .tookMailLately
                case "u": .unseen
                case "f": .failed
                default: .held
                }
            let outcome = Outcome(timeMilliseconds: time, isHard: letter.isUppercase, standing: standing)
            let answer = detector.observe(outcome, policy)
            answers.append(answer)
            if case .decided(let decision) = answer { decisions.append(decision) }
        }
    }

    mutating func wait(hours: Int64) {
        time += hours * 3_600_000
        if let decision = detector.settle(atMilliseconds: time, policy) { decisions.append(decision) }
    }

    var last: HoldAnswer? { answers.last }
}

private func many(_ letters: String, _ count: Int) -> String { String(repeating: letters, count: count) }

@Suite struct OutageTests {
    @Test(
        arguments: [
            ("everybody is refused", "KKKKKK", true),
            ("with a delivery between", "KKKkKKK", true),
            ("half of them", many("Kk", 20), true),
            ("one in ten", many("Kkkkkkkkkk", 20), false),
            ("two people are gone", "KK", false),
            ("four people are gone at once", "KKKK", false),
            ("five are refused at once", "KKKKK", true),
            ("a stale list: half of it is gone", many("Uu", 500), false),
            ("a bought list, while others take mail", many(many("U", 10) + "k", 50), false),
            ("a list of which nobody is there, and nobody else is mailed", many("U", 600), true),
            ("one address again and again", "K" + many("F", 500), false),
        ])
    func opens(name: String, letters: String, opens: Bool) {
        var sequence = Sequence()
        sequence.run(letters)
        #expect((sequence.detector.hold != nil) == opens, "\(name)")
    }

    @Test func aHoldReachesBackToTheFirstRefusal() throws {
        var sequence = Sequence()
        let before = sequence.time
        sequence.run("KKKKKKK")
        let opened = try #require(sequence.answers.firstIndex { if case .open = $0 { true } else { false } })
        #expect(sequence.answers[opened] == .open(sinceMilliseconds: before + 6_000))
        #expect(sequence.answers[(opened + 1)...].allSatisfy { $0 == .hold })
        #expect(sequence.detector.hold?.sinceMilliseconds == before + 6_000)
    }

    @Test func refusalsOfDifferentDaysAreNotAddedUp() {
        var sequence = Sequence()
        sequence.run("KKKKKKKKKKKK", minutesBetween: 12 * 60)
        #expect(sequence.detector.hold == nil)
    }

    @Test func withoutDeliveriesThereIsNoTest() {
        var sequence = Sequence(deliveries: 0)
        sequence.run(many("U", 1000) + many("K", 20))
        #expect(sequence.detector.hold == nil)
        #expect(sequence.answers.allSatisfy { $0 == .apply })
    }

    @Test func aProviderThatOftenRefusesNeedsMore() {
        var quiet = Sequence()
        var noisy = Sequence(deliveries: 0)
        noisy.run(many(many("k", 49) + "K", 200))
        quiet.run("KKKKKK")
        noisy.run("KKKKKK")
        #expect(quiet.detector.hold != nil)
        #expect(noisy.detector.hold == nil)
    }

    struct Ending: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let opening: String
        var then = ""
        var minutesBetween = 0.1
        var waitHours: Int64 = 0
        let verdict: HoldDecision.Verdict?
        var reason: HoldDecision.Reason?
    }

    static let endings = [
        Ending(
            testDescription: "the provider is back", opening: many("K", 30), then: many("k", 20), verdict: .dropped,
            reason: .providerIsBack),
        Ending(
            testDescription: "held addresses take mail", opening: many("K", 8), then: many("h", 20), verdict: .dropped,
            reason: .providerIsBack),
        Ending(
            testDescription: "a stale list, and others took mail all the while", opening: many("U", 600),
            then: many("kU", 20), verdict: .applied, reason: .staleList),
        Ending(
            testDescription: "it has begun only", opening: many("K", 30), then: "kk", verdict: nil),
        Ending(
            testDescription: "still refused at the end", opening: many("K", 30), then: many("KH", 14),
            minutesBetween: 30, verdict: .applied, reason: .stillRefused),
        Ending(
            testDescription: "a few deliveries at the end", opening: many("K", 30), then: "kkk", minutesBetween: 5 * 60,
            verdict: .dropped, reason: .providerIsBack),
        Ending(
            testDescription: "no mail to it since: waits", opening: many("K", 30), waitHours: 48, verdict: nil),
        Ending(
            testDescription: "no mail to it for a week", opening: many("K", 30), waitHours: 200, verdict: .dropped,
            reason: .silence),
    ]

    @Test(arguments: endings) func ends(_ ending: Ending) {
        var sequence = Sequence()
        sequence.run(ending.opening)
        #expect(sequence.detector.hold != nil)
        sequence.run(ending.then, minutesBetween: ending.minutesBetween)
        if ending.waitHours > 0 { sequence.wait(hours: ending.waitHours) }
        #expect(sequence.decisions.first?.verdict == ending.verdict)
        #expect(sequence.decisions.first?.reason == ending.reason)
    }

    @Test func aDecisionHasTheTimeAtWhichItWasDue() throws {
        var early = Sequence()
        early.run(many("K", 30))
        let start = try #require(early.detector.hold).startMilliseconds
        var late = early
        early.wait(hours: 24 * 7)
        late.wait(hours: 24 * 60)
        #expect(early.decisions == late.decisions)
        #expect(early.decisions.first?.timeMilliseconds == start + 7 * 24 * 3_600_000)
    }

    @Test func afterAStaleListNewAddressesOpenNoHoldForADay() {
        var sequence = Sequence()
        sequence.run(many("U", 600) + many("kU", 20))
        #expect(sequence.decisions.first?.reason == .staleList)
        sequence.run(many("U", 600))
        #expect(sequence.detector.hold == nil)
        sequence.run("KKKKKK")
        #expect(sequence.detector.hold != nil)
    }

    @Test func anOutageIsNotLearnt() {
        var sequence = Sequence()
        for _ in 0..<20 { sequence.run(many("K", 100) + many("k", 20)) }
        #expect(sequence.decisions.count == 20)
        #expect(sequence.decisions.allSatisfy { $0.verdict == .dropped })
    }

    @Test func anOperatorDecides() {
        var sequence = Sequence()
        #expect(sequence.detector.decide(.dropped, atMilliseconds: sequence.time) == nil)
        sequence.run(many("K", 30))
        let decision = sequence.detector.decide(.applied, atMilliseconds: sequence.time)
        #expect(decision == HoldDecision(verdict: .applied, reason: .byOperator, timeMilliseconds: sequence.time))
        #expect(sequence.detector.hold == nil)
    }

    @Test func timesThatRunBackwardsDoNoHarm() {
        var sequence = Sequence()
        for step in 0..<200 {
            sequence.time = Int64(step.isMultiple(of: 2) ? 1_000 : 250_000_000_000_000)
            sequence.run("Kk")
        }
        sequence.wait(hours: -1_000_000)
    }

    @Test(arguments: ["", "KK", "KKKKKKKK", "KKKKKKKKkk", "UUUUu"])
    func isTheSameOnceStored(letters: String) throws {
        var one = Sequence()
        one.run(letters)
        var other = one
        other.detector = try JSONDecoder().decode(OutageDetector.self, from: JSONEncoder().encode(one.detector))
        #expect(one.detector == other.detector)
        one.run(many("K", 8) + many("k", 20))
        other.run(many("K", 8) + many("k", 20))
        #expect(one.answers == other.answers)
        #expect(one.detector == other.detector)
    }
}
