// The numbers of the policy, as bounce-store.toml(5) has them: what suppresses an address, and for how long.

import Vocabulary

/// What a site can set of the policy; the defaults hold where the file says nothing.
package struct Policy: Sendable, Equatable {
    /// Trust levels whose records suppress by themselves. `forged` is in neither list.
    package var trust: [Trust] = [.local, .verified, .matched]
    /// Trust levels of which two independent failures are needed.
    package var trustTwice: [Trust] = [.unverified]
    /// How far apart two failures must be to be independent.
    package var independentHours = 24
    /// So many soft failures in a row suppress.
    package var softFailures = 3
    /// From the first of them to the last.
    package var softDays = 5
    /// A soft failure counts no longer after this time.
    package var softMemoryDays = 90
    /// How long soft failures suppress.
    package var softExpiryDays = 30
    /// How long a mailbox that is full for good (5.2.2) suppresses.
    package var fullExpiryDays = 30
    /// How long a disabled mailbox suppresses; 0 is for good.
    package var disabledExpiryDays = 0
    /// An incident has ended when nothing was refused for this time.
    package var incidentQuietHours = 24
    package var hold = HoldPolicy()

    package init() {}
}

extension Policy {
    /// Whether such a failure is one of those that suppress when several come in a row.
    package func countsAsFailure(_ disposition: Disposition, _ category: Category, _ trust: Trust) -> Bool {
        disposition == .soft && category.countsAsFailure && self.trust.contains(trust)
    }
}

extension Category {
    /// Whether a temporary failure says something of the mailbox or its server: not where waiting, or another message, is all
    /// that was asked for.
    fileprivate var countsAsFailure: Bool {
        switch self {
        case .greylisted, .rateLimited, .messageTooLarge, .protocolError: false
        default: true
        }
    }
}

/// Milliseconds, the unit of all times here.
package enum Milliseconds {
    package static let hour: Int64 = 3_600_000
    package static let day: Int64 = 86_400_000
}
