// The outage hold on simulated months; `swift run outage-simulation` prints the figures that bounce-store.toml(5) has.

import Suppression
import Testing

@testable import outage_simulation

@Suite struct SimulatedMonthTests {
    struct Outage: CustomTestStringConvertible, Sendable {
        let provider: Int
        let share: Double
        /// Of the false hard bounces, held when they came, at least, and held in all, with those that the hold reached back to.
        let heldAtOnce: Double
        let held: Double

        var testDescription: String { "provider \(provider + 1) of 50 refuses \(Int(share * 100)) %" }
    }

    /// A small provider has few bounces in four hours, and the alarm needs the first five or six of them.
    static let outages = [
        Outage(provider: 0, share: 1, heldAtOnce: 0.99, held: 0.999),
        Outage(provider: 4, share: 1, heldAtOnce: 0.97, held: 0.999),
        Outage(provider: 19, share: 1, heldAtOnce: 0.9, held: 0.99),
        Outage(provider: 49, share: 1, heldAtOnce: 0.7, held: 0.99),
        Outage(provider: 0, share: 0.4, heldAtOnce: 0.9, held: 0.99),
    ]

    @Test(arguments: outages, [1, 2] as [UInt64])
    func aMonth(outage: Outage, seed: UInt64) {
        var scenario = Scenario(seed: seed)
        scenario.outageProvider = outage.provider
        scenario.outageShare = outage.share
        let figures = scenario.run()
        #expect(figures.falseBounces > 30)
        #expect(figures.shareHeldAtOnce >= outage.heldAtOnce)
        #expect(figures.shareHeld >= outage.held)
        #expect(figures.falseBounces - figures.falseHeldAtOnce - figures.falseTakenBack >= figures.falseApplied)
        // Over within six hours of the outage's end, and no more than 1 in 1,000 true hard bounces waited outside of it.
        #expect((figures.decidedAfterMinutes ?? .infinity) < 360)
        #expect(figures.trueBounces > 10_000)
        #expect(figures.shareDelayed <= 0.001)
        #expect(figures.purgeBounces > 8_000)
        #expect(figures.purgeLongestMinutes < 60)
    }

    /// The figures can fail: without the hold, the outage suppresses everybody.
    @Test func aMonthWithoutTheHold() {
        var policy = HoldPolicy()
        policy.alarm = .infinity
        let figures = Scenario(seed: 1).run(policy)
        #expect(figures.shareHeld == 0)
        #expect(figures.falseApplied == figures.falseBounces)
        #expect(figures.falseApplied > 1_000)
    }
}
