// Statuses and codes alone: what RFC 3463, IANA's register and RFC 5321 give, where no text tells more.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct StatusRulesTests {
    static let replies: [(String, Category, Disposition, Action, String)] = [
        ("550 5.1.1", .mailboxUnknown, .hard, .suppress, "status.x.1.1"),
        ("450 4.1.1", .mailboxUnknown, .soft, .retry, "status.x.1.1"),
        ("550 5.1.2", .domainUnknown, .hard, .suppress, "status.x.1.2"),
        ("501 5.1.3", .addressSyntax, .hard, .suppress, "status.x.1.3"),
        ("551 5.1.6", .mailboxMoved, .hard, .suppress, "status.x.1.6"),
        ("553 5.1.7", .senderRefused, .block, .investigate, "status.x.1.7"),
        ("451 4.1.8", .senderRefused, .block, .investigate, "status.x.1.8"),
        ("556 5.1.10", .domainRefusesMail, .hard, .suppress, "status.x.1.10"),
        ("550 5.2.0", .recipientRefused, .block, .investigate, "status.x.2.0"),
        ("550 5.2.1", .mailboxDisabled, .hard, .suppress, "status.x.2.1"),
        ("450 4.2.1", .mailboxDisabled, .soft, .retry, "status.x.2.1"),
        ("552 5.2.2", .mailboxFull, .soft, .suppress, "status.x.2.2"),
        ("452 4.2.2", .mailboxFull, .soft, .retry, "status.x.2.2"),
        ("552 5.2.3", .messageTooLarge, .soft, .investigate, "status.x.2.3"),
        ("451 4.3.0", .systemError, .soft, .retry, "status.x.3.0"),
        ("452 4.3.1", .systemFull, .soft, .retry, "status.x.3.1"),
        ("552 5.3.4", .messageTooLarge, .soft, .investigate, "status.x.3.4"),
        ("554 5.4.4", .domainUnknown, .hard, .suppress, "status.x.4.4"),
        ("451 4.4.4", .domainUnknown, .soft, .retry, "status.x.4.4"),
        ("554 5.4.6", .routingLoop, .soft, .investigate, "status.x.4.6"),
        ("550 5.4.7", .expired, .soft, .retry, "status.x.4.7"),
        ("550 4.4.7", .expired, .soft, .retry, "status.x.4.7"),
        ("503 5.5.1", .protocolError, .soft, .investigate, "status.x.5.1"),
        ("452 4.5.3", .rateLimited, .soft, .retry, "status.x.5.3"),
        ("554 5.6.3", .contentRefused, .block, .investigate, "status.x.6.3"),
        ("550 5.7.1", .policy, .block, .investigate, "status.x.7.1"),
        ("530 5.7.10", .security, .block, .investigate, "status.x.7.10"),
        ("535 5.7.13", .mailboxDisabled, .hard, .suppress, "status.x.7.13"),
        ("550 5.7.20", .authFailed, .block, .investigate, "status.x.7.20"),
        ("550 5.7.25", .rdnsRequired, .block, .investigate, "status.x.7.25"),
        ("550 5.7.26", .authFailed, .block, .investigate, "status.x.7.26"),
        ("550 5.7.27", .senderRefused, .block, .investigate, "status.x.7.27"),
        ("421 4.7.28", .rateLimited, .soft, .retry, "status.x.7.28"),
        ("550 5.7.30", .security, .block, .investigate, "status.x.7.30"),
        ("550 5.7.515", .authFailed, .block, .investigate, "status.x.7.515"),
        ("550 5.7.99", .policy, .block, .investigate, "status.x.7.x"),
        ("421", .systemError, .soft, .retry, "reply.421"),
        ("450", .undetermined, .soft, .retry, "reply.450"),
        ("452", .systemFull, .soft, .retry, "reply.452"),
        ("502", .protocolError, .soft, .investigate, "reply.500"),
        ("521", .domainRefusesMail, .hard, .suppress, "reply.521"),
        ("530", .security, .block, .investigate, "reply.530"),
        ("550", .undetermined, .unknown, .investigate, "reply.550"),
        ("551", .mailboxMoved, .hard, .suppress, "reply.551"),
        ("552", .mailboxFull, .soft, .retry, "reply.552"),
        ("553", .addressSyntax, .unknown, .investigate, "reply.553"),
        ("554", .undetermined, .unknown, .investigate, "reply.554"),
        ("556", .domainRefusesMail, .hard, .suppress, "reply.556"),
        ("550 5.0.0", .undetermined, .unknown, .investigate, "reply.550"),
        ("599", .undetermined, .unknown, .investigate, "reply.5xx"),
        ("250 2.1.5", .delivered, .none, .none, "status.2.x.x"),
        ("250", .delivered, .none, .none, "reply.2xx"),
        ("", .undetermined, .unknown, .investigate, "undetermined"),
    ]

    @Test(arguments: replies)
    func reply(
        text: String, category: Category, disposition: Disposition, action: Action, rule: String
    ) {
        let verdict = Rules.shipped.classify(Evidence(reply: text))
        #expect(verdict.category == category)
        #expect(verdict.disposition == disposition)
        #expect(verdict.action == action)
        #expect(verdict.rule == rule)
    }

    /// RFC 3463 with RFC 3886, 4468, 4954, 5248, 6531, 6710, 7293, 7372, 7505, 8617, 8689: no registered status is without a rule of
    /// its own, but those that say nothing.
    @Test(arguments: [
        1: 1...10, 2: 0...4, 3: 0...6, 4: 0...7, 5: 0...6, 6: 0...10, 7: 0...30,
    ])
    func registered(subject: UInt16, details: ClosedRange<UInt16>) {
        for detail in details where (subject, detail) != (1, 5) {
            var evidence = Evidence()
            evidence.status = EnhancedStatus(5, subject, detail)
            #expect(Rules.shipped.classify(evidence).rule == "status.x.\(subject).\(detail)")
        }
    }

    /// Every three-digit code and every class of status has a verdict, and no code of 4yz suppresses.
    @Test func everyCode() {
        for code in UInt16(200)...599 {
            var evidence = Evidence()
            evidence.reply = code
            let verdict = Rules.shipped.classify(evidence)
            #expect(verdict.rule != Classifier.undetermined || (300...399).contains(code))
            if code < 500 { #expect(verdict.action != .suppress) }
        }
    }

    @Test(arguments: [("RCPT TO", "reply.501-recipient"), ("MAIL FROM", "reply.501-sender"), ("DATA", "reply.500")])
    func command(command: String, rule: String) {
        var evidence = Evidence(reply: "501")
        evidence.command = Bytes(utf8: command)
        #expect(Rules.shipped.classify(evidence).rule == rule)
    }
}
