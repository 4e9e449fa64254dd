// Readers and followers: from any place, over rotations that come at the worst moment, beside a writer that does not stop.

import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct ReaderTests {
    /// Twenty records in files of about three.
    private func twenty() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 1200)
        for number in 1...20 { _ = try writer.append([sampleRecord("\(number)")]) }
        writer.close()
        #expect(try folder.names().count > 5)
        return folder
    }

    @Test func goesOnFromEachCheckpoint() throws {
        let folder = try twenty()
        let reader = try JournalReader(path: folder.journal)
        #expect(reader.checkpoint == .start)
        for seq in UInt64(1)...20 {
            #expect(try reader.next() != nil)
            #expect(reader.checkpoint.seq == seq)
            #expect(try readAll(folder, from: .checkpoint(reader.checkpoint)).map(\.seq) == Array(seq + 1..<21))
            // What only saves the search may be wrong.
            var checkpoint = reader.checkpoint
            checkpoint.offset += 1
            #expect(try readAll(folder, from: .checkpoint(checkpoint)).map(\.seq) == Array(seq + 1..<21))
            checkpoint.fileFirstSeq = 99
            #expect(try readAll(folder, from: .checkpoint(checkpoint)).map(\.seq) == Array(seq + 1..<21))
        }
        #expect(try reader.next() == nil)
        #expect(try readAll(folder, from: .checkpoint(.start)).count == 20)
    }

    @Test func listsItsFolderNoMoreOftenForMoreFiles() throws {
        let folder = try twenty()
        let listings = Mutex(0)
        let calls = SystemCalls { call, _ in
            if call == .readdir { listings.withLock { $0 += 1 } }
            return nil
        }
        let reader = try JournalReader(path: folder.journal, calls: calls)
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 20)
        #expect(listings.withLock { $0 } <= 4)
        listings.withLock { $0 = 0 }
        #expect(try JournalVerifier.verify(path: folder.journal, calls: calls).records == 20)
        #expect(listings.withLock { $0 } <= 4)
    }

    @Test func aCheckpointOfAnotherJournalIsRefused() throws {
        let folder = try twenty()
        for checkpoint in [
            Checkpoint(seq: 21, crc: 0, fileFirstSeq: 19, offset: 10),
            Checkpoint(seq: 5, crc: 7, fileFirstSeq: 4, offset: 10),
        ] {
            #expect(throws: JournalError.checkpointUnknown(checkpoint)) {
                try JournalReader(path: folder.journal, from: .checkpoint(checkpoint))
            }
        }
    }

    /// Another journal's record has the same number and ends at the same byte.
    @Test func aCheckpointIsKnownByItsRecord() throws {
        let folder = try TemporaryFolder()
        func write(_ ids: [String]) throws {
            try writeFile(
                folder.journal, ids.enumerated().flatMap { sampleRecord($1).encode(seq: UInt64($0) + 1) })
        }
        try write(["a", "b", "c"])
        let reader = try JournalReader(path: folder.journal)
        for _ in 1...2 { _ = try reader.next() }
        let checkpoint = reader.checkpoint
        try write(["a", "x", "c"])
        #expect(throws: JournalError.checkpointUnknown(checkpoint)) {
            try JournalReader(path: folder.journal, from: .checkpoint(checkpoint))
        }
    }

    @Test func aFileThatIsRemovedWhileItIsReadIsAGap() throws {
        let folder = try twenty()
        let names = try folder.names().dropLast(2)
        let reader = try JournalReader(path: folder.journal)
        _ = try reader.next()
        for name in names.dropFirst().dropLast() { unlink("\(folder.path)/\(name)") }
        var seqs: [UInt64] = []
        var gaps = 0
        while let item = try reader.next() {
            switch item {
            case .entry(let entry): seqs.append(entry.seq)
            case .finding: gaps += 1
            }
        }
        #expect(gaps == 1)
        #expect(seqs.first == 2 && seqs.last == 20 && seqs.count < 10)
    }

    @Test func aRemovedFileIsAGap() throws {
        let folder = try twenty()
        let reader = try JournalReader(path: folder.journal)
        _ = try reader.next()
        _ = try reader.next()
        let oldest = try folder.names()[0]
        unlink("\(folder.path)/\(oldest)")
        let second = try JournalReader(path: folder.journal, from: .checkpoint(reader.checkpoint))
        guard case .finding(let finding)? = try second.next() else {
            Issue.record("no gap")
            return
        }
        #expect(finding.kind == .gap(3...3))
        guard case .entry(let entry)? = try second.next() else {
            Issue.record("no record")
            return
        }
        #expect(entry.seq == 4)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 19, 20, 21, 1000]) func theLast(count: Int) throws {
        let folder = try twenty()
        let first = UInt64(max(1, 21 - count))
        #expect(try readAll(folder, from: .last(count)).map(\.seq) == Array(first..<21))
    }

    @Test func fromATime() throws {
        let folder = try TemporaryFolder()
        let clock = Mutex<Int64>(0)
        let writer = try openWriter(folder, rotateBytes: 1200, calls: SystemCalls(now: { clock.withLock { $0 } }))
        for number in 1...20 {
            clock.withLock { $0 = Int64(number) * 1000 }
            var record = sampleRecord("\(number)")
            record.timeMilliseconds = Int64(number) * 1000
            _ = try writer.append([record])
        }
        for number in 1...21 {
            let seqs = try readAll(folder, from: .time(Int64(number) * 1000)).map(\.seq)
            // Whole files are passed over, so some earlier records come first.
            #expect(seqs == Array((seqs.first ?? 21)...20))
            #expect((seqs.first ?? 21) <= min(number, 20) && number < (seqs.first ?? 0) + 5)
        }
    }

    /// As many come within a millisecond, the file may end between two of one time.
    @Test func fromATimeThatTwoFilesShare() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 1)
        for id in ["a", "b", "c"] { _ = try writer.append([sampleRecord(id)]) }
        let time = sampleRecord("a").timeMilliseconds
        #expect(try readAll(folder, from: .time(time)).map(\.seq) == [1, 2, 3])
    }

    @Test func damageIsToldAndPassedOver() throws {
        let folder = try TemporaryFolder()
        let good = (1...4).map { sampleRecord("\($0)").encode(seq: UInt64($0)) }
        var damaged = good[1]
        damaged[40] ^= 1
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000) + [UInt8(ascii: "\n")]
        try writeFile(folder.journal, good[0] + damaged + long + good[2] + [0, 1, 2, 10] + good[3] + [1, 2])
        let reader = try JournalReader(path: folder.journal)
        var seqs: [UInt64] = []
        var kinds: [JournalFinding.Kind] = []
        while let item = try reader.next() {
            switch item {
            case .entry(let entry): seqs.append(entry.seq)
            case .finding(let finding): kinds.append(finding.kind)
            }
        }
        #expect(seqs == [1, 3, 4])
        #expect(kinds == [.damaged(.checksum), .damaged(.tooLong), .gap(2...2), .damaged(.syntax(offset: 0))])
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 600_000])
    func linesOfAnyLength(count: Int) throws {
        let folder = try TemporaryFolder()
        let first = [UInt8](repeating: UInt8(ascii: "a"), count: count)
        try writeFile(folder.journal, first + Array("\nb\n\nend".utf8))
        let scanner = LineScanner(try SystemCalls().open(folder.journal, O_RDONLY))
        switch try scanner.next() {
        case .line(let line, 0): #expect(line.count == count && count < Record.lineLimitBytes)
        case .tooLong(0, count + 1): #expect(count >= Record.lineLimitBytes)
        default: Issue.record("neither")
        }
        guard case .line(let second, count + 1) = try scanner.next(), second.elementsEqual("b".utf8),
            case .line(let third, count + 3) = try scanner.next(), third.isEmpty,
            case .end(unfinished: 3) = try scanner.next(), case .end(unfinished: 3) = try scanner.next()
        else {
            Issue.record("not these lines")
            return
        }
        // The begun line was taken back, and another put in its place.
        try writeFile(folder.journal, first + Array("\nb\n\nanother\n".utf8))
        guard case .line(let last, count + 4) = try scanner.next(), last.elementsEqual("another".utf8) else {
            Issue.record("does not go on")
            return
        }
    }

    @Test func aMissingJournalIsAnEmptyOne() throws {
        let folder = try TemporaryFolder()
        #expect(try readAll(folder) == [])
        #expect(try readAll(folder, from: .last(3)) == [])
        #expect(throws: JournalError.self) { try JournalReader(path: "/nonexistent/journal.jsonl").next() }
    }

    /// At each of the reader's own calls, the writer rotates.
    @Test(arguments: [1, 1000]) func rotationsAtTheWorstMoment(rotateBytes: Int) throws {
        for moment in 1...60 {
            let folder = try TemporaryFolder()
            let writer = try openWriter(folder, rotateBytes: rotateBytes)
            for number in 1...3 { _ = try writer.append([sampleRecord("\(number)")]) }
            let count = Atomic<Int>(0)
            let reader = try JournalReader(
                path: folder.journal,
                calls: SystemCalls(interceptor: { _, _ in
                    if count.add(1, ordering: .relaxed).newValue == moment {
                        for number in 4...6 { _ = try? writer.append([sampleRecord("\(number)")]) }
                    }
                    return nil
                }))
            var seqs: [UInt64] = []
            for _ in 0..<100 {
                switch try reader.next() {
                case .entry(let entry)?: seqs.append(entry.seq)
                case .finding(let finding)?: Issue.record("call \(moment): \(finding)")
                case nil: continue
                }
            }
            #expect(seqs == [1, 2, 3, 4, 5, 6], "call \(moment)")
        }
    }
}

