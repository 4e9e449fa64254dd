// One event as the policy sees it: what of a record bears on whether its recipient may be mailed.

import Journal
import Vocabulary

/// A record without its recipient. It is kept in the store's `event` table, so that an address can be judged anew.
package struct Occurrence: Sendable, Hashable {
    /// What became of a suppression that an outage would explain as well.
    package enum Hold: String, Sendable, Hashable {
        /// Not decided: the suppression waits.
        case open
        /// It was an outage: the failure does not count.
        case dropped
        /// It was none: the failure counts.
        case released
    }

    package var id: String
    /// Milliseconds since 1970.
    package var time: Int64
    package var event: Event
    package var disposition: Disposition
    package var category: Category
    package var action: Action
    /// With the action `suppress`: when that ends by itself, in milliseconds since 1970; nil for never.
    package var expires: Int64?
    package var trust: Trust
    /// The same for all records of one message.
    package var message: String
    /// Empty where unknown.
    package var campaign: String
    /// What the address became by forwarding or an alias, where that is another.
    package var member: String?
    /// Nil where nothing held it.
    package var hold: Hold?

    var worth: UInt8 { trust.worth(of: category) }

    /// The order in which occurrences are judged, whatever the order in which they were read.
    package static func isBefore(_ a: Occurrence, _ b: Occurrence) -> Bool { (a.time, a.id) < (b.time, b.id) }

    /// The queue ID first: the MTA's log and its own report both have it.
    private static func message(of record: Record) -> String {
        if let queueID = record.message?.queueID, !queueID.isEmpty { return name(queueID) }
        if let messageID = record.message?.messageID, !messageID.isEmpty { return name(messageID) }
        return name(record.id)
    }

    /// Longer names of messages and campaigns are cut.
    package static let nameLimitBytes = 200

    /// A name as it is stored: in one Unicode form, short, and without the control characters that part fields there.
    static func name(_ foreign: String) -> String {
        let text = foreign.composed
        if text.utf8.count <= nameLimitBytes, text.utf8.allSatisfy({ $0 >= 0x20 }) { return text }
        var bytes = text.utf8.prefix(nameLimitBytes).map { $0 < 0x20 ? UInt8(ascii: "?") : $0 }
        // Cut in front of a character, not within.
        if text.utf8.count > nameLimitBytes {
            while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
            if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Occurrence {
    package init(_ record: Record) {
        self.init(
            id: record.id.composed, time: record.timeMilliseconds, event: record.event, disposition: record.disposition,
            category: record.category, action: record.action, expires: record.expiresMilliseconds, trust: record.trust,
            message: Self.message(of: record), campaign: Self.name(record.message?.campaign ?? ""))
    }
}
