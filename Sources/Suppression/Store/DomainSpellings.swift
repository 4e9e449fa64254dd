// The two spellings of an international domain, `bücher.example` and `xn--bcher-kva.example` (RFC 5890, 2.3.2.1): who is asked about an
// address in one of them answers for both. A record keeps the one in which it came.

import Foundation

extension AddressKey {
    /// Under which keys something may be known of an address: its own first, then those with its domain in another spelling.
    package func keys(of address: String) -> [String] {
        let own = key(of: address)
        guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else { return [own] }
        let localPart = address[...at]
        var keys = [own]
        for domain in Self.spellings(of: Self.domain(of: address)) {
            let key = key(of: localPart + domain)
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    /// Of a domain in lower case: none where ASCII has it as it is, or where it is no domain.
    private static func spellings(of domain: String) -> [String] {
        let isInternational =
            domain.utf8.contains { $0 >= 0x80 } || domain.hasPrefix("xn--") || domain.contains(".xn--")
        // What would end a host in a URL, or is decoded there.
        guard isInternational, !domain.utf8.contains(where: { ":/?#@[]%\\".utf8.contains($0) }),
            let url = URLComponents(string: "http://\(domain)/")
        else { return [] }
        return [url.encodedHost, url.host].compactMap { $0 }
    }
}
