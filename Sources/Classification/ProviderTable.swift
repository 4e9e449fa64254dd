// Which receiver answered, told by host names and the recipient's domain.

import MailSyntax

/// The providers of a rule set, looked up by domain and by every domain above it.
struct ProviderTable: Sendable {
    /// Sorted by hash, so that a look-up is a binary search.
    private var entries: [Entry] = []

    private struct Entry {
        var hash: UInt64
        var name: [UInt8]
        var provider: UInt16
        var isHost: Bool
    }

    /// How many domain names of one diagnostic are looked up.
    private static let limitNames = 16

    init(_ providers: [Provider]) {
        for (number, provider) in providers.enumerated() {
            for (names, isHost) in [(provider.hosts, true), (provider.domains, false)] {
                for name in names.map({ Array($0.utf8) }) {
                    entries.append(
                        Entry(hash: Self.hash(name[...]), name: name, provider: UInt16(number), isHost: isHost))
                }
            }
        }
        entries.sort { $0.hash < $1.hash }
    }

    /// The providers of one reply: of the hosts that the report and its text name, and of the recipient's domain.
    func find(_ evidence: Evidence, _ facts: Facts) -> ProviderSet {
        var found = ProviderSet()
        if let host = evidence.remoteMTA { findHost(host, &found) }
        if let host = evidence.reportingMTA { findHost(host, &found) }
        if let host = facts.quotedHost { findHost(host, &found) }
        findHosts(inText: evidence.diagnostic, &found)
        if let domain = evidence.recipientDomain { look(up: domain, isHost: false, &found) }
        return found
    }

    /// Every domain name in running text but those of mail addresses.
    private func findHosts(inText text: Bytes, _ found: inout ProviderSet) {
        let bytes = text.span
        var names = 0
        var next = text.startIndex
        while names < Self.limitNames, let dot = text[next...].firstIndex(ofByte: UInt8(ascii: ".")) {
            next = dot + 1
            var start = dot - text.startIndex
            var end = start + 1
            while start > 0, Self.isNameText(bytes[start - 1]) { start -= 1 }
            // Nothing of a name stands before the dot.
            guard start + 1 < end else { continue }
            while end < bytes.count, Self.isNameText(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
            next = text.startIndex + end
            if start > 0, bytes[start - 1] == UInt8(ascii: "@") { continue }
            if end < bytes.count, bytes[end] == UInt8(ascii: "@") { continue }
            names += 1
            findHost(text[(text.startIndex + start)..<next], &found)
        }
    }

    private static func isNameText(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-")
    }

    /// A host and each domain above it.
    private func findHost(_ host: Bytes, _ found: inout ProviderSet) {
        var name = host.last == UInt8(ascii: ".") ? host.dropLast() : host
        while name.count >= 4, let (_, parent) = name.split(atByte: UInt8(ascii: ".")) {
            look(up: name, isHost: true, &found)
            name = parent
        }
    }

    private func look(up name: Bytes, isHost: Bool, _ found: inout ProviderSet) {
        let hash = Self.hash(name)
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        while low < entries.count, entries[low].hash == hash {
            if entries[low].isHost == isHost, entries[low].name[...].equals(name) {
                found.insert(entries[low].provider)
            }
            low += 1
        }
    }

    /// FNV-1a, with upper and lower case alike (and some other bytes, which `equals` tells apart).
    private static func hash(_ name: Bytes) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte | 0x20)) &* 0x100_0000_01B3 }
        return hash
    }
}

/// The few providers that one reply names; what is over the limit is left out.
struct ProviderSet {
    static let limit = 8
    private var slots = InlineArray<8, UInt16>(repeating: 0)
    private(set) var count = 0

    mutating func insert(_ provider: UInt16) {
        guard count < Self.limit, !contains(provider) else { return }
        slots[count] = provider
        count += 1
    }

    func contains(_ provider: UInt16) -> Bool {
        for index in 0..<count where slots[index] == provider { return true }
        return false
    }

    subscript(_ index: Int) -> Int { Int(slots[index]) }
}
