// The writer with a healthy disk: numbers, files, names, the lock, many threads at once, and what a crash left behind.

import Glibc
import POSIX
import Synchronization
import Testing

@testable import Journal

@Suite struct WriterTests {
    @Test func numbersGoOnOverRestarts() throws {
        let folder = try TemporaryFolder()
        for start in stride(from: UInt64(1), through: 7, by: 3) {
            let writer = try openWriter(folder)
            #expect(try writer.append([sampleRecord("a"), sampleRecord("b")]) == start...start + 1)
            #expect(try writer.append([]) == nil)
            #expect(try writer.append([sampleRecord("c")]) == start + 2...start + 2)
            writer.close()
        }
        let entries = try readAll(folder)
        #expect(entries.map(\.seq) == Array(1...9))
        #expect(entries.map(\.record.id) == ["a", "b", "c", "a", "b", "c", "a", "b", "c"])
        #expect(entries[1].record == sampleRecord("b"))
        #expect(entries[1].line + [UInt8(ascii: "\n")] == sampleRecord("b").encode(seq: 2))
        try expectSound(folder)
    }

    @Test func theFileIsForOwnerAndGroup() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 1)
        _ = try writer.append([sampleRecord("a")])
        _ = try writer.append([sampleRecord("b")])
        #expect(try folder.names().count == 3)
        for name in try folder.names() {
            var status = stat()
            #expect(stat("\(folder.path)/\(name)", &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o640, "\(name)")
        }
    }

    @Test func aSecondWriterIsRefused() throws {
        let folder = try TemporaryFolder()
        let first = try openWriter(folder)
        #expect(throws: JournalError.locked(path: folder.journal, pid: Int(getpid()))) { try openWriter(folder) }
        first.close()
        #expect(throws: JournalError.closed(path: folder.journal)) { try first.append([sampleRecord("a")]) }
        let second = try openWriter(folder)
        #expect(try second.append([sampleRecord("a")]) == 1...1)
    }

    @Test func theLockEndsWithTheWriter() throws {
        let folder = try TemporaryFolder()
        _ = try openWriter(folder)
        _ = try openWriter(folder)
    }

    /// A process that another thread starts has the lock's descriptor until it runs its program.
    @Test func theLockEndsWithTheWriterThoughAChildHasItStill() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        let lock = try SystemCalls().status(of: folder.journal + ".lock")
        let copies = (0..<1024 as Range<CInt>).filter { number in
            var status = stat()
            return fstat(number, &status) == 0 && FileStatus(status).isSameFile(as: lock)
        }.map { dup($0) }
        defer { for copy in copies { close(copy) } }
        try #require(copies.count == 1)
        writer.close()
        try openWriter(folder).close()
    }

    @Test func rotatesBySize() throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        let lineBytes = sampleRecord("1").encode(seq: 1).count
        let writer = try openWriter(folder, rotateBytes: 3 * lineBytes, notices: notices)
        for number in 1...9 { _ = try writer.append([sampleRecord("\(number)")]) }
        let names = try folder.names()
        #expect(names.count == 4)
        #expect(names[0].hasSuffix("Z-000000000001.jsonl"))
        #expect(names[1].hasSuffix("Z-000000000004.jsonl"))
        #expect(names[2...] == ["journal.jsonl", "journal.jsonl.lock"])
        #expect(notices.all == names[..<2].map { .rotated(to: "\(folder.path)/\($0)") })
        #expect(try readAll(folder).map(\.seq) == Array(1...9))
        try expectSound(folder)
    }

    @Test func rotatesByAgeAlsoAfterARestart() throws {
        let folder = try TemporaryFolder()
        let clock = Mutex<Int64>(sampleRecord("a").timeMilliseconds)
        let now: @Sendable () -> Int64 = { clock.withLock { $0 } }
        let calls = SystemCalls(now: now)
        var writer = try openWriter(folder, rotateSeconds: 60, calls: calls)
        _ = try writer.append([sampleRecord("a")])
        clock.withLock { $0 += 59_999 }
        _ = try writer.append([sampleRecord("b")])
        writer.close()
        #expect(try folder.names() == ["journal.jsonl", "journal.jsonl.lock"])
        clock.withLock { $0 += 1 }
        writer = try openWriter(folder, rotateSeconds: 60, calls: calls)
        _ = try writer.append([sampleRecord("c")])
        #expect(
            try folder.names() == [
                "journal-20261121T101530.123Z-000000000001.jsonl", "journal.jsonl", "journal.jsonl.lock",
            ])
        #expect(try readAll(folder).map(\.record.id) == ["a", "b", "c"])
    }

    @Test func namesSortByTimeAlsoWhenTheClockIsSetBack() throws {
        let folder = try TemporaryFolder()
        let clock = Mutex<Int64>(1_000_000_000_000)
        let calls = SystemCalls(now: { clock.withLock { $0 } })
        let writer = try openWriter(folder, rotateBytes: 1, calls: calls)
        for number in 1...20 {
            _ = try writer.append([sampleRecord("\(number)")])
            clock.withLock { $0 -= 3_600_000 }
        }
        let names = try folder.names().filter { $0.hasSuffix(".jsonl") }
        #expect(names.count == 20)
        for (index, name) in names.dropLast().enumerated() {
            #expect(name.hasSuffix("-\(String(repeating: "0", count: index < 9 ? 11 : 10))\(index + 1).jsonl"))
        }
        #expect(try readAll(folder).count == 20)
    }

    @Test func aRotatedFileIsNeverOverwritten() throws {
        let folder = try TemporaryFolder()
        let start = sampleRecord("a").timeMilliseconds
        let writer = try openWriter(folder, rotateBytes: 1, calls: SystemCalls(now: { start }))
        _ = try writer.append([sampleRecord("a")])
        // Something is in the way where the name would be.
        let name = "\(folder.path)/journal-20261121T101530.123Z-000000000001.jsonl"
        #expect(mkdir(name, 0o700) == 0)
        _ = try writer.append([sampleRecord("b")])
        rmdir(name)
        #expect(try folder.names()[0] == "journal-20261121T101530.124Z-000000000001.jsonl")
        #expect(try readAll(folder).map(\.record.id) == ["a", "b"])
    }

    @Test func manyThreadsAtOnce() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 40_000)
        let given = Mutex<[UInt64: String]>([:])
        inThreads(16) { thread in
            var chance = Chance(seed: UInt64(thread))
            for round in 0..<60 {
                let ids = (0..<Int.random(in: 1...4, using: &chance)).map { "\(thread)-\(round)-\($0)" }
                guard let range = try? writer.append(ids.map(sampleRecord)), range.count == ids.count else {
                    Issue.record("not appended")
                    return
                }
                given.withLock { given in
                    for (seq, id) in zip(range, ids) { #expect(given.updateValue(id, forKey: seq) == nil) }
                }
            }
        }
        writer.close()
        let entries = try readAll(folder)
        let expected = given.withLock { $0 }
        #expect(entries.map(\.seq) == Array(1...UInt64(expected.count)))
        for entry in entries { #expect(entry.record.id == expected[entry.seq]) }
        #expect(try folder.names().count > 3)
        try expectSound(folder)
    }

    @Test func anAppendIsOneWriteAndOneSync() throws {
        let folder = try TemporaryFolder()
        let made = Mutex<[SystemCall]>([])
        let writer = try openWriter(
            folder,
            calls: SystemCalls(interceptor: { call, _ in
                made.withLock { $0.append(call) }
                return nil
            }))
        made.withLock { $0 = [] }
        _ = try writer.append((0..<100).map { sampleRecord("\($0)") })
        // The lock and the file are looked at; the last one tells the followers.
        #expect(made.withLock { $0 } == [.stat, .stat, .pwrite, .fdatasync, .pwrite])
    }

    @Test func thoseThatWaitShareASync() throws {
        let folder = try TemporaryFolder()
        let syncs = Atomic<Int>(0)
        let calls = SystemCalls(interceptor: { call, _ in
            if call == .fdatasync {
                syncs.add(1, ordering: .relaxed)
                usleep(5000)
            }
            return nil
        })
        let writer = try openWriter(folder, calls: calls)
        inThreads(16) { _ in for _ in 0..<20 { _ = try? writer.append([sampleRecord("a")]) } }
        #expect(try readAll(folder).count == 320)
        // Each sync is for all that came during the one before.
        #expect(syncs.load(ordering: .relaxed) < 80)
    }

    @Test func closeLetsThoseThatWaitFinish() throws {
        for _ in 0..<20 {
            let folder = try TemporaryFolder()
            let writer = try openWriter(folder)
            let acknowledged = Atomic<Int>(0)
            inThreads(9) { thread in
                if thread == 8 {
                    usleep(2000)
                    writer.close()
                    return
                }
                while (try? writer.append([sampleRecord("a")])) != nil { acknowledged.add(1, ordering: .relaxed) }
            }
            #expect(try readAll(folder).count == acknowledged.load(ordering: .relaxed))
        }
    }

    /// The thread whose append is just ending must not have it any longer.
    @Test func theLockIsFreeOnceCloseReturns() throws {
        let folder = try TemporaryFolder()
        let refused = Atomic<Int>(0)
        for _ in 0..<200 {
            let writer = try openWriter(folder)
            let begun = Semaphore()
            inThreads(2) { thread in
                if thread == 0 {
                    begun.post()
                    while (try? writer.append([sampleRecord("a")])) != nil {}
                    return
                }
                begun.wait()
                writer.close()
                do { try openWriter(folder).close() } catch { refused.add(1, ordering: .relaxed) }
            }
        }
        #expect(refused.load(ordering: .relaxed) == 0)
    }

    @Test func recordsThatAreCutAreTold() throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        let writer = try openWriter(folder, notices: notices)
        var long = sampleRecord("a")
        long.diagnostic = String(repeating: "x", count: 100_000)
        _ = try writer.append([sampleRecord("b"), long])
        #expect(notices.all == [.cut(records: 1)])
        #expect(try readAll(folder).count == 2)
    }
}

