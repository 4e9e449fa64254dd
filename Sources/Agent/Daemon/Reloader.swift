// SIGUSR1: the configuration and the rules are read again. libmilter owns SIGHUP, so that the signal is opendkim's.

import Glibc
import Logging
import Milter

/// Waits for SIGUSR1 on a thread of its own and puts what it finds into force; a bad file leaves the old one in force.
struct Reloader: Sendable {
    let options: Options
    let filter: BounceFilter
    /// What was in force at the start: what needs a restart still is.
    let started: Configuration
    let logger: Logger

    /// Must be called before the first thread is made: threads inherit that the signals are blocked. Those that libmilter waits for are
    /// among them, or one could end the process by way of a thread that libmilter did not make.
    static func blockSignals() {
        var signals = Self.signals
        for signal in [SIGTERM, SIGHUP, SIGINT] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    func start() throws(Failure) {
        guard let thread = startThread({ self.waitForSignals() }) else {
            throw Failure(.osError, "cannot start a thread")
        }
        pthread_detach(thread)
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGUSR1)
        return signals
    }

    private func waitForSignals() {
        var signals = Self.signals
        var signal: CInt = 0
        while true {
            if sigwait(&signals, &signal) == 0, signal == SIGUSR1 { reload() }
        }
    }

    private func reload() {
        do throws(Failure) {
            let configuration = try Startup.configuration(options)
            Startup.compileRules(options)
            let examiner = try Startup.examiner(
                configuration, try Startup.rules(configuration), sentMail: filter.policy.examiner.trust.sentMail)
            let late = configuration.differencesThatNeedRestart(from: started)
            if !late.isEmpty {
                logger.warning("\(options.file): in force only after a restart: \(late.joined(separator: ", "))")
            }
            filter.reload(configuration, examiner)
            MilterServer.renegotiate()
            logger.notice("\(options.file): read again, in force now")
        } catch {
            logger.error("not read again, the old configuration and rules stay in force: \(error.inOneLine)")
        }
    }
}
