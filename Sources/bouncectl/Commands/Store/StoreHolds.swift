// bouncectl store holds: what waits because a provider may be out of order, and an operator's word on it.

import ArgumentParser
import Journal
import POSIX
import Suppression

struct StoreHolds: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds",
        abstract: "Show, apply or drop suppressions that wait because a provider may be out of order.",
        subcommands: [HoldsList.self, HoldsRelease.self, HoldsDrop.self], defaultSubcommand: HoldsList.self)
}

struct HoldsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show open holds, and those that were decided lately.")

    @Option(help: ArgumentHelp("Of the decided ones, those of this time or later; see tail.", valueName: "time"))
    var since = "1w"

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var settings: StoreSettings

    func validate() throws {
        _ = try pastTime(of: "--since", since)
    }

    func run() throws {
        let configuration = try settings.configuration()
        let time = try bouncectl.time(of: "--since", since)
        let holds = try withStore {
            let store = try configuration.readStore()
            return try store.database.read { try store.holds(since: time) }
        }
        let output = Output()
        if holds.isEmpty, !json { output.line("no hold is open, and none was decided since \(Timestamp.format(time))") }
        for hold in holds {
            if json { output.line(Self.line(hold)) } else { show(hold, output) }
        }
        output.flush()
    }

    private func show(_ hold: HoldState, _ output: Output) {
        let page = Page(output)
        page.title("\(hold.provider): \(hold.verdict ?? "open")")
        page.row("since", Timestamp.format(hold.since))
        page.row("opened", Timestamp.format(hold.opened))
        page.row("decided", hold.decided.map(Timestamp.format))
        page.row("because", hold.reason)
        if hold.decided == nil {
            page.row("waiting", "\(hold.addresses) addresses")
            page.row("to suppress them", "bouncectl store holds release \(hold.provider)")
            page.row("to mail them", "bouncectl store holds drop \(hold.provider)")
        }
        page.blank()
    }

    private static func line(_ hold: HoldState) -> [UInt8] {
        var line = JSONLine()
        line.add("provider", hold.provider)
        line.add("state", hold.verdict ?? "open")
        line.add("since", Timestamp.format(hold.since))
        line.add("opened", Timestamp.format(hold.opened))
        line.add("decided", hold.decided.map(Timestamp.format))
        line.add("reason", hold.reason)
        if hold.decided == nil { line.add("addresses", Int(hold.addresses)) }
        return line.closed
    }
}

struct HoldsRelease: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "The refusals are meant: suppress all addresses that wait.",
        discussion: "\"store release\" is another thing: it takes suppressions back.")

    @Flag(name: [.customShort("n"), .long], help: "Only show who would be suppressed.")
    var dryRun = false

    @Argument(help: "The provider, as \"holds list\" has it.")
    var provider: String

    @OptionGroup var settings: StoreSettings

    func run() throws { try decide(.applied, provider, settings, reason: "", dryRun: dryRun) }
}

struct HoldsDrop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "It was an outage: forget what waits.")

    @Option(help: ArgumentHelp("Who and why, for the store's own journal.", valueName: "text"))
    var reason = "an operator dropped the hold"

    @Flag(name: [.customShort("n"), .long], help: "Only show whose suppression would be forgotten.")
    var dryRun = false

    @Argument(help: "The provider, as \"holds list\" has it.")
    var provider: String

    @OptionGroup var settings: StoreSettings

    func run() throws { try decide(.dropped, provider, settings, reason: reason, dryRun: dryRun) }
}

/// Writes the decision into the store's own journal, then ends the hold; or only shows what it would be.
private func decide(
    _ verdict: HoldDecision.Verdict, _ provider: String, _ settings: StoreSettings, reason: String, dryRun: Bool
) throws {
    let configuration = try settings.configuration()
    try withStore {
        let now = nowMilliseconds()
        let asked = try configuration.readStore()
        let records = try asked.database.read {
            let open = try asked.holds(since: .max).map(\.provider)
            guard open.contains(provider) else {
                let others = open.isEmpty ? "none is" : "open: \(open.joined(separator: ", "))"
                complain("\(provider): no hold of that name is open; \(others)")
                throw ExitCode.unavailable
            }
            return try asked.records(deciding: verdict, provider, at: now, reason: signed(reason))
        }
        let output = Output()
        defer { output.flush() }
        let outcome = verdict == .applied ? "suppressed" : "mailable as before"
        if dryRun {
            for record in records { output.line(visible(record.recipient)) }
            output.line("\(provider): \(counted(records.count, "address")) would be \(outcome)")
            return
        }
        try configuration.writeDown(records)
        // Where the follower has read the records meanwhile, it has decided.
        _ = try configuration.openStore().decideHold(verdict, provider, at: now)
        output.line("\(provider): \(counted(records.count, "address")) \(outcome)")
    }
}

extension HoldNotice {
    /// For the log.
    var words: String {
        guard let decision else {
            return
                "hold: \(provider) refuses addresses that took mail lately; its new suppressions wait, see \"bouncectl store holds\""
        }
        return "hold: \(provider): \(decision.verdict.rawValue), as \(decision.reason.rawValue)"
    }
}
