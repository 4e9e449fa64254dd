// Which rules without `text` can hold for a reply, without looking at each: by its status, by its code.

import MailSyntax

/// Rules without `text` by what they need: those with `status` by subject and detail, else those with `reply` by code; the few
/// others are always tried.
struct RuleIndex: Sendable {
    /// Sorted by key.
    private var byStatus: [(key: UInt32, rule: Int32)] = []
    /// By code less 200.
    private var byReply: [[Int32]] = Array(repeating: [], count: 400)
    private var others: [Int32] = []

    private static let open: UInt32 = 0xFFFF

    init(_ rules: [Rule]) {
        for (number, rule) in rules.enumerated() where rule.text.isEmpty {
            if !rule.status.isEmpty {
                for pattern in rule.status {
                    byStatus.append((Self.key(pattern.subject, pattern.detail), Int32(number)))
                }
            } else if !rule.reply.isEmpty {
                for pattern in rule.reply {
                    for code in pattern.codes { byReply[Int(code) - 200].append(Int32(number)) }
                }
            } else {
                others.append(Int32(number))
            }
        }
        byStatus.sort { ($0.key, $0.rule) < ($1.key, $1.rule) }
    }

    private static func key(_ subject: UInt16?, _ detail: UInt16?) -> UInt32 {
        (subject.map(UInt32.init) ?? open) << 16 | (detail.map(UInt32.init) ?? open)
    }

    /// Marks each rule that may hold.
    func mark(_ facts: Facts, into candidates: BitSet) {
        if let status = facts.status {
            mark(Self.key(status.subject, status.detail), candidates)
            mark(Self.key(status.subject, nil), candidates)
            mark(Self.key(nil, status.detail), candidates)
            mark(Self.key(nil, nil), candidates)
        }
        if let code = facts.reply, (200...599).contains(code) {
            for rule in byReply[Int(code) - 200] { candidates.insert(Int(rule)) }
        }
        for rule in others { candidates.insert(Int(rule)) }
    }

    private func mark(_ key: UInt32, _ candidates: BitSet) {
        var low = 0
        var high = byStatus.count
        while low < high {
            let middle = (low + high) / 2
            if byStatus[middle].key < key { low = middle + 1 } else { high = middle }
        }
        while low < byStatus.count, byStatus[low].key == key {
            candidates.insert(Int(byStatus[low].rule))
            low += 1
        }
    }
}
