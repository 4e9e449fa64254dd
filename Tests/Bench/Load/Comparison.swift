// Two milters under the same load, taking turns, so that what else the machine does falls on both.

/// The figures that a comparison has to reach.
struct Bar {
    /// Ratios of messages a second and of processor time a message; nil where they are only shown.
    var rate: Double?
    var processor: Double?
    /// Processor time more for each message.
    var moreMicroseconds: Double?
}

struct Comparison {
    let traffic: Traffic
    let bar: Bar
    let rounds: Int
    private static let roundDuration = Duration.milliseconds(500)

    /// Prints a line for each shape; returns whether all reach the bar.
    func run(_ agent: Milter, against reference: Milter) throws(BenchError) -> Bool {
        var holds = true
        for shape in Shape.all { holds = try compare(shape, agent, reference) && holds }
        return holds
    }

    private func compare(_ shape: Shape, _ agent: Milter, _ reference: Milter) throws(BenchError) -> Bool {
        var rates: (agent: [Double], reference: [Double]) = ([], [])
        var costs: (agent: [Double], reference: [Double]) = ([], [])
        for milter in [agent, reference] { _ = try measure(milter, shape, .milliseconds(200)) }
        for round in 0..<rounds {
            // Each goes first every other time.
            for isAgent in round % 2 == 0 ? [true, false] : [false, true] {
                let (rate, cost) = try measure(isAgent ? agent : reference, shape, Self.roundDuration)
                if isAgent {
                    rates.agent.append(rate)
                    costs.agent.append(cost)
                } else {
                    rates.reference.append(rate)
                    costs.reference.append(cost)
                }
            }
        }
        let rate = median(rates.agent) / median(rates.reference)
        let cost = median(costs.agent) / median(costs.reference)
        let more = (median(costs.agent) - median(costs.reference)) * 1e6
        let holds =
            rate >= bar.rate ?? 0 && cost <= bar.processor ?? .infinity && more <= bar.moreMicroseconds ?? .infinity
        report(
            "  " + shape.name.padded(to: 31) + "\(Int(median(rates.agent)))/s".padded(to: 10)
                + "\(Int(median(rates.reference)))/s".padded(to: 10) + "rate \(rate.rounded2)"
                + (bar.rate.map { " (at least \($0))" } ?? "") + "   CPU \(cost.rounded2)"
                + (bar.processor.map { " (at most \($0))" } ?? "")
                + (bar.moreMicroseconds.map { ", \(more.rounded2) µs more (at most \($0))" } ?? "")
                + (holds ? "" : "   MISSED"))
        return holds
    }

    /// Messages a second, and processor seconds a message.
    private func measure(_ milter: Milter, _ shape: Shape, _ duration: Duration) throws(BenchError) -> (Double, Double)
    {
        var before = 0.0
        let result = Load.run(path: milter.socketPath, traffic, shape, .duration(duration)) {
            before = milter.processorSeconds
        }
        if let failure = result.failures.first { throw BenchError(description: "\(milter.name): \(failure)") }
        return (result.perSecond, (milter.processorSeconds - before) / Double(max(result.messages, 1)))
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
    }
}

extension Double {
    /// With two digits behind the point.
    var rounded2: String {
        let hundredths = Int((self * 100).rounded())
        return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(width - count, 1)) }
}
