// The thread that follows the MTA's log: `[delivery_log]` in bounce-milter.toml(5).

/// Follows the log that the filter's configuration names, and puts what is recorded of it where the filter's records go.
package final class LogWatcher: Sendable {
    /// How long a line can lie unread.
    private static let pollMilliseconds = 200

    private let filter: BounceFilter
    private let checkpointFile: String
    private let worker = Worker()

    /// `checkpointFile` lies in a folder of the daemon's own; it is made when a log is followed.
    package init(_ filter: BounceFilter, checkpointFile: String) {
        self.filter = filter
        self.checkpointFile = checkpointFile
    }

    func start() throws(Failure) {
        guard worker.start({ self.watch() }) else { throw Failure(.osError, "cannot start a thread") }
    }

    /// Records what was read, and ends the thread.
    package func stop() { worker.stop() }

    /// The thread. A reload is heeded before the next piece of the log.
    private func watch() {
        var log: FollowedLog?
        while !worker.isStopping {
            let policy = filter.policy
            let settings = policy.configuration.deliveryLog
            if log?.settings != settings {
                log?.end(policy)
                log =
                    settings.path.isEmpty
                    ? nil
                    : FollowedLog(
                        settings, checkpointFile, campaigns: filter.campaigns, failed: filter.failed, filter.append)
            }
            let isBusy = log?.step(policy) ?? false
            filter.campaigns?.save()
            if !isBusy { worker.wait(milliseconds: Self.pollMilliseconds) }
        }
        log?.end(filter.policy)
        filter.campaigns?.save()
    }
}
