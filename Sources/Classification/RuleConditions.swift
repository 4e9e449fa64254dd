// The conditions of all rules but their texts, in the form in which they are tried: no memory of its own for any rule, so that to look at
// one counts no references.

import MailSyntax

struct RuleConditions: Sendable {
    private var rules: [Entry] = []
    private var statuses: [StatusPattern] = []
    private var replies: [ClosedRange<UInt16>] = []
    private var commands: [Bytes] = []
    /// A leading dot: any domain below.
    private var domains: [Bytes] = []

    /// A rule; the ranges are of the lists above, an empty one is no condition.
    private struct Entry {
        /// Its category is no failure of delivery: only such a rule can hold for a success.
        var isForSuccess: Bool
        var provider: UInt16?
        var statuses: Range<Int>
        var replies: Range<Int>
        var commands: Range<Int>
        var domains: Range<Int>
    }

    init(_ rules: [Rule], providers: [String: UInt16]) {
        for rule in rules {
            let (status, reply, command, domain) = (statuses.count, replies.count, commands.count, domains.count)
            statuses += rule.status
            replies += rule.reply.map(\.codes)
            commands += rule.command.map(Bytes.init(utf8:))
            domains += rule.domain.map(Bytes.init(utf8:))
            self.rules.append(
                Entry(
                    isForSuccess: rule.category.defaultDisposition == .none,
                    provider: rule.provider.flatMap { providers[$0] }, statuses: status..<statuses.count,
                    replies: reply..<replies.count, commands: command..<commands.count, domains: domain..<domains.count)
            )
        }
    }

    func hold(_ number: Int, _ evidence: Evidence, _ facts: Facts, _ found: ProviderSet) -> Bool {
        let rule = rules[number]
        if facts.isSuccess, !rule.isForSuccess { return false }
        if let provider = rule.provider, !found.contains(provider) { return false }
        if !rule.statuses.isEmpty {
            guard let given = facts.status, isAny(statuses.span, rule.statuses, { $0.holds(given) }) else {
                return false
            }
        }
        if !rule.replies.isEmpty {
            guard let given = facts.reply, isAny(replies.span, rule.replies, { $0.contains(given) }) else {
                return false
            }
        }
        if !rule.commands.isEmpty {
            guard let given = facts.command, isAny(commands.span, rule.commands, { given.equals($0) }) else {
                return false
            }
        }
        if !rule.domains.isEmpty {
            guard let given = evidence.recipientDomain,
                isAny(domains.span, rule.domains, { Self.holds($0, given) })
            else { return false }
        }
        return true
    }

    @inline(__always)
    private func isAny<Condition>(
        _ conditions: Span<Condition>, _ range: Range<Int>, _ holds: (Condition) -> Bool
    ) -> Bool {
        for index in range where holds(conditions[index]) { return true }
        return false
    }

    private static func holds(_ wanted: Bytes, _ given: Bytes) -> Bool {
        guard wanted.first == UInt8(ascii: ".") else { return given.equals(wanted) }
        return given.count > wanted.count && given.suffix(wanted.count).equals(wanted)
    }
}