@Suite struct FollowerTests {
    @Test(arguments: [1, 8]) func besideAWriter(threads: Int) throws {
        let folder = try TemporaryFolder()
        let total = 2000
        let writer = try openWriter(folder, rotateBytes: 20_000)
        inThreads(threads + 2) { thread in
            if thread < threads {
                for number in 0..<total / threads { _ = try? writer.append([sampleRecord("\(thread)-\(number)")]) }
                return
            }
            do {
                // The second one begins anew from its checkpoint all the time.
                var follower = try JournalFollower(path: folder.journal)
                var next: UInt64 = 1
                while next <= total {
                    guard let item = try follower.next(timeoutMilliseconds: 20_000) else { break }
                    guard case .entry(let entry) = item, entry.seq == next else {
                        Issue.record("\(item) instead of \(next)")
                        return
                    }
                    next += 1
                    if thread > threads, next % 17 == 0 {
                        follower = try JournalFollower(path: folder.journal, from: .checkpoint(follower.checkpoint))
                    }
                }
                #expect(next == UInt64(total) + 1)
            } catch {
                Issue.record(error)
            }
        }
    }

    @Test func waitsNoLongerThanAsked() throws {
        let folder = try TemporaryFolder()
        let follower = try JournalFollower(path: folder.journal)
        let calls = SystemCalls()
        let before = calls.now()
        #expect(try follower.next(timeoutMilliseconds: 120) == nil)
        #expect(calls.now() - before >= 115)
    }

