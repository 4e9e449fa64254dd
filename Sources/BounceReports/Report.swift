// What one message reports: the values that every format of Formats/ fills in. Words of RFC 3464; no verdict.

import MailSyntax
import Vocabulary

/// What one message says about the delivery of another.
package struct Report: Sendable {
    package var kind: Kind
    /// The form it was written in; nil where `kind` is `notABounce` or `malformed`.
    package var format: ReportFormat?
    package var reportingMTA: Bytes?
    /// As the report writes it: an RFC 5322 date-time.
    package var arrivalDate: Bytes?
    package var originalEnvelopeID: Bytes?
    /// RFC 5965, 3.1: `abuse`, `fraud`, …
    package var feedbackType: Bytes?
    /// The reporting MTA's queue ID of the message, where the report names it (X-Postfix-Queue-ID, …) or the Received field does that
    /// the MTA gave the message.
    package var queueID: Bytes?
    package var recipients: [RecipientReport]
    /// What a notice tells that names nobody.
    package var unnamedRecipient: RecipientReport?
    package var returned: ReturnedMessage
    /// How many recipients were not read because the limit was reached.
    package var recipientsCut: Int
    /// What the message's own limits cut short.
    package var isCut: Bool

    package init(kind: Kind, format: ReportFormat? = nil) {
        self.kind = kind
        self.format = format
        self.recipients = []
        self.returned = ReturnedMessage()
        self.recipientsCut = 0
        self.isCut = false
    }
}

/// RFC 3464, 2.3.3.
package enum DeliveryAction: String, Sendable, Hashable {
    case failed, delayed, delivered, relayed, expanded
}

/// What a report says about one recipient (RFC 3464, 2.3). Addresses are bare: no `rfc822;`, no angle brackets, comments or
/// source route.
package struct RecipientReport: Sendable {
    package var originalRecipient: Bytes?
    package var finalRecipient: Bytes?
    package var action: DeliveryAction?
    package var status: EnhancedStatus?
    package var reply: UInt16?
    /// The reply's or diagnostic's text as the record will have it (see `Diagnostic`): unfolded, without its type (`smtp;`).
    package var diagnostic: Bytes?
    /// The SMTP command that was answered: `RCPT TO`, `DATA`, …
    package var command: Bytes?
    /// A host name or address, without its type (`dns;`).
    package var remoteMTA: Bytes?
    package var lastAttemptDate: Bytes?
    package var willRetryUntil: Bytes?
    /// The reporting MTA kept the first line of the reply only; the rest may be in the text for people.
    var isFirstLineOnly = false

    package init() {}
}

/// What is known of the message that bounced.
package struct ReturnedMessage: Sendable {
    /// Without angle brackets.
    package var messageID: Bytes?
    package var sender: Bytes?
    /// Undecoded (RFC 2047 encoded words as they stand).
    package var subject: Bytes?
    /// Its To field.
    package var toField: Bytes?
    /// The part of the `MailMessage` that holds its header, where it was returned.
    package var part: Int?
    /// Its header from the first known field on, where it was returned as text of the report's own part; empty else.
    package var header: Bytes = []

    package init() {}

    /// The addresses of its To field, for formats that name no recipient: read each time that they are asked for, which is seldom.
    package var to: [Bytes] { toField.map { MailAddress.list(in: $0) } ?? [] }
}

/// The forms of report, as the record's `report.format` names them: a standard's number or the program or service that writes it.
package enum ReportFormat: String, Sendable, Hashable, CaseIterable {
    case rfc3464, rfc3834, rfc8098, arf
    case qmail, exim, sendmail, postfix, courier, opensmtpd, dma
    case exchange, google, googleGroups = "google-groups", gmx, mailRu = "mail.ru", zoho, amazonSNS = "amazon-sns"
    case messagingServer = "messaging-server"
    case iMail = "imail"
    case mdaemon, mimecast, mailMarshal = "mailmarshal", james, kddi, mFilter = "m-filter", lsmtp, x400
    case interScan = "interscan"
    case verizon
    case plainWords = "plain-words"
}
