// Order, a site's own rules, conditions, providers.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct RuleSetTests {
    static let shipped = """
        [[provider]]
        name = "alpha"
        hosts = ["alpha.example"]
        domains = ["alpha.test"]
        [[rule]]
        id = "alpha.gone"
        category = "mailbox-unknown"
        provider = "alpha"
        text = ['no such \\w+', 'неизвестный']
        not_text = ['sender']
        [[rule]]
        id = "any.blocked"
        category = "blocklisted"
        reply = ["55x"]
        text = ['blocked']
        [[rule]]
        id = "any.rcpt"
        category = "recipient-refused"
        command = ["RCPT TO"]
        domain = [".sub.example", "one.example"]
        [[rule]]
        id = "any.not"
        category = "policy"
        status = ["5.9.*"]
        not_text = ['never']
        """

    @Test func firstRuleWins() throws {
        let classifier = try Rules.classifier(Self.shipped)
        var evidence = Evidence(reply: "550 no such user, blocked")
        #expect(classifier.classify(evidence).rule == "any.blocked")
        evidence.remoteMTA = Bytes(utf8: "mx.alpha.example")
        #expect(classifier.classify(evidence).rule == "alpha.gone")
    }

    @Test func siteRulesComeFirstAndReplace() throws {
        let site = """
            [[provider]]
            name = "alpha"
            hosts = ["beta.example"]
            [[rule]]
            id = "any.blocked"
            category = "reputation"
            text = ['blocked']
            """
        let classifier = try Rules.classifier(Self.shipped, site: site)
        #expect(classifier.rules.rules.map(\.id) == ["any.blocked", "alpha.gone", "any.rcpt", "any.not"])
        #expect(classifier.rules.rules.first?.place.file == "site.toml")
        var evidence = Evidence(reply: "550 no such user")
        evidence.remoteMTA = Bytes(utf8: "mx.beta.example")
        #expect(classifier.classify(evidence).rule == "alpha.gone")
        #expect(classifier.classify(Evidence(reply: "550 no such user; blocked")).category == .reputation)
    }

    static let conditions: [(String, String?, String?, String?, String)] = [
        // reply, remote MTA, command, domain → rule
        ("550 no such user", "alpha.example", nil, nil, "alpha.gone"),
        ("550 no such user", "MX1.Alpha.Example.", nil, nil, "alpha.gone"),
        ("550 no such user", "notalpha.example", nil, nil, "undetermined"),
        ("550 no such user", nil, nil, "alpha.test", "alpha.gone"),
        ("550 no such user", nil, nil, "sub.alpha.test", "undetermined"),
        ("550 no such user (mx.alpha.example)", nil, nil, nil, "alpha.gone"),
        ("550 no such user https://help.alpha.example/x", nil, nil, nil, "alpha.gone"),
        ("550 no such user <someone@alpha.example>", nil, nil, nil, "undetermined"),
        (
            "host mx.alpha.example[192.0.2.1] said: 550 No Such User (in reply to RCPT TO command)", nil, nil, nil,
            "alpha.gone"
        ),
        ("550-no such\r\n550 user", "alpha.example", nil, nil, "alpha.gone"),
        ("550 no\t  such user", "alpha.example", nil, nil, "alpha.gone"),
        ("550 no such sender", "alpha.example", nil, nil, "undetermined"),
        ("550 НЕИЗВЕСТНЫЙ", "alpha.example", nil, nil, "alpha.gone"),
        ("550 BLOCKED", nil, nil, nil, "any.blocked"),
        ("450 blocked", nil, nil, nil, "undetermined"),
        ("550 x", nil, "rcpt to", "one.example", "any.rcpt"),
        ("550 x", nil, "RCPT TO", "a.sub.example", "any.rcpt"),
        ("550 x", nil, "RCPT TO", "sub.example", "undetermined"),
        ("550 x", nil, "DATA", "one.example", "undetermined"),
        ("550 5.9.7 x", nil, nil, nil, "any.not"),
        ("550 5.9.7 never", nil, nil, nil, "undetermined"),
    ]

    static let classifier = Result { try Rules.classifier(shipped) }

    @Test(arguments: conditions)
    func condition(reply: String, remoteMTA: String?, command: String?, domain: String?, rule: String) throws {
        let evidence = Evidence(reply: reply, remoteMTA: remoteMTA, command: command, domain: domain)
        #expect(try Self.classifier.get().classify(evidence).rule == rule)
    }

    @Test(arguments: [
        ("550 don’t write", "don't write"), ("550 “x” y", "\"x\" y"), ("550 a\u{A0}b", "a b"),
        ("550 a\u{3000} b", "a b"),
        ("550 a\u{200B}b", "ab"), ("550 Ünïcode", "Ünïcode"), ("550 日本語", "日本語"),
    ])
    func folding(reply: String, text: String) throws {
        #expect(try Self.classifier.get().explain(Evidence(reply: reply)).text == text)
    }

    @Test func trialCountsChanges() throws {
        let old = try Rules.classifier(Self.shipped)
        let other = try Rules.classifier(Self.shipped.replacing("blocklisted", with: "reputation"))
        var trial = RuleTrial(other)
        for reply in ["550 blocked", "550 blocked again", "550 else"] {
            trial.try(Evidence(reply: reply), old: old.classify(Evidence(reply: reply)))
        }
        #expect(trial.tried == 3)
        #expect(trial.counts.values.map { $0 } == [2])
        #expect(trial.changes.map(\.number) == [0, 1])
        #expect(trial.changes.first?.new.category == .reputation)
    }

    @Test func checkerFindsWhatSamplesShow() throws {
        let text = """
            [[rule]]
            id = "a.first"
            category = "policy"
            text = ['refused']
            no_match = [{ reply = "550 refused by all", seen = "x" }]
            [[rule]]
            id = "a.second"
            category = "policy"
            text = ['refused for ever']
            match = [
              { reply = "550 refused for ever", seen = "x" },
              { reply = "550 no", seen = "x" },
            ]
            """
        let source = Rules.source(text)
        let result = RuleChecker.check(
            try RuleCollection(source), Classifier(rules: try RuleSet.load(source, cache: nil)))
        #expect(result.failures.map(\.rule) == ["a.first", "a.second", "a.second"])
        #expect(result.failures.map(\.winner) == ["a.first", "a.first", "undetermined"])
        #expect(result.failures.map(\.sample.place.line) == [5, 11, 12])
        #expect(result.unsampled.map(\.place.line) == [1])
        #expect(result.failures[1].description.contains("rule a.second: won by a.first (shipped.toml:1)"))
        #expect(result.failures[2].description.contains("rule a.second: does not hold, won by undetermined: 550 no"))
    }
}
