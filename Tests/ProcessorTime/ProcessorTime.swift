// What a piece of work costs, for tests of how time grows.

import Glibc

/// Seconds of this thread's processor time that the fastest of so many runs took: other tests run at the same time.
package func processorSeconds(fastestOf runs: Int, _ work: () -> Void) -> Double {
    var fastest = Double.infinity
    for _ in 0..<runs {
        let start = threadSeconds()
        work()
        fastest = min(fastest, threadSeconds() - start)
    }
    return fastest
}

private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
