// The policy by tables: what happened to an address, and how it stands then.

import Testing
import Vocabulary

@testable import Suppression

struct PolicyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var history: String
        var expected: String
        var change: @Sendable (inout Policy) -> Void = { _ in }
        var testDescription: String { name }

        init(
            _ name: String, _ history: String, _ expected: String,
            change: @escaping @Sendable (inout Policy) -> Void = { _ in }
        ) {
            self.name = name
            self.history = history
            self.expected = expected
            self.change = change
        }
    }

    static let hard = [
        Case("hard suppresses at once, for good", "0 bounce mailbox-unknown", "suppressed hard 0"),
        Case("each hard category does", "0 bounce domain-unknown", "suppressed hard 0"),
        Case("the first one is the reason", "0 bounce mailbox-unknown\n9 bounce mailbox-moved", "suppressed hard 0"),
        Case("a hard record that asks for no suppression", "0 bounce mailbox-unknown investigate", "clear"),
        Case("a hard deferral suppresses nothing", "0 deferral mailbox-unknown", "clear"),
        Case("a delivery does not end it", "0 bounce mailbox-unknown\n1 delivery delivered", "suppressed hard 0"),
        Case("disabled is for good", "0 bounce mailbox-disabled", "suppressed disabled 0"),
        Case("disabled may expire", "0 bounce mailbox-disabled", "suppressed disabled 0 to 90") {
            $0.disabledExpiryDays = 90
        },
        Case("a rule may say when it ends", "0 bounce mailbox-unknown e=90", "suppressed hard 0 to 90"),
        Case("what ended by a rule's word begins anew", "0 bounce mailbox-unknown e=9\n10 delivery delivered", "clear"),
        Case(
            "hard again while it lasts is longer", "0 bounce mailbox-unknown e=90\n10 bounce mailbox-unknown e=100",
            "suppressed hard 0 to 100"),
        Case("disabled may end by a rule's word", "0 bounce mailbox-disabled e=7", "suppressed disabled 0 to 7") {
            $0.disabledExpiryDays = 90
        },
        Case("a complaint may expire", "0 complaint abuse-report e=365", "suppressed complaint 0 to 365"),
        Case("full goes by the policy", "0 bounce mailbox-full suppress e=30", "suppressed full 0 to 60") {
            $0.fullExpiryDays = 60
        },
        Case("full for good expires", "0 bounce mailbox-full suppress", "suppressed full 0 to 30"),
        Case("full for now is a soft failure", "0 bounce mailbox-full", "clear"),
        Case(
            "full again while suppressed lasts longer",
            "0 bounce mailbox-full suppress\n10 bounce mailbox-full suppress",
            "suppressed full 0 to 40"),
        Case(
            "hard while full is for good", "0 bounce mailbox-full suppress\n10 bounce mailbox-unknown",
            "suppressed hard 0"),
        Case(
            "full while hard stays for good", "0 bounce mailbox-unknown\n1 bounce mailbox-full suppress",
            "suppressed hard 0"),
        Case(
            "what has expired begins anew", "0 bounce mailbox-full suppress\n40 bounce mailbox-full suppress",
            "suppressed full 40 to 70"),
    ]

    static let soft = [
        Case("two are not enough", "0 bounce network-error\n6 bounce network-error", "clear"),
        Case(
            "three over five days", "0 bounce network-error\n2 bounce system-error\n5 bounce network-error",
            "suppressed soft 5 to 35"),
        Case("three within less", "0 bounce network-error\n2 bounce network-error\n4.9 bounce network-error", "clear"),
        Case(
            "the fifth day may come later",
            "0 bounce network-error\n1 bounce network-error\n2 bounce network-error\n6 bounce network-error",
            "suppressed soft 6 to 36"),
        Case(
            "a delivery resets the count",
            "0 bounce network-error\n2 bounce network-error\n3 delivery delivered\n6 bounce network-error", "clear"),
        Case(
            "an untrusted delivery does not",
            "0 bounce network-error\n2 bounce network-error\n3 delivery delivered unverified\n6 bounce network-error",
            "suppressed soft 6 to 36"),
        Case(
            "deferrals of one message count once",
            "0 deferral network-error m=a\n2 deferral network-error m=a\n5 deferral network-error m=a\n5 bounce expired m=a",
            "clear"),
        Case(
            "deferrals of three messages count",
            "0 deferral network-error m=a\n2 deferral network-error m=b\n5 deferral network-error m=c",
            "suppressed soft 5 to 35"),
        Case(
            "one campaign counts once a day",
            "0 bounce network-error c=x\n0.5 bounce network-error c=x\n6 bounce network-error c=y", "clear"),
        Case(
            "a newsletter's issues under one name count each",
            "0 bounce network-error c=weekly\n7 bounce network-error c=weekly\n14 bounce network-error c=weekly",
            "suppressed soft 14 to 44"),
        Case(
            "waiting is no failure",
            "0 deferral greylisted\n3 deferral rate-limited\n6 bounce message-too-large\n9 bounce greylisted", "clear"),
        Case(
            "what is long ago is forgotten",
            "0 bounce network-error\n30 bounce network-error\n91 bounce network-error", "clear"),
        Case("the numbers are the site's", "0 bounce network-error\n1 bounce network-error", "suppressed soft 1 to 8") {
            ($0.softFailures, $0.softDays, $0.softExpiryDays) = (2, 1, 7)
        },
        Case(
            "after its end it takes three again",
            "0 bounce network-error\n2 bounce network-error\n5 bounce network-error\n40 bounce network-error", "clear"),
        Case(
            "many failures keep the first time",
            (0..<40).map { "\(Double($0) / 8) bounce network-error" }.joined(separator: "\n")
                + "\n5 bounce network-error",
            "suppressed soft 5 to 35"),
    ]

    static let others = [
        Case("a block never suppresses", (0..<9).map { "\($0) bounce auth-failed" }.joined(separator: "\n"), "clear"),
        Case("not even if it asks for it", "0 bounce reputation suppress", "clear"),
        Case("a complaint is for good", "0 complaint abuse-report", "suppressed complaint 0"),
        Case("a report that is none", "0 complaint abuse-report none", "clear"),
        Case(
            "a cause that nobody knows", "0 bounce undetermined\n3 bounce undetermined\n9 bounce undetermined", "clear"),
        Case("a vacation", "0 auto-reply vacation", "clear"),
        Case("a release", "0 bounce mailbox-unknown\n1 release", "clear"),
        Case(
            "a failure after the release", "0 bounce mailbox-unknown\n1 release\n2 bounce mailbox-unknown",
            "suppressed hard 2"),
        Case(
            "a release takes the count back",
            "0 bounce network-error\n2 bounce network-error\n3 release\n5 bounce network-error", "clear"),
    ]

    static let trust = [
        Case("verified", "0 bounce mailbox-unknown verified", "suppressed hard 0"),
        Case("matched", "0 bounce mailbox-unknown matched", "suppressed hard 0"),
        Case("unverified alone", "0 bounce mailbox-unknown unverified", "clear"),
        Case(
            "unverified twice, of one message",
            "0 bounce mailbox-unknown unverified m=a\n2 bounce mailbox-unknown unverified m=a", "clear"),
        Case(
            "unverified twice, at once", "0 bounce mailbox-unknown unverified\n0.9 bounce mailbox-unknown unverified",
            "clear"),
        Case(
            "unverified twice, independent",
            "0 bounce mailbox-unknown unverified\n1 bounce mailbox-unknown unverified", "suppressed hard 1"),
        Case(
            "unverified twice, long apart",
            "0 bounce mailbox-unknown unverified\n91 bounce mailbox-unknown unverified", "clear"),
        Case(
            "a complaint needs trust too", "0 complaint abuse-report unverified", "clear"),
        Case(
            "forged, ever so often", (0..<9).map { "\($0) bounce mailbox-unknown forged" }.joined(separator: "\n"),
            "clear"),
        Case(
            "unverified soft failures do not count",
            "0 bounce network-error unverified\n3 bounce network-error unverified\n6 bounce network-error unverified",
            "clear"),
        Case(
            "unverified never, by choice", "0 bounce mailbox-unknown unverified\n9 bounce mailbox-unknown unverified",
            "clear"
        ) {
            $0.trustTwice = []
        },
        Case("unverified at once, by choice", "0 bounce mailbox-unknown unverified", "suppressed hard 0") {
            ($0.trust, $0.trustTwice) = ([.local, .unverified], [])
        },
    ]

    static let holds = [
        Case("an open hold", "0 bounce mailbox-unknown hold=open", "held hard 0"),
        Case("a dropped one", "0 bounce mailbox-unknown hold=dropped", "clear"),
        Case("a released one", "0 bounce mailbox-unknown hold=released", "suppressed hard 0"),
        Case(
            "a failure elsewhere", "0 bounce mailbox-unknown hold=open\n1 bounce mailbox-unknown", "suppressed hard 1"),
        Case(
            "what was suppressed before", "0 bounce mailbox-unknown\n1 bounce mailbox-unknown hold=open",
            "suppressed hard 0"),
        Case("an operator's release", "0 bounce mailbox-unknown hold=open\n1 release", "clear"),
    ]

    /// What an alias came to, member by member: own is the alias's own mailbox.
    static let members = [
        Case("one of one is gone", "0 bounce mailbox-unknown m=a f=carl", "suppressed hard 0"),
        Case(
            "another took the message before", "0 delivery delivered m=a f=dora\n0 bounce mailbox-unknown m=a f=carl",
            "clear"),
        Case("another took it later", "0 bounce mailbox-unknown m=a f=carl\n1 delivery delivered m=a f=dora", "clear"),
        Case("its own mailbox took it", "0 bounce mailbox-unknown m=a f=carl\n0 delivery delivered m=a", "clear"),
        Case(
            "another's mailbox is full", "0 bounce mailbox-full suppress m=a f=carl\n0 delivery delivered m=a f=dora",
            "clear"),
        Case(
            "one took another message", "0 bounce mailbox-unknown m=a f=carl\n1 delivery delivered m=b f=carl",
            "suppressed hard 0"),
        Case(
            "another takes the next message", "0 bounce mailbox-unknown m=a f=carl\n1 delivery delivered m=b f=dora",
            "clear"),
        Case(
            "the server takes the next message", "0 bounce mailbox-unknown m=a f=carl\n1 delivery delivered m=b",
            "suppressed hard 0"),
        Case(
            "a stranger says that another took it",
            "0 bounce mailbox-unknown m=a f=carl\n0 delivery delivered m=a f=dora unverified", "suppressed hard 0"),
        Case(
            "a stranger says that one is gone, and that all are",
            "0 bounce mailbox-unknown m=a f=carl unverified\n0 delivery delivered m=a f=dora\n2 bounce mailbox-unknown m=b unverified",
            "suppressed hard 2"),
        Case(
            "the alias itself is gone", "0 bounce mailbox-unknown m=a\n0 delivery delivered m=a f=dora",
            "suppressed hard 0"),
        Case(
            "both are gone", "0 bounce mailbox-unknown m=a f=carl\n0 bounce mailbox-unknown m=a f=dora",
            "suppressed hard 0"),
        Case(
            "a complaint stays", "0 complaint abuse-report m=a f=carl\n1 delivery delivered m=a f=dora",
            "suppressed complaint 0"),
    ]

    @Test(arguments: hard + soft + others + trust + holds + members)
    func standing(_ case: Case) throws {
        let occurrences = try #require(history(`case`.history))
        var policy = Policy()
        `case`.change(&policy)
        let standing = Standing(occurrences, policy)
        #expect(standing.words == `case`.expected)
        // In whatever order they were read.
        #expect(Standing(occurrences.reversed(), policy) == standing)
        // Through the database's row.
        var rows = Standing.rows
        standing.append(to: &rows, "a")
        #expect(Standing(rows.values(of: 0)) == standing)
        #expect(standing.strikes.count <= Standing.strikeLimit)
    }

    /// The order of reading cannot matter either where occurrences are folded in one by one.
    @Test func foldingOneByOneIsFoldingAtOnce() throws {
        for `case` in Self.soft + Self.trust {
            var policy = Policy()
            `case`.change(&policy)
            let occurrences = try #require(history(`case`.history)).sorted(by: Occurrence.isBefore)
            var standing = Standing()
            for occurrence in occurrences {
                #expect(standing.isBefore(occurrence))
                standing.fold(in: occurrence, policy)
            }
            #expect(standing == Standing(occurrences, policy))
        }
    }
}
