// What one more occurrence makes of an address.

import Vocabulary

extension Standing {
    /// Judges an address by all that happened to it, in any order.
    package init(_ occurrences: [Occurrence], _ policy: Policy) {
        self.init()
        let members = Members(occurrences, policy)
        for occurrence in occurrences.sorted(by: Occurrence.isBefore) {
            if let suppression, members.isOver(suppression, by: occurrence) { release() }
            if let held, members.isOver(held, by: occurrence) { release() }
            fold(in: members.judged(occurrence), policy)
        }
    }

    /// Takes the next occurrence: one with a later time, or the same time and a greater `id`.
    package mutating func fold(in occurrence: Occurrence, _ policy: Policy) {
        lastTime = occurrence.time
        lastID = occurrence.id
        if let suppression, !suppression.isInForce(at: occurrence.time) {
            self.suppression = nil
            strikes = []
            doubt = nil
        }
        if occurrence.hold == .dropped { return }
        switch occurrence.event {
        case .reversal: if occurrence.action == .release { release() }
        case .delivery: deliver(occurrence, policy)
        case .complaint:
            if occurrence.action == .suppress {
                suppress(.complaint, by: occurrence, until: occurrence.expires, policy)
            }
        case .bounce: bounce(occurrence, policy)
        case .deferral: strike(occurrence, policy)
        case .autoReply: break
        }
    }

    private mutating func release() {
        suppression = nil
        held = nil
        strikes = []
        doubt = nil
    }

    /// A delivery ends a row of failures. It does not end a suppression: many sites accept first and refuse by a report later.
    private mutating func deliver(_ occurrence: Occurrence, _ policy: Policy) {
        guard policy.trust.contains(occurrence.trust) else { return }
        lastDelivery = occurrence.time
        strikes = []
    }

    /// A record that does not itself ask for suppression is no reason for one, whatever its disposition. A rule may know better than the
    /// policy when one ends, but for a full mailbox, whose records all say when.
    private mutating func bounce(_ occurrence: Occurrence, _ policy: Policy) {
        switch (occurrence.disposition, occurrence.action) {
        case (.hard, .suppress) where occurrence.category == .mailboxDisabled:
            let end = occurrence.expires ?? occurrence.end(after: policy.disabledExpiryDays)
            suppress(.disabled, by: occurrence, until: end, policy)
        case (.hard, .suppress):
            suppress(.hard, by: occurrence, until: occurrence.expires, policy)
        case (.soft, .suppress) where occurrence.category == .mailboxFull:
            suppress(.full, by: occurrence, until: occurrence.end(after: policy.fullExpiryDays), policy)
        default: strike(occurrence, policy)
        }
    }

    // MARK: Failures in a row

    private mutating func strike(_ occurrence: Occurrence, _ policy: Policy) {
        guard policy.countsAsFailure(occurrence.disposition, occurrence.category, occurrence.trust), suppression == nil
        else { return }
        let oldest = occurrence.time - Int64(policy.softMemoryDays) * Milliseconds.day
        strikes.removeAll { $0.time < oldest }
        // A campaign mails an address once: what fails twice within a day is the same mail sent again.
        let isNew = strikes.allSatisfy {
            $0.message != occurrence.message
                && (occurrence.campaign.isEmpty || $0.campaign != occurrence.campaign
                    || occurrence.time - $0.time >= Milliseconds.day)
        }
        guard isNew else { return }
        strikes.append(Strike(occurrence))
        // The first one tells how long it has been going on.
        if strikes.count > Self.strikeLimit { strikes.remove(at: 1) }
        guard strikes.count >= policy.softFailures, let first = strikes.first,
            occurrence.time - first.time >= Int64(policy.softDays) * Milliseconds.day
        else { return }
        suppress(.soft, by: occurrence, until: occurrence.end(after: policy.softExpiryDays), policy)
    }

    // MARK: Suppression

    /// Suppresses until then, nil for good, where the occurrence can be trusted and no hold is open.
    private mutating func suppress(_ ground: Ground, by occurrence: Occurrence, until: Int64?, _ policy: Policy) {
        guard isTrusted(occurrence, policy) else { return }
        let new = Suppression(since: occurrence.time, until: until, ground: ground, cause: occurrence.id)
        if occurrence.hold == .open {
            if suppression == nil { held = held.map { $0.strengthened(by: new) } ?? new }
        } else {
            held = nil
            suppression = suppression.map { $0.strengthened(by: new) } ?? new
        }
    }

    private mutating func isTrusted(_ occurrence: Occurrence, _ policy: Policy) -> Bool {
        if policy.trust.contains(occurrence.trust) { return true }
        guard policy.trustTwice.contains(occurrence.trust) else { return false }
        let memory = Int64(policy.softMemoryDays) * Milliseconds.day
        guard let doubt, occurrence.time - doubt.time <= memory else {
            self.doubt = Strike(occurrence)
            return false
        }
        return doubt.message != occurrence.message
            && occurrence.time - doubt.time >= Int64(policy.independentHours) * Milliseconds.hour
    }
}

/// What an address that stands for others, an alias, came to with each of them: that one is gone says nothing of the rest.
private struct Members {
    /// Who took each message.
    private var took: [String: Set<String>] = [:]
    /// Whose failure each record is that suppresses.
    private var failed: [String: String] = [:]
    private let policy: Policy

    init(_ occurrences: [Occurrence], _ policy: Policy) {
        self.policy = policy
        for occurrence in occurrences where occurrence.namesMember { failed[occurrence.id] = occurrence.member }
        if failed.isEmpty { return }
        // Empty is the address itself.
        for occurrence in occurrences where isDelivery(occurrence) {
            took[occurrence.message, default: []].insert(occurrence.member ?? "")
        }
    }

    private func isDelivery(_ occurrence: Occurrence) -> Bool {
        occurrence.event == .delivery && policy.trust.contains(occurrence.trust)
    }

    /// A failure of one member that can be trusted does not count where another took the message.
    func judged(_ occurrence: Occurrence) -> Occurrence {
        guard let member = failed[occurrence.id], policy.trust.contains(occurrence.trust),
            let others = took[occurrence.message],
            others.contains(where: { $0 != member })
        else { return occurrence }
        var judged = occurrence
        judged.hold = .dropped
        return judged
    }

    /// A delivery to another member ends what one member's failure began: the alias was mended, or had others all the while.
    func isOver(_ suppression: Suppression, by occurrence: Occurrence) -> Bool {
        guard let member = failed[suppression.cause], isDelivery(occurrence), let other = occurrence.member else {
            return false
        }
        return other != member
    }
}

extension Occurrence {
    /// Whether it would suppress an address for what one of its members answered.
    package var namesMember: Bool { event == .bounce && action == .suppress && member != nil }

    /// So many days later; nil, for never, where they are 0.
    fileprivate func end(after days: Int) -> Int64? { days == 0 ? nil : time + Int64(days) * Milliseconds.day }
}

extension Strike {
    init(_ occurrence: Occurrence) {
        self.init(time: occurrence.time, message: occurrence.message, campaign: occurrence.campaign)
    }
}

extension Suppression {
    /// The same suppression, for the reason that lasts longer.
    fileprivate func strengthened(by new: Suppression) -> Suppression {
        guard let until, new.until.map({ $0 > until }) ?? true else { return self }
        var stronger = new
        stronger.since = since
        return stronger
    }
}
