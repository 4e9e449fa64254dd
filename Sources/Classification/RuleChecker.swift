// Whether rules do what their samples say, and what a change of rules would change.

import MailSyntax
import Vocabulary

/// Tries every sample of each rule against the whole set.
package struct RuleChecker {
    /// What the samples show.
    package struct Result: Sendable {
        package var rules = 0
        package var samples = 0
        /// In the order of files and lines.
        package var failures: [Failure] = []
        /// Rules that no sample shows to be able to win.
        package var unsampled: [RuleProblem] = []
    }

    /// A sample that does not do what it is there for.
    package struct Failure: Sendable, CustomStringConvertible {
        package var rule: String
        package var sample: RuleSample
        /// The rule that won it.
        package var winner: String
        package var winnerPlace: RulePlace?
        /// Whether the rule holds, and lost to the winner.
        package var isHolding: Bool

        package var description: String {
            let of = winnerPlace.map { " (\($0))" } ?? ""
            let defect = isHolding ? "" : "does not hold, "
            return sample.isMatch
                ? "\(sample.place): rule \(rule): \(defect)won by \(winner)\(of): \(sample.reply)"
                : "\(sample.place): rule \(rule): must not win this, and does: \(sample.reply)"
        }
    }

    package static func check(_ collection: RuleCollection, _ classifier: Classifier) -> Result {
        var result = Result(rules: collection.rules.count)
        let places = Dictionary(
            collection.rules.map { ($0.id, $0.place) }, uniquingKeysWith: { first, _ in first })
        for (rule, samples) in zip(collection.rules, collection.samples) {
            for sample in samples {
                result.samples += 1
                let winner = classifier.classify(sample.evidence).rule
                if (winner == rule.id) != sample.isMatch {
                    let holding = classifier.explain(sample.evidence).holding
                    result.failures.append(
                        Failure(
                            rule: rule.id, sample: sample, winner: winner, winnerPlace: places[winner],
                            isHolding: holding.contains { $0.rule == rule.id }))
                }
            }
            if !samples.contains(where: \.isMatch) {
                result.unsampled.append(RuleProblem(place: rule.place, reason: "rule \(rule.id) has no match sample"))
            }
        }
        return result
    }
}

/// What other rules would make of what was already judged (`bouncectl rules try`).
package struct RuleTrial: Sendable {
    /// A record whose verdict would be another.
    package struct Change: Sendable {
        /// The place of the record in the sequence.
        package var number: Int
        package var old: Verdict
        package var new: Verdict
        /// The reply, for a person.
        package var diagnostic: String
    }

    /// How often one kind of change was seen.
    package struct Kind: Sendable, Hashable {
        package var oldRule: String
        package var newRule: String
        package var oldCategory: Category
        package var newCategory: Category
        package var oldAction: Action
        package var newAction: Action
    }

    package private(set) var tried = 0
    package private(set) var counts: [Kind: Int] = [:]
    /// The first changes; `counts` has all.
    package private(set) var changes: [Change] = []
    package static let limitChanges = 1_000

    private let classifier: Classifier

    package init(_ classifier: Classifier) { self.classifier = classifier }

    /// Judges one record anew. The time to wait, expiry and hint count for nothing here.
    package mutating func `try`(_ evidence: Evidence, old: Verdict) {
        let new = classifier.classify(evidence)
        defer { tried += 1 }
        guard
            new.rule != old.rule || new.category != old.category || new.disposition != old.disposition
                || new.action != old.action
        else { return }
        let kind = Kind(
            oldRule: old.rule, newRule: new.rule, oldCategory: old.category, newCategory: new.category,
            oldAction: old.action, newAction: new.action)
        counts[kind, default: 0] += 1
        if changes.count < Self.limitChanges {
            changes.append(Change(number: tried, old: old, new: new, diagnostic: evidence.diagnostic.text))
        }
    }
}
