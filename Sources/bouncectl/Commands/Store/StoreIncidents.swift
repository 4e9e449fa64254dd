// bouncectl store incidents: who refuses our mail for our own faults, and what to do about it.

import ArgumentParser
import Journal
import POSIX
import Suppression

struct StoreIncidents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "Show what receivers refuse because of the sender, with what to do about it.")

    private static let shownReplies = 3

    @Option(
        help: ArgumentHelp("Incidents with a refusal at this time or later; see tail.", valueName: "time"))
    var since = "1w"

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var settings: StoreSettings

    func validate() throws {
        _ = try pastTime(of: "--since", since)
    }

    func run() throws {
        let configuration = try settings.configuration()
        let now = nowMilliseconds()
        let time = try bouncectl.time(of: "--since", since, now: now)
        try withStore {
            let store = try configuration.readStore()
            let output = Output()
            try store.database.read {
                let incidents = try store.incidents(since: time)
                if incidents.isEmpty, !json { output.line("no incidents since \(Timestamp.format(time))") }
                for incident in incidents {
                    let details = try store.details(of: incident, replies: Self.shownReplies)
                    let isOpen = incident.isOpen(at: now, configuration.policy)
                    if json {
                        output.line(line(incident, details, isOpen))
                    } else {
                        show(incident, details, isOpen, output)
                    }
                }
            }
            output.flush()
        }
    }

    private func show(
        _ incident: Incident, _ details: (recipients: Int64, replies: [String]), _ isOpen: Bool, _ output: Output
    ) {
        let page = Page(output)
        let key = incident.key
        page.title(
            "\(key.category.rawValue) at \(key.provider), mail of \(key.sendingDomain.isEmpty ? "unknown sender" : key.sendingDomain)"
        )
        page.row("since", Timestamp.format(incident.since))
        page.row(isOpen ? "open, last" : "ended", Timestamp.format(incident.last))
        page.row(
            "refused", "\(counted(incident.failures, "message")) to \(counted(details.recipients, "recipient"))")
        for reply in details.replies { page.row("reply", reply) }
        page.row("what to do", key.advice)
        page.blank()
    }

    private func line(
        _ incident: Incident, _ details: (recipients: Int64, replies: [String]), _ isOpen: Bool
    ) -> [UInt8] {
        var line = JSONLine()
        line.add("sending_domain", incident.key.sendingDomain)
        line.add("provider", incident.key.provider)
        line.add("category", incident.key.category.rawValue)
        line.add("state", isOpen ? "open" : "ended")
        line.add("since", Timestamp.format(incident.since))
        line.add("last", Timestamp.format(incident.last))
        line.add("failures", Int(incident.failures))
        line.add("recipients", Int(details.recipients))
        line.add("replies", details.replies.map(JSONLine.string))
        line.add("advice", incident.key.advice)
        return line.closed
    }
}
