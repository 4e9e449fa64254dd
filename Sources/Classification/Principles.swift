// What holds whatever rule won: when an address may be suppressed, and for how long.

import Vocabulary

/// One of the principles, as an explanation names it.
package enum Principle: String, Sendable, CaseIterable {
    /// Temporary evidence never suppresses: a hard category is soft and retried, and so is a cause that nothing tells.
    case temporaryNeverSuppresses = "temporary evidence never suppresses"
    /// A full mailbox that is permanent is suppressed for 30 days; one that is temporary, or of which nothing tells, is retried.
    case fullMailboxExpires = "a permanently full mailbox is suppressed for a time"
    /// What the sender caused, and what nobody knows, never suppresses the recipient.
    case blockNeverSuppresses = "a block or an unknown cause never suppresses"
}

/// What a verdict says of the address beside the cause.
struct Consequence: Equatable {
    var disposition: Disposition
    var action: Action
    var expiresAfterSeconds: Int?
}

enum Principles {
    static let fullMailboxExpiresDays = 30
    private static let secondsOfDay = 86_400

    /// What follows where a rule won, or none.
    static func consequence(of rule: RuleOutcome?, _ facts: borrowing Facts) -> Consequence {
        var (consequence, expiresDays) = own(of: rule)
        if rule?.action == nil, rule?.category == .mailboxFull, facts.isPermanent {
            consequence.action = .suppress
            expiresDays = expiresDays ?? fullMailboxExpiresDays
        }
        if facts.isTemporary {
            if consequence.disposition == .hard { consequence.disposition = .soft }
            if consequence.disposition == .unknown {
                (consequence.disposition, consequence.action) = (.soft, .retry)
            }
            if consequence.action == .suppress { consequence.action = .retry }
        }
        if consequence.action == .suppress, consequence.disposition == .block || consequence.disposition == .unknown {
            consequence.action = .investigate
        }
        if consequence.action == .suppress {
            consequence.expiresAfterSeconds = expiresDays.map { $0 * secondsOfDay }
        }
        return consequence
    }

    /// What the rule alone says, and for how many days.
    private static func own(of rule: RuleOutcome?) -> (Consequence, expiresDays: Int?) {
        let category = rule?.category ?? .undetermined
        let consequence = Consequence(
            disposition: rule?.disposition ?? category.defaultDisposition,
            action: rule?.action ?? category.defaultAction)
        return (consequence, rule?.expiresDays)
    }

    /// Which principles changed what the rule alone would have said.
    static func applied(to rule: RuleOutcome?, _ facts: borrowing Facts) -> [Principle] {
        let (own, _) = own(of: rule)
        let consequence = consequence(of: rule, facts)
        var applied: [Principle] = []
        if facts.isTemporary, consequence.disposition != own.disposition || consequence.action != own.action {
            applied.append(.temporaryNeverSuppresses)
        }
        if rule?.action == nil, rule?.category == .mailboxFull, facts.isPermanent {
            applied.append(.fullMailboxExpires)
        }
        if own.action == .suppress, consequence.action == .investigate { applied.append(.blockNeverSuppresses) }
        return applied
    }
}
