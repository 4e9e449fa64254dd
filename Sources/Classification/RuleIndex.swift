// Which rules can hold for a reply, without looking at each: by the patterns its text holds, by its status, by its code.

import MailSyntax

/// The rules by what they need. A rule with `text` is found by its patterns; else one with `status` by subject and detail; else one
/// with `reply` by code; the few others are always tried.
struct RuleIndex: Sendable {
    /// Behind pattern n stand the rules `byPattern[patternStarts[n]..<patternStarts[n + 1]]`.
    private var patternStarts: [Int32] = [0]
    private var byPattern: [Int32] = []
    /// Sorted by key.
    private var byStatus: [(key: UInt32, rule: Int32)] = []
    /// By code less 200.
    private var byReply: [[Int32]] = Array(repeating: [], count: 400)
    private var others: [Int32] = []

    private static let open: UInt32 = 0xFFFF

    /// - Parameter textNumbers: for each rule the numbers of its `text` patterns.
    init(rules: [Rule], textNumbers: [[UInt32]], patternCount: Int) {
        var rulesOfPattern: [[Int32]] = Array(repeating: [], count: patternCount)
        for (number, rule) in rules.enumerated() {
            let number = Int32(number)
            if !rule.text.isEmpty {
                for pattern in Set(textNumbers[Int(number)]) { rulesOfPattern[Int(pattern)].append(number) }
            } else if !rule.status.isEmpty {
                for pattern in rule.status {
                    byStatus.append((Self.key(pattern.subject, pattern.detail), number))
                }
            } else if !rule.reply.isEmpty {
                for pattern in rule.reply {
                    for code in pattern.codes { byReply[Int(code) - 200].append(number) }
                }
            } else {
                others.append(number)
            }
        }
        for rules in rulesOfPattern {
            byPattern += rules
            patternStarts.append(Int32(byPattern.count))
        }
        byStatus.sort { ($0.key, $0.rule) < ($1.key, $1.rule) }
    }

    private static func key(_ subject: UInt16?, _ detail: UInt16?) -> UInt32 {
        (subject.map(UInt32.init) ?? open) << 16 | (detail.map(UInt32.init) ?? open)
    }

    /// Calls `body` with each rule that may hold, in no order, some perhaps twice.
    func forEachCandidate(_ facts: Facts, _ hits: PatternHits, _ body: (Int) -> Void) {
        for pattern in hits.numbers {
            for entry in patternStarts[Int(pattern)]..<patternStarts[Int(pattern) + 1] {
                body(Int(byPattern[Int(entry)]))
            }
        }
        if let status = facts.status {
            forEach(Self.key(status.subject, status.detail), body)
            forEach(Self.key(status.subject, nil), body)
            forEach(Self.key(nil, status.detail), body)
            forEach(Self.key(nil, nil), body)
        }
        if let code = facts.reply, (200...599).contains(code) {
            for rule in byReply[Int(code) - 200] { body(Int(rule)) }
        }
        for rule in others { body(Int(rule)) }
    }

    private func forEach(_ key: UInt32, _ body: (Int) -> Void) {
        var low = 0
        var high = byStatus.count
        while low < high {
            let middle = (low + high) / 2
            if byStatus[middle].key < key { low = middle + 1 } else { high = middle }
        }
        while low < byStatus.count, byStatus[low].key == key {
            body(Int(byStatus[low].rule))
            low += 1
        }
    }
}
