// What goes into a classification and what comes out.

import MailSyntax
import Vocabulary

/// All that a verdict may rest on. Each field is what the record of the same name holds, so that a verdict can be computed again
/// from the journal.
package struct Evidence: Sendable {
    /// The enhanced status code of the report or log line.
    package var status: EnhancedStatus?
    package var reply: UInt16?
    /// The reply or the report's words as `Diagnostic.normalize` leaves them, with or without code and status in front. The status
    /// that stands in it is read too: see `Facts`.
    package var diagnostic: Bytes
    /// The SMTP command that was answered: `RCPT TO`, `DATA`, …
    package var command: Bytes?
    /// A host name or address.
    package var remoteMTA: Bytes?
    package var reportingMTA: Bytes?
    /// The recipient's domain in lower case.
    package var recipientDomain: Bytes?
    /// The report or log line says that this delivery was not made: a success code in it tells nothing.
    package var hasFailed: Bool
    /// The report says that the MTA still tries (RFC 3464 action delayed, or a 4xx reply in the log).
    package var isDelayed: Bool
}

extension Evidence {
    package init(
        diagnostic: Bytes = [], status: EnhancedStatus? = nil, reply: UInt16? = nil, command: Bytes? = nil,
        remoteMTA: Bytes? = nil, reportingMTA: Bytes? = nil, recipientDomain: Bytes? = nil, hasFailed: Bool = false,
        isDelayed: Bool = false
    ) {
        self.init(
            status: status, reply: reply, diagnostic: diagnostic, command: command, remoteMTA: remoteMTA,
            reportingMTA: reportingMTA, recipientDomain: recipientDomain, hasFailed: hasFailed, isDelayed: isDelayed)
    }
}

/// What a failure means.
package struct Verdict: Sendable, Hashable {
    package var category: Category
    package var disposition: Disposition
    package var action: Action
    /// `google.no-such-user`, `status.5.1.1`, …; `undetermined` where no rule holds.
    package var rule: String
    /// Where the text names a time to wait.
    package var retryAfterSeconds: Int?
    /// With `suppress`: how long it lasts; nil is for good.
    package var expiresAfterSeconds: Int?
    /// The domain that was probably meant.
    package var hint: String?
}

extension Verdict {
    /// Its disposition and action are by default the category's.
    package init(
        category: Category, disposition: Disposition? = nil, action: Action? = nil, rule: String,
        retryAfterSeconds: Int? = nil, expiresAfterSeconds: Int? = nil, hint: String? = nil
    ) {
        self.init(
            category: category, disposition: disposition ?? category.defaultDisposition,
            action: action ?? category.defaultAction, rule: rule, retryAfterSeconds: retryAfterSeconds,
            expiresAfterSeconds: expiresAfterSeconds, hint: hint)
    }
}
