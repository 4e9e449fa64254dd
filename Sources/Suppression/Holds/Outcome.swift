// What the detector of outages is told of each delivery, and what it answers.

/// One delivery or hard bounce at a provider. Soft failures and blocks say nothing about addresses and are left out.
package struct Outcome: Sendable, Hashable {
    /// Milliseconds since 1970, of the record.
    package var timeMilliseconds: Int64
    package var isHard: Bool
    package var standing: Standing

    /// What is known of the recipient before this outcome.
    package enum Standing: Sendable, Hashable {
        /// Delivered to within `HoldPolicy.tookMailDays`, and no hard bounce since.
        case tookMailLately
        /// Not delivered to, or longer ago, and no hard bounce since.
        case unseen
        /// A hard bounce since its last delivery, applied or dropped. Its next one says nothing new about the provider.
        case failed
        /// A hard bounce of it is held by the provider's open hold.
        case held
    }

    package init(timeMilliseconds: Int64, isHard: Bool, standing: Standing) {
        self.timeMilliseconds = timeMilliseconds
        self.isHard = isHard
        self.standing = standing
    }
}

/// What is to be done with an outcome; for a delivery only `decided` means something.
package enum HoldAnswer: Sendable, Hashable {
    /// A hard bounce is applied at once.
    case apply
    /// A hard bounce goes into the open hold.
    case hold
    /// A hold opens with this hard bounce. What the provider's hard bounces from this time on have suppressed goes into it too.
    case open(sinceMilliseconds: Int64)
    /// The outcome ends the open hold, before it is looked at itself: a hard bounce is then applied.
    case decided(HoldDecision)
}

/// How a hold ended, and what is done with all hard bounces that are still in it.
package struct HoldDecision: Sendable, Hashable {
    package var verdict: Verdict
    package var reason: Reason
    /// When it was due: the time of the outcome that decided, or of the deadline. So a rebuild decides the same.
    package var timeMilliseconds: Int64

    /// What is done with them.
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// Suppressed as if there had been no hold.
        case applied
        /// Forgotten; the address's next hard bounce counts.
        case dropped
    }

    /// Why, in words for people.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        case providerIsBack = "addresses that were refused for a while take mail again"
        case staleList = "addresses that took mail lately still do: the refused ones are gone"
        case stillRefused = "the refusals went on to the end: they are meant"
        case silence = "nothing more was heard of the provider"
        case byOperator = "decided by an operator"
    }
}
