// The system's clocks, in milliseconds.

import Glibc

/// Since 1970, UTC.
package func nowMilliseconds() -> Int64 { time(by: CLOCK_REALTIME) }

/// Of a clock that nobody sets.
package func uptimeMilliseconds() -> Int64 { time(by: CLOCK_MONOTONIC) }

private func time(by clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.milliseconds
}

extension timespec {
    var milliseconds: Int64 { Int64(tv_sec) * 1000 + Int64(tv_nsec) / 1_000_000 }
}
