// A writer that is killed: at each of its system calls, and at any moment with many threads. Then all that it acknowledged is
// there, nothing is half there, and the numbers go on; also where what was not yet synced is lost with the power.

import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct CrashTests {
    /// What the child does: appends from one thread, and notes each acknowledged record in a file of its own.
    private static func play(_ path: String, calls: SystemCalls) {
        let notes = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let configuration = JournalConfiguration(
            path: path + "/journal.jsonl", rotateBytes: 1500, rotateSeconds: .max, calls: calls)
        guard let writer = try? JournalWriter(configuration: configuration) else { return }
        for number in 1...8 {
            let ids = number % 3 == 0 ? ["\(number)a", "\(number)b"] : ["\(number)"]
            guard let range = try? writer.append(ids.map(sampleRecord)) else { return }
            note(range, ids, in: notes)
        }
        writer.close()
    }

    private static func note(_ range: ClosedRange<UInt64>, _ ids: [String], in notes: CInt) {
        for (seq, id) in zip(range, ids) {
            let line = Array("\(seq) \(id)\n".utf8)
            // One write, so that a kill leaves it whole or not at all.
            _ = line.withUnsafeBytes { write(notes, $0.baseAddress, $0.count) }
        }
    }

    /// The journal after the crash, and after the next start, holds what was acknowledged.
    private func expectNothingLost(in folder: TemporaryFolder, _ comment: Comment) throws {
        var acknowledged: [UInt64: String] = [:]
        for line in (try? lines(of: readFile(folder.path + "/acknowledged"))) ?? [] {
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
            acknowledged[try #require(UInt64(parts[0]))] = String(parts[1])
        }
        let writer = try openWriter(folder, rotateBytes: 1500)
        let next = try #require(try writer.append([sampleRecord("after")])?.lowerBound)
        writer.close()
        let entries = try readAll(folder)
        #expect(entries.map(\.seq) == Array(1...next), comment)
        for (seq, id) in acknowledged {
            #expect(entries.first { $0.seq == seq }?.record.id == id, comment)
        }
        #expect(Set(entries.map(\.record.id)).count == entries.count, comment)
        try expectSound(folder)
        let follower = try JournalFollower(path: folder.journal)
        for entry in entries { #expect(try follower.next(timeoutMilliseconds: 0) == .entry(entry), comment) }
    }

    /// Notes which file a sync puts on disk, and how much of it, before it is made.
    private static func noteSync(_ call: SystemCall, in folder: String) {
        var status = stat()
        guard call == .fdatasync, stat(folder + "/journal.jsonl", &status) == 0 else { return }
        let notes = open(folder + "/synced", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(notes) }
        let line = Array("\(status.st_ino) \(status.st_size)\n".utf8)
        _ = line.withUnsafeBytes { write(notes, $0.baseAddress, $0.count) }
    }

    /// As a power failure does: what no sync put on disk goes, but for any part of it.
    private func loseWhatWasNotSynced(in folder: TemporaryFolder, _ chance: inout Chance) throws {
        guard let active = try? readFile(folder.journal) else { return }
        var status = stat()
        try #require(stat(folder.journal, &status) == 0)
        var kept = 0
        for line in (try? lines(of: readFile(folder.path + "/synced"))) ?? [] {
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
            if parts[0] == status.st_ino { kept = min(parts[1], active.count) }
        }
        try writeFile(folder.journal, active[..<(kept + Int.random(in: 0...active.count - kept, using: &chance))])
    }

    @Test func killedAtEachSystemCall() async throws {
        let counter = Atomic<Int>(0)
        let counting = try TemporaryFolder()
        CrashTests.play(
            counting.path,
            calls: SystemCalls(interceptor: { _, _ in
                counter.add(1, ordering: .relaxed)
                return nil
            }))
        let calls = counter.load(ordering: .relaxed)
        #expect(calls > 80)
        var chance = Chance(seed: 1)
        for number in 1...calls {
            let folder = try TemporaryFolder()
            let path = folder.path
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, number = number as Int] in
                let counter = Atomic<Int>(0)
                CrashTests.play(
                    path,
                    calls: SystemCalls(interceptor: { call, _ in
                        let count = counter.add(1, ordering: .relaxed).newValue
                        // One call before, a write is cut short, so that the kill leaves half a line.
                        if count == number - 1, call == .pwrite { return .short(300) }
                        if count == number { kill(getpid(), SIGKILL) }
                        CrashTests.noteSync(call, in: path)
                        return nil
                    }))
            }
            if number % 2 == 0 { try loseWhatWasNotSynced(in: folder, &chance) }
            try expectNothingLost(in: folder, "call \(number)")
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>) func killedAtAnyMoment(seed: UInt64) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, seed = seed as UInt64] in
            var chance = Chance(seed: seed)
            let delay = UInt32.random(in: 1000...150_000, using: &chance)
            let notes = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            let configuration = JournalConfiguration(
                path: path + "/journal.jsonl", rotateBytes: 20_000, rotateSeconds: .max,
                calls: SystemCalls(interceptor: { call, _ in
                    CrashTests.noteSync(call, in: path)
                    return nil
                }))
            let writer = try JournalWriter(configuration: configuration)
            inThreads(9) { thread in
                if thread == 8 {
                    usleep(delay)
                    kill(getpid(), SIGKILL)
                }
                var number = 0
                while true {
                    number += 1
                    let ids = ["\(thread)-\(number)a", "\(thread)-\(number)b"]
                    if let range = try? writer.append(ids.map(sampleRecord)) { CrashTests.note(range, ids, in: notes) }
                }
            }
        }
        var chance = Chance(seed: seed)
        if seed % 2 == 0 { try loseWhatWasNotSynced(in: folder, &chance) }
        try expectNothingLost(in: folder, "seed \(seed)")
    }
}
