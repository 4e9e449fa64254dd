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

enum Principles {
    static let fullMailboxExpiresDays = 30
    private static let secondsOfDay = 86_400

    /// Brings a verdict that its category filled in to its end.
    static func apply(to verdict: inout Verdict, rule: RuleOutcome?, _ facts: Facts) {
        if let disposition = rule?.disposition { verdict.disposition = disposition }
        var expiresDays = rule?.expiresDays
        if let action = rule?.action {
            verdict.action = action
        } else if verdict.category == .mailboxFull, facts.isPermanent {
            verdict.action = .suppress
            expiresDays = expiresDays ?? fullMailboxExpiresDays
        }
        if facts.isTemporary {
            if verdict.disposition == .hard { verdict.disposition = .soft }
            if verdict.disposition == .unknown { (verdict.disposition, verdict.action) = (.soft, .retry) }
            if verdict.action == .suppress { verdict.action = .retry }
        }
        if verdict.action == .suppress, verdict.disposition == .block || verdict.disposition == .unknown {
            verdict.action = .investigate
        }
        if verdict.action == .suppress { verdict.expiresAfterSeconds = expiresDays.map { $0 * secondsOfDay } }
    }

    /// Which principles changed what the rule alone would have said.
    static func applied(to rule: RuleOutcome?, _ facts: Facts) -> [Principle] {
        var verdict = Verdict(category: rule?.category ?? .undetermined, rule: rule?.id ?? "")
        let disposition = rule?.disposition ?? verdict.disposition
        let action = rule?.action ?? verdict.action
        apply(to: &verdict, rule: rule, facts)
        var applied: [Principle] = []
        if facts.isTemporary, verdict.disposition != disposition || verdict.action != action {
            applied.append(.temporaryNeverSuppresses)
        }
        if rule?.action == nil, verdict.category == .mailboxFull, facts.isPermanent {
            applied.append(.fullMailboxExpires)
        }
        if action == .suppress, verdict.action == .investigate { applied.append(.blockNeverSuppresses) }
        return applied
    }
}
