// The thread that sleeps until there is something to do.

import POSIX
import Synchronization
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct WorkerTests {
    private static let longMilliseconds = 3_600_000

    @Test func wakingBeforeItWaitsIsNotLost() {
        let worker = Worker()
        worker.wake()
        worker.wake()
        worker.wait(milliseconds: Self.longMilliseconds)
        // Both were one: now it waits.
        let begun = uptimeMilliseconds()
        worker.wait(milliseconds: 20)
        #expect(uptimeMilliseconds() - begun >= 20)
    }

    @Test func itIsWokenWhileItWaits() {
        let worker = Worker()
        let rounds = Atomic(0)
        #expect(
            worker.start {
                while !worker.isStopping {
                    worker.wait(milliseconds: Self.longMilliseconds)
                    rounds.add(1, ordering: .relaxed)
                }
            })
        for round in 1...100 {
            worker.wake()
            while rounds.load(ordering: .relaxed) < round {}
        }
        worker.stop()
        // One more where it waited again before it was told to stop.
        #expect((100...101).contains(rounds.load(ordering: .relaxed)))
        #expect(!worker.start {})
    }
}
