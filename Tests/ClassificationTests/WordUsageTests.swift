// Which of a pattern's words are looked for.

import Testing

@testable import Classification

@Suite struct WordUsageTests {
    static let usage = WordUsage(["user unknown", "user gone", "mailbox unavailable", "mailbox full", "mailbox moved"])

    @Test(arguments: [
        ([["user"], ["gone"]], ["gone"]), ([["mailbox"], ["user"]], ["user"]),
        ([["user", "gone"], ["full"]], ["full"]), ([["never", "nowhere"], ["full"]], ["never", "nowhere"]),
        ([["mailbox unavailable"]], ["ailbox u"]), ([], []), ([["mailbox"]], ["mailbox"]),
    ])
    func rarest(_ clauses: [[String]], _ words: [String]) {
        #expect(Self.usage.rarest(of: clauses) == words)
    }
}
