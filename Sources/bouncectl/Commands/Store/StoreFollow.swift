// bouncectl store follow: applies the journals to the store as they are written.

import ArgumentParser
import Glibc
import Suppression

struct StoreFollow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Apply the journals to the store, and go on with records as they come.",
        discussion: """
            Several may run on one store, also of one journal: each record is applied once. It waits for a database that is \
            away. Exit status: 0 when it was told to end, 65 when a journal is damaged, 69 when the store cannot be used.
            """)

    @Flag(help: "Apply what is there now, then end.")
    var once = false

    @Flag(help: "Pass over damaged lines and missing records, and count them.")
    var skipDamaged = false

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        Ending.prepare()
        let store = try waiting { try configuration.openStore() }
        guard let store else { return }
        let follower = StoreFollower(
            store, configuration.followedJournals(), skipsDamaged: skipDamaged, notify: complain(of:))
        try withStore {
            if once { try follower.catchUp() } else { try follow(follower, store, configuration) }
        }
    }

    /// Follows; while no records come, holds are decided by the clock, and once a day what is old is dropped.
    private func follow(_ follower: StoreFollower, _ store: Store, _ configuration: StoreConfiguration) throws {
        var nextSettling: Int64 = 0
        var nextDrop: Int64 = 0
        try follower.follow(until: { Ending.isAsked }) {
            let now = nowMilliseconds()
            guard now >= nextSettling else { return }
            nextSettling = now + 60_000
            for hold in try store.settleHolds(at: now) { bouncectl.complain(hold.words) }
            guard now >= nextDrop else { return }
            nextDrop = now + Milliseconds.day
            _ = try store.dropOld(
                at: now, keepEventsDays: configuration.keepEventsDays,
                keepDeliveriesDays: configuration.keepDeliveriesDays)
        }
    }

    /// Opens the store; where it is away and this is a service, tries until it is there; nil when it was told to end.
    private func waiting(_ open: () throws -> Store) throws -> Store? {
        var seconds = 1
        while !Ending.isAsked {
            do {
                return try open()
            } catch let error as StoreError where error.kind == .away && !once {
                complain(of: .away(error, retrySeconds: seconds))
                for _ in 0..<seconds * 10 where !Ending.isAsked { usleep(100_000) }
                seconds = min(seconds * 2, 60)
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
            bouncectl.complain("\(journal): \(error); tried again until it is there")
        case .away(let error, let seconds): bouncectl.complain("\(error); next try in \(seconds) s, nothing is lost")
        case .back: bouncectl.complain("the store answers again")
        case .applied(_, let applied):
            for hold in applied.holds { bouncectl.complain(hold.words) }
            for incident in applied.incidents {
                bouncectl.complain(
                    "incident: \(incident.provider) refuses mail of \(incident.sendingDomain): \(incident.category.rawValue); see \"bouncectl store incidents\""
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
        for number in [SIGTERM, SIGINT] { signal(number) { _ in Ending.flag = 1 } }
    }

    static var isAsked: Bool { flag != 0 }
}
