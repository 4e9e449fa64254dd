// An address as the store keeps it: in lower case and in one Unicode form, or as a keyed digest that nobody can read back.

import Crypto
import POSIX

/// Makes the store's keys of addresses.
package struct AddressKey: Sendable {
    /// What a digest begins with; no address has it, as none has no `@`.
    static let digestPrefix = "hmac-sha256:"
    /// A key file has no less and no more than these.
    package static let secretBytes = 16...4096
    /// More is not read.
    private static let limitFileBytes = 65_536

    private let secret: SymmetricKey?

    /// Readable addresses.
    package init() { secret = nil }

    /// Digests with a secret of `secretBytes` bytes.
    package init(secret: [UInt8]) { self.secret = SymmetricKey(data: secret) }

    package var isHashed: Bool { secret != nil }

    /// What the store remembers of how it was made: `readable`, or a digest that tells one secret from another.
    var mark: String { isHashed ? key(of: "addresses") : "readable" }

    /// The key of an address in any case and any Unicode form. What is a digest already stays as it is.
    package func key(of address: String) -> String {
        let lower = Self.lowercased(address.composed)
        guard let secret, !lower.hasPrefix(Self.digestPrefix) else { return lower }
        return Self.digestPrefix
            + String(hexadecimal: HMAC<SHA256>.authenticationCode(for: Array(lower.utf8), using: secret))
    }

    /// Text with every word that holds an `@` replaced, where addresses are not to be readable.
    package func redacted(_ text: String) -> String {
        guard isHashed, text.utf8.contains(UInt8(ascii: "@")) else { return text }
        return text.split(separator: " ", omittingEmptySubsequences: false)
            .map { $0.utf8.contains(UInt8(ascii: "@")) ? "<address>" : String($0) }.joined(separator: " ")
    }

    /// The domain of an address in lower case and in one Unicode form; empty where it has none.
    package static func domain(of address: String) -> String {
        guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else { return "" }
        return lowercased(String(address[address.utf8.index(after: at)...]).composed)
    }

    /// ASCII letters in lower case: an address is the same however it is written (RFC 5321, 2.4, though it lets a local part
    /// differ by case, no site does).
    static func lowercased(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) else { return text }
        return String(decoding: text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// A secret that cannot be read or is not long enough.
package struct SecretError: Error, CustomStringConvertible {
    package var description: String
}

extension AddressKey {
    /// The bytes of a file, without the line feed at its end.
    package static func secret(file path: String) throws(SecretError) -> [UInt8] {
        var secret: [UInt8]
        do throws(SystemError) {
            secret = try Files.contents(of: path, limitBytes: limitFileBytes)
        } catch {
            throw SecretError(description: "\(path): \(error.reason)")
        }
        if secret.last == UInt8(ascii: "\n") { secret.removeLast() }
        guard secretBytes.contains(secret.count) else {
            throw SecretError(
                description:
                    "\(path): a secret has \(secretBytes.lowerBound) to \(secretBytes.upperBound) bytes; make one with \"openssl rand -hex 32\""
            )
        }
        return secret
    }
}
