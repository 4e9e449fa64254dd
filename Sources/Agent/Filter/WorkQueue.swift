// What waits for a thread of its own, so that a slow disk never delays or fails mail: a bounded queue and the thread that empties it.

import Synchronization

/// Its thread starts with the first item. All functions may be called by any thread.
final class WorkQueue<Item: Sendable>: Sendable {
    /// Does the work of all that waited, in the order in which it came; of nothing when nothing came for an hour, or at the end.
    typealias Work = ([Item]) -> Void

    private struct State {
        var waiting: [Item] = []
        var size = 0
    }

    private let limit: Int
    private let makeWork: @Sendable () -> Work
    private let state = Mutex(State())
    private let worker = Worker()

    /// - Parameters:
    ///   - limit: Of the sizes of all that waits together.
    ///   - makeWork: Called once, by the thread.
    init(limit: Int, makeWork: @escaping @Sendable () -> Work) {
        self.limit = limit
        self.makeWork = makeWork
    }

    /// False where there is no room, no thread to be had, or the queue was stopped.
    func add(_ item: Item, size: Int) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            guard size <= limit - state.size, worker.start({ self.run() }) else { return (false, false) }
            state.waiting.append(item)
            state.size += size
            return (true, state.waiting.count == 1)
        }
        if isFirst { worker.wake() }
        return isTaken
    }

    /// Does the work of what waits, and ends the thread.
    func stop() { worker.stop() }

    private func run() {
        let work = makeWork()
        while true {
            worker.wait(milliseconds: 3_600_000)
            // Asked before the items are taken: what was added while it was not is among them.
            let isStopping = worker.isStopping
            let items = state.withLock { state in
                defer { state = State() }
                return state.waiting
            }
            work(items)
            if isStopping { return }
        }
    }
}
