// Which rules without `text` can hold for a reply, without looking at each: by its status, by its code.

import MailSyntax

/// Rules without `text` by what they need, each by the number of the pattern that it has instead (see `WordFilter`): those with `status` by
/// subject and detail, else those with `reply` by code; the few others are always tried.
struct RuleIndex: Sendable {
    /// Sorted by the hash of the key.
    private var byStatus: [(key: UInt32, pattern: Int32)] = []
    private let statusBuckets: HashBuckets
    /// By code less 200.
    private var byReply: [[Int32]] = Array(repeating: [], count: 400)
    private var others: [Int32] = []

    private static let open: UInt32 = 0xFFFF
    private static let hashCount = 256

    /// - Parameter patterns: The number of each rule's first pattern.
    init(_ rules: [Rule], patterns: [Int32]) {
        for (rule, pattern) in zip(rules, patterns) where rule.text.isEmpty {
            if !rule.status.isEmpty {
                for status in rule.status { byStatus.append((Self.key(status.subject, status.detail), pattern)) }
            } else if !rule.reply.isEmpty {
                for reply in rule.reply {
                    for code in reply.codes { byReply[Int(code) - 200].append(pattern) }
                }
            } else {
                others.append(pattern)
            }
        }
        byStatus.sort { (Self.hash($0.key), $0.pattern) < (Self.hash($1.key), $1.pattern) }
        statusBuckets = HashBuckets(byStatus.lazy.map { Self.hash($0.key) }, count: Self.hashCount)
    }

    private static func key(_ subject: UInt16?, _ detail: UInt16?) -> UInt32 {
        (subject.map(UInt32.init) ?? open) << 16 | (detail.map(UInt32.init) ?? open)
    }

    private static func hash(_ key: UInt32) -> Int { Int((key &* 0x9E37_79B1) >> 24) }

    /// Marks each rule that may hold.
    func mark(_ facts: borrowing Facts, into patterns: BitSet) {
        if let status = facts.status {
            mark(Self.key(status.subject, status.detail), patterns)
            mark(Self.key(status.subject, nil), patterns)
            mark(Self.key(nil, status.detail), patterns)
            mark(Self.key(nil, nil), patterns)
        }
        if let code = facts.reply, (200...599).contains(code) {
            for pattern in byReply[Int(code) - 200] { patterns.insert(Int(pattern)) }
        }
        for pattern in others { patterns.insert(Int(pattern)) }
    }

    private func mark(_ key: UInt32, _ patterns: BitSet) {
        let entries = byStatus.span
        for index in statusBuckets[Self.hash(key)] where entries[index].key == key {
            patterns.insert(Int(entries[index].pattern))
        }
    }
}
