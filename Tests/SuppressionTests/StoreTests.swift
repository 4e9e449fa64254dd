// Journals into a store: each record once, in any order, and what is asked of it then.

import Glibc
import Testing
import Vocabulary

@testable import Journal
@testable import Suppression

struct StoreTests {
    @Test(arguments: Backend.allCases) func appliesWhatTheJournalHolds(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let past = try #require(history("0 bounce mailbox-unknown\n1 complaint abuse-report"))
        try folder.write([record(past[0], to: "Anna@partner.example"), record(past[1], to: "bob@gmail.com")])
        try store.follow([folder.journal()])
        #expect(try store.words("anna@partner.example") == "suppressed hard 0")
        #expect(try store.words("bob@gmail.com") == "suppressed complaint 1")
        let answer = try store.database.read { try store.answer(on: "ANNA@Partner.Example", at: 5) }
        #expect(answer.verdict == .suppressed)
        #expect(answer.event?.id == "r0")
        #expect(answer.reason == "Partner.example said that the address is no good (mailbox-unknown) on 1970-01-01.")
        // Again: nothing is new.
        try folder.write([record(past[0], to: "anna@partner.example")])
        let notices = try store.follow([folder.journal()])
        guard case .applied(_, let applied) = try #require(notices.first) else {
            Issue.record("\(notices)")
            return
        }
        #expect(applied.records == 0)
        #expect(applied.repeated == 1)
        let state = try #require(try store.database.read { try store.journals() }.first)
        #expect(state.checkpoint.seq == 3)
        #expect(state.applied == 2)
        #expect(state.repeated == 1)
        #expect(state.firstSeq == 1)
    }

    /// Folding in one by one, in batches of any size, and from two journals in any interleaving: one content.
    @Test(arguments: [1, 7, 64, 1000], Backend.allCases)
    func batchesDoNotMatter(_ size: Int, _ backend: Backend) throws {
        let folder = try TestFolder()
        let records = traffic(1500, seed: 1)
        let whole = try backend.newStore(folder, "whole")
        try folder.write(records)
        try whole.follow([folder.journal()])

        let pieces = try backend.newStore(folder, "pieces")
        let halves = [
            records.enumerated().filter { $0.offset % 3 == 0 }, records.enumerated().filter { $0.offset % 3 != 0 },
        ]
        try folder.write(halves[0].map(\.element), to: "one")
        try folder.write(halves[1].map(\.element), to: "two")
        var readers = try ["two", "one"].map { name in
            (name, try JournalReader(path: "\(folder.path)/\(name)"), JournalBatch(journal: name, from: .start))
        }
        var isMore = true
        while isMore {
            isMore = false
            for index in readers.indices {
                while readers[index].2.facts.count < size, case .entry(let entry)? = try readers[index].1.next() {
                    readers[index].2.append([Fact(entry, pieces.key, pieces.providers)])
                    readers[index].2.to = readers[index].1.checkpoint
                }
                if readers[index].2.facts.isEmpty { continue }
                isMore = true
                #expect(try pieces.apply(readers[index].2) != nil)
                readers[index].2 = JournalBatch(journal: readers[index].0, from: readers[index].2.to)
            }
        }
        #expect(try pieces.contents() == whole.contents())
    }

    @Test(arguments: Backend.allCases) func checkpointsKeepTwoFollowersApart(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let records = traffic(20, seed: 2)
        try folder.write(records)
        let reader = try JournalReader(path: folder.journal().path)
        var batch = JournalBatch(journal: "journal", from: .start)
        while case .entry(let entry)? = try reader.next() {
            batch.append([Fact(entry, store.key, store.providers)])
        }
        batch.to = reader.checkpoint
        #expect(try store.apply(batch)?.records == 20)
        #expect(try store.apply(batch) == nil)
        #expect(try store.database.read { try store.journals() }.first?.applied == 20)
    }

    /// A store that has followed a journal in the folder, of one recipient's past.
    private func store(
        _ folder: TestFolder, _ backend: Backend, after past: String, of recipient: String = "anna@partner.example"
    ) throws -> Store {
        let store = try backend.newStore(folder)
        try folder.write(try #require(history(past)).map { record($0, to: recipient) })
        try store.follow([folder.journal()])
        return store
    }

    @Test(arguments: Backend.allCases) func countsByDay(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try store(
            folder, backend,
            after:
                "0 bounce auth-failed c=x\n0.1 bounce auth-failed c=x\n0.2 delivery delivered c=x\n1 bounce auth-failed c=x",
            of: "bob@gmail.com")
        var rows: [String] = []
        try store.database.read {
            try store.database.rows(
                "SELECT day, provider, domain, sending_domain, campaign, event, disposition, count FROM daily ORDER BY day, event",
                []
            ) { row in
                rows.append(row.map { $0.text ?? "\($0.integer ?? -1)" }.joined(separator: " "))
            }
        }
        #expect(
            rows == [
                "1970-01-01 google gmail.com example.org x bounce block 2",
                "1970-01-01 google gmail.com example.org x delivery none 1",
                "1970-01-02 google gmail.com example.org x bounce block 1",
            ])
    }

    /// One address, sender's domain and campaign, with an é of one scalar and one of two: to Swift the same, to a database not.
    @Test(arguments: [[0, 1], [1, 0]], Backend.allCases)
    func oneTextInTwoUnicodeForms(_ order: [Int], _ backend: Backend) throws {
        let folder = try TestFolder()
        let past = try #require(
            history("0 bounce mailbox-unknown m=a\n1 bounce mailbox-unknown m=b\n2 bounce auth-failed m=c"))
        let forms = ["Caf\u{E9}", "cafe\u{301}"]
        let records = past.enumerated().map { number, occurrence in
            let form = forms[order[number % 2]]
            var record = record(occurrence, to: "\(form)@\(form).example")
            record.message?.sender = "news@\(form).example"
            record.message?.campaign = form.lowercased()
            return record
        }
        func counted(_ store: Store) throws -> [String] {
            try ["address", "event", "daily", "incident"].map { table in
                let row = try store.database.read { try store.database.row("SELECT COUNT(*) FROM \(table)") }
                return "\(table) \(row?.first?.integer ?? -1)"
            }
        }
        let whole = try backend.newStore(folder)
        try folder.write(records)
        try whole.follow([folder.journal()])
        let pieces = try backend.newStore(folder, "pieces")
        for (number, record) in records.enumerated() {
            try folder.write([record], to: "\(number)")
            try pieces.follow([folder.journal("\(number)")])
        }
        #expect(try whole.contents() == pieces.contents())
        #expect(try counted(whole) == ["address 1", "event 3", "daily 3", "incident 1"])
        for form in forms {
            let answer = try whole.database.read { try whole.answer(on: "\(form)@\(form).example", at: 1) }
            #expect(answer.verdict == .suppressed)
            let found = try whole.database.read {
                try whole.suppressed(among: ["\(form)@\(form).example"], at: Milliseconds.day)
            }
            #expect(found.count == 1)
        }
    }

    /// PostgreSQL holds no NUL: with one, an address and an id must still be found again.
    @Test(arguments: Backend.allCases) func anAddressWithNUL(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        var one = record(try #require(history("0 bounce mailbox-unknown"))[0], to: "an\0na@partner.example")
        one.id = "r\01"
        try folder.write([one])
        try store.follow([folder.journal()])
        #expect(try store.words("anna@partner.example") == "suppressed hard 0")
    }

    @Test(arguments: Backend.allCases) func incidentsOpenAndJoin(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let past = try #require(
            history("0 bounce auth-failed\n0.9 bounce auth-failed\n3 bounce auth-failed\n0.5 bounce spam-content"))
        try folder.write(past.enumerated().map { record($1, to: "u\($0)@gmail.com") })
        let notices = try store.follow([folder.journal()])
        guard case .applied(_, let applied) = try #require(notices.first) else { return }
        #expect(Set(applied.incidents.map(\.category)) == [.authFailed, .spamContent])
        let incidents = try store.database.read { try store.incidents(since: 0) }
        #expect(incidents.map(\.failures) == [1, 2, 1])
        #expect(incidents[0].key.advice.contains("SPF, DKIM and DMARC of example.org"))
        let details = try store.database.read { try store.details(of: incidents[1], replies: 1) }
        #expect(details.recipients == 2)
        #expect(details.replies == ["550 5.1.1 <u0@gmail.com>: User unknown"])
        // A refusal between two incidents joins them.
        let between = try #require(history("1.8 bounce auth-failed\n2.5 bounce auth-failed"))
        try folder.write(
            between.map {
                var record = record($0, to: "z@gmail.com")
                record.id += "-between"
                return record
            })
        try store.follow([folder.journal()])
        #expect(try store.database.read { try store.incidents(since: 0) }.map(\.failures) == [5, 1])
    }

    @Test(arguments: Backend.allCases) func hashedAddressesCannotBeRead(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder, key: AddressKey(secret: Array("0123456789abcdef".utf8)))
        try folder.write([record(try #require(history("0 bounce mailbox-unknown"))[0])])
        try store.follow([folder.journal()])
        #expect(try store.database.read { try store.answer(on: "anna@partner.example", at: 1) }.verdict == .suppressed)
        #expect(try store.database.read { try store.answer(on: "bob@partner.example", at: 1) }.verdict == .clear)
        #expect(!(try store.contents().contains { $0.contains("anna") }))
    }

    static let spellings = ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example", "XN--BCHER-KVA.Example"]

    @Test(arguments: [false, true]) func anInternationalDomainIsOneInBothSpellings(isHashed: Bool) throws {
        for known in Self.spellings.prefix(2) {
            let folder = try TestFolder()
            let key = isHashed ? AddressKey(secret: Array("0123456789abcdef".utf8)) : AddressKey()
            let store = try Backend.sqlite.newStore(folder, key: key)
            try folder.write([record(try #require(history("0 bounce mailbox-unknown"))[0], to: "anna@\(known)")])
            try store.follow([folder.journal()])
            try store.database.read { () throws in
                for asked in Self.spellings {
                    let address = "Anna@\(asked)"
                    #expect(try store.answer(on: address, at: 1).verdict == .suppressed, "\(asked), \(known)")
                    #expect(try store.suppressed(among: [address], at: 1).keys.sorted() == [address])
                    #expect(try store.suppressed([address]).count == 1)
                }
                for other in ["anna@bucher.example", "anna@x.\(known)", "anna", "anna@ü:1/x", "anna@a..ü"] {
                    #expect(try store.answer(on: other, at: 1).verdict == .clear)
                }
            }
        }
    }

    @Test(arguments: Backend.allCases) func whatWaitsForASecondFailureIsShown(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try store(folder, backend, after: "1 bounce mailbox-unknown unverified")
        let answer = try store.database.read { try store.answer(on: "anna@partner.example", at: 2 * Milliseconds.day) }
        #expect(answer.verdict == .clear)
        #expect(answer.reason.contains(" on 1970-01-02 "))
        #expect(answer.event?.category == "mailbox-unknown")
    }

    /// What suppresses nobody is what a help desk asks for most. A forged report tells nothing.
    @Test(arguments: Backend.allCases) func theLastFailureIsShown(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try store(
            folder, backend,
            after:
                "0 delivery delivered\n1 bounce spam-content\n2 deferral greylisted\n3 bounce spam-content\n4 bounce spam-content forged"
        )
        let answer = try store.database.read { try store.answer(on: "anna@partner.example", at: 5 * Milliseconds.day) }
        #expect(answer.verdict == .clear)
        #expect(answer.reason == "Nothing suppresses it, but its last mail failed on 1970-01-04 (spam-content).")
        let failure = try #require(answer.lastFailure)
        #expect(failure.time == 3 * Milliseconds.day)
        #expect(failure.cause.category == "spam-content")
        #expect(failure.cause.diagnostic == "550 5.1.1 <anna@partner.example>: User unknown")
    }

    /// They are the spammer's, not the site's.
    @Test(arguments: Backend.allCases) func whatNothingProvesOpensNoIncident(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let unproven = "0 bounce blocklisted unverified\n1 bounce blocklisted forged"
        let proven = "2 bounce blocklisted local"
        try folder.write(try #require(history(unproven)).map { record($0) })
        try store.follow([folder.journal()])
        #expect(try store.database.read { try store.incidents(since: 0) } == [])
        var proof = try #require(history(proven))[0]
        proof.id = "proof"
        try folder.write([record(proof, to: "otto@partner.example")])
        try store.follow([folder.journal()])
        let incidents = try store.database.read { try store.incidents(since: 0) }
        #expect(incidents.map(\.failures) == [1])
        #expect(try store.database.read { try store.details(of: incidents[0], replies: 5) }.recipients == 1)
    }

    /// Ten minutes behind the first record that is not applied, of any journal; one that is gone tells nothing.
    @Test(arguments: Backend.allCases) func whatNobodyFollowsIsLate(_ backend: Backend) throws {
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let journals = [folder.journal(), folder.journal("other")]
        let minute: Int64 = 60_000
        let records = try #require(history("0 bounce mailbox-unknown\n1 bounce mailbox-full\n2 bounce mailbox-full"))
            .map { record($0) }
        let second = records[1].timeMilliseconds
        func late(at time: Int64) throws -> [LateJournal] { try store.lateJournals(journals, at: time) }
        try folder.write([records[0]])
        try store.follow(journals)
        #expect(try late(at: 9 * Milliseconds.day) == [])
        try folder.write(Array(records[1...]), rotating: true)
        #expect(try late(at: second + 10 * minute) == [])
        #expect(try late(at: second + 11 * minute) == [LateJournal(path: journals[0].path, since: second)])
        try folder.write([records[0]], to: "other")
        #expect(try late(at: second + 11 * minute).map(\.path) == journals.map(\.path))
        try store.follow(journals)
        #expect(try late(at: 9 * Milliseconds.day) == [])
        unlink(journals[0].path)
        #expect(try late(at: 9 * Milliseconds.day) == [])
    }

    /// It is whole, and would be lost.
    @Test(arguments: [(#""v":1"#, #""v":2"#), ("mailbox-unknown", "mailbox-asleep1")])
    func aNewerProgramsLineIsNotSkipped(_ present: String, _ newer: String) throws {
        let folder = try TestFolder()
        let records = try #require(history("0 bounce mailbox-unknown\n1 bounce mailbox-unknown")).map { record($0) }
        let line = String(decoding: records[1].encode(seq: 2), as: UTF8.self).replacing(present, with: newer)
        let body = line.prefix(line.utf8.count - 19)
        let crc = String(Array(body.utf8).withUnsafeBytes { CRC32C.checksum($0) }, radix: 16)
        let seal = ",\"crc\":\"\(String(repeating: "0", count: 8 - crc.count))\(crc)\"}\n"
        let bytes = records[0].encode(seq: 1) + Array((body + seal).utf8)
        let descriptor = open(folder.journal().path, O_WRONLY | O_CREAT, 0o600)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        let store = try Backend.sqlite.newStore(folder)
        for skipsDamaged in [false, true] {
            let error = #expect(throws: StoreError.self) {
                try store.follow([folder.journal()], skipsDamaged: skipsDamaged)
            }
            #expect(error?.kind == .refused)
            #expect(error?.description.contains("newer version") == true)
            #expect(error?.description.contains("skip-damaged") == false)
        }
        #expect(try store.database.read { try store.journals() }.first?.checkpoint.seq == 1)
    }

    @Test(arguments: Backend.allCases) func aDamagedLineStopsUnlessItIsSkipped(_ backend: Backend) throws {
        let folder = try TestFolder()
        let records = traffic(9, seed: 3)
        var bytes: [UInt8] = []
        for (seq, record) in zip(UInt64(1)..., records) { bytes += record.encode(seq: seq) }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        bytes[lines[3].startIndex + 40] ^= 1
        let descriptor = open(folder.journal().path, O_WRONLY | O_CREAT, 0o600)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        let store = try backend.newStore(folder)
        let error = #expect(throws: StoreError.self) { try store.follow([folder.journal()]) }
        #expect(error?.kind == .damaged)
        #expect(error?.description.contains("--skip-damaged") == true)
        // What is in front of it was applied; again, the same.
        #expect(try store.database.read { try store.journals() }.first?.checkpoint.seq == 3)
        #expect(throws: StoreError.self) { try store.follow([folder.journal()]) }
        try store.follow([folder.journal()], skipsDamaged: true)
        let state = try #require(try store.database.read { try store.journals() }.first)
        #expect(state.damaged == 1)
        #expect(state.missing == 1)
        #expect(state.applied == 8)
    }

    @Test(arguments: Backend.allCases) func aGapIsCountedWhereItIsSkipped(_ backend: Backend) throws {
        let folder = try TestFolder()
        let records = traffic(3, seed: 4)
        var bytes: [UInt8] = []
        for (seq, record) in zip([1, 2, 6] as [UInt64], records) { bytes += record.encode(seq: seq) }
        let descriptor = open(folder.journal().path, O_WRONLY | O_CREAT, 0o600)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        let store = try backend.newStore(folder)
        #expect(throws: StoreError.self) { try store.follow([folder.journal()]) }
        try store.follow([folder.journal()], skipsDamaged: true)
        let state = try #require(try store.database.read { try store.journals() }.first)
        #expect(state.missing == 3)
        #expect(state.damaged == 0)
        #expect(state.applied == 3)
    }

    @Test func aGapToTheLastNumberIsSkipped() throws {
        let folder = try TestFolder()
        var bytes: [UInt8] = []
        for (seq, record) in zip([1, UInt64.max] as [UInt64], traffic(2, seed: 4)) { bytes += record.encode(seq: seq) }
        let descriptor = open(folder.journal().path, O_WRONLY | O_CREAT, 0o600)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        let store = try Backend.sqlite.newStore(folder)
        try store.follow([folder.journal()], skipsDamaged: true)
        #expect(try store.database.read { try store.journals() }.first?.applied == 2)
    }

    @Test(arguments: Backend.allCases) func aStoreOfALaterVersionIsRefused(_ backend: Backend) throws {
        let folder = try TestFolder()
        let address = try backend.newAddress(folder)
        let store = try Store(at: address)
        try store.database.write { try store.database.run("UPDATE store SET value = '99'") }
        let error = #expect(throws: StoreError.self) { try Store(at: address) }
        #expect(error?.kind == .refused)
        #expect(error?.description.contains("version 99") == true)
    }
}

/// Two records of one fact: the store takes the one that is worth more, whichever came first.
struct BetterRecordTests {
    private func fact(_ trust: Trust, _ category: Vocabulary.Category, minutes: Int64) -> Record {
        var record = Record(
            id: "same", timeMilliseconds: Milliseconds.day * 20_000 + minutes * 60_000, event: .bounce,
            recipient: "anna@partner.example", disposition: category.defaultDisposition, category: category,
            action: trust == .forged ? .none : category.defaultAction, rule: "test", origin: .milterDSN, trust: trust)
        record.diagnostic = "550 5.1.1 User unknown"
        return record
    }

    @Test(arguments: [Trust.forged, .unverified, .local].flatMap { [($0, true), ($0, false)] }, Backend.allCases)
    func aStrangersReportThatCameFirst(_ first: (trust: Trust, isOneBatch: Bool), _ backend: Backend) throws {
        let (trust, isOneBatch) = first
        let folder = try TestFolder()
        let store = try backend.newStore(folder)
        let lesser = fact(trust, trust == .local ? .undetermined : .mailboxUnknown, minutes: 0)
        let better = fact(.local, .mailboxUnknown, minutes: 1)
        try folder.write([lesser] + (isOneBatch ? [better] : []))
        try store.follow([folder.journal()])
        if !isOneBatch {
            #expect(try store.words("anna@partner.example") == "clear")
            try folder.write([better])
            try store.follow([folder.journal()])
        }
        // What says less, later, changes nothing.
        try folder.write([lesser])
        try store.follow([folder.journal()])
        #expect(try store.words("anna@partner.example").hasPrefix("suppressed hard"))
        let counts = try store.database.read {
            try store.statistics(by: .domain, since: 0, now: Milliseconds.day * 20_001).map(\.counts)
        }
        #expect(counts.map(\.hard) == [1])
        #expect(counts.map(\.failed) == [1])
    }
}
