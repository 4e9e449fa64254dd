// The way to a verdict, for a person: what the evidence was taken to be, which rules hold, which won and why.

import MailSyntax
import Vocabulary

/// What `Classifier.explain` tells.
package struct Explanation: Sendable {
    package var verdict: Verdict
    /// The status and code that the rules were asked with; see `Facts`.
    package var status: EnhancedStatus?
    package var reply: UInt16?
    package var command: String?
    /// The text that was matched.
    package var text: String
    package var isTemporary: Bool
    /// The receivers that were recognised.
    package var providers: [String]
    /// Every rule that holds, in the order in which they are tried: the first won, the others lost to it.
    package var holding: [Holding]
    /// What changed the winner's own consequence.
    package var principles: [Principle]

    /// A rule that holds.
    package struct Holding: Sendable {
        package var rule: String
        package var category: Category
        package var place: RulePlace
        /// The conditions that hold but the text's: `status 5.1.1 is *.1.1`, `provider google`, …
        package var conditions: [String]
        /// What in the text matched; nil for a rule without `text`.
        package var match: TextMatch?
    }

    /// Where a pattern matched.
    package struct TextMatch: Sendable {
        package var pattern: String
        package var words: String
        /// In bytes of `text`.
        package var range: Range<Int>
    }
}

extension Explanation.Holding {
    init(_ rule: Rule, _ facts: borrowing Facts, _ evidence: Evidence, _ workspace: Workspace) {
        self.rule = rule.id
        category = rule.category
        place = rule.place
        conditions = []
        if let provider = rule.provider { conditions.append("provider \(provider)") }
        if let status = facts.status, let pattern = rule.status.first(where: { $0.holds(status) }) {
            conditions.append("status \(status) is \(pattern)")
        }
        if let code = facts.reply, let pattern = rule.reply.first(where: { $0.codes.contains(code) }) {
            conditions.append("reply \(code) is \(pattern)")
        }
        if !rule.command.isEmpty, let command = facts.command { conditions.append("command \(command.text)") }
        if !rule.domain.isEmpty, let domain = evidence.recipientDomain { conditions.append("domain \(domain.text)") }
        if !rule.notText.isEmpty { conditions.append("none of not_text") }
        let outcome = RuleOutcome(rule)
        for pattern in rule.text {
            let linkless = Links.areHidden(from: pattern, of: outcome) ? workspace.linklessText : nil
            let text = linkless ?? workspace.text
            guard let program = try? PatternProgram(Pattern(pattern)), let range = program.firstMatch(in: text) else {
                continue
            }
            match = Explanation.TextMatch(
                pattern: pattern, words: String(decoding: workspace.text.bytes[range], as: UTF8.self), range: range)
            break
        }
    }
}
