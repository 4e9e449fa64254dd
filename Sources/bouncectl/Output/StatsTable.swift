// The table of `stats`: a line a group, with a bar for its rate of failures.

import Suppression

struct StatsTable {
    private static let nameWidth = 24
    private static let numberWidth = 9
    private static let barWidth = 20
    private static let titles = [
        "SENT", "DELIVERED", "HARD", "SOFT", "BLOCK", "UNKNOWN", "DEFERRED", "COMPLAINT", "TOTAL %", "HARD %",
    ]

    private let output: Output
    private let isColdList: Bool
    private let paint = Paint.forOutput()

    init(_ output: Output, isColdList: Bool) {
        self.output = output
        self.isColdList = isColdList
    }

    func show(_ groups: [Statistic], _ total: Statistic, groupedBy grouping: Grouping) {
        let name = grouping.rawValue.uppercased().map { $0 == "_" ? " " : $0 }
        output.line(
            paint(
                .bold,
                String(name).padded(to: Self.nameWidth) + Self.titles.map(Self.right).joined() + "  STATE"))
        // Bars are to the scale of the highest rate, but no lower than that of the limit: a healthy site has short ones.
        let highest = (groups + [total]).compactMap { $0.rates?.total }.max() ?? 0
        let scale = max(highest, Rates.Limit.critical)
        for group in groups { row(group, scale) }
        row(total, scale)
        if total.counts.delivered == 0 {
            output.line(
                "There are no rates: no deliveries are in the journal. Set delivery_log.record_deliveries in bounce-milter.toml."
            )
        }
        if let change = total.change {
            output.line(
                paint(
                    .red,
                    "In the last hour \(Self.percent(change.lastHour)) % failed, \(Self.percent(change.past)) % in the week before."
                ))
        }
    }

    private func row(_ group: Statistic, _ scale: Double) {
        let counts = group.counts
        let numbers = [
            counts.sent, counts.delivered, counts.hard, counts.soft, counts.block, counts.unknown, counts.deferrals,
            counts.complaints,
        ]
        let shares = [group.rates?.total, group.rates?.hard].map { $0.map(Self.percent) ?? "-" }
        let name = visible(group.name.isEmpty ? "(unknown)" : group.name)
        var line = name.shortened(to: Self.nameWidth - 1).padded(to: Self.nameWidth)
        line += (numbers.map { String($0) } + shares).map(Self.right).joined()
        if let rates = group.rates {
            let health = rates.health(isColdList: isColdList)
            line += "  " + paint(health.style, health.rawValue.padded(to: 8))
            line += " " + paint(health.style, Self.bar(rates.total / scale))
        }
        if group.change != nil { line += paint(.red, " rising") }
        output.line(line)
    }

    private static func right(_ text: String) -> String {
        String(repeating: " ", count: max(1, numberWidth + 1 - text.count)) + text
    }

    private static func bar(_ share: Double) -> String {
        String(repeating: "▇", count: Int((share * Double(barWidth)).rounded()))
    }

    /// With two digits behind the point.
    static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10_000).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension Rates.Health {
    fileprivate var style: Paint.Style {
        switch self {
        case .healthy: .green
        case .warning: .yellow
        case .critical: .red
        }
    }
}
