// Which receiver answered, told by host names and the recipient's domain.

import MailSyntax

/// The providers of a rule set, looked up by domain and by every domain above it.
struct ProviderTable: Sendable {
    /// Sorted by hash.
    private var entries: [Entry] = []
    /// By the upper bits of their hash.
    private let buckets: HashBuckets
    private let longestName: Int

    private struct Entry {
        var hash: UInt64
        var name: [UInt8]
        var provider: UInt32
        var isHost: Bool

        func isNamed(_ other: Span<UInt8>) -> Bool { name.span.equals(other) }
    }

    /// How many domain names of one diagnostic are looked up.
    private static let limitNames = 16
    /// Of a hash so many upper bits choose where to look.
    private static let indexBits: UInt64 = 10

    init(_ providers: [Provider]) {
        for (number, provider) in providers.enumerated() {
            for (names, isHost) in [(provider.hosts, true), (provider.domains, false)] {
                for name in names.map({ Array($0.utf8) }) {
                    entries.append(
                        Entry(hash: Self.hash(name.span), name: name, provider: UInt32(number), isHost: isHost))
                }
            }
        }
        entries.sort { $0.hash < $1.hash }
        buckets = HashBuckets(entries.lazy.map { Self.index($0.hash) }, count: 1 << Int(Self.indexBits))
        longestName = entries.map(\.name.count).max() ?? 0
    }

    /// The providers of one reply: of the hosts that the report and its text name, and of the recipient's domain.
    func find(_ evidence: borrowing Evidence, _ facts: borrowing Facts) -> ProviderSet {
        var found = ProviderSet()
        if let host = evidence.remoteMTA { findHost(host.span, &found) }
        if let host = evidence.reportingMTA { findHost(host.span, &found) }
        if let host = facts.quotedHost { findHost(host.span, &found) }
        findHosts(inText: evidence.diagnostic.span, &found)
        if let domain = evidence.recipientDomain {
            var ofDomain = ProviderSet()
            look(up: domain.span, Self.hash(domain.span), isHost: false, &ofDomain)
            found.insert(reversing: ofDomain)
        }
        return found
    }

    /// Whether it is a provider's domain itself, as `mail.ru`.
    func isDomain(_ name: Bytes) -> Bool {
        var found = ProviderSet()
        look(up: name.span, Self.hash(name.span), isHost: false, &found)
        return found.count > 0
    }

    /// Every domain name in running text but those of mail addresses.
    private func findHosts(inText text: Span<UInt8>, _ found: inout ProviderSet) {
        var names = 0
        var next = 0
        while names < Self.limitNames, let dot = text.firstIndex(of: UInt8(ascii: "."), in: next..<text.count) {
            next = dot + 1
            var start = dot
            var end = next
            while start > 0, Self.isNameText(text[start - 1]) { start -= 1 }
            // Nothing of a name stands before the dot.
            guard start < dot else { continue }
            while end < text.count, Self.isNameText(text[end]) || text[end] == UInt8(ascii: ".") { end += 1 }
            next = end
            if start > 0, text[start - 1] == UInt8(ascii: "@") { continue }
            if end < text.count, text[end] == UInt8(ascii: "@") { continue }
            names += 1
            if end > dot + 1 { findHost(text.extracting(start..<end), &found) }
        }
    }

    private static func isNameText(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-")
    }

    /// A host and each domain above it.
    private func findHost(_ host: Span<UInt8>, _ found: inout ProviderSet) {
        let end = host.count - (host.count > 0 && host[host.count - 1] == UInt8(ascii: ".") ? 1 : 0)
        // From the last label to the first, so that the hash of a domain leads on to that of the next below it.
        var above = ProviderSet()
        var hash = Self.emptyHash
        var start = end
        var labels = 1
        // The dot before the longest name.
        let limit = max(end - longestName - 1, 0)
        while start > limit {
            start -= 1
            let byte = host[start]
            if byte == UInt8(ascii: ".") {
                if labels > 1, end - start > 4 {
                    look(up: host.extracting((start + 1)..<end), hash, isHost: true, &above)
                }
                labels += 1
            }
            hash = Self.hash(hash, byte)
        }
        if start == 0, labels > 1, end >= 4 { look(up: host.extracting(..<end), hash, isHost: true, &above) }
        found.insert(reversing: above)
    }

    /// The last of those of one name first.
    private func look(up name: Span<UInt8>, _ hash: UInt64, isHost: Bool, _ found: inout ProviderSet) {
        for number in buckets[Self.index(hash)].reversed()
        where entries[number].hash == hash && entries[number].isHost == isHost
            && entries[number].isNamed(name)
        {
            found.append(entries[number].provider)
        }
    }

    // FNV-1a from the last byte to the first, with upper and lower case alike (and some other bytes, which the comparison tells apart).

    private static let emptyHash: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    private static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte | 0x20)) &* 0x100_0000_01B3
    }

    private static func hash(_ name: Span<UInt8>) -> UInt64 {
        name.indices.reversed().reduce(emptyHash) { hash($0, name[$1]) }
    }

    private static func index(_ hash: UInt64) -> Int { Int(hash >> (64 - indexBits)) }
}

/// The few providers that one reply names; what is over the limit is left out.
struct ProviderSet {
    static let limit = 8
    private var slots = InlineArray<8, UInt32>(repeating: 0)
    private(set) var count = 0

    mutating func insert(_ provider: UInt32) {
        if !contains(provider) { append(provider) }
    }

    /// Where it may be there already.
    mutating func append(_ provider: UInt32) {
        guard count < Self.limit else { return }
        slots[count] = provider
        count += 1
    }

    mutating func insert(reversing other: ProviderSet) {
        for index in (0..<other.count).reversed() { insert(other.slots[index]) }
    }

    func contains(_ provider: UInt32) -> Bool {
        for index in 0..<count where slots[index] == provider { return true }
        return false
    }

    subscript(_ index: Int) -> Int { Int(slots[index]) }
}
