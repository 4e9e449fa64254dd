// Which of the words that a pattern requires are looked for: those that the fewest replies hold.

import MailSyntax

/// How often runs of bytes are used in replies, as far as the rules' own samples tell: so that of all words that a pattern requires,
/// those are looked for that the fewest replies hold.
struct WordUsage {
    /// By the hash of a run of four bytes, or of three: how many replies hold it. Where two share a place, both seem more frequent.
    private var counts = [UInt16](repeating: 0, count: 1 << 16)

    /// A longer word is cut to its rarest part of so many bytes.
    private static let longestBytes = 8

    init(_ replies: some Sequence<String>) {
        for reply in replies {
            let bytes = reply.utf8.map(\.asciiLowercased)
            for place in Set(Self.places(bytes[...], 3) + Self.places(bytes[...], 4)) { counts[place] &+= 1 }
        }
    }

    /// The clause that the fewest replies satisfy, its words cut to their rarest parts; empty where there is no clause.
    func rarest(of clauses: [[String]]) -> [String] {
        let cut = clauses.map { Set($0.map(rarestPart)).sorted() }
        return cut.min { cost($0) < cost($1) } ?? []
    }

    /// Each word costs a little by itself: the fewer are looked for, the better.
    private func cost(_ words: [String]) -> Int { words.reduce(0) { $0 + 2 * count(Array($1.utf8)[...]) + 1 } }

    private func rarestPart(of word: String) -> String {
        let bytes = Array(word.utf8)
        var rarest = bytes[...]
        for start in bytes.indices where bytes.count > Self.longestBytes && bytes[start] & 0xC0 != 0x80 {
            var end = min(start + Self.longestBytes, bytes.count)
            while end < bytes.count, end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
            let part = bytes[start..<end]
            if part.count >= RequiredLiterals.shortestBytes, end - start >= Self.longestBytes - 3,
                rarest.count == bytes.count || count(part) < count(rarest)
            {
                rarest = part
            }
        }
        return String(decoding: rarest, as: UTF8.self)
    }

    /// At most so many replies hold the word.
    private func count(_ word: Bytes) -> Int {
        Self.places(word, min(word.count, 4)).map { Int(counts[$0]) }.min() ?? 0
    }

    private static func places(_ bytes: Bytes, _ length: Int) -> [Int] {
        guard bytes.count >= length else { return [] }
        return (bytes.startIndex...(bytes.endIndex - length)).map { start in
            let run = bytes[start..<(start + length)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return Int((run &* 0x9E37_79B1) >> 16)
        }
    }
}
