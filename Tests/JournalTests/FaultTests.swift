// A disk that fails: each system call in turn with each error, once and for a while. What was acknowledged is in the journal
// with its number, what was not is not, and a follower never saw anything else.

import Glibc
import Synchronization
import Testing

@testable import Journal

/// Lets calls fail by their number, and looks through a follower before each of them.
private final class Trap: Sendable {
    private struct State {
        var calls = 0
        var last: SystemCall?
    }
    private let state = Mutex(State())
    private let first: Int
    private let count: Int
    private let only: SystemCall?
    private let with: Interception
    private let look: @Sendable () -> Void

    /// Calls `first..<first + count`, counted from 1, fail; with `only` just those of its kind are counted.
    init(
        first: Int, count: Int = 1, only: SystemCall? = nil, with: Interception,
        look: @escaping @Sendable () -> Void = {}
    ) {
        self.first = first
        self.count = count
        self.only = only
        self.with = with
        self.look = look
    }

    var calls: Int { state.withLock { $0.calls } }

    var systemCalls: SystemCalls {
        SystemCalls(
            interceptor: { call, _ in
                self.look()
                if let only = self.only, only != call { return nil }
                let number = self.state.withLock { state in
                    state.calls += 1
                    return state.calls
                }
                guard number >= self.first, number - self.first < self.count else { return nil }
                if case .short = self.with, call != .pwrite { return nil }
                return self.with
            })
    }
}

/// Drains a follower whenever it is asked to.
private final class Watch: @unchecked Sendable {
    // Unchecked: one thread appends in these tests, so one at a time looks.
    private let follower: JournalFollower
    private(set) var seen: [JournalEntry] = []
    private(set) var findings: [JournalFinding] = []

    init(_ folder: TemporaryFolder) throws { follower = try JournalFollower(path: folder.journal) }

    func look() {
        while let item = try? follower.next(timeoutMilliseconds: 0) {
            switch item {
            case .entry(let entry): seen.append(entry)
            case .finding(let finding): findings.append(finding)
            }
        }
    }
}

