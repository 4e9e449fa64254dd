// `replay --client`.

import MilterClient

/// The SMTP client that a replayed message is said to come from: `host[address]`.
struct ReplayClient {
    /// Not 0, which Postfix has for mail that it made itself.
    private static let port: UInt16 = 25

    let name: String
    let peer: MilterPeer

    init?(_ text: String) {
        let parts = text.split(separator: "[", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].last == "]", !parts[0].isEmpty else { return nil }
        let address = String(parts[1].dropLast())
        name = String(parts[0])
        if address.contains(":") {
            peer = .inet6(address: address, port: Self.port)
        } else if address.split(separator: ".", omittingEmptySubsequences: false).compactMap({ UInt8($0) }).count == 4 {
            peer = .inet(address: address, port: Self.port)
        } else {
            return nil
        }
    }
}
