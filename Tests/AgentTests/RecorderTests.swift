// One fact, one record: whichever source comes first, with many at once, with a journal that fails.

import Glibc
import Journal
import Synchronization
import Testing
import Vocabulary

@testable import Agent

/// A journal in memory.
private final class Pages: @unchecked Sendable {
    // Unchecked: both are touched only under the monitor. The thread sanitizer sees nothing of Synchronization's Mutex.
    private var records: [Record] = []
    private var failures = 0
    private let monitor = Monitor()

    var all: [Record] { monitor.locked { records } }
    func fail(times: Int) { monitor.locked { failures = times } }

    func recorder(limit: Int = 1_000) -> Recorder {
        Recorder(limit: limit) { [self] (records) throws(JournalError) in
            // Long enough for others to come.
            usleep(500)
            let hasFailed = monitor.locked {
                if failures > 0 {
                    failures -= 1
                    return true
                }
                self.records += records
                return false
            }
            if hasFailed { throw .closed(path: "pages") }
        }
    }
}

private func record(_ number: Int, _ trust: Trust = .local, _ category: Vocabulary.Category = .mailboxUnknown) -> Record
{
    let digits = String(number, radix: 16)
    return Record(
        id: String(repeating: "0", count: 32 - digits.count) + digits, timeMilliseconds: 1, event: .bounce,
        recipient: "a@b.example",
        disposition: .hard, category: category, action: .suppress, rule: "r", origin: .deliveryLog, trust: trust)
}

struct RecorderTests {
    @Test(arguments: [
        (record(1), record(1), false), (record(1), record(2), true), (record(1, .unverified), record(1, .local), true),
        (record(1, .forged), record(1, .unverified), true), (record(1, .matched), record(1, .verified), true),
        (record(1, .local), record(1, .unverified), false), (record(1, .unverified), record(1, .forged), false),
        (record(1, .local, .undetermined), record(1, .local), true),
        (record(1, .local), record(1, .local, .undetermined), false),
        (record(1, .local), record(1, .local, .mailboxFull), false),
        (record(1, .unverified), record(1, .local, .undetermined), true),
    ])
    func theLaterOneIsWrittenWhereItSaysMore(_ first: Record, _ later: Record, _ isWritten: Bool) throws {
        for isRecalled in [false, true] {
            let pages = Pages()
            let recorder = pages.recorder()
            if isRecalled { recorder.recall(first) } else { #expect(try recorder.append([first]) == [first]) }
            #expect(try recorder.append([later]) == (isWritten ? [later] : []))
            #expect(try recorder.append([later]) == [])
            #expect(pages.all == (isRecalled ? [] : [first]) + (isWritten ? [later] : []))
        }
    }

    /// As a journal holds it that was written with recent_ids = 0, or of more records than are remembered.
    @Test func theBestOfThoseInTheJournalCounts() throws {
        let recorder = Pages().recorder()
        recorder.recall(record(1, .local))
        recorder.recall(record(1, .unverified))
        #expect(try recorder.append([record(1, .matched)]) == [])
    }

    @Test func twiceInOneCallIsOnce() throws {
        let pages = Pages()
        #expect(try pages.recorder().append([record(1), record(2), record(1)]) == [record(1), record(2)])
        #expect(pages.all.count == 2)
    }

    @Test func whatCouldNotBeWrittenIsNotKnown() throws {
        let pages = Pages()
        let recorder = pages.recorder()
        pages.fail(times: 1)
        #expect(throws: JournalError.self) { try recorder.append([record(1), record(2)]) }
        #expect(try recorder.append([record(2), record(3)]) == [record(2), record(3)])
        #expect(try recorder.append([record(1)]) == [record(1)])
    }

    @Test func manyAtOnceWriteEachFactOnceAndReturnWhenItIsWritten() {
        let pages = Pages()
        pages.fail(times: 5)
        let recorder = pages.recorder()
        let early = Atomic<Int>(0)
        let threads = (0..<16).compactMap { thread in
            startThread {
                for round in 0..<40 {
                    // All threads come with the same three facts, in another order each.
                    let records = (0..<3).map { record(round * 3 + ($0 + thread) % 3) }
                    while (try? recorder.append(records)) == nil {}
                    let written = Set(pages.all.map(\.id))
                    if !records.allSatisfy({ written.contains($0.id) }) { early.add(1, ordering: .relaxed) }
                }
            }
        }
        #expect(threads.count == 16)
        for thread in threads { pthread_join(thread, nil) }
        #expect(early.load(ordering: .relaxed) == 0)
        #expect(pages.all.count == 120)
        #expect(Set(pages.all.map(\.id)).count == 120)
    }

    @Test func theMemoryIsBounded() throws {
        var facts = RecentFacts(limit: 100)
        for number in 0..<1_000 { facts.remember(UInt128(number), worth: 9) }
        #expect((900..<1_000).allSatisfy { facts.worth(of: UInt128($0)) == 9 })
        #expect((0..<800).allSatisfy { facts.worth(of: UInt128($0)) == nil })
    }

    @Test func aLimitOfZeroWritesAll() throws {
        let pages = Pages()
        let recorder = pages.recorder(limit: 0)
        recorder.recall(record(1))
        #expect(try recorder.append([record(1), record(1)]).count == 2)
    }
}
