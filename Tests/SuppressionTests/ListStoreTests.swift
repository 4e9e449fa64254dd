// Lists and the store: what is taken over suppresses, is no event of this site, and comes out again.

import Journal
import Testing
import Vocabulary

@testable import Suppression

@Suite struct ListStoreTests {
    static let list = """
        EmailAddress,SuppressionReason,Origin,CreatedAt
        Anna@example.com,HardBounce,Recipient,2026-01-02T03:04:05Z
        bob@example.com,SpamComplaint,Recipient,2026-01-02T03:04:05Z
        """

    static func store(_ folder: TestFolder, _ records: [Record], _ backend: Backend) throws -> Store {
        let store = try backend.newStore(folder)
        try folder.write(records)
        try store.follow([folder.journal()])
        return store
    }

    @Test(arguments: Backend.allCases) func whatIsTakenOverSuppresses(_ backend: Backend) throws {
        let records = try ListImportTests.records(Self.list).1
        let store = try Self.store(try TestFolder(), records + records, backend)
        let now = ListImportTests.now
        var rows: [ListRow] = []
        try store.database.read { try store.suppressed(at: now) { rows.append($0) } }
        #expect(rows.map(\.address) == ["anna@example.com", "bob@example.com"])
        #expect(rows.map(\.category) == ["mailbox-unknown", "abuse-report"])
        #expect(rows.map(\.rule) == ["import.postmark", "import.postmark"])
        let found = try store.database.read {
            try store.suppressed(among: ["ANNA@example.com", "anna@example.com", "carl@example.com"], at: now)
        }
        #expect(Set(found.keys) == ["ANNA@example.com", "anna@example.com"])
        let counted = try store.database.read { try store.database.row("SELECT count(*) FROM daily") }
        #expect(counted?.first?.integer == 0)
    }

    @Test(arguments: Backend.allCases) func aReleaseStandsAfterTheListIsTakenOverAgain(_ backend: Backend) throws {
        let records = try ListImportTests.records(Self.list).1
        var release = Record(
            id: "release", timeMilliseconds: ListImportTests.now, event: .reversal, recipient: "anna@example.com",
            disposition: .none, category: .reversal, action: .release, rule: "release", origin: .operator, trust: .local
        )
        release.reason = "she says so"
        let store = try Self.store(try TestFolder(), records + [release] + records, backend)
        #expect(try store.words("anna@example.com") == "clear")
    }

    @Test(arguments: Backend.allCases) func whatHasEndedIsNotWrittenOut(_ backend: Backend) throws {
        let list = "status,reason,email,created\n5.2.2,full,a@example.com,1790083507\n"
        let store = try Self.store(try TestFolder(), try ListImportTests.records(list).1, backend)
        let until = 1_790_083_507_000 + 30 * Milliseconds.day
        for (time, count) in [(until - 1, 1), (until, 0)] {
            var rows = 0
            try store.database.read { try store.suppressed(at: time) { _ in rows += 1 } }
            #expect(rows == count)
            #expect(
                try store.database.read { try store.suppressed(among: ["a@example.com"], at: time) }.count == count)
        }
    }
}
