// A POSIX semaphore as a Swift value: threads that wait go on without a mutex to queue for.

import Glibc

/// A counting semaphore.
final class Semaphore: @unchecked Sendable {
    // Unchecked: the pointer is constant, and sem_post(3) and sem_wait(3) may be called by any thread.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        semaphore.initialize(to: sem_t())
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func post() { sem_post(semaphore) }

    /// Returns when it was posted.
    func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }
}
