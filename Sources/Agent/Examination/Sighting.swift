// Where and how a report was seen: what the record says of its source beside what the message itself says.

import Journal
import MailSyntax
import Vocabulary

/// One sighting of a message, a log line or a reply.
package struct Sighting: Sendable {
    package var origin: Origin
    package var source: Record.Source
    /// When it was recorded: milliseconds since 1970.
    package var timeMilliseconds: Int64
    /// The name of the MTA, where it handed the message over as one that it made itself: with an empty sender, as Postfix's internal
    /// mail or at the port by which Sendmail returns its own. Nil for what came from anywhere else.
    package var makerMTA: String?
    /// The envelope's MAIL FROM was `<>`, where the envelope is known.
    package var hasNullReversePath = false
    /// The envelope's recipients, bare, where the envelope is known: the return path of the message that bounced, and some more at most.
    package var recipients: [Bytes] = []
    /// What was not kept of the message, for the log: `body over 1048576 bytes`.
    package var cuts: [String]

    package init(
        origin: Origin, timeMilliseconds: Int64, source: Record.Source = Record.Source(), cuts: [String] = []
    ) {
        self.origin = origin
        self.source = source
        self.timeMilliseconds = timeMilliseconds
        self.cuts = cuts
    }

    /// How sure it is that a report answers mail of this site. A message that was handed to the MTA locally with an empty sender looks
    /// like one that it made itself, a forwarded foreign report for one: so the report must also name this MTA as its maker.
    func trust(reportingMTA: Bytes?) -> Trust {
        guard let makerMTA, let reportingMTA, !makerMTA.isEmpty else { return .unverified }
        return makerMTA.lowercased() == reportingMTA.text.lowercased() ? .local : .unverified
    }
}