@Suite struct RecoveryTests {
    @Test func truncatedAtEachByte() throws {
        let first = sampleRecord("a").encode(seq: 1)
        let second = sampleRecord("b").encode(seq: 2)
        let both = first + second
        for count in 0...both.count {
            let folder = try TemporaryFolder()
            try writeFile(folder.journal, both[..<count])
            let notices = Notices()
            let writer = try openWriter(folder, notices: notices)
            let whole = count == both.count ? 2 : count >= first.count ? 1 : 0
            let torn = count - [0, first.count, both.count][whole]
            let next = UInt64(whole) + 1
            #expect(try writer.append([sampleRecord("c")]) == next...next)
            #expect(try readAll(folder).map(\.record.id) == ["a", "b"].prefix(whole) + ["c"])
            let sideFiles = try JournalVerifier.verify(path: folder.journal).sideFiles
            #expect(sideFiles.count == (torn > 0 ? 1 : 0))
            if let sideFile = sideFiles.first {
                #expect(try readFile(sideFile) == Array(both[(count - torn)..<count]))
                #expect(notices.all == [.tornEnd(path: folder.journal, bytes: torn, sideFile: sideFile)])
                #expect(sideFile.hasPrefix(folder.journal + ".torn-"))
            } else {
                #expect(notices.all == [])
            }
            try expectSound(folder)
        }
    }

