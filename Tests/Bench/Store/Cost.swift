// What something takes: time, and of it what this process's threads had a processor for.

import Glibc

struct Cost {
    private(set) var seconds = 0.0
    private(set) var processorSeconds = 0.0

    mutating func add(_ body: () throws -> Void) rethrows {
        let start = (Self.now(CLOCK_MONOTONIC), Self.now(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        seconds += Self.now(CLOCK_MONOTONIC) - start.0
        processorSeconds += Self.now(CLOCK_PROCESS_CPUTIME_ID) - start.1
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
