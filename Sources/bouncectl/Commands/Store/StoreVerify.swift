// bouncectl store check and compact: whether the store is whole, and making it small.

import ArgumentParser
import Journal
import POSIX
import Suppression

struct StoreCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the store: the database, its tables against each other, its place in the journals.",
        discussion: """
            Exit status: 0 when it is sound, 65 when something is wrong with it, 66 when a journal is not there or this user \
            may not read it, 75 when records of more than ten minutes ago are not applied: nobody follows the journal.
            """)

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        let (report, store) = try withStore {
            let store = try configuration.readStore()
            return (try store.check(configuration.followedJournals()), store)
        }
        let output = Output()
        for fault in report.faults { output.line(visible(fault)) }
        for journal in report.journals {
            let isElsewhere = report.notConfigured.contains(journal.name)
            let behind =
                report.behind[journal.name].map { $0 == 0 ? ", up to date" : ", \(counted($0, "record")) behind" }
                ?? (isElsewhere ? ", not one of this host's journals" : "")
            output.line(
                visible(
                    "\(journal.name): record \(journal.checkpoint.seq) of \(Timestamp.format(journal.lastTime))\(behind); \(journal.applied) applied, \(journal.repeated) told before, \(journal.damaged) damaged and \(journal.missing) missing passed over"
                ))
        }
        let verdict = report.faults.isEmpty ? "sound" : counted(report.faults.count, "fault")
        output.line(
            "\(counted(report.events, "event")), \(report.addresses) addresses, \(report.suppressed) suppressed: \(verdict)"
        )
        output.flush()
        for journal in report.unread {
            complain("\(advice(to: .read, journal) ?? journal): the store's place in it was not checked")
        }
        for journal in report.missing {
            complain("\(journal): there is no such journal; see \"journals\" in bounce-store.toml(5)")
        }
        for journal in report.neverApplied { complain("\(journal): nothing of this journal was applied yet") }
        let isLate = try withStore { try configuration.warnIfLate(store, at: nowMilliseconds()) }
        if !report.faults.isEmpty { throw ExitCode.dataError }
        if !report.unread.isEmpty || !report.missing.isEmpty { throw ExitCode.noInput }
        if isLate { throw ExitCode.temporary }
    }
}

struct StoreCompact: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Drop old events, as keep_events_days says, and give unused room back.")

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        let dropped = try withStore {
            let store = try configuration.openStore()
            let dropped = try store.dropOld(
                at: nowMilliseconds(), keepEventsDays: configuration.keepEventsDays,
                keepDeliveriesDays: configuration.keepDeliveriesDays)
            try store.database.compact()
            return dropped
        }
        Output().line("\(dropped) events dropped")
    }
}
