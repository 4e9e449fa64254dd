// Rules in force: those of a site before the shipped ones, checked, compiled and ready to be asked.

import MailSyntax

/// All rules in the order in which they are tried, with their patterns compiled.
package final class RuleSet: Sendable {
    /// The first that holds wins.
    package let rules: [Rule]
    package let providers: [Provider]
    let matcher: TextMatcher
    private let compiled: [CompiledRule]
    let index: RuleIndex
    let providerTable: ProviderTable

    /// Compiles the rules of `source`, or takes what the cache has of them.
    package static func load(_ source: RuleSource, cache: RuleCache? = RuleCache()) throws(RuleError) -> RuleSet {
        if let cached = cache?.read(source) { return cached }
        let set = try RuleSet(RuleCollection(source))
        cache?.write(set, source)
        return set
    }

    /// Compiles rules that were read; takes seconds for a thousand.
    package convenience init(_ collection: RuleCollection) throws(RuleError) {
        let matcher: TextMatcher
        do {
            matcher = try TextMatcher(
                compiling: collection.rules, samples: collection.samples.joined().map(\.reply))
        } catch {
            throw collection.error(error)
        }
        self.init(rules: collection.rules, providers: collection.providers, matcher: matcher)
    }

    init(rules: [Rule], providers: [Provider], matcher: TextMatcher) {
        self.rules = rules
        self.providers = providers
        self.matcher = matcher
        let numbers = Dictionary(
            providers.enumerated().map { ($1.name, UInt16($0)) }, uniquingKeysWith: { first, _ in first })
        compiled = rules.map { CompiledRule($0, providers: numbers) }
        index = RuleIndex(rules)
        providerTable = ProviderTable(providers)
    }
}

extension RuleSet {
    /// Whether all conditions of a rule hold.
    func holds(
        _ number: Int, _ evidence: Evidence, _ facts: Facts, _ providers: ProviderSet, _ workspace: Workspace
    ) -> Bool {
        compiled[number].holds(evidence, facts, providers) && matcher.holds(number, workspace)
    }
}

/// The conditions of a rule but its texts, in the form in which they are tried.
struct CompiledRule: Sendable {
    let status: [StatusPattern]
    let reply: [ReplyPattern]
    let command: [Bytes]
    /// A leading dot: any domain below.
    let domain: [Bytes]
    let provider: UInt16?
    /// Its category is no failure of delivery: only such a rule can hold for a success.
    let isForSuccess: Bool

    init(_ rule: Rule, providers: [String: UInt16]) {
        isForSuccess = rule.category.defaultDisposition == .none
        status = rule.status
        reply = rule.reply
        command = rule.command.map(Bytes.init(utf8:))
        domain = rule.domain.map(Bytes.init(utf8:))
        provider = rule.provider.flatMap { providers[$0] }
    }

    func holds(_ evidence: Evidence, _ facts: Facts, _ found: ProviderSet) -> Bool {
        if facts.isSuccess, !isForSuccess { return false }
        if let provider, !found.contains(provider) { return false }
        if !status.isEmpty {
            guard let given = facts.status, Self.isAny(status.span, { $0.holds(given) }) else { return false }
        }
        if !reply.isEmpty {
            guard let given = facts.reply, Self.isAny(reply.span, { $0.codes.contains(given) }) else { return false }
        }
        if !command.isEmpty {
            guard let given = facts.command, Self.isAny(command.span, { given.equals($0) }) else { return false }
        }
        if !domain.isEmpty {
            guard let given = evidence.recipientDomain, Self.isAny(domain.span, { Self.holds($0, given) }) else {
                return false
            }
        }
        return true
    }

    @inline(__always)
    private static func isAny<Condition>(_ conditions: Span<Condition>, _ holds: (Condition) -> Bool) -> Bool {
        for index in conditions.indices where holds(conditions[index]) { return true }
        return false
    }

    private static func holds(_ wanted: Bytes, _ given: Bytes) -> Bool {
        guard wanted.first == UInt8(ascii: ".") else { return given.equals(wanted) }
        return given.count > wanted.count && given.suffix(wanted.count).equals(wanted)
    }
}
