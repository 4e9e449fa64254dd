// Whose next delivery is recorded.

import Journal
import Testing
import Vocabulary

@testable import Agent

struct FailedRecipientsTests {
    private static func record(_ event: Event, of recipient: String, _ trust: Trust = .local) -> Record {
        Record(
            id: String(repeating: "0", count: 32), timeMilliseconds: 1, event: event, recipient: recipient,
            disposition: .soft, category: .mailboxFull, action: .retry, rule: "r", origin: .milterDSN, trust: trust)
    }

    /// Anybody can send a report of a delivery, and the store passes over it.
    @Test(arguments: Trust.allCases) func aDeliveryEndsFailuresWhereItIsTrusted(_ trust: Trust) {
        let failed = FailedRecipients()
        failed.take(Self.record(.deferral, of: "Anna@a.example"))
        #expect(failed.contains("anna@a.example".utf8))
        failed.take(Self.record(.delivery, of: "anna@A.example", trust))
        #expect(failed.contains("anna@a.example".utf8) == (trust == .unverified || trust == .forged))
    }

    @Test func fewAreForgotten() {
        let failed = FailedRecipients()
        let recipients = (0..<100_000).map { "user\($0)@a.example" }
        for recipient in recipients {
            for _ in 0..<2 { failed.take(Self.record(.bounce, of: recipient)) }
        }
        #expect(recipients.count { !failed.contains($0.utf8) } < 1_000)
        for recipient in recipients { failed.take(Self.record(.delivery, of: recipient)) }
        #expect(!recipients.contains { failed.contains($0.utf8) })
    }
}
