// bouncectl stats: what was delivered and what was not, by day, provider, domain or campaign.

import ArgumentParser
import Journal
import POSIX
import Suppression

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show deliveries, bounces, blocks and complaints, and whether their rates are healthy.",
        discussion: """
            Total under 2 % is healthy, over 5 % critical; hard bounces should stay under 1 %. Rates need deliveries in the journal: \
            delivery_log.record_deliveries in bounce-milter.toml.
            """)

    @Option(
        help: ArgumentHelp(
            "day, provider, domain (the recipients'), sending-domain or campaign.", valueName: "group"))
    var by = Grouping.day

    @Option(help: ArgumentHelp("Whole days from this time on; see tail.", valueName: "time"))
    var since = "30d"

    @Option(help: ArgumentHelp("Show so many groups, those with the most mail.", valueName: "count"))
    var limit = 40

    @Flag(help: "Hard bounces are to stay under 0.5 %, as for a list that was not mailed lately.")
    var cold = false

    @Flag(help: "One JSON object a line; the last one is the sum.")
    var json = false

    @OptionGroup var settings: StoreSettings

    func validate() throws {
        _ = try pastTime(of: "--since", since)
        if limit < 1 { throw ValidationError("--limit \(limit): write a number from 1 on") }
    }

    func run() throws {
        let configuration = try settings.configuration()
        let now = nowMilliseconds()
        let time = try bouncectl.time(of: "--since", since, now: now)
        let (groups, change) = try withStore {
            let store = try configuration.readStore()
            return try store.database.read {
                (try store.statistics(by: by, since: time, now: now), try store.change(now: now))
            }
        }
        var sum = Counts()
        for group in groups { sum += group.counts }
        // The latest days, or the largest groups.
        let shown = by == .day ? groups.suffix(limit) : groups.prefix(limit)
        let total = Statistic(name: "all", counts: sum, change: change, deliveriesAreRecorded: sum.delivered > 0)
        let output = Output()
        defer { output.flush() }
        if json {
            for group in shown { output.line(line(group, named: by.rawValue)) }
            output.line(line(total, named: nil))
        } else if groups.isEmpty {
            output.line("no mail since \(Timestamp.format(time)) is in the store")
        } else {
            StatsTable(output, isColdList: cold).show(Array(shown), total, groupedBy: by)
            let left = groups.count - shown.count
            if left > 0 { output.line("\(left) more; --limit shows more") }
        }
    }

    private func line(_ group: Statistic, named name: String?) -> [UInt8] {
        var line = JSONLine()
        line.add("by", name ?? "all")
        if name != nil { line.add("name", group.name) }
        line.add("sent", Int(group.counts.sent))
        line.add("delivered", Int(group.counts.delivered))
        line.add("hard", Int(group.counts.hard))
        line.add("soft", Int(group.counts.soft))
        line.add("block", Int(group.counts.block))
        line.add("unknown", Int(group.counts.unknown))
        line.add("deferrals", Int(group.counts.deferrals))
        line.add("complaints", Int(group.counts.complaints))
        if let rates = group.rates {
            line.add("total_percent", number: StatsTable.percent(rates.total))
            line.add("hard_percent", number: StatsTable.percent(rates.hard))
            if let complaint = rates.complaint {
                line.add("complaint_percent", number: StatsTable.percent(complaint))
            }
            line.add("health", rates.health(isColdList: cold).rawValue)
        }
        if let change = group.change {
            line.add("last_hour_percent", number: StatsTable.percent(change.lastHour))
            line.add("past_percent", number: StatsTable.percent(change.past))
        }
        return line.closed
    }
}

extension Grouping: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "sending-domain": self = .sendingDomain
        default: self.init(rawValue: argument)
        }
    }

    public static var allValueStrings: [String] { ["day", "provider", "domain", "sending-domain", "campaign"] }
}
