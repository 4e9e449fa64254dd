// Going into the background so that the one who started the daemon knows how it went: the parent ends when the daemon listens, or with
// the daemon's own exit status and words when it does not get so far.

import Glibc
import POSIX

/// The daemon's end of the line to the process that started it.
struct Background {
    private var readiness: CInt?

    /// Stays where it is: nobody waits.
    static var foreground: Background { Background(readiness: nil) }

    /// Goes on in a new session; the process that called ends in here, once the daemon is ready or has failed. Must be called before
    /// the first thread is made.
    static func enter() throws(Failure) -> Background {
        // What the starter's shell or service manager left open would be held for the daemon's life.
        Processes.closeAll(from: STDERR_FILENO + 1)
        do throws(SystemError) {
            let (reading, writing) = try Processes.makePipe()
            if try Processes.fork() != 0 {
                Files.close(writing)
                let answer = (try? Files.read(reading, "readiness", limitBytes: 1)) ?? []
                // No byte: it ended without a word of its own.
                exit(answer.first.map(CInt.init) ?? ExitStatus.software.rawValue)
            }
            Files.close(reading)
            _ = setsid()
            // Not a session's leader any more: no terminal can become its own.
            if try Processes.fork() != 0 { _exit(0) }
            return Background(readiness: writing)
        } catch {
            throw Failure(.osError, "cannot go into the background: \(error)")
        }
    }

    /// Tells that the daemon is ready (or why not, by its exit status), and lets go of the terminal.
    mutating func report(_ status: ExitStatus) {
        guard let descriptor = readiness else { return }
        readiness = nil
        try? Files.write([UInt8(truncatingIfNeeded: status.rawValue)], to: descriptor, "readiness")
        Files.close(descriptor)
        _ = chdir("/")
        guard let null = try? Files.open("/dev/null", O_RDWR) else { return }
        for standard in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(null, standard) }
        if null > STDERR_FILENO { Files.close(null) }
    }
}
