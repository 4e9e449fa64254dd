// Times as people write them.

import ArgumentParser
import Journal
import POSIX

/// A time as `--since` takes it: `90s`, `15m`, `2h`, `3d`, `1w` ago; a day (`2026-11-21`, UTC); an RFC 3339 date-time.
func milliseconds(since text: String, now: Int64) -> Int64? {
    if let time = Timestamp.parse(text) ?? Timestamp.parse(text + "T00:00:00Z") { return time }
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count >= 0 else {
        return nil
    }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: unit * 1000)
    return overflow ? nil : now - min(seconds, now)
}

/// The time that an option's text names; where it names none, an error that says what would be right.
func time(of option: String, _ text: String, now: Int64 = nowMilliseconds()) throws -> Int64 {
    guard let time = milliseconds(since: text, now: now) else {
        throw ValidationError("\(option) \(text): write 90s, 15m, 2h, 3d, 1w, 2026-11-21 or 2026-11-21T10:00:00Z")
    }
    return time
}

/// The same, of a time that something was recorded since.
func pastTime(of option: String, _ text: String, now: Int64 = nowMilliseconds()) throws -> Int64 {
    let time = try time(of: option, text, now: now)
    if time > now { throw ValidationError("\(option) \(text): is in the future: now is \(Timestamp.format(now))") }
    return time
}
