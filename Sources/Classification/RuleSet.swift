// Rules in force: those of a site before the shipped ones, checked, compiled and ready to be asked.

import MailSyntax

/// All rules in the order in which they are tried, with their patterns compiled.
package final class RuleSet: Sendable {
    /// The first that holds wins.
    package let rules: [Rule]
    package let providers: [Provider]
    let matcher: TextMatcher
    private let conditions: RuleConditions
    /// Of each rule.
    let outcomes: [RuleOutcome]
    let index: RuleIndex
    private let providerTable: ProviderTable

    /// Compiles the rules of `source`, or takes what the cache has of them.
    package static func load(_ source: RuleSource, cache: RuleCache? = RuleCache()) throws(RuleError) -> RuleSet {
        if let cached = cache?.read(source) { return cached }
        let set = try RuleSet(RuleCollection(source))
        cache?.write(set, source)
        return set
    }

    /// Compiles rules that were read; takes some tenths of a second for thousands.
    package convenience init(_ collection: RuleCollection) throws(RuleError) {
        let matcher: TextMatcher
        do {
            matcher = try TextMatcher(
                compiling: collection.rules, samples: collection.samples.joined().map(\.reply))
        } catch {
            throw RuleError(collection.badPatterns())
        }
        self.init(rules: collection.rules, providers: collection.providers, matcher: matcher)
    }

    init(rules: [Rule], providers: [Provider], matcher: TextMatcher) {
        self.rules = rules
        self.providers = providers
        self.matcher = matcher
        let numbers = Dictionary(
            providers.enumerated().map { ($1.name, UInt32($0)) }, uniquingKeysWith: { first, _ in first })
        conditions = RuleConditions(rules, providers: numbers)
        outcomes = rules.map(RuleOutcome.init)
        index = RuleIndex(rules, patterns: matcher.firstPatterns)
        providerTable = ProviderTable(providers)
    }
}

extension RuleSet {
    /// The receivers that one reply names.
    func providers(_ evidence: borrowing Evidence, _ facts: borrowing Facts) -> ProviderSet {
        providerTable.find(evidence, facts)
    }

    /// Whether a domain is a receiver's own.
    func isProvider(_ domain: Bytes) -> Bool { providerTable.isDomain(domain) }

    /// Calls `body` with each rule that holds, in the order in which they are tried, until it says true; gives that rule.
    func first(
        _ evidence: borrowing Evidence, _ facts: borrowing Facts, _ providers: ProviderSet, _ workspace: Workspace,
        where body: (Int) -> Bool
    ) -> Int? {
        let question = RuleConditions.Question(facts, providers)
        var rule = -1
        // Its conditions hold, and it is not told yet whether its texts do.
        var isOpen = false
        for pattern in workspace.patterns {
            let next = matcher.filter.rule(of: pattern)
            if next != rule {
                rule = next
                isOpen = conditions.hold(rule, question, evidence, facts)
            }
            guard isOpen, matcher.matches(pattern, workspace) else { continue }
            isOpen = false
            if !matcher.isExcluded(rule, workspace), body(rule) { return rule }
        }
        return nil
    }
}
