// A line on standard error that says how far long work has come. Only on a terminal, and only where it does not stand in the way.

import Glibc
import POSIX

/// Counts what was done and shows it twice a second.
struct Progress {
    private let noun: String
    private let isShown: Bool
    private var done = 0
    private let start = Self.now()
    private var lastShown: Double
    private var wasShown = false

    /// `noun` in the plural: "messages". With `besideOutput`, results go to standard output meanwhile, so that a terminal there shows
    /// how far it is by itself.
    init(_ noun: String, besideOutput: Bool) {
        self.noun = noun
        isShown = isatty(STDERR_FILENO) == 1 && !(besideOutput && Output.isTerminal)
        lastShown = start
    }

    mutating func step(by count: Int = 1) {
        done += count
        guard isShown, done & 63 == 0 || count > 1 else { return }
        let time = Self.now()
        guard time - lastShown > 0.5 else { return }
        lastShown = time
        wasShown = true
        showStatus("\r\(done) \(noun), \(Int(Double(done) / (time - start))) a second\u{1B}[K")
    }

    /// Takes the line away.
    func end() {
        if wasShown { showStatus("\r\u{1B}[K") }
    }

    private static func now() -> Double { Double(uptimeMilliseconds()) / 1000 }
}

/// As `Progress`, for work whose size is known.
struct ByteProgress {
    private let isShown = isatty(STDERR_FILENO) == 1
    private var wasShown = false

    mutating func show(_ done: Int, of total: Int) {
        guard isShown, total > 0 else { return }
        wasShown = true
        showStatus("\r\(done >> 20) of \(total >> 20) MB, \(done * 100 / total) %\u{1B}[K")
    }

    func end() {
        if wasShown { showStatus("\r\u{1B}[K") }
    }
}
