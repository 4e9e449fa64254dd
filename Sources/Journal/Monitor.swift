// A mutex and a condition of POSIX as a Swift value. Not Synchronization's Mutex: that is a futex with priority inheritance, whose
// waiters the kernel queues and hands it to one by one, which was slower where many threads append.

import Glibc

/// A lock, and waiting for what another thread changes under it.
package final class Monitor: @unchecked Sendable {
    // Unchecked: the pointers are constant, and the functions of pthread_mutex_t and pthread_cond_t may be called by any thread.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }

    func unlock() { pthread_mutex_unlock(mutex) }

    /// Runs the body under the lock.
    package func locked<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }

    /// Under the lock, which is free meanwhile: returns when `tellChange` was called, after so long by the clock that nobody
    /// sets, or for no reason. No later than after a second: glibc before 2.41 can lose a wake-up (its bug 25847).
    package func waitForChange(milliseconds: Int = 1000) {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + min(milliseconds, 1000) * 1_000_000
        deadline.tv_sec += nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_cond_timedwait(changed, mutex, &deadline)
    }

    /// Under the lock: all that wait look again.
    package func tellChange() { pthread_cond_broadcast(changed) }
}
