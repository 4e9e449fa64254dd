// What no rule may break, and how evidence that contradicts itself is weighed.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct PrinciplesTests {
    static let rules = """
        [[rule]]
        id = "a.unknown"
        category = "mailbox-unknown"
        text = ['unknown']
        [[rule]]
        id = "a.blocked"
        category = "blocklisted"
        text = ['listed']
        [[rule]]
        id = "a.full"
        category = "mailbox-full"
        text = ['full']
        [[rule]]
        id = "a.disabled"
        category = "mailbox-disabled"
        text = ['on leave']
        action = "suppress"
        expires_days = 10
        [[rule]]
        id = "a.size"
        category = "mailbox-full"
        text = ['too much']
        action = "retry"
        """
    static let classifier = Result { try Rules.classifier(rules) }
    static let days = 86_400

    /// A DSN's own code can be a success though the delivery failed.
    @Test(arguments: [
        ("250 2.0.0 Ok", false, Category.delivered), ("250 2.0.0 Ok", true, .undetermined),
        ("250 Ok", true, .undetermined),
        ("250 2.1.5 unknown", true, .mailboxUnknown),
    ])
    func aFailureIsNoSuccess(reply: String, hasFailed: Bool, category: Category) throws {
        let classifier = try Rules.classifier(
            Self.rules + "\n[[rule]]\nid = \"b.success\"\ncategory = \"delivered\"\nstatus = [\"2.*.*\"]\n"
                + "[[rule]]\nid = \"b.reply\"\ncategory = \"delivered\"\nreply = [\"2xx\"]\n")
        var evidence = Evidence(reply: reply)
        evidence.hasFailed = hasFailed
        #expect(classifier.classify(evidence).category == category)
    }

    static let cases: [(String, Bool, Disposition, Action, Int?)] = [
        ("550 5.1.1 unknown", false, .hard, .suppress, nil),
        ("550 unknown", false, .hard, .suppress, nil),
        ("unknown", false, .hard, .suppress, nil),
        ("450 4.1.1 unknown", false, .soft, .retry, nil),
        ("450 unknown", false, .soft, .retry, nil),
        ("550 5.1.1 unknown", true, .soft, .retry, nil),
        ("550 4.4.7 unknown", false, .soft, .retry, nil),
        ("550 5.4.7 unknown", false, .soft, .retry, nil),
        ("550 5.7.1 listed", false, .block, .investigate, nil),
        ("450 4.7.1 listed", false, .block, .investigate, nil),
        ("552 5.2.2 full", false, .soft, .suppress, 30 * days),
        ("552 full", false, .soft, .suppress, 30 * days),
        ("452 4.2.2 full", false, .soft, .retry, nil),
        ("full", false, .soft, .retry, nil),
        ("552 5.2.2 full", true, .soft, .retry, nil),
        ("552 too much", false, .soft, .retry, nil),
        ("550 on leave", false, .hard, .suppress, 10 * days),
        ("450 on leave", false, .soft, .retry, nil),
        ("550 else", false, .unknown, .investigate, nil),
        ("450 else", false, .soft, .retry, nil),
        ("else", true, .soft, .retry, nil),
    ]

    @Test(arguments: cases)
    func principle(reply: String, isDelayed: Bool, disposition: Disposition, action: Action, expires: Int?) throws {
        let verdict = try Self.classifier.get().classify(Evidence(reply: reply, isDelayed: isDelayed))
        #expect(verdict.disposition == disposition)
        #expect(verdict.action == action)
        #expect(verdict.expiresAfterSeconds == expires)
    }

    static let contradictions: [(String?, UInt16?, String, String?, UInt16?, Bool)] = [
        // the field's status and code, the words → status and code in force, temporary
        ("5.5.0", nil, "550 5.1.1 x", "5.1.1", 550, false),
        ("5.0.0", nil, "452 4.2.2 x", "4.2.2", 452, true),
        ("5.1.1", nil, "550 x", "5.1.1", 550, false),
        ("5.1.1", nil, "550 5.0.0 x", "5.1.1", 550, false),
        ("5.1.1", nil, "450 4.2.2 x", "5.1.1", 450, true),
        ("4.4.7", nil, "550 5.7.1 x", "5.7.1", 550, true),
        (nil, 550, "x (#5.1.1)", "5.1.1", 550, false),
        ("2.0.0", nil, "550 5.1.1 x", "5.1.1", 550, false),
        ("2.0.0", 550, "x", nil, 550, false),
        ("5.1.7", 550, "not verified: host a.example[192.0.2.9] said: 450 4.1.1 x", "5.1.7", 550, false),
        ("5.1.1", 250, "x", "5.1.1", nil, false),
        ("2.1.5", 250, "x", "2.1.5", 250, false), (nil, nil, "220-mx.example 421 4.7.0 x", "4.7.0", 421, true),
        (nil, 220, "mx.example 421 4.7.0 x", "4.7.0", 421, true), (nil, 220, "mx.example ESMTP", nil, 220, false),
    ]

    @Test(arguments: contradictions)
    func contradiction(
        field: String?, code: UInt16?, words: String, status: String?, reply: UInt16?, isTemporary: Bool
    ) {
        var evidence = Evidence(reply: words)
        evidence.status = field.flatMap { EnhancedStatus(Bytes(utf8: $0)) }
        evidence.reply = code
        let facts = Facts(evidence)
        #expect(facts.status?.description == status)
        #expect(facts.reply == reply)
        #expect(facts.isTemporary == isTemporary)
    }

    /// What came before RCPT TO says nothing of a recipient; a whole domain may refuse all mail then (RFC 7504).
    @Test(arguments: ["MAIL FROM", "EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "CONNECT", "mail from"])
    func answersBeforeRecipient(command: String) {
        for words in [
            "550 5.1.1 User unknown", "550 Account disabled", "552 5.2.2 mailbox full", "550 Benutzer unbekannt",
            "550 5.1.6 moved", "550 Requested action not taken: mailbox unavailable", "550 5.1.2 domain not found",
        ] {
            var evidence = Evidence(reply: words)
            evidence.command = Bytes(utf8: command)
            #expect(Rules.shipped.classify(evidence).action != .suppress, "\(words)")
            evidence.command = Bytes(utf8: "RCPT TO")
            #expect(Rules.shipped.classify(evidence).action == .suppress, "\(words)")
        }
        var evidence = Evidence(reply: "521 host does not accept mail")
        evidence.command = Bytes(utf8: command)
        #expect(Rules.shipped.classify(evidence).category == .domainRefusesMail)
    }

    @Test func aSuccessIsNoFailureWhateverItsText() throws {
        #expect(try Self.classifier.get().classify(Evidence(reply: "250 2.0.0 unknown")).rule == "undetermined")
        #expect(Rules.shipped.classify(Evidence(reply: "250 2.1.5 user unknown")).category == .delivered)
    }

    /// The sender's customers may be called anything, and a stranger may choose to be.
    @Test(arguments: [
        "userunknown", "no-such-user", "mailbox.full", "spam", "user.unknown+disabled", "dmarc", "greylisted",
        "blocked.by.spamhaus", "user-unknown!anna", "\"user unknown\"",
    ])
    func wordsOfALocalPartDecideNothing(localPart: String) {
        let reply = "550 <\(localPart)@client.example>: not today"
        let plain = Rules.shipped.classify(Evidence(reply: "550 <anna@client.example>: not today"))
        #expect(plain.category == .undetermined)
        #expect(Rules.shipped.classify(Evidence(reply: reply)) == plain)
        #expect(
            Rules.shipped.classify(Evidence(reply: "not today, \(localPart)@client.example")).category == .undetermined)
    }

    @Test(arguments: [
        "reputation.example", "unknown-user.example", "overquota.example", "mx.blacklist-records.example",
        "dns.example",
        "flood-control.example", "attachment.example", "spamhaus.example", "ö.user-unknown.example",
    ])
    func wordsOfTheRecipientsDomainDecideNothing(domain: String) {
        for words in [
            "550 <anna@DOMAIN>: not today", "550 not today, anna@DOMAIN.", "550 anna@DOMAIN...not today",
            "550 not today for name=DOMAIN type=MX", "550 5.1.1 <anna@DOMAIN>: User unknown", "550 (DOMAIN) not today",
            "connect to mail.DOMAIN[192.0.2.1]:25: Connection refused", "554 mx.a.DOMAIN ESMTP not accepting messages",
        ] {
            func verdict(of domain: String) -> Verdict {
                var evidence = Evidence(
                    reply: words.replacing("DOMAIN", with: domain.first?.isASCII == true ? domain.uppercased() : domain)
                )
                evidence.recipientDomain = Bytes(utf8: domain)
                return Rules.shipped.classify(evidence)
            }
            #expect(verdict(of: domain) == verdict(of: "client.example"), "\(words)")
        }
    }

    /// A longer name is another, and a provider's own is part of what it says.
    @Test(
        arguments: [
            (
                "spamhaus.org", "550 see https://spamhaus.org.example/ and not-spamhaus.org, spamhaus.org-x",
                .blocklisted
            ),
            ("client.example", "550 see https://www.spamhaus.org/?recipient=anna@client.example", .blocklisted),
            ("earthlink.net", "550 see http://earthlink.net/block", .blocklisted),
            ("mail.ru", "550 Too many letters to mail.ru", .rateLimited),
            ("client.example", "554 Spam mail rejected [@sm070201]", .spamContent),
        ] as [(String, String, Vocabulary.Category)])
    func aReceiversNamesAreHeard(domain: String, reply: String, category: Vocabulary.Category) {
        var evidence = Evidence(reply: reply)
        evidence.recipientDomain = Bytes(utf8: domain)
        #expect(Rules.shipped.classify(evidence).category == category)
    }
}
