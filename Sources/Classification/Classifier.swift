// A reply to its verdict: the first rule that holds, then the principles that no rule may break.

import MailSyntax
import Synchronization
import Vocabulary

/// Asks the rules. Called from any number of threads at once.
package final class Classifier: Sendable {
    package let rules: RuleSet
    private let pool: WorkspacePool

    /// The rule of a verdict where none holds.
    package static let undetermined = "undetermined"

    package init(rules: RuleSet) {
        self.rules = rules
        pool = WorkspacePool(matcher: rules.matcher)
    }

    /// What the failure means. Never fails; takes time linear in the text.
    package func classify(_ evidence: Evidence) -> Verdict {
        let facts = Facts(evidence)
        let workspace = pool.take()
        defer { pool.give(workspace) }
        let providers = examine(evidence, facts, workspace)
        var best = Int.max
        rules.index.forEachCandidate(facts, workspace.hits) { number in
            if number < best, rules.compiled[number].holds(evidence, facts, workspace.hits, providers) { best = number }
        }
        return verdict(of: best < rules.rules.count ? rules.rules[best] : nil, evidence, facts, workspace)
    }

    /// Scans the text into the workspace and finds the providers.
    private func examine(_ evidence: Evidence, _ facts: Facts, _ workspace: Workspace) -> ProviderSet {
        workspace.scan(facts.text, rules.matcher)
        var providers = ProviderSet()
        rules.providerTable.find(evidence, facts, into: &providers)
        return providers
    }

    private func verdict(of rule: Rule?, _ evidence: Evidence, _ facts: Facts, _ workspace: Workspace) -> Verdict {
        var verdict = Verdict(category: rule?.category ?? .undetermined, rule: rule?.id ?? Self.undetermined)
        Principles.apply(to: &verdict, rule: rule, facts)
        if RetryAfter.isNamed(by: rule, verdict) { verdict.retryAfterSeconds = RetryAfter.seconds(in: workspace.text) }
        if verdict.category == .mailboxUnknown || verdict.category == .domainUnknown,
            let domain = evidence.recipientDomain
        {
            verdict.hint = DomainHint.nearProvider(domain)
        }
        return verdict
    }

    // MARK: - Explaining

    /// The verdict with everything that led to it. Slow: compiles the winning patterns anew to tell where they match.
    package func explain(_ evidence: Evidence) -> Explanation {
        let facts = Facts(evidence)
        let workspace = pool.take()
        defer { pool.give(workspace) }
        let found = examine(evidence, facts, workspace)
        var numbers: Set<Int> = []
        rules.index.forEachCandidate(facts, workspace.hits) { number in
            if rules.compiled[number].holds(evidence, facts, workspace.hits, found) { numbers.insert(number) }
        }
        let holding = numbers.sorted().map { rules.rules[$0] }
        let verdict = verdict(of: holding.first, evidence, facts, workspace)
        let providers = (0..<found.count).map { rules.providers[found[$0]].name }
        let text = Array(workspace.text)
        return Explanation(
            verdict: verdict, status: facts.status, reply: facts.reply, command: facts.command?.text,
            text: String(decoding: text, as: UTF8.self), isTemporary: facts.isTemporary, providers: providers,
            holding: holding.map { Explanation.Holding($0, facts, evidence, text) },
            principles: Principles.applied(to: holding.first, facts))
    }
}

/// What one scan needs: vectorscan's scratch, the folded text, the hits. Its memory is given once; one thread has it at a time.
final class Workspace {
    private let scratch: OpaquePointer?
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var count = 0
    let hits: PatternHits

    init(_ matcher: TextMatcher) {
        scratch = matcher.makeScratch()
        buffer = .allocate(capacity: FoldedText.limitBytes)
        buffer.initialize(repeating: 0)
        hits = PatternHits(patternCount: matcher.patterns.count)
    }

    deinit {
        TextMatcher.freeScratch(scratch)
        buffer.deallocate()
    }

    /// The text of the last scan.
    var text: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: buffer[..<count]) }

    func scan(_ text: Bytes, _ matcher: TextMatcher) {
        hits.removeAll()
        count = FoldedText.fold(text, into: buffer)
        matcher.scan(self.text, scratch: scratch, into: hits)
    }
}

/// Workspaces that are not in use: as many as there were ever calls at once.
private final class WorkspacePool: Sendable {
    private let matcher: TextMatcher
    private let idle = Mutex(Idle())

    /// Sendable: a workspace is here or with exactly one caller, never both.
    private struct Idle: @unchecked Sendable { var workspaces: [Workspace] = [] }

    init(matcher: TextMatcher) { self.matcher = matcher }

    func take() -> Workspace {
        let idle = self.idle.withLock { Idle(workspaces: $0.workspaces.popLast().map { [$0] } ?? []) }
        return idle.workspaces.first ?? Workspace(matcher)
    }

    func give(_ workspace: Workspace) {
        let idle = Idle(workspaces: [workspace])
        self.idle.withLock { $0.workspaces += idle.workspaces }
    }
}
