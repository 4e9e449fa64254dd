// outage-simulation: the outage hold on simulated months of traffic, by the size of the provider that is out and by seed.
// Run with `swift run -c release outage-simulation [SEED ...]`.

import Suppression

@main
enum OutageSimulation {
    /// The providers that are out, by rank from 0, and the share of recipients that they refuse then.
    static let outages: [(provider: Int, share: Double)] = [(0, 1), (4, 1), (19, 1), (49, 1), (0, 0.4), (4, 0.4)]

    private static let columns = [
        ("provider", 8), ("refuses", 7), ("seed", 4), ("messages", 8), ("false", 6), ("held at once", 12),
        ("held", 7), ("suppressed", 10), ("ends after", 10), ("true", 6), ("delayed", 7), ("of lists", 8),
        ("delayed", 7), ("longest", 7),
    ]

    static func main() {
        let seeds = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        print(row(columns.map(\.0)))
        for (provider, share) in outages {
            for seed in seeds.isEmpty ? [1, 2, 3, 4, 5] : seeds {
                var scenario = Scenario(seed: seed)
                scenario.outageProvider = provider
                scenario.outageShare = share
                print(row(cells(scenario, scenario.run())))
            }
        }
    }

    private static func cells(_ scenario: Scenario, _ figures: Figures) -> [String] {
        [
            "\((scenario.outageProvider ?? 0) + 1)", percent(scenario.outageShare), "\(scenario.seed)",
            "\(figures.messages)", "\(figures.falseBounces)", percent(figures.shareHeldAtOnce),
            percent(figures.shareHeld), "\(figures.falseApplied)",
            figures.decidedAfterMinutes.map { "\(Int($0)) min" } ?? "-", "\(figures.trueBounces)",
            "\(figures.trueDelayed)", "\(figures.purgeBounces)", "\(figures.purgeDelayed)",
            "\(Int(figures.purgeLongestMinutes)) min",
        ]
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, columns).map { String(repeating: " ", count: max(0, $1.1 - $0.count)) + $0 }.joined(separator: "  ")
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
