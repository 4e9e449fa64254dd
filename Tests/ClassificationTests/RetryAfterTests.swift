// Times to wait, and the domain that was probably meant.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct RetryAfterTests {
    static let texts: [(String, Int?)] = [
        ("Greylisted, see you in 300 seconds", 300), ("please try again in 5 minutes", 300),
        ("Greylisting in action, please come back later", nil),
        ("come back in 00:05:00", 300), ("will become valid after 00:14:59", 899), ("retry in 1h", 3_600),
        ("wait 15-minute", 900),
        ("try later, 600 s", 600), ("try again in 60 sec.", 60), ("in 30 Minuten erneut", 1_800),
        ("через 5 минут", 300),
        ("more than 100 messages per 1 hour", nil), ("limit of 50 in the last 60 minutes; retry in 10 min", 600),
        ("queue id 4F5G6H7", nil), ("192.0.2.15 greylisted", nil), ("in 0 seconds", nil), ("in 999999 days", nil),
        ("in 99999999999999999999 seconds", nil), ("at 12:30:00 +0000 retry", nil), ("(in 2 days)", 172_800), ("", nil),
    ]

    @Test(arguments: texts)
    func seconds(text: String, seconds: Int?) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBufferPointer { RetryAfter.seconds(in: $0) } == seconds)
    }

    static let rules = """
        [[rule]]
        id = "a.grey"
        category = "greylisted"
        text = ['grey']
        [[rule]]
        id = "a.busy"
        category = "system-error"
        text = ['busy']
        [[rule]]
        id = "a.wait"
        category = "system-error"
        text = ['wait']
        retry_after = true
        [[rule]]
        id = "a.unknown"
        category = "mailbox-unknown"
        text = ['unknown']
        """

    @Test func onlyWhereTheRuleSaysSo() throws {
        let classifier = try Rules.classifier(Self.rules)
        #expect(classifier.classify(Evidence(reply: "450 grey, in 5 minutes")).retryAfterSeconds == 300)
        #expect(classifier.classify(Evidence(reply: "450 wait 5 minutes")).retryAfterSeconds == 300)
        #expect(classifier.classify(Evidence(reply: "450 busy for 5 minutes")).retryAfterSeconds == nil)
        #expect(classifier.classify(Evidence(reply: "550 unknown for 5 minutes")).retryAfterSeconds == nil)
    }

    static let domains: [(String, String?)] = [
        ("gmal.com", "gmail.com"), ("gmial.com", "gmail.com"), ("gmaill.com", "gmail.com"), ("gmail.co", "gmail.com"),
        ("gnail.com", "gmail.com"), ("hotnail.com", "hotmail.com"), ("hotmial.com", "hotmail.com"),
        ("hotmai.com", "hotmail.com"),
        ("yaho.com", "yahoo.com"), ("outlok.com", "outlook.com"), ("outlook.con", "outlook.com"),
        ("iclod.com", "icloud.com"),
        ("gmail.com", nil), ("gmx.net", nil), ("gmx.de", nil), ("gmx.com", nil), ("mail.com", nil), ("ymail.com", nil),
        ("yahoo.se", nil), ("hotmail.be", nil), ("live.de", nil), ("inbox.ru", nil), ("gmxx.de", "gmx.de"),
        ("example.com", nil),
        ("gmaul.org", nil), ("a.b", nil), ("", nil), ("a-very-long-domain-name.example", nil),
    ]

    @Test(arguments: domains)
    func hint(domain: String, meant: String?) {
        #expect(DomainHint.nearProvider(Bytes(utf8: domain)) == meant)
    }

    @Test func hintOnlyForUnknownAddresses() {
        #expect(Rules.shipped.classify(Evidence(reply: "550 5.1.1", domain: "gmal.com")).hint == "gmail.com")
        #expect(Rules.shipped.classify(Evidence(reply: "550 5.1.2", domain: "gmal.com")).hint == "gmail.com")
        #expect(Rules.shipped.classify(Evidence(reply: "550 5.7.1", domain: "gmal.com")).hint == nil)
        #expect(Rules.shipped.classify(Evidence(reply: "550 5.1.1")).hint == nil)
    }
}