@Suite struct FaultTests {
    /// Appends twelve times with rotations in between, each time until it works; returns what was acknowledged.
    private func play(_ folder: TemporaryFolder, _ calls: SystemCalls) throws -> [(seq: UInt64, id: String)] {
        var acknowledged: [(seq: UInt64, id: String)] = []
        var opened: JournalWriter?
        for _ in 0..<20 where opened == nil { opened = try? openWriter(folder, rotateBytes: 1500, calls: calls) }
        let writer = try #require(opened)
        for number in 1...12 {
            let ids = number % 3 == 0 ? ["\(number)a", "\(number)b"] : ["\(number)"]
            var range: ClosedRange<UInt64>?
            for _ in 0..<20 where range == nil { range = try? writer.append(ids.map(sampleRecord)) }
            acknowledged += zip(try #require(range), ids).map { (seq: $0, id: $1) }
        }
        writer.close()
        return acknowledged
    }

    private func expect(
        _ folder: TemporaryFolder, holds acknowledged: [(seq: UInt64, id: String)], _ watch: Watch, _ comment: Comment
    ) throws {
        let entries = try readAll(folder)
        #expect(entries.map(\.seq) == acknowledged.map(\.seq), comment)
        #expect(entries.map(\.seq) == Array(1...16), comment)
        #expect(entries.map(\.record.id) == acknowledged.map(\.id), comment)
        #expect(try JournalVerifier.verify(path: folder.journal).findings == [], comment)
        // If it was the last word to the followers that failed, the next writer says it.
        try openWriter(folder).close()
        watch.look()
        #expect(watch.seen == entries, comment)
        #expect(watch.findings == [], comment)
    }

    @Test(arguments: [ENOSPC, EIO, EINTR]) func eachCallFailsOnce(code: CInt) throws {
        let counting = try TemporaryFolder()
        let trap = Trap(first: .max, with: .fail(code))
        _ = try play(counting, trap.systemCalls)
        #expect(trap.calls > 100)
        for number in 1...trap.calls {
            let folder = try TemporaryFolder()
            let watch = try Watch(folder)
            let trap = Trap(first: number, with: .fail(code), look: watch.look)
            try expect(folder, holds: play(folder, trap.systemCalls), watch, "call \(number)")
        }
    }

    @Test(arguments: SystemCall.allCases.filter { $0 != .close }, [ENOSPC, EIO, EROFS])
    func aCallFailsForAWhile(call: SystemCall, code: CInt) throws {
        for first in [1, 2, 3, 9] {
            for count in [2, 6] {
                let folder = try TemporaryFolder()
                let watch = try Watch(folder)
                let trap = Trap(first: first, count: count, only: call, with: .fail(code), look: watch.look)
                try expect(
                    folder, holds: play(folder, trap.systemCalls), watch, "calls \(first) to \(first + count - 1)")
            }
        }
    }

    @Test(arguments: [1, 7, 400]) func writesAreCutShort(bytes: Int) throws {
        let folder = try TemporaryFolder()
        let watch = try Watch(folder)
        let trap = Trap(first: 1, count: .max, with: .short(bytes), look: watch.look)
        try expect(folder, holds: play(folder, trap.systemCalls), watch, "\(bytes) bytes")
    }

    /// The first of two records goes through whole, then the disk is full.
    @Test(arguments: [false, true]) func halfABatchIsTakenBack(atOnce: Bool) throws {
        let folder = try TemporaryFolder()
        let watch = try Watch(folder)
        let notices = Notices()
        let step = Atomic<Int>(-1)
        let calls = SystemCalls(interceptor: { call, path in
            watch.look()
            guard path == folder.journal, step.load(ordering: .relaxed) >= 0 else { return nil }
            if call == .ftruncate { return atOnce ? nil : .fail(EIO) }
            if call != .pwrite { return nil }
            return step.add(1, ordering: .relaxed).newValue == 1 ? .short(600) : .fail(ENOSPC)
        })
        let writer = try openWriter(folder, notices: notices, calls: calls)
        _ = try writer.append([sampleRecord("a")])
        let length = try readFile(folder.journal).count
        step.store(0, ordering: .relaxed)
        #expect(throws: JournalError.self) { try writer.append([sampleRecord("b"), sampleRecord("c")]) }
        #expect(try readFile(folder.journal).count == (atOnce ? length : length + 600))
        step.store(-1, ordering: .relaxed)
        #expect(try writer.append([sampleRecord("d")]) == 2...2)
        #expect(notices.all == [.recovered(path: folder.journal)])
        let entries = try readAll(folder)
        #expect(entries.map(\.record.id) == ["a", "d"])
        watch.look()
        #expect(watch.seen == entries)
        #expect(watch.findings == [])
    }

    /// Anything at any time.
    @Test(arguments: 0..<20 as Range<UInt64>) func chanceFaults(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let watch = try Watch(folder)
        let chance = Mutex(Chance(seed: seed))
        let calls = SystemCalls(interceptor: { call, _ in
            watch.look()
            return chance.withLock { chance in
                switch Int.random(in: 0..<12, using: &chance) {
                case 0: .fail([ENOSPC, EIO, EROFS, EINTR].randomElement(using: &chance) ?? EIO)
                case 1, 2: call == .pwrite ? .short(.random(in: 1...900, using: &chance)) : nil
                default: nil
                }
            }
        })
        try expect(folder, holds: play(folder, calls), watch, "seed \(seed)")
    }

    @Test(arguments: [
        (ENOSPC, "diskFull"), (EDQUOT, "diskFull"), (EROFS, "readOnly"), (EIO, "inputOutput"), (EACCES, "notAllowed"),
    ]) func theErrorTellsWhatToDo(code: CInt, kind: String) throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        let trap = Trap(first: 1, only: .pwrite, with: .fail(code))
        let failing = Mutex(false)
        let calls = SystemCalls(interceptor: { call, path in
            failing.withLock { $0 } && !path.hasSuffix(".lock") ? trap.systemCalls.interceptor?(call, path) : nil
        })
        let writer = try openWriter(folder, notices: notices, calls: calls)
        failing.withLock { $0 = true }
        let failure = SystemFailure(call: .pwrite, path: folder.journal, errno: code)
        let error: JournalError =
            switch kind {
            case "diskFull": .diskFull(failure)
            case "readOnly": .readOnly(failure)
            case "notAllowed": .notAllowed(failure)
            default: .inputOutput(failure)
            }
        #expect(throws: error) { try writer.append([sampleRecord("a")]) }
        #expect(error.description == "pwrite: \(folder.journal): \(String(cString: strerror(code)))")
        #expect(notices.all == [])
        #expect(try writer.append([sampleRecord("b")]) == 1...1)
        #expect(notices.all == [.recovered(path: folder.journal)])
    }