    /// 262,044: the window that is searched begins within the record.
    @Test(arguments: [1, 500, 70_000, 262_044, 400_000]) func zerosAtTheEnd(count: Int) throws {
        let folder = try TemporaryFolder()
        let record = sampleRecord("a").encode(seq: 1)
        try writeFile(folder.journal, record + [UInt8](repeating: 0, count: count))
        let writer = try openWriter(folder)
        #expect(try writer.append([sampleRecord("b")]) == 2...2)
        try expectSound(folder)
        #expect(try JournalVerifier.verify(path: folder.journal).sideFiles.count == 1)
    }

    @Test func aFirstWriteLeftAsZeros() throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal, [UInt8](repeating: 0, count: 5000))
        #expect(try openWriter(folder).append([sampleRecord("b")]) == 1...1)
        try expectSound(folder)
    }

    @Test func aDamagedLastLineIsPutAside() throws {
        let folder = try TemporaryFolder()
        var second = sampleRecord("b").encode(seq: 2)
        second[60] ^= 1
        try writeFile(folder.journal, sampleRecord("a").encode(seq: 1) + second)
        #expect(try openWriter(folder).append([sampleRecord("c")]) == 2...2)
        try expectSound(folder)
    }

    @Test(arguments: [1, 5, 200]) func theLastRecordIsFoundBehindLongLines(count: Int) throws {
        let folder = try TemporaryFolder()
        var long = sampleRecord("a")
        long.reason = String(repeating: "r", count: 64_000)
        var bytes: [UInt8] = []
        for seq in 1...count { bytes += long.encode(seq: UInt64(seq)) }
        try writeFile(folder.journal, bytes + Array(long.encode(seq: 999).dropLast()))
        let next = UInt64(count) + 1
        #expect(try openWriter(folder).append([sampleRecord("b")]) == next...next)
        try expectSound(folder)
    }

    @Test func numbersGoOnWhereOnlyRotatedFilesAreLeft() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 1)
        for _ in 1...3 { _ = try writer.append([sampleRecord("a")]) }
        writer.close()
        try writeFile(folder.journal, [])
        let notices = Notices()
        let after = try openWriter(folder, notices: notices)
        #expect(notices.all == [.recordsMissing(from: 3, to: 3)])
        #expect(try after.append([sampleRecord("b")]) == 4...4)
    }

    @Test(arguments: ["root:x:0:0::/root:/bin/sh\n", "no newline", "{\"v\":2}\n", "\n"])
    func aForeignFileIsLeftAlone(content: String) throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal, content.utf8)
        #expect(throws: JournalError.notAJournal(path: folder.journal)) { try openWriter(folder) }
        #expect(try readFile(folder.journal) == Array(content.utf8))
    }

    @Test func afterTheLastNumberThereIsNone() throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal, sampleRecord("a").encode(seq: .max))
        #expect(throws: JournalError.notAJournal(path: folder.journal)) { try openWriter(folder) }
        #expect(try readAll(folder).count == 1)
    }

    @Test func theFolderMayBeALink() throws {
        let folder = try TemporaryFolder()
        let link = folder.path + "/link"
        symlink(folder.path, link)
        let writer = try JournalWriter(configuration: JournalConfiguration(path: link + "/journal.jsonl"))
        _ = try writer.append([sampleRecord("a")])
        writer.close()
        #expect(try readAll(folder).count == 1)
    }

    @Test func aFolderOrLinkInItsPlaceIsRefused() throws {
        let folder = try TemporaryFolder()
        mkdir(folder.journal, 0o700)
        #expect(throws: JournalError.self) { try openWriter(folder) }
        rmdir(folder.journal)
        symlink("/dev/null", folder.journal)
        #expect(throws: JournalError.self) { try openWriter(folder) }
    }

    @Test func aMissingFolderIsAMatterOfConfiguration() throws {
        let configuration = JournalConfiguration(path: "/nonexistent/journal.jsonl")
        #expect {
            try JournalWriter(configuration: configuration)
        } throws: { error in
            if case .notAllowed(let failure)? = error as? JournalError { failure.errno == ENOENT } else { false }
        }
    }

    @Test func aLockThatIsRemovedIsTakenAgain() throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        let writer = try openWriter(folder, notices: notices)
        _ = try writer.append([sampleRecord("a")])
        unlink(folder.journal + ".lock")
        #expect(try writer.append([sampleRecord("b")]) == 2...2)
        #expect(notices.all == [.lockRemoved(path: folder.journal + ".lock")])
        #expect(notices.all.first?.isWarning == true)
        #expect(throws: JournalError.locked(path: folder.journal, pid: Int(getpid()))) { try openWriter(folder) }
        try expectSound(folder)
    }

    /// Nothing is lost when a second writer comes: one of the two writes, and followers see it all.
    @Test func whoseLockWasRemovedWaitsForTheOtherWriter() throws {
        let folder = try TemporaryFolder()
        let first = try openWriter(folder)
        _ = try first.append([sampleRecord("a")])
        unlink(folder.journal + ".lock")
        let second = try openWriter(folder)
        let follower = try JournalFollower(path: folder.journal)
        _ = try second.append([sampleRecord("b")])
        #expect(throws: JournalError.locked(path: folder.journal, pid: Int(getpid()))) {
            try first.append([sampleRecord("c")])
        }
        second.close()
        #expect(try first.append([sampleRecord("c")]) == 3...3)
        var ids: [String] = []
        while case .entry(let entry)? = try follower.next(timeoutMilliseconds: 0) { ids.append(entry.record.id) }
        #expect(ids == ["a", "b", "c"])
        try expectSound(folder)
    }

    enum Meddling: String, CaseIterable { case removed, renamed, truncated, appendedTo }

    @Test(arguments: Meddling.allCases) func whatOthersDoToTheFileIsNoticed(meddling: Meddling) throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        let writer = try openWriter(folder, notices: notices)
        _ = try writer.append([sampleRecord("a")])
        _ = try writer.append([sampleRecord("b")])
        switch meddling {
        case .removed: unlink(folder.journal)
        case .renamed: rename(folder.journal, folder.journal + ".1")
        case .truncated: truncate(folder.journal, 100)
        case .appendedTo: try writeFile(folder.journal, readFile(folder.journal) + Array("by hand\n".utf8))
        }
        #expect(try writer.append([sampleRecord("c")]) == 3...3)
        let isRemoved = meddling == .removed || meddling == .renamed
        #expect(
            notices.all.first
                == (isRemoved ? .removedByOthers(path: folder.journal) : .changedByOthers(path: folder.journal)))
        #expect(notices.all.first?.isWarning == true)
        let ids = try readAll(folder).map(\.record.id)
        #expect(ids == (meddling == .appendedTo ? ["a", "b", "c"] : ["c"]))
        try expectSound(folder)
    }
}

/// Runs `body` in so many threads at once, and returns when all are done.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let threads = (0..<count).map { number in
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start { body(number) })
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, start.toOpaque())
        #expect(result == 0)
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}
