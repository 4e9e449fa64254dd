// The shipped rules do what their samples say.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct ShippedRulesTests {
    @Test func samples() {
        let result = RuleChecker.check(Rules.shippedCollection, Rules.shipped)
        #expect(result.failures.map(\.description) == [])
        #expect(result.unsampled.map(\.description) == [])
        #expect(result.samples >= result.rules)
    }

    /// Each category but those that no reply can have: a complaint, an automatic answer, an operator's reversal.
    @Test func everyCategoryIsReached() {
        let reached = Set(
            Rules.shippedCollection.samples.joined().filter(\.isMatch).map {
                Rules.shipped.classify($0.evidence).category
            })
        #expect(Set(Category.allCases).subtracting(reached) == [.abuseReport, .vacation, .reversal])
    }

    /// No sample of a block, and none with a temporary code, suppresses.
    @Test func noBlockSuppresses() {
        for sample in Rules.shippedCollection.samples.joined() {
            let verdict = Rules.shipped.classify(sample.evidence)
            if verdict.disposition == .block || verdict.disposition == .unknown { #expect(verdict.action != .suppress) }
            if SMTPReply.parse(Bytes(utf8: sample.reply)).code.map({ $0 / 100 == 4 }) == true {
                #expect(verdict.action != .suppress, "\(sample.reply)")
            }
        }
    }

    /// A journal keeps the words of a reply apart from its code: they mean what the whole reply means.
    @Test func wordsTakenOutOfAReplyMeanTheSame() {
        for sample in Rules.shippedCollection.samples.joined() where sample.isMatch {
            let reply = SMTPReply.parse(sample.evidence.diagnostic)
            guard !reply.text.isEmpty, let code = reply.code, code >= 400 else { continue }
            var evidence = sample.evidence
            evidence.diagnostic = Diagnostic.normalize(reply.text)
            (evidence.reply, evidence.status) = (evidence.reply ?? code, evidence.status ?? reply.status)
            evidence.command = evidence.command ?? reply.command
            evidence.remoteMTA = evidence.remoteMTA ?? reply.host
            #expect(Rules.shipped.classify(evidence) == Rules.shipped.classify(sample.evidence), "\(sample.reply)")
        }
    }

    /// The slow, obvious way against the quick one: a pattern that matches is never passed over for want of words.
    @Test func wordsLeaveNoPatternOut() throws {
        let rules = Rules.shipped.rules
        let workspace = Workspace(rules)
        // A rule without text has a pattern in the place of it that any text matches.
        let patterns = try rules.rules.flatMap { rule in
            let texts: [String?] = rule.text.isEmpty ? [nil] : rule.text
            return try (texts + rule.notText).enumerated().map { number, text in
                (program: try text.map { try PatternProgram(Pattern($0)) }, isOfText: number < rule.text.count)
            }
        }
        #expect(patterns.count == rules.matcher.filter.patternCount)
        let samples = Rules.shippedCollection.samples.joined().enumerated().filter { $0.offset.isMultiple(of: 17) }
            .map(\.element)
        let capitals = samples.map { Evidence(diagnostic: Diagnostic.normalize(Bytes(utf8: $0.reply.uppercased()))) }
        for evidence in samples.map(\.evidence) + capitals {
            workspace.examine(evidence, Facts(evidence), rules)
            for (number, pattern) in patterns.enumerated()
            where pattern.program?.firstMatch(in: workspace.text) != nil {
                #expect(rules.matcher.filter.allows(number, workspace.runs), "\(evidence.diagnostic.text)")
                #expect(!pattern.isOfText || workspace.patterns.contains(number), "\(evidence.diagnostic.text)")
            }
        }
    }
}
