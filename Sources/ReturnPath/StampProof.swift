// What a stamp in a returned header proves.

import MailSyntax

/// The outcome for one stamp.
package enum StampProof: Sendable {
    /// Ours, unchanged, of this message, and not too old.
    case valid(ValidStamp)
    /// Ours and of this message, but older than the limit, or from the future.
    case expired(timeSeconds: Int)
    /// It names a key of ours, and was not made with it, or not for this message, or was changed.
    case forged
    /// Nothing can be said: another site's, made with a key that is no longer here, or the Message-ID that it needs was not returned.
    case unknown
}

/// A stamp that was found to be ours.
package struct ValidStamp: Sendable {
    /// A recipient's 80 bits as two numbers, which compare in a time that does not depend on their values.
    private struct Code {
        var high: UInt64
        var low: UInt64

        init(_ bytes: ArraySlice<UInt8>) {
            high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private let stamp: Stamp
    private let key: SecretKey
    private let messageID: Bytes?
    private let codes: [Code]

    /// Whether our message went to this address, bare. Looks at all recipients, whichever it is.
    package func covers(_ recipient: Bytes) -> Bool {
        let wanted = Code(stamp.code(of: recipient, key, messageID))
        var found: UInt64 = 0
        for code in codes {
            let difference = (code.high ^ wanted.high) | (code.low ^ wanted.low)
            // The top bit is set where the difference is none.
            found |= ~(difference | (0 &- difference))
        }
        return found >> 63 == 1
    }

    fileprivate init(_ stamp: Stamp, _ key: SecretKey, _ messageID: Bytes?) {
        self.stamp = stamp
        self.key = key
        self.messageID = messageID
        codes = stride(from: 0, to: stamp.recipients.count, by: Stamp.recipientBytes).map { start in
            Code(stamp.recipients[start..<(start + Stamp.recipientBytes)])
        }
    }
}

extension Keyring {
    /// How far a clock that stamped may be ahead of this one.
    private static let clockSlackSeconds = 86_400

    /// The value of the field to add to a message; nil without a key. See `Stamp.init`.
    package func stamp(recipients: some Collection<Bytes>, messageID: Bytes?, timeSeconds: Int) -> [UInt8]? {
        signing.map {
            Stamp($0, recipients: recipients, messageID: messageID, timeSeconds: timeSeconds).value
        }
    }

    /// What a field's value proves of a returned message.
    ///
    /// - Parameters:
    ///   - value: As it stands in the returned header, folds included.
    ///   - messageID: The returned header's, without angle brackets; nil where it has none.
    ///   - maxAgeSeconds: How old a stamp may be.
    package func verify(
        stamp value: Bytes, messageID: Bytes?, nowSeconds: Int, maxAgeSeconds: Int
    ) -> StampProof {
        guard let id = Stamp.claimedKeyID(value), let key = keys.first(where: { $0.id == id }) else { return .unknown }
        guard let stamp = Stamp(value) else { return .forged }
        if stamp.isBound, messageID == nil { return .unknown }
        guard stamp.isSealed(by: key, messageID: messageID) else { return .forged }
        let age = nowSeconds - stamp.timeSeconds
        guard age <= maxAgeSeconds, age >= -Self.clockSlackSeconds else {
            return .expired(timeSeconds: stamp.timeSeconds)
        }
        return .valid(ValidStamp(stamp, key, messageID))
    }
}
