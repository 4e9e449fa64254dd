// The patterns of `outbound_networks`: clients whose mail is our own.

import Glibc

/// An IPv4 or IPv6 address or network in CIDR form: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. An IPv4 client that comes as
/// `::ffff:192.0.2.7` is an IPv4 client.
package struct NetworkPattern: Sendable, Equatable {
    private let network: [UInt8]
    private let prefixBits: Int

    /// Nil where the text is no address, or the prefix is longer than it.
    package init?(_ text: String) {
        let pieces = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = pieces.first, let bytes = Self.addressBytes(String(first)) else { return nil }
        var bits = bytes.count * 8
        if pieces.count == 2 {
            guard !pieces[1].hasPrefix("+"), let given = UInt8(pieces[1]), Int(given) <= bits else { return nil }
            bits = Int(given)
        }
        network = bytes
        prefixBits = bits
    }

    /// Whether it holds an address as the MTA names its client (`192.0.2.7`, `2001:db8::1`, `IPv6:2001:db8::1`).
    package func contains(_ address: String) -> Bool {
        let bare = address.lowercased().hasPrefix("ipv6:") ? String(address.dropFirst(5)) : address
        guard let bytes = Self.addressBytes(bare), bytes.count == network.count else { return false }
        for (index, pair) in zip(bytes, network).enumerated() {
            let bits = min(8, prefixBits - index * 8)
            guard bits > 0 else { break }
            guard (pair.0 ^ pair.1) >> UInt8(8 - bits) == 0 else { return false }
        }
        return true
    }

    /// The 4 or 16 bytes of an address.
    private static func addressBytes(_ text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let mapped = sixteen[0..<10].allSatisfy { $0 == 0 } && sixteen[10] == 0xff && sixteen[11] == 0xff
        return mapped ? Array(sixteen[12...]) : sixteen
    }
}
