// The verifier finds each kind of damage, where it is, and nothing in a sound journal.

import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct VerifierTests {
    private let records = (0...9).map { sampleRecord("\($0)").encode(seq: UInt64($0)) }

    private func verify(_ bytes: [UInt8]) throws -> JournalVerification {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal, bytes)
        return try JournalVerifier.verify(path: folder.journal)
    }

    @Test func aSoundJournal() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 1200)
        for number in 1...20 { _ = try writer.append([sampleRecord("\(number)")]) }
        let progress = Mutex<[Int]>([])
        let result = try JournalVerifier.verify(path: folder.journal) { done, total in
            #expect(done <= total)
            progress.withLock { $0.append(done) }
        }
        #expect(result.isSound)
        #expect(result.records == 20)
        #expect(result.firstSeq == 1)
        #expect(result.lastSeq == 20)
        #expect(result.files == (try folder.names().count) - 1)
        #expect(result.bytes == (try readAll(folder).reduce(0) { $0 + $1.line.count + 1 }))
        #expect(progress.withLock { $0 }.last == result.bytes)
    }

    @Test func anEmptyJournalIsSound() throws {
        let result = try verify([])
        #expect(result.isSound)
        #expect(result.records == 0)
        #expect(result.firstSeq == nil)
    }

    @Test func aMissingJournalIsNone() throws {
        let folder = try TemporaryFolder()
        #expect(throws: JournalError.self) { try JournalVerifier.verify(path: folder.journal) }
        #expect(throws: JournalError.self) { try JournalVerifier.verify(path: "/nonexistent/journal.jsonl") }
    }

    @Test func eachKindOfDamage() throws {
        #expect(try verify(records[1] + records[3]).findings.map(\.kind) == [.gap(2...2)])
        #expect(try verify(records[1] + records[1]).findings.map(\.kind) == [.duplicate(1)])
        #expect(try verify(records[2] + records[1] + records[2]).findings.map(\.kind) == [.outOfOrder(1)])
        #expect(try verify(records[4] + records[5]).isSound)
        #expect(
            try verify(records[1] + records[2].dropLast()).findings.map(\.kind) == [.torn(bytes: records[2].count - 1)])
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 66_000) + [10]
        #expect(try verify(records[1] + line + records[2]).findings.map(\.kind) == [.damaged(.tooLong)])
        #expect(try verify(Array("\u{7F}ELF\0\0\n".utf8)).findings.map(\.kind) == [.damaged(.syntax(offset: 0))])
    }

    @Test func aChangedByteAnywhereIsFoundInItsLine() throws {
        let folder = try TemporaryFolder()
        let sound = records[1] + records[2] + records[3]
        for index in stride(from: 0, to: sound.count, by: 7) {
            var bytes = sound
            bytes[index] ^= 0x20
            try writeFile(folder.journal, bytes)
            let result = try JournalVerifier.verify(path: folder.journal)
            #expect(!result.isSound)
            let begins = [0, records[1].count, records[1].count + records[2].count].last { $0 <= index }
            // A lost newline makes one line of two, found at the first.
            #expect(result.findings.first?.offset == begins)
            #expect(result.findings.first?.path == folder.journal)
        }
    }

    @Test func gapsBetweenFilesAndWrongNames() throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.path + "/journal-20261121T101530.123Z-000000000001.jsonl", records[1] + records[2])
        try writeFile(folder.path + "/journal-20261121T101531.123Z-000000000005.jsonl", records[4] + records[5])
        try writeFile(folder.path + "/journal-20261121T101532.jsonl", records[9])
        try writeFile(folder.path + "/journal.jsonl.torn-20261121T101532.000Z-000000000005", [1, 2, 3])
        try writeFile(folder.journal, records[6])
        let result = try JournalVerifier.verify(path: folder.journal)
        #expect(result.findings.map(\.kind) == [.misnamed(firstSeq: 4), .gap(3...3)])
        #expect(result.files == 3)
        #expect(result.sideFiles == [folder.path + "/journal.jsonl.torn-20261121T101532.000Z-000000000005"])
    }

    /// The lock file tells which record was on disk last, a rotated file's name which was its first.
    @Test func whatIsCutOffIsMissed() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 1200)
        for number in 1...20 { _ = try writer.append([sampleRecord("\(number)")]) }
        let rotated = try folder.names().filter { $0.contains("Z-") }
        let files = try (rotated + ["journal.jsonl"]).map { (name: $0, bytes: try readFile("\(folder.path)/\($0)")) }
        #expect(files.map { lines(of: $0.bytes).count } == [3, 3, 3, 3, 3, 3, 2])
        func findings(_ name: String, cutTo count: Int) throws -> [String] {
            for file in files {
                try writeFile("\(folder.path)/\(file.name)", file.bytes.prefix(file.name == name ? count : .max))
            }
            return try JournalVerifier.verify(path: folder.journal).findings.map {
                $0.description.replacing("\(folder.path)/", with: "")
            }
        }
        #expect(try findings("journal.jsonl", cutTo: .max) == [])
        #expect(try findings("journal.jsonl", cutTo: 0) == ["journal.jsonl: byte 0: records 19 to 20 are missing"])
        let line = lines(of: files[6].bytes)[0].count + 1
        #expect(try findings("journal.jsonl", cutTo: line) == ["journal.jsonl: byte \(line): record 20 is missing"])
        for (number, file) in files.dropLast().enumerated() {
            let first = number * 3 + 1
            #expect(
                try findings(file.name, cutTo: 0) == [
                    "\(file.name): byte 0: record \(first) is missing",
                    "\(files[number + 1].name): byte 0: records \(first + 1) to \(first + 2) are missing",
                ])
        }
    }

    /// `last`: the number of the record before a rotated file that lost all of its own, the first of which was 5.
    @Test(arguments: [(2, 3...5), (4, 5...5), (5, 5...5), (.max, 5...5)] as [(UInt64, ClosedRange<UInt64>)])
    func whatIsMissingBeforeAnEmptiedFileIsMissed(last: UInt64, missing: ClosedRange<UInt64>) throws {
        let folder = try TemporaryFolder()
        try writeFile(
            folder.path + "/journal-20261121T101530.123Z-000000000001.jsonl", sampleRecord("a").encode(seq: last))
        try writeFile(folder.path + "/journal-20261121T101531.123Z-000000000005.jsonl", [])
        let findings = try JournalVerifier.verify(path: folder.journal).findings.map(\.kind)
        #expect(findings == [.misnamed(firstSeq: last), .gap(missing)])
    }

    @Test func allThatThereWasIsMissed() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        for number in 1...3 { _ = try writer.append([sampleRecord("\(number)")]) }
        try writeFile(folder.journal, [])
        #expect(try JournalVerifier.verify(path: folder.journal).findings.map(\.kind) == [.gap(3...3)])
        // A copy without the lock file tells of nothing that it lacks.
        unlink(folder.journal + ".lock")
        #expect(try JournalVerifier.verify(path: folder.journal).isSound)
    }

    @Test func findingsAreBounded() throws {
        let result = try verify(Array(repeating: [UInt8(ascii: "x"), 10], count: 5000).flatMap { $0 })
        #expect(result.findingCount == 5000)
        #expect(result.findings.count == JournalVerifier.findingLimit)
    }

    @Test func besideAWriter() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 100_000)
        let done = Atomic<Bool>(false)
        inThreads(3) { thread in
            if thread < 2 {
                for number in 0..<1500 { _ = try? writer.append([sampleRecord("\(thread)-\(number)")]) }
                done.store(true, ordering: .relaxed)
                return
            }
            while !done.load(ordering: .relaxed) {
                do {
                    #expect(try JournalVerifier.verify(path: folder.journal).findings == [])
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    /// A writer at work is in the middle of a line when the journal's end is come to, and ends it a moment later.
    @Test func aLineThatIsBeingWrittenIsNotTorn() throws {
        let folder = try TemporaryFolder()
        let line = records[1]
        try writeFile(folder.journal, line.prefix(100))
        let lastRead = Mutex<ContinuousClock.Instant?>(nil)
        let calls = SystemCalls { call, path in
            guard call == .pread, path == folder.journal else { return nil }
            let pause = lastRead.withLock { last in
                defer { last = .now }
                return last.map { .now - $0 } ?? .zero
            }
            if pause > .milliseconds(100) { try? writeFile(folder.journal, line) }
            return nil
        }
        #expect(try JournalVerifier.verify(path: folder.journal, calls: calls).findings == [])
    }

    @Test(arguments: [
        (JournalFinding.Kind.gap(2...2), "record 2 is missing"), (.gap(2...9), "records 2 to 9 are missing"),
        (.gap(2...UInt64.max), "records 2 to 18446744073709551615 are missing"),
        (.damaged(.checksum), "damaged line: checksum does not match"),
        (.duplicate(4), "record number 4 is there twice"),
        (.torn(bytes: 12), "torn: 12 bytes without a newline"),
    ]) func findingsInWords(kind: JournalFinding.Kind, words: String) {
        #expect(
            JournalFinding(kind: kind, path: "/j/journal.jsonl", offset: 40).description
                == "/j/journal.jsonl: byte 40: \(words)")
    }
}
