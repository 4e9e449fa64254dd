// The fixed words of the journal (categories.json), spelled as they stand on disk. It knows no other module, so that what
// decides (Classification) and what writes down (Journal) share one enum without knowing each other.

/// What happened to one recipient.
package enum Event: String, Sendable, Hashable, CaseIterable {
    case bounce, deferral, delivery, complaint
    case autoReply = "auto-reply"
    /// Only in the suppression store's own journal.
    case reversal
}

/// What a whole message is.
package enum Kind: String, Sendable, Hashable, CaseIterable {
    case bounce, delay, success, complaint
    case autoReply = "auto-reply"
    case notABounce = "not-a-bounce"
    /// Could not be read as a message at all.
    case malformed
}

/// Whose fault a failure is, and whether it lasts.
package enum Disposition: String, Sendable, Hashable, CaseIterable {
    /// Permanent, and the address or its domain is the cause.
    case hard
    /// Temporary, or permanent for this message alone.
    case soft
    /// Refused because of the sender, the content or a policy.
    case block
    /// Not a failure of delivery.
    case none
    /// A failure whose cause nothing tells.
    case unknown
}

/// What the suppression store does with a record.
package enum Action: String, Sendable, Hashable, CaseIterable {
    case suppress, retry, investigate, none
    /// An operator takes a suppression back; only with `Event.reversal`.
    case release
}

/// Why: one identifier of categories.json.
package enum Category: String, Sendable, Hashable, CaseIterable {
    case mailboxUnknown = "mailbox-unknown"
    case domainUnknown = "domain-unknown"
    case domainRefusesMail = "domain-refuses-mail"
    case mailboxDisabled = "mailbox-disabled"
    case mailboxMoved = "mailbox-moved"
    case addressSyntax = "address-syntax"
    case mailboxFull = "mailbox-full"
    case recipientRefused = "recipient-refused"
    case authFailed = "auth-failed"
    case blocklisted
    case reputation
    case spamContent = "spam-content"
    case malware
    case contentRefused = "content-refused"
    case policy
    case relayDenied = "relay-denied"
    case senderRefused = "sender-refused"
    case rdnsRequired = "rdns-required"
    case security
    case nonconformant
    case greylisted
    case rateLimited = "rate-limited"
    case messageTooLarge = "message-too-large"
    case systemFull = "system-full"
    case systemError = "system-error"
    case networkError = "network-error"
    case routingLoop = "routing-loop"
    case expired
    case protocolError = "protocol-error"
    case mailerError = "mailer-error"
    case undetermined
    case abuseReport = "abuse-report"
    case vacation
    case delivered
    case reversal

    /// What holds when nothing more specific decides.
    package var defaultDisposition: Disposition {
        switch self {
        case .mailboxUnknown, .domainUnknown, .domainRefusesMail, .mailboxDisabled, .mailboxMoved, .addressSyntax:
            .hard
        case .mailboxFull, .greylisted, .rateLimited, .messageTooLarge, .systemFull, .systemError, .networkError,
            .routingLoop, .expired, .protocolError, .mailerError:
            .soft
        case .recipientRefused, .authFailed, .blocklisted, .reputation, .spamContent, .malware, .contentRefused,
            .policy, .relayDenied, .senderRefused, .rdnsRequired, .security, .nonconformant:
            .block
        case .undetermined: .unknown
        case .abuseReport, .vacation, .delivered, .reversal: .none
        }
    }

    /// What the store does when nothing more specific decides.
    package var defaultAction: Action {
        switch self {
        case .mailboxUnknown, .domainUnknown, .domainRefusesMail, .mailboxDisabled, .mailboxMoved, .addressSyntax,
            .abuseReport:
            .suppress
        case .mailboxFull, .greylisted, .rateLimited, .systemFull, .systemError, .networkError, .expired,
            .mailerError:
            .retry
        case .recipientRefused, .authFailed, .blocklisted, .reputation, .spamContent, .malware, .contentRefused,
            .policy, .relayDenied, .senderRefused, .rdnsRequired, .security, .nonconformant, .messageTooLarge,
            .routingLoop, .protocolError, .undetermined:
            .investigate
        case .vacation, .delivered: .none
        case .reversal: .release
        }
    }
}

/// Rules of records that no rule of a file decides.
package enum FixedRule {
    /// Of a delivery that is recorded only because it ends the recipient's failures: where most deliveries are not, such ones say nothing
    /// of rates.
    package static let failureEnded = "failure.ended"
}

/// Where a fact was seen.
package enum Origin: String, Sendable, Hashable, CaseIterable {
    case milterDSN = "milter-dsn"
    case milterRCPT = "milter-rcpt"
    case deliveryLog = "delivery-log"
    case replay
    /// Only in the suppression store's own journal.
    case `operator`
}

/// How sure it is that a report answers mail that this site sent.
package enum Trust: String, Sendable, Hashable, CaseIterable {
    /// This MTA's own reply or DSN.
    case local
    /// A valid stamp or signed return path.
    case verified
    /// The returned message is one that this site sent.
    case matched
    case unverified
    /// A proof is claimed and fails.
    case forged
}

extension Trust {
    /// How much a record of this trust says of its fact, so that of two records the better one is taken: the trust counts first, and
    /// with the same trust whether the cause is known. bounce-journal(5), "Identity".
    package func worth(of category: Category) -> UInt8 {
        let rank: UInt8 =
            switch self {
            case .forged: 0
            case .unverified: 1
            case .matched: 2
            case .verified: 3
            case .local: 4
            }
        return rank * 2 + (category == .undetermined ? 0 : 1)
    }
}
