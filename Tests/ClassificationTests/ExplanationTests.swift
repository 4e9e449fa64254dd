// The way to a verdict, as a person is shown it.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct ExplanationTests {
    @Test func tellsTheWinnerAndWhatLost() throws {
        let classifier = try Rules.classifier(RuleSetTests.shipped)
        var evidence = Evidence(reply: "550 5.9.1 Sorry, no such user here; blocked")
        evidence.remoteMTA = Bytes(utf8: "mx.alpha.example")
        let explanation = classifier.explain(evidence)
        #expect(explanation.verdict == classifier.classify(evidence))
        #expect(explanation.holding.map(\.rule) == ["alpha.gone", "any.blocked", "any.not"])
        #expect(explanation.providers == ["alpha"])
        #expect(explanation.status == EnhancedStatus(5, 9, 1))
        #expect(explanation.reply == 550)
        #expect(explanation.text == "Sorry, no such user here; blocked")
        let winner = try #require(explanation.holding.first)
        #expect(winner.match?.words == "no such user")
        #expect(winner.match?.range == 7..<19)
        #expect(winner.match?.pattern == "no such \\w+")
        #expect(winner.conditions == ["provider alpha", "none of not_text"])
        #expect(winner.place == RulePlace(file: "shipped.toml", line: 5))
        #expect(explanation.holding[1].conditions == ["reply 550 is 55x"])
        #expect(explanation.holding[2].conditions == ["status 5.9.1 is 5.9.*", "none of not_text"])
    }

    @Test(arguments: [
        ("450 4.1.1", [Principle.temporaryNeverSuppresses]), ("552 5.2.2", [.fullMailboxExpires]), ("550 5.1.1", []),
        ("550 5.7.1", []), ("450", [.temporaryNeverSuppresses]),
    ])
    func tellsThePrinciples(reply: String, principles: [Principle]) {
        #expect(Rules.shipped.explain(Evidence(reply: reply)).principles == principles)
    }

    /// Every sample's winner is explained by the words that made it win.
    @Test func agreesWithTheVerdict() {
        for sample in Rules.shippedCollection.samples.joined().enumerated().filter({ $0.offset.isMultiple(of: 25) })
            .map(\.element)
        {
            let explanation = Rules.shipped.explain(sample.evidence)
            #expect(explanation.verdict == Rules.shipped.classify(sample.evidence))
            #expect(explanation.holding.first?.rule ?? Classifier.undetermined == explanation.verdict.rule)
        }
    }
}
