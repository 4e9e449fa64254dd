// A thread that sleeps until there is something to do, and ends when it is told to.

import Glibc
import Journal
import POSIX
import Synchronization

/// All functions may be called by any thread, `wait` by the worker's own.
final class Worker: Sendable {
    private struct State {
        var thread: pthread_t?
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wakeUp = Monitor()
    /// Since it last waited; changed under the lock of `wakeUp`.
    private let isWoken = Atomic(false)

    /// Starts the thread where there is none yet; the body returns soon after `isStopping` says so. False where it was stopped, or no
    /// thread can be had.
    func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            if state.thread == nil { state.thread = startThread(body) }
            return state.thread != nil
        }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    func wake() {
        wakeUp.locked {
            isWoken.store(true, ordering: .relaxed)
            wakeUp.tellChange()
        }
    }

    /// Until `wake` or `stop` was called since it last waited, or so long.
    func wait(milliseconds: Int) {
        let end = uptimeMilliseconds() + Int64(milliseconds)
        wakeUp.locked {
            while !isWoken.load(ordering: .relaxed) {
                let left = end - uptimeMilliseconds()
                if left <= 0 { break }
                wakeUp.waitForChange(milliseconds: Int(left))
            }
            isWoken.store(false, ordering: .relaxed)
        }
    }

    /// Ends the thread, and returns when it has ended.
    func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            return state.thread
        }
        wake()
        if let thread { pthread_join(thread, nil) }
    }
}