    @Test func afterAFailedSyncANewFileIsBegun() throws {
        let folder = try TemporaryFolder()
        let failing = Mutex(false)
        let changes = Mutex<[SystemCall]>([])
        let calls = SystemCalls(interceptor: { call, path in
            if path == folder.journal, [.ftruncate, .fsync, .rename].contains(call) {
                changes.withLock { $0.append(call) }
            }
            return call == .fdatasync && failing.withLock { $0 } ? .fail(EIO) : nil
        })
        let writer = try openWriter(folder, calls: calls)
        _ = try writer.append([sampleRecord("a")])
        failing.withLock { $0 = true }
        for _ in 0..<5 { #expect(throws: JournalError.self) { try writer.append([sampleRecord("b")]) } }
        failing.withLock { $0 = false }
        #expect(try writer.append([sampleRecord("c")]) == 2...2)
        // That its end was cut off is on disk before it gets its name for good: or it could come back with a power failure.
        #expect(changes.withLock { $0.prefix(3) } == [.ftruncate, .fsync, .rename])
        // However often it failed, one file was put by and one begun.
        #expect(try folder.names().count == 3)
        #expect(try readAll(folder).map(\.record.id) == ["a", "c"])
        try expectSound(folder)
    }

    /// Each message that comes tries anew.
    @Test(arguments: [SystemCall.pwrite, .fsync, .ftruncate])
    func aTornEndThatCannotBePutAsideLeavesNothing(call: SystemCall) throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.journal, sampleRecord("a").encode(seq: 1) + sampleRecord("b").encode(seq: 2).dropLast())
        let trap = Trap(first: 1, count: .max, only: call, with: .fail(ENOSPC))
        for _ in 0..<3 {
            #expect(throws: JournalError.self) { try openWriter(folder, calls: trap.systemCalls) }
            usleep(2000)
        }
        #expect(trap.calls == 3)
        #expect(try folder.names().filter { $0.contains(".torn-") } == [])
        #expect(try openWriter(folder).append([sampleRecord("c")]) == 2...2)
        #expect(try folder.names().filter { $0.contains(".torn-") }.count == 1)
    }

    @Test func allWhoWaitLearnOfTheFailure() throws {
        let folder = try TemporaryFolder()
        let failing = Atomic<Bool>(true)
        let calls = SystemCalls(interceptor: { call, path in
            guard call == .pwrite, !path.hasSuffix(".lock"), failing.load(ordering: .relaxed) else { return nil }
            usleep(1000)
            return .fail(ENOSPC)
        })
        let writer = try openWriter(folder, calls: calls)
        let refused = Atomic<Int>(0)
        inThreads(16) { _ in
            for _ in 0..<10 where (try? writer.append([sampleRecord("a")])) == nil {
                refused.add(1, ordering: .relaxed)
            }
        }
        #expect(refused.load(ordering: .relaxed) == 160)
        failing.store(false, ordering: .relaxed)
        #expect(try writer.append([sampleRecord("b")]) == 1...1)
    }

    @Test func aFailedRotationDoesNotStopTheMail() throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        let calls = SystemCalls(interceptor: { call, _ in call == .rename ? .fail(EACCES) : nil })
        let writer = try openWriter(folder, rotateBytes: 1, notices: notices, calls: calls)
        for number in 1...5 { #expect(try writer.append([sampleRecord("a")])?.lowerBound == UInt64(number)) }
        // Told once, and not tried again at each record.
        #expect(notices.all.count == 1)
        try expectSound(folder)
    }

    /// A real file system that is full, where this process may mount one.
    @Test(.enabled(if: canMount, "needs the right to mount a tmpfs")) func aFullDisk() throws {
        let folder = try TemporaryFolder()
        let point = folder.path + "/small"
        mkdir(point, 0o700)
        try #require(mount("tmpfs", point, "tmpfs", 0, "size=64k,mode=700") == 0)
        defer {
            umount2(point, CInt(MNT_DETACH))
            rmdir(point)
        }
        let writer = try JournalWriter(configuration: JournalConfiguration(path: point + "/journal.jsonl"))
        var acknowledged: [String] = []
        var full: JournalError?
        while full == nil {
            let id = "\(acknowledged.count)"
            do {
                _ = try writer.append([sampleRecord(id)])
                acknowledged.append(id)
            } catch {
                full = error
            }
        }
        #expect(full == .diskFull(SystemFailure(call: .pwrite, path: point + "/journal.jsonl", errno: ENOSPC)))
        #expect(acknowledged.count > 50)
        #expect(throws: JournalError.self) { try writer.append([sampleRecord("no")]) }
        #expect(try JournalVerifier.verify(path: point + "/journal.jsonl").records == UInt64(acknowledged.count))
        try #require(mount("tmpfs", point, "tmpfs", UInt(MS_REMOUNT), "size=128k") == 0)
        _ = try writer.append([sampleRecord("again")])
        writer.close()
        let reader = try JournalReader(path: point + "/journal.jsonl")
        var ids: [String] = []
        while case .entry(let entry)? = try reader.next() { ids.append(entry.record.id) }
        #expect(ids == acknowledged + ["again"])
        #expect(try JournalVerifier.verify(path: point + "/journal.jsonl").isSound)
    }
}

/// Whether this process can mount a file system; tried, as root alone is not enough in a container.
private let canMount: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    let point = folder.path + "/probe"
    mkdir(point, 0o700)
    defer { rmdir(point) }
    guard mount("tmpfs", point, "tmpfs", 0, "size=16k") == 0 else { return false }
    umount2(point, CInt(MNT_DETACH))
    return true
}()