    @Test func handsOutNothingBeforeItIsOnDisk() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        _ = try writer.append([sampleRecord("a")])
        let follower = try JournalFollower(path: folder.journal)
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        // A line that nobody synced, and a damaged one behind it.
        try writeFile(folder.journal, readFile(folder.journal) + sampleRecord("b").encode(seq: 2) + Array("{}\n".utf8))
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
        // Another reader takes what is there.
        #expect(try JournalReader(path: folder.journal, from: .checkpoint(follower.checkpoint)).next() != nil)
        writer.close()
        try openWriter(folder).close()
        #expect(try follower.next(timeoutMilliseconds: 0) == .entry(try readAll(folder)[1]))
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
    }

    @Test func damageThatIsNotYetOnDiskIsNone() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        _ = try writer.append([sampleRecord("a")])
        let follower = try JournalFollower(path: folder.journal)
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        try writeFile(folder.journal, readFile(folder.journal) + Array("{}\n".utf8))
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
        // The writer puts it aside, and the follower goes on.
        _ = try writer.append([sampleRecord("b")])
        #expect(try follower.next(timeoutMilliseconds: 0) == .entry(try readAll(folder)[1]))
    }

    /// A crash leaves a begun line, a follower sees it, and recovery puts another in its place.
    @Test(arguments: [1, 30, 150]) func aBegunLineThatIsTakenBackLeavesNothing(begun: Int) throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        _ = try writer.append([sampleRecord("a")])
        writer.close()
        let follower = try JournalFollower(path: folder.journal)
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        try writeFile(folder.journal, readFile(folder.journal) + sampleRecord("lost").encode(seq: 2).prefix(begun))
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
        _ = try openWriter(folder).append([sampleRecord("b")])
        #expect(try follower.next(timeoutMilliseconds: 0) == .entry(try readAll(folder)[1]))
    }

    /// Its buffer holds a record whose sync fails; later another record gets the number.
    @Test func aSlowFollowerNeverSeesWhatWasTakenBack() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        _ = try writer.append([sampleRecord("a")])
        let before = try readFile(folder.journal)
        let follower = try JournalFollower(path: folder.journal)
        // As while the sync is under way.
        try writeFile(folder.journal, before + sampleRecord("lost").encode(seq: 2))
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        try writeFile(folder.journal, before)
        _ = try writer.append([sampleRecord("b")])
        let all = try readAll(folder)
        #expect(try follower.next(timeoutMilliseconds: 0) == .entry(all[1]))
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
        #expect(follower.checkpoint.offset == all.reduce(0) { $0 + $1.line.count + 1 })
    }

    @Test func aCopyWithoutALockFileIsReadToItsEnd() throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal, sampleRecord("a").encode(seq: 1) + sampleRecord("b").encode(seq: 2) + [1])
        let follower = try JournalFollower(path: folder.journal)
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
    }

    @Test(arguments: ["0000001234", "-000001234", "+000001234", "          ", "9999999999"])
    func onlyAWholeLockFileTells(pid: String) throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal + ".lock", Array("pid \(pid) seq 00000000000000000042 crc 00000000\n".utf8))
        #expect(try LockFile(reading: SystemCalls().open(folder.journal + ".lock", O_RDONLY)) == nil)
    }

    /// As after a loss of power on a disk that had not written what it said.
    @Test func aLostRecordIsAGapAndNoNewOneIsTakenForIt() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder)
        _ = try writer.append([sampleRecord("a")])
        let before = try readFile(folder.journal)
        _ = try writer.append([sampleRecord("lost")])
        writer.close()
        let follower = try JournalFollower(path: folder.journal)
        _ = try follower.next(timeoutMilliseconds: 0)
        _ = try follower.next(timeoutMilliseconds: 0)
        try writeFile(folder.journal, before)
        _ = try openWriter(folder).append([sampleRecord("b")])
        var ids: [String] = []
        while let item = try follower.next(timeoutMilliseconds: 0) {
            if case .entry(let entry) = item { ids.append(entry.record.id) }
        }
        #expect(ids == ["b"])
        #expect(try JournalVerifier.verify(path: folder.journal).findings.map(\.kind) == [.gap(2...2)])
    }

    @Test func aFileThatBecomesShorterIsTold() throws {
        let folder = try TemporaryFolder()
        let first = sampleRecord("a").encode(seq: 1)
        try writeFile(folder.journal, first + sampleRecord("b").encode(seq: 2))
        let follower = try JournalFollower(path: folder.journal)
        _ = try follower.next(timeoutMilliseconds: 0)
        _ = try follower.next(timeoutMilliseconds: 0)
        truncate(folder.journal, off_t(first.count))
        guard case .finding(let finding)? = try follower.next(timeoutMilliseconds: 0) else {
            Issue.record("not told")
            return
        }
        #expect(finding.kind == .truncated)
        #expect(try follower.next(timeoutMilliseconds: 0) == nil)
        try writeFile(folder.journal, first + sampleRecord("c").encode(seq: 3))
        #expect(try follower.next(timeoutMilliseconds: 0) != nil)
        #expect(follower.checkpoint.seq == 3)
    }

    /// coreutils' tail follows by name, as people will.
    @Test func tailFollowsOverRotations() throws {
        let folder = try TemporaryFolder()
        let writer = try openWriter(folder, rotateBytes: 30_000)
        let output = folder.path + "/tail"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        let words = ["tail", "-F", "-s", "0.02", "-n", "+1", folder.journal]
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        try #require(posix_spawnp(&child, "tail", &actions, nil, arguments, nil) == 0)
        defer {
            // Its signals are blocked, as in the thread that started it.
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
        }
        for number in 1...400 {
            _ = try writer.append([sampleRecord("\(number)")])
            usleep(1000)
        }
        #expect(try folder.names().count > 5)
        var seen: [[UInt8]] = []
        for _ in 0..<100 where seen.count < 400 {
            usleep(50_000)
            seen = (try? lines(of: readFile(output))) ?? []
        }
        #expect(try seen == readAll(folder).map(\.line))
    }
}
