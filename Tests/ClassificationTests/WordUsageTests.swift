// Which runs of a pattern's words are looked for.

import Testing

@testable import Classification

@Suite struct WordUsageTests {
    static let usage = WordUsage(["user unknown", "user gone", "mailbox unavailable", "mailbox full", "mailbox moved"])

    @Test(arguments: [
        ([["user"], ["gone"]], ["gone"]), ([["mailbox"], ["user"]], ["user"]),
        ([["user", "gone"], ["full"]], ["full"]), ([["never", "nowhere"], ["full"]], ["neve", "nowh"]),
        ([["mailbox unavailable"]], ["ox u"]), ([], []), ([["mailbox"]], ["mail"]), ([["ful"], ["mailbox"]], ["ful"]),
    ])
    func rarest(_ clauses: [[String]], _ runs: [String]) {
        #expect(Self.usage.rarestRuns(of: clauses) == Set(runs.flatMap { WordRun.all(of: $0).joined() }))
    }
}
