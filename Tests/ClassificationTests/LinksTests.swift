// What a page is called decides nothing about a mailbox, but where a rule names the page.

import Testing
import Vocabulary

@testable import Classification

@Suite struct LinksTests {
    @Test(arguments: [
        ("see https://mx.example/help/user-unknown for more", "see https://xx.xxxxxxx/xxxx/xxxx-xxxxxxx for more"),
        ("(http://mx.example/?c=mailbox_full): full", "(http://xx.xxxxxxx/?x=xxxxxxx_xxxx): full"),
        ("read mx.example/no/such/user. Bye", "read xx.xxxxxxx/xx/xxxx/xxxx. Bye"),
        ("<https://a.example/b> and https://c.example", "<https://x.xxxxxxx/x> and https://x.xxxxxxx"),
        ("a.example/b/c.example/d", "x.xxxxxxx/x/x.xxxxxxx/x"),
        ("no user/mailbox here 192.0.2.0/24 1.2/full", nil),
        ("/var/mail/user: unknown :/ /", nil),
        ("见http://a.example/b，user unknown", "见http://x.xxxxxxx/x，user unknown"),
        ("", nil),
    ])
    func mask(_ text: String, _ expected: String?) {
        let source = Array(text.utf8)
        var output = source
        let isAny = source.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { Links.mask(source, into: $0) }
        }
        #expect(isAny == (expected != nil))
        if let expected { #expect(String(decoding: output, as: UTF8.self) == expected) }
    }

    static let rules = """
        [[rule]]
        id = "a.page"
        category = "mailbox-unknown"
        text = ['\\?p=nosuchuser\\b']
        [[rule]]
        id = "a.host"
        category = "mailbox-full"
        text = ['\\bpages\\.example\\b']
        [[rule]]
        id = "a.gone"
        category = "mailbox-unknown"
        text = ['\\buser[ -]unknown\\b']
        not_text = ['\\bspam\\b', '\\?c=blocked\\b']
        [[rule]]
        id = "a.policy"
        category = "policy"
        text = ['\\bpolicy\\b']
        """

    @Test(arguments: [
        ("550 https://mx.example/?p=NoSuchUser", "a.page"),
        ("550 https://pages.example/1", "a.host"),
        ("550 https://mx.example/user-unknown", Classifier.undetermined),
        ("550 https://mx.example/user-unknown/policy", "a.policy"),
        ("550 https://mx.example/a user unknown", "a.gone"),
        ("550 user unknown https://mx.example/spam", "a.gone"),
        ("550 user unknown spam https://mx.example/1", Classifier.undetermined),
        ("550 user unknown https://mx.example/?c=blocked", Classifier.undetermined),
    ])
    func rule(_ reply: String, _ rule: String) throws {
        let explanation = try Rules.classifier(Self.rules).explain(Evidence(reply: reply))
        #expect(explanation.verdict.rule == rule)
        #expect(explanation.holding.allSatisfy { $0.match != nil })
    }
}
