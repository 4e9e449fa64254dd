// The thread that follows the MTA's log: `[delivery_log]` in bounce-milter.toml(5).

import Glibc
import Journal
import Synchronization

/// Follows the log that the filter's configuration names, and puts what is recorded of it where the filter's records go.
package final class LogWatcher: Sendable {
    /// How long a line can lie unread.
    private static let pollMilliseconds = 200

    private struct State {
        var thread: pthread_t?
        var isStopping = false
    }

    private let filter: BounceFilter
    private let checkpointFile: String
    private let state = Mutex(State())
    private let wakeUp = Semaphore()

    /// `checkpointFile` lies in a folder of the daemon's own; it is made when a log is followed.
    package init(_ filter: BounceFilter, checkpointFile: String) {
        self.filter = filter
        self.checkpointFile = checkpointFile
    }

    func start() throws(Failure) {
        let thread = startThread { self.watch() }
        guard let thread else { throw Failure(.osError, "cannot start a thread") }
        state.withLock { $0.thread = thread }
    }

    /// Records what was read, and ends the thread.
    package func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            return state.thread
        }
        wakeUp.post()
        if let thread { pthread_join(thread, nil) }
    }

    /// The thread. A reload is heeded before the next piece of the log.
    private func watch() {
        var log: FollowedLog?
        while !state.withLock({ $0.isStopping }) {
            let policy = filter.policy
            let settings = policy.configuration.deliveryLog
            if log?.settings != settings {
                log?.end(policy)
                log =
                    settings.path.isEmpty
                    ? nil : FollowedLog(settings, checkpointFile, campaigns: filter.campaigns, filter.append)
            }
            let isBusy = log?.step(policy) ?? false
            filter.campaigns?.save()
            if !isBusy { wakeUp.wait(milliseconds: Self.pollMilliseconds) }
        }
        log?.end(filter.policy)
        filter.campaigns?.save()
    }
}
