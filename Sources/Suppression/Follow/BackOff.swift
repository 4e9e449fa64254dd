// How a database that is away is waited for.

import Glibc

/// Waits that double, up to a limit. Used by one thread.
package struct BackOff {
    /// The first wait and the longest.
    private static let limits = 1...60

    /// The next wait.
    package private(set) var seconds = limits.lowerBound
    private let sleep: (Int) -> Void
    /// Why the last try failed.
    private var reason: String?

    /// `sleep` waits for so many milliseconds.
    package init(sleep: @escaping (Int) -> Void = { usleep(UInt32($0) * 1000) }) { self.sleep = sleep }

    /// Whether a try has failed since the beginning, or since `reset`.
    package var isWaiting: Bool { reason != nil }

    /// Waits, or until `shouldStop` says so. A reason is told once, not with each try.
    package mutating func wait(after error: StoreError, until shouldStop: () -> Bool, tell: (StoreError) -> Void) {
        if reason != error.description { tell(error) }
        reason = error.description
        var left = seconds * 10
        while left > 0, !shouldStop() {
            sleep(100)
            left -= 1
        }
        seconds = min(seconds * 2, Self.limits.upperBound)
    }

    /// The database answers.
    package mutating func reset() { self = BackOff(sleep: sleep) }
}
