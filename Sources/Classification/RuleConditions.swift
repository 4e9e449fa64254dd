// The conditions of all rules but their texts, in the form in which they are tried: no memory of its own for any rule, so that to look at
// one counts no references.

import MailSyntax

struct RuleConditions: Sendable {
    private var rules: [Entry] = []
    private var statuses: [StatusKey] = []
    private var replies: [ClosedRange<UInt16>] = []
    private var commands: [Bytes] = []
    /// A leading dot: any domain below.
    private var domains: [Bytes] = []

    /// A rule; the ranges are of the lists above, an empty one is no condition.
    private struct Entry {
        /// Its category is no failure of delivery: only such a rule can hold for a success.
        var isForSuccess: Bool
        /// It tells of the recipient: that the address is no good, or its mailbox full.
        var isAboutRecipient: Bool
        var provider: UInt32?
        var statuses: Range<Int32>
        var replies: Range<Int32>
        var commands: Range<Int32>
        var domains: Range<Int32>
    }

    /// A status with any part left open, compared at once: the parts that are not are of ones in the mask.
    private struct StatusKey {
        var mask: UInt64 = 0
        var value: UInt64 = 0

        init(_ pattern: StatusPattern) {
            for (part, shift) in [
                (pattern.statusClass.map(UInt16.init), 32), (pattern.subject, 16), (pattern.detail, 0),
            ] {
                guard let part else { continue }
                mask |= 0xFFFF << UInt64(shift)
                value |= UInt64(part) << UInt64(shift)
            }
        }

        static func key(_ status: EnhancedStatus) -> UInt64 {
            UInt64(status.statusClass) << 32 | UInt64(status.subject) << 16 | UInt64(status.detail)
        }
    }

    /// What the conditions are asked about, as far as it is asked of most rules.
    struct Question {
        fileprivate let status: UInt64?
        fileprivate let reply: UInt16?
        fileprivate let isSuccess: Bool
        fileprivate let isOfNoRecipient: Bool
        fileprivate let providers: ProviderSet

        init(_ facts: borrowing Facts, _ providers: ProviderSet) {
            status = facts.status.map(StatusKey.key)
            reply = facts.reply
            isSuccess = facts.isSuccess
            isOfNoRecipient = facts.isOfNoRecipient
            self.providers = providers
        }
    }

    init(_ rules: [Rule], providers: [String: UInt32]) {
        for rule in rules {
            let (status, reply, command, domain) = (statuses.count, replies.count, commands.count, domains.count)
            statuses += rule.status.map(StatusKey.init)
            replies += rule.reply.map(\.codes)
            commands += rule.command.map(Bytes.init(utf8:))
            domains += rule.domain.map(Bytes.init(utf8:))
            self.rules.append(
                Entry(
                    isForSuccess: rule.category.defaultDisposition == .none,
                    isAboutRecipient: RuleOutcome(rule).isAboutRecipient,
                    // One that nobody knows is named by no reply.
                    provider: rule.provider.map { providers[$0] ?? .max },
                    statuses: Int32(status)..<Int32(statuses.count), replies: Int32(reply)..<Int32(replies.count),
                    commands: Int32(command)..<Int32(commands.count), domains: Int32(domain)..<Int32(domains.count)))
        }
    }

    func hold(
        _ number: Int, _ question: borrowing Question, _ evidence: borrowing Evidence, _ facts: borrowing Facts
    ) -> Bool {
        let rule = rules.span[number]
        if question.isSuccess, !rule.isForSuccess { return false }
        if question.isOfNoRecipient, rule.isAboutRecipient { return false }
        if let provider = rule.provider, !question.providers.contains(provider) { return false }
        if !rule.statuses.isEmpty {
            guard let given = question.status,
                isAny(statuses.span, rule.statuses, { given & $0.mask == $0.value })
            else { return false }
        }
        if !rule.replies.isEmpty {
            guard let given = question.reply, isAny(replies.span, rule.replies, { $0.contains(given) }) else {
                return false
            }
        }
        return rule.commands.isEmpty && rule.domains.isEmpty || holdNames(rule, evidence, facts)
    }

    private func holdNames(_ rule: Entry, _ evidence: borrowing Evidence, _ facts: borrowing Facts) -> Bool {
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
        _ conditions: Span<Condition>, _ range: Range<Int32>, _ holds: (Condition) -> Bool
    ) -> Bool {
        for index in range where holds(conditions[Int(index)]) { return true }
        return false
    }

    private static func holds(_ wanted: Bytes, _ given: Bytes) -> Bool {
        guard wanted.first == UInt8(ascii: ".") else { return given.equals(wanted) }
        return given.count > wanted.count && given.suffix(wanted.count).equals(wanted)
    }
}
