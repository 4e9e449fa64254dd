// One line of the journal (bounce-journal(5)): one event for one recipient.

import Vocabulary

/// A journal record without what the writer adds (`v`, `seq`, `crc`). An optional that is nil is left out of the line.
package struct Record: Sendable, Hashable {
    package var id: String
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var timeMilliseconds: Int64
    package var event: Event
    package var recipient: String
    package var finalRecipient: String?
    package var disposition: Disposition
    package var category: Category
    package var action: Action
    package var retryAfter: Int?
    package var hint: String?
    /// Milliseconds since 1970, written as RFC 3339.
    package var expiresMilliseconds: Int64?
    package var status: String?
    package var reply: Int?
    package var command: String?
    package var diagnostic: String?
    package var rule: String
    package var origin: Origin
    package var trust: Trust
    package var source: Source
    package var report: Report?
    package var message: Message?
    /// Who took a suppression back and why; only with `Event.reversal`.
    package var reason: String?

    /// Where the report came from.
    package struct Source: Sendable, Hashable {
        /// `postfix` or `sendmail`.
        package var mta: String?
        package var queueID: String?
        /// `host[address]` of the SMTP client that brought the report.
        package var client: String?
        package var file: String?

        package init() {}
    }

    /// What the report says of itself.
    package struct Report: Sendable, Hashable {
        package var format: String?
        package var reportingMTA: String?
        package var remoteMTA: String?
        package var arrival: String?
        package var feedbackType: String?

        package init(
            format: String? = nil, reportingMTA: String? = nil, remoteMTA: String? = nil, arrival: String? = nil,
            feedbackType: String? = nil
        ) {
            self.format = format
            self.reportingMTA = reportingMTA
            self.remoteMTA = remoteMTA
            self.arrival = arrival
            self.feedbackType = feedbackType
        }
    }

    /// The message that bounced.
    package struct Message: Sendable, Hashable {
        package var messageID: String?
        package var queueID: String?
        package var sender: String?
        package var envelopeID: String?
        package var campaign: String?
        package var subject: String?

        package init(
            messageID: String? = nil, queueID: String? = nil, sender: String? = nil, envelopeID: String? = nil,
            campaign: String? = nil, subject: String? = nil
        ) {
            self.messageID = messageID
            self.queueID = queueID
            self.sender = sender
            self.envelopeID = envelopeID
            self.campaign = campaign
            self.subject = subject
        }
    }
}

extension Record {
    // Made whole at once: a variable of this type, of some twenty strings, would be copied where it is returned.

    package init(
        id: String, timeMilliseconds: Int64, event: Event, recipient: String, disposition: Disposition,
        category: Category, action: Action, retryAfter: Int? = nil, hint: String? = nil,
        expiresMilliseconds: Int64? = nil, rule: String, origin: Origin, trust: Trust
    ) {
        self.init(
            id: id, timeMilliseconds: timeMilliseconds, event: event, recipient: recipient, finalRecipient: nil,
            disposition: disposition, category: category, action: action, retryAfter: retryAfter, hint: hint,
            expiresMilliseconds: expiresMilliseconds, status: nil, reply: nil, command: nil, diagnostic: nil,
            rule: rule, origin: origin, trust: trust, source: Source(), report: nil, message: nil, reason: nil)
    }
}
