// A reply to its verdict: the first rule that holds, then the principles that no rule may break.

import MailSyntax
import Vocabulary

/// Asks the rules. Called from any number of threads at once.
package final class Classifier: Sendable {
    package let rules: RuleSet
    private let pool: WorkspacePool

    /// The rule of a verdict where none holds.
    package static let undetermined = "undetermined"

    package init(rules: RuleSet) {
        self.rules = rules
        pool = WorkspacePool(rules: rules)
    }

    /// What the failure means. Never fails; takes time linear in the text.
    package func classify(_ evidence: Evidence) -> Verdict {
        let facts = Facts(evidence)
        let workspace = pool.take()
        defer { pool.give(workspace) }
        let providers = rules.providers(evidence, facts)
        workspace.examine(evidence, facts, rules)
        let first = rules.first(evidence, facts, providers, workspace) { _ in true }
        return verdict(of: first.map { rules.outcomes[$0] }, evidence, facts, workspace)
    }

    private func verdict(
        of rule: RuleOutcome?, _ evidence: borrowing Evidence, _ facts: borrowing Facts, _ workspace: Workspace
    ) -> Verdict {
        let category = rule?.category ?? .undetermined
        let consequence = Principles.consequence(of: rule, facts)
        let isTimeNamed = RetryAfter.isNamed(by: rule, category, consequence.action)
        let isAddressWrong = category == .mailboxUnknown || category == .domainUnknown
        // Made whole at once: a variable of this type would be copied where it is returned.
        return Verdict(
            category: category, disposition: consequence.disposition, action: consequence.action,
            rule: rule?.id ?? Self.undetermined,
            retryAfterSeconds: isTimeNamed ? RetryAfter.seconds(in: workspace.text.bytes) : nil,
            expiresAfterSeconds: consequence.expiresAfterSeconds,
            hint: isAddressWrong ? evidence.recipientDomain.flatMap { DomainHint.nearProvider($0) } : nil)
    }

    // MARK: - Explaining

    /// The verdict with everything that led to it. Slow: compiles the winning patterns anew to tell where they match.
    package func explain(_ evidence: Evidence) -> Explanation {
        let facts = Facts(evidence)
        let workspace = pool.take()
        defer { pool.give(workspace) }
        let found = rules.providers(evidence, facts)
        workspace.examine(evidence, facts, rules)
        var holding: [Rule] = []
        _ = rules.first(evidence, facts, found, workspace) { number in
            holding.append(rules.rules[number])
            return false
        }
        let outcome = holding.first.map(RuleOutcome.init)
        let verdict = verdict(of: outcome, evidence, facts, workspace)
        let providers = (0..<found.count).map { rules.providers[found[$0]].name }
        return Explanation(
            verdict: verdict, status: facts.status, reply: facts.reply, command: facts.command?.text,
            text: String(decoding: workspace.text.bytes, as: UTF8.self), isTemporary: facts.isTemporary,
            providers: providers,
            holding: holding.map { Explanation.Holding($0, facts, evidence, workspace) },
            principles: Principles.applied(to: outcome, facts))
    }
}
