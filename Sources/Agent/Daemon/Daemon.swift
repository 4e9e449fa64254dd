// The daemon from its command line to its exit status. bounce-milter(8).

import Glibc
import Journal
import Logging
import Milter
import POSIX

/// bounce-milter(8) itself.
package enum Daemon {
    /// Runs until it is told to stop; the arguments are those behind the program's name. Must be called by the first thread, before
    /// any other is made.
    package static func run(_ arguments: [String]) -> CInt {
        var background = Background.foreground
        do throws(Failure) {
            let options = try Options(arguments)
            switch options.task {
            case .help: say(Options.help, to: STDOUT_FILENO)
            case .version: say("bounce-milter \(productVersion)", to: STDOUT_FILENO)
            case .testConfiguration:
                for warning in try ConfigurationTest.run(options) {
                    say("bounce-milter: warning: \(warning)", to: STDERR_FILENO)
                }
                say("\(options.file): ok", to: STDOUT_FILENO)
            case .run: try run(options.withAbsoluteFile(), &background)
            }
            return ExitStatus.ok.rawValue
        } catch {
            for line in error.description.split(separator: "\n") {
                say(line == Options.usage ? "\(line)" : "bounce-milter: \(line)", to: STDERR_FILENO)
            }
            background.report(error.status)
            return error.status.rawValue
        }
    }

    private static func run(_ options: Options, _ background: inout Background) throws(Failure) {
        let configuration = try Startup.configuration(options)
        let privileges = try Privileges(configuration)
        let rules = try Startup.rules(configuration)
        if !options.isForeground { background = try Background.enter() }
        umask(0o027)
        Reloader.blockSignals()
        // A limit of a file's size is then a failed write, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        let pidFile = configuration.pidFile.isEmpty ? nil : try PIDFile(path: configuration.pidFile)
        defer { pidFile?.remove() }
        try privileges.drop(allowRoot: configuration.allowRoot)

        let logger = Startup.logger(configuration)
        if privileges.areGivenAway, let obstacle = Startup.obstacleToReload(options) { logger.warning("\(obstacle)") }
        for (folder, words) in try NeededFolder.missing(configuration) {
            guard folder.isOptional else { throw Failure(.cannotCreate, words) }
            logger.warning("\(words)")
        }
        Startup.compileRules(options)
        let sentMail = try Startup.sentMail(configuration)
        let examiner = try Startup.examiner(configuration, rules, sentMail: sentMail)
        let journal = try Startup.journal(configuration, logger)
        defer { journal.close() }
        let capture = CaptureQueue(logger: logger)
        defer { capture.stop() }
        let recorder = try Startup.recorder(configuration, journal)
        let sentMailQueue = sentMail.map { SentMailQueue($0, logger: logger) }
        defer { sentMailQueue?.stop() }
        let campaigns =
            configuration.campaignHeader.isEmpty
            ? nil : SentCampaigns(file: configuration.journal + ".campaigns", logger: logger)
        let filter = BounceFilter(
            configuration, examiner, capture: capture, sentMail: sentMailQueue, campaigns: campaigns,
            failed: recorder.failed, logger: logger
        ) { (records) throws(JournalError) in try recorder.append(records)
        }
        let settings = try Startup.server(configuration, privileges)
        try Startup.listen(filter, settings)
        let socket = SocketGuard(settings.socket)
        defer { socket?.remove() }
        let watcher = LogWatcher(filter, checkpointFile: configuration.journal + ".delivery-log")
        defer { watcher.stop() }
        try watcher.start()
        try Reloader(options: options, filter: filter, started: configuration, logger: logger).start()

        logger.notice("version \(productVersion) listens at \(settings.socket)")
        background.report(.ok)
        do throws(MilterServerError) {
            try MilterServer.run(settings)
        } catch {
            logger.error("\(error)")
            throw Failure(.software, "\(error)")
        }
        logger.notice("ended")
    }

    private static func say(_ text: String, to descriptor: CInt) {
        // There is nobody to tell that the terminal is gone.
        try? Files.write(Array((text + "\n").utf8), to: descriptor, "terminal")
    }
}

extension Options {
    /// The daemon leaves its folder, and reads the file again on reload.
    fileprivate func withAbsoluteFile() -> Options {
        var options = self
        if !file.hasPrefix("/"), let path = realpath(file, nil) {
            options.file = String(cString: path)
            free(path)
        }
        return options
    }
}
