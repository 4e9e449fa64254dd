// bouncectl store follow: applies the journals to the store as they are written.

import ArgumentParser
import Glibc
import POSIX
import Suppression

struct StoreFollow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Apply the journals to the store, and go on with records as they come.",
        discussion: """
            Several may run on one store, also of one journal: each record is applied once. It waits for a database that is \
            away. Exit status: 0 when it was told to end, 65 when a journal is damaged, 66 when --once could not read one, 69 when \
            the store cannot be used, 75 when --once found its database away.
            """)

    @Flag(help: "Apply what is there now, then end.")
    var once = false

    @Flag(help: "Pass over damaged lines and missing records, and count them.")
    var skipDamaged = false

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        try configuration.expectJournals()
        Ending.prepare()
        let store = try waiting { try configuration.openStore() }
        guard let store else { return }
        var sum = Applied()
        let follower = StoreFollower(store, configuration.followedJournals(), skipsDamaged: skipDamaged) { notice in
            if case .applied(_, let applied) = notice { sum += applied }
            complain(of: notice)
        }
        try withStore {
            guard once else { return try follow(follower, store, configuration) }
            try follower.catchUp { Ending.isAsked }
            if Output.isTerminal { Output().line(sum.words) }
            if !follower.unread.isEmpty { throw ExitCode.noInput }
        }
    }

    /// Follows; each minute the holds that are due are decided, and once a day what is old is dropped.
    private func follow(_ follower: StoreFollower, _ store: Store, _ configuration: StoreConfiguration) throws {
        var nextSettling: Int64 = 0
        var nextDrop: Int64 = 0
        var wasUpToDate = false
        try follower.follow(until: { Ending.isAsked }) { isUpToDate in
            let now = nowMilliseconds()
            // Not by the clock while records that say more are still to be read: of what is old, those that were read late are judged with
            // it. A journal that was read to its end once is dropped from also when it is too busy to be read to its end again.
            if isUpToDate { wasUpToDate = true }
            if isUpToDate, now >= nextSettling {
                for hold in try store.settleHolds(at: now) { bouncectl.complain(hold.words) }
                nextSettling = now + 60_000
            }
            if wasUpToDate, now >= nextDrop {
                _ = try store.dropOld(
                    at: now, keepEventsDays: configuration.keepEventsDays,
                    keepDeliveriesDays: configuration.keepDeliveriesDays)
                nextDrop = now + Milliseconds.day
            }
        }
    }

    /// Opens the store; where it is away and this is a service, tries until it is there; nil when it was told to end.
    private func waiting(_ open: () throws -> Store) throws -> Store? {
        var backOff = BackOff()
        while !Ending.isAsked {
            do {
                let store = try open()
                if backOff.isWaiting { complain(of: .back) }
                return store
            } catch let error as StoreError where error.kind == .away && !once {
                backOff.wait(after: error, until: { Ending.isAsked }) { complain(of: .away($0)) }
            } catch {
                return try withStore { throw error }
            }
        }
        return nil
    }

    private func complain(of notice: FollowNotice) {
        switch notice {
        case .passedOver(let finding): bouncectl.complain("passed over: \(finding)")
        case .unreadable(let journal, let error):
            bouncectl.complain(
                "\(error); \(once ? "nothing" : "tried again; till then nothing") is applied of \(journal)")
        case .missing(let journal):
            bouncectl.complain(
                "\(journal): there is no such journal\(once ? "" : " yet; followed as soon as there is"); see \"journals\" in bounce-store.toml(5)"
            )
        case .away(let error): bouncectl.complain("\(error); tried again until it answers, nothing is lost")
        case .back: bouncectl.complain("the store answers again")
        case .applied(_, let applied):
            for hold in applied.holds { bouncectl.complain(hold.words) }
            for incident in applied.incidents {
                let sender = incident.sendingDomain.isEmpty ? "an unknown sender" : incident.sendingDomain
                bouncectl.complain(
                    "incident: \(incident.provider) refuses mail of \(sender): \(incident.category.rawValue); see \"bouncectl store incidents\""
                )
            }
        }
    }
}

/// SIGTERM and SIGINT: the batch that is being applied is finished, then the program ends.
enum Ending {
    // Safe: a signal handler may only set such a flag, and it is only ever set to 1.
    nonisolated(unsafe) private static var flag: sig_atomic_t = 0

    static func prepare() {
        // Whoever started this program may have blocked them.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in Ending.flag = 1 }
            sigaddset(&signals, number)
        }
        sigprocmask(SIG_UNBLOCK, &signals, nil)
    }

    static var isAsked: Bool { flag != 0 }
}
