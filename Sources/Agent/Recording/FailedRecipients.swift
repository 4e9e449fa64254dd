// Whose last recorded outcome is a failure: a delivery to one of these is recorded whatever `delivery_log.record_deliveries` says, or
// failures would seem to come in a row.

import DeliveryLog
import Journal
import MailSyntax
import Synchronization

/// Bounded: of nine recipients that share a place the first is forgotten. All functions may be called by any thread.
package final class FailedRecipients: Sendable {
    /// With eight marks each, a mebibyte: of 100,000 recipients, as many as an agent remembers ids by default, about one in 250 is forgotten.
    private static let places = 1 << 15

    /// Parts of addresses' hashes, the latest first, 0 behind the last. Another address that has the same hash is taken for it: a delivery
    /// more is recorded.
    private let marks: Mutex<[SIMD8<UInt32>]>

    package init() { marks = Mutex(Array(repeating: .zero, count: Self.places)) }

    /// Whether the last that is known of an address is a failure. The case of its letters does not count.
    package func contains(_ recipient: some Sequence<UInt8>) -> Bool {
        let (place, mark) = position(of: recipient)
        return marks.withLock { any($0[place] .== mark) }
    }

    /// Whether that is so of one of the recipients at least.
    func contains(anyOf attempt: DeliveryAttempt) -> Bool {
        attempt.originalTo.map(contains) ?? false || attempt.to.contains(where: contains)
    }

    /// A failure puts the recipient in, a delivery takes it out, but for one that a stranger could have made up.
    package func take(_ record: Record) {
        let isFailure: Bool
        switch record.event {
        case .bounce, .deferral: isFailure = true
        case .delivery where record.trust != .unverified && record.trust != .forged: isFailure = false
        case .delivery, .complaint, .autoReply, .reversal: return
        }
        put(record.recipient.utf8, isFailure: isFailure)
    }

    /// Puts the recipient of a delivery back in, which could not be recorded and will be read again.
    func takeBack(_ delivery: Record) { put(delivery.recipient.utf8, isFailure: true) }

    private func put(_ recipient: some Sequence<UInt8>, isFailure: Bool) {
        let (place, mark) = position(of: recipient)
        marks.withLock { marks in
            var kept = isFailure ? [mark] : []
            for index in 0..<8 where marks[place][index] != mark && kept.count < 8 { kept.append(marks[place][index]) }
            for index in 0..<8 { marks[place][index] = index < kept.count ? kept[index] : 0 }
        }
    }

    /// Hasher has a seed of each process: nobody outside can tell which addresses share a place.
    private func position(of recipient: some Sequence<UInt8>) -> (place: Int, mark: UInt32) {
        var hasher = Hasher()
        for byte in recipient { hasher.combine(byte.asciiLowercased) }
        let hash = UInt(bitPattern: hasher.finalize())
        return (Int(hash >> 32) & (Self.places - 1), UInt32(truncatingIfNeeded: hash) | 1)
    }
}
