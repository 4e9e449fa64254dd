// The secret that proofs are made with: HMAC-SHA-256 (RFC 2104, FIPS 180-4) over parts that cannot run into each other.

import Crypto
import MailSyntax

/// One secret key. Its bytes are in no description, error or log line.
package struct SecretKey: Sendable {
    /// 32 random bytes in Base64 have 44 characters; shorter text is no key.
    package static let minimumBytes = 40
    package static let limitBytes = 4_096

    /// What a proof names its key by: 8 characters of Base32 that follow from the key and tell nothing of it, so that two sites' keys
    /// are not taken for each other.
    package let id: Bytes
    /// Ready to take a message in: a copy of it saves working the key in each time.
    private let authenticator: HMAC<SHA256>

    /// What a proof is for: a proof of one kind is none of another.
    enum Purpose: String {
        case keyID = "bounce-milter key id"
        case recipient = "bounce-milter stamped recipient"
        case stamp = "bounce-milter stamp"
        case returnPath = "bounce-milter return path"
    }

    /// Nil where the secret is shorter than `minimumBytes` or longer than `limitBytes`.
    package init?(_ secret: some Collection<UInt8>) {
        guard (Self.minimumBytes...Self.limitBytes).contains(secret.count) else { return nil }
        authenticator = HMAC<SHA256>(key: SymmetricKey(data: Array(secret)))
        id = Base32.encode(Self.code(authenticator, .keyID, []).prefix(5))[...]
    }

    /// The 32 bytes of the code over the parts, each with its length (32 bits, most significant byte first) before it.
    func code(_ purpose: Purpose, _ parts: [Bytes]) -> [UInt8] {
        Self.code(authenticator, purpose, parts)
    }

    private static func code(_ authenticator: HMAC<SHA256>, _ purpose: Purpose, _ parts: [Bytes]) -> [UInt8] {
        var message: [UInt8] = []
        for part in [Bytes(utf8: purpose.rawValue)] + parts {
            withUnsafeBytes(of: UInt32(clamping: part.count).bigEndian) { message.append(contentsOf: $0) }
            message += part
        }
        var authenticator = authenticator
        authenticator.update(data: message)
        return Array(authenticator.finalize())
    }

    /// Whether two codes are the same, in a time that does not tell where they differ.
    static func isEqual(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// The keys of a site: the first one signs, all of them verify.
package struct Keyring: Sendable {
    package let keys: [SecretKey]

    /// - Parameter keys: The one that signs first. With none, nothing is signed and nothing can be verified.
    package init(_ keys: [SecretKey]) {
        self.keys = keys
    }

    package var isEmpty: Bool { keys.isEmpty }
    var signing: SecretKey? { keys.first }
}
