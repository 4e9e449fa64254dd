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

    /// The slow, obvious way against the quick one: a rule whose patterns match is never passed over for want of words.
    @Test func wordsLeaveNoRuleOut() throws {
        let rules = Rules.shipped.rules
        let matcher = rules.matcher
        let workspace = Workspace(rules)
        var scratch: OpaquePointer?
        let hits = BitSet(limit: matcher.groups.map(\.patterns.count).max() ?? 0)
        let databases = try matcher.groups.map { group in
            let database = try group.compiled()
            database.prepare(&scratch)
            return database
        }
        defer { PatternDatabase.release(scratch: scratch) }
        for sample in Rules.shippedCollection.samples.joined() {
            workspace.examine(Facts(sample.evidence), rules)
            for (number, database) in databases.enumerated() {
                hits.removeAll()
                database.scan(workspace.text, scratch, into: hits)
                for (rule, place) in matcher.places.enumerated() {
                    guard let place, place.group == number, place.text.contains(where: { hits.contains($0) }) else {
                        continue
                    }
                    #expect(workspace.candidates.contains(rule), "\(rules.rules[rule].id): \(sample.reply)")
                }
            }
        }
    }
}
