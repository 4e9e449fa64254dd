// Whose last recorded outcome is a failure: a delivery to one of these is recorded whatever `delivery_log.record_deliveries` says, or
// failures would seem to come in a row.

import DeliveryLog
import Journal
import MailSyntax
import Synchronization

/// Bounded: of two recipients that share a place the later one is remembered. All functions may be called by any thread.
package final class FailedRecipients: Sendable {
    /// For more failures than an agent remembers ids of by default; a mebibyte.
    private static let places = 1 << 18

    /// In each place a part of an address's hash; 0 where there is none. Another address that has the same hash is taken for it: a delivery
    /// more is recorded.
    private let marks: Mutex<[UInt32]>
    /// Nobody outside can tell which addresses share a place.
    private let seed = UInt64.random(in: .min ... .max)

    package init() { marks = Mutex(Array(repeating: 0, count: Self.places)) }

    /// Whether the last that is known of an address is a failure. The case of its letters does not count.
    package func contains(_ recipient: some Sequence<UInt8>) -> Bool {
        let (place, mark) = position(of: recipient)
        return marks.withLock { $0[place] == mark }
    }

    /// Whether that is so of one of the recipients at least.
    func contains(anyOf attempt: DeliveryAttempt) -> Bool {
        attempt.originalTo.map(contains) ?? false || attempt.to.contains(where: contains)
    }

    /// A failure puts the recipient in, a delivery takes it out.
    package func take(_ record: Record) {
        let (place, mark) = position(of: record.recipient.utf8)
        marks.withLock {
            switch record.event {
            case .bounce, .deferral: $0[place] = mark
            case .delivery: if $0[place] == mark { $0[place] = 0 }
            case .complaint, .autoReply, .reversal: break
            }
        }
    }

    /// FNV-1a, from a seed, of the letters in lower case.
    private func position(of recipient: some Sequence<UInt8>) -> (place: Int, mark: UInt32) {
        var hash = 0xCBF2_9CE4_8422_2325 ^ seed
        for byte in recipient { hash = (hash ^ UInt64(byte.asciiLowercased)) &* 0x100_0000_01B3 }
        return (Int(hash >> 32) & (Self.places - 1), UInt32(truncatingIfNeeded: hash) | 1)
    }
}
