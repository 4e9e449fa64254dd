// The patterns of `bounce_addresses`: which recipients are return addresses of ours.

import MailSyntax

/// `user@example.com`, `bounces+*@example.com` (`*` stands for any run of characters, as often as wanted) or `@example.com`
/// (every address of the domain). ASCII case does not count.
package struct AddressPattern: Sendable, Equatable {
    /// Longer addresses match nothing (RFC 5321, 4.5.3.1 has 64 + 1 + 255).
    static let maxAddressBytes = 512

    private let pattern: [UInt8]

    /// Nil where the text has no `@`, or more than one, or white space.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maxAddressBytes, bytes.filter({ $0 == UInt8(ascii: "@") }).count == 1,
            bytes.last != UInt8(ascii: "@"), !bytes.contains(where: { $0 <= 32 || $0 == 127 })
        else { return nil }
        pattern = (bytes.first == UInt8(ascii: "@") ? [UInt8(ascii: "*")] : []) + bytes.map(Self.lower)
    }

    /// Whether it fits a bare address (no angle brackets).
    package func matches(_ address: Bytes) -> Bool {
        guard address.count <= Self.maxAddressBytes else { return false }
        var p = 0
        var a = address.startIndex
        // Where to go on when the run after the last star does not fit: one star is enough to remember.
        var afterStar: Int?
        var starEnd = a
        while a < address.endIndex {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                p += 1
                afterStar = p
                starEnd = a
            } else if p < pattern.count, pattern[p] == Self.lower(address[a]) {
                p += 1
                a += 1
            } else if let restart = afterStar {
                starEnd += 1
                a = starEnd
                p = restart
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
