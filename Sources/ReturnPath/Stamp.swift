// The header field Bounce-Stamp: proof, for whoever holds the key, that a message with this Message-ID was sent to certain recipients.
// bounce-milter(8), "Stamps".

import MailSyntax

/// A stamp as it stands in a header:
///
///     Bounce-Stamp: v=1; k=5xq2mzda; t=1795255530; m=1;
///         r=gx3kq6mmv4l2wz7a 5hn2c4e6o7wqk3ia;
///         b=qjw3eexk5fw2cnvh62m4yfot
///
/// `k` names the key, `t` is the time (seconds since 1970), `m` tells whether the Message-ID was known (1) or not (0). `r` holds 80 bits
/// for each recipient, `b` 120 bits over all the others. Somebody who holds the stamp of a message with the most recipients has one
/// chance in 2^70 for a guess.
package struct Stamp: Sendable, Equatable {
    package static let fieldName: StaticString = "Bounce-Stamp"
    /// As many recipients of a message are in its stamp (Postfix's smtpd_recipient_limit); those after them are not.
    package static let limitRecipients = 1_000
    /// Longer values are none of ours.
    static let limitBytes = 64 << 10

    static let recipientBytes = 10
    static let sealBytes = 15
    /// Four a line keep it under 78 characters.
    private static let recipientsInLine = 4
    private static let recipientCharacters = 16
    private static let sealCharacters = 24

    /// Of `SecretKey.id`.
    var keyID: Bytes
    var timeSeconds: Int
    /// Whether the Message-ID of the message is part of the proof. Where the agent saw none (the MTA adds one later), any is right.
    var isBound: Bool
    /// One code a recipient, each of `recipientBytes`.
    var recipients: [UInt8]
    /// The code over all the rest, of `sealBytes`.
    var seal: [UInt8]

    /// Stamps a message.
    ///
    /// - Parameters:
    ///   - recipients: The envelope's, bare. Those beyond `limitRecipients` are left out.
    ///   - messageID: Without angle brackets; nil where the message has none yet.
    init(_ key: SecretKey, recipients: some Collection<Bytes>, messageID: Bytes?, timeSeconds: Int) {
        keyID = key.id
        self.timeSeconds = timeSeconds
        isBound = messageID != nil
        self.recipients = []
        self.seal = []
        for recipient in recipients.prefix(Self.limitRecipients) {
            self.recipients += code(of: recipient, key, messageID)
        }
        seal = Array(sealCode(key, messageID))
    }

    /// The field's value, folded, with LF line ends. At most 18 KB.
    package var value: [UInt8] {
        var text = Array("v=1; k=".utf8) + keyID + Array("; t=\(timeSeconds); m=\(isBound ? 1 : 0);\n\tr=".utf8)
        for start in stride(from: 0, to: recipients.count, by: Self.recipientBytes) {
            if start > 0 {
                let isLineFull = start / Self.recipientBytes % Self.recipientsInLine == 0
                text += isLineFull ? [0x0A, 0x09] : [0x20]
            }
            text += Base32.encode(recipients[start..<(start + Self.recipientBytes)])
        }
        return text + Array(";\n\tb=".utf8) + Base32.encode(seal)
    }

    /// Reads a field's value, however it was folded again. Nil where it is cut, has anything more or less, or is of another version.
    init?(_ value: Bytes) {
        guard value.count <= Self.limitBytes else { return nil }
        let text = value.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D && $0 != 0x0A }
        let tags = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard tags.count == 6, tags[0].elementsEqual("v=1".utf8),
            let keyID = Self.value(of: "k", in: tags[1]), keyID.count == 8,
            let time = Self.value(of: "t", in: tags[2]), (1...12).contains(time.count),
            time.allSatisfy(\.isASCIIDigit),
            let mark = Self.value(of: "m", in: tags[3]), mark.elementsEqual("1".utf8) || mark.elementsEqual("0".utf8),
            let codes = Self.value(of: "r", in: tags[4]), !codes.isEmpty,
            codes.count % Self.recipientCharacters == 0,
            codes.count / Self.recipientCharacters <= Self.limitRecipients, let recipients = Base32.decode(codes),
            let sealText = Self.value(of: "b", in: tags[5]), sealText.count == Self.sealCharacters,
            let seal = Base32.decode(sealText)
        else { return nil }
        self.keyID = keyID
        timeSeconds = time.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        isBound = mark.first == UInt8(ascii: "1")
        self.recipients = recipients
        self.seal = seal
    }

    /// The key that a value claims to be made with, also where the rest of it cannot be read.
    static func claimedKeyID(_ value: Bytes) -> Bytes? {
        let text = value.prefix(200).filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D && $0 != 0x0A }
        let tags = text.split(separator: UInt8(ascii: ";"), maxSplits: 2, omittingEmptySubsequences: false)
        return tags.count > 1 ? Self.value(of: "k", in: tags[1]) : nil
    }

    private static func value(of tag: StaticString, in text: Bytes) -> Bytes? {
        guard let (name, value) = text.split(atByte: UInt8(ascii: "=")), name.equals(tag) else { return nil }
        return value
    }

    /// Whether nothing of the stamp was changed and it belongs to the message with this Message-ID.
    func isSealed(by key: SecretKey, messageID: Bytes?) -> Bool {
        SecretKey.isEqual(sealCode(key, messageID), seal)
    }

    /// Addresses differ only where they differ in more than the case of ASCII letters.
    func code(of recipient: Bytes, _ key: SecretKey, _ messageID: Bytes?) -> ArraySlice<UInt8> {
        let parts = [timeBytes, isBound ? messageID ?? [] : [], recipient.lowercased()[...]]
        return key.code(.recipient, parts).prefix(Self.recipientBytes)
    }

    private func sealCode(_ key: SecretKey, _ messageID: Bytes?) -> ArraySlice<UInt8> {
        let parts = [timeBytes, isBound ? [1] : [0], isBound ? messageID ?? [] : [], recipients[...]]
        return key.code(.stamp, parts).prefix(Self.sealBytes)
    }

    private var timeBytes: Bytes {
        withUnsafeBytes(of: UInt64(clamping: timeSeconds).bigEndian) { Bytes($0) }
    }
}
