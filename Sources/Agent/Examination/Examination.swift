// What came of one message.

import BounceReports
import Journal
import Vocabulary

/// What a message is, and the records that it gives.
package struct Examination: Sendable {
    package var kind: Kind
    /// One for each recipient and event; none where the message reports nothing or names nobody.
    package var records: [Record]
    /// For each record why its trust is what it is, in words.
    package var trustReasons: [String]
    /// What was read, for those who want to show the way to the records.
    package var report: Report
    /// What was cut short or left out, a phrase each. Addresses and texts of the message are not in them.
    package var notes: [String]

    /// Whether a person may want to look at the message again: nothing came of it, or a failure without a cause.
    package var isUnexplained: Bool {
        records.isEmpty || records.contains { $0.category == .undetermined }
    }
}
