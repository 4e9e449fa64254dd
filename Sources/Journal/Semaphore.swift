// A POSIX semaphore as a Swift value: threads that wait go on without a mutex to queue for.

import Glibc

/// A counting semaphore.
package final class Semaphore: @unchecked Sendable {
    // Unchecked: the pointer is constant, and sem_post(3), sem_wait(3) and sem_timedwait(3) may be called by any thread.
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        semaphore = .allocate(capacity: 1)
        semaphore.initialize(to: sem_t())
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    package func post() { sem_post(semaphore) }

    /// Returns when it was posted.
    func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }

    /// Returns when it was posted, or after so long.
    package func wait(milliseconds: Int) {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let nanoseconds = end.tv_nsec + milliseconds % 1000 * 1_000_000
        end.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        while sem_timedwait(semaphore, &end) != 0, errno == EINTR {}
    }
}
