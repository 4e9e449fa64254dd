// What the daemon needs before it can listen, each step with the exit status of its failure.

import Classification
import Glibc
import Journal
import Logging
import Milter
import POSIX
import ReturnPath
import TOMLOptions

enum Startup {
    /// The configuration file with the command line over it.
    static func configuration(_ options: Options) throws(Failure) -> Configuration {
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try Configuration(file: options.file)
        } catch {
            throw Failure(.configuration, "\(error)")
        }
        return try options.applied(to: configuration)
    }

    /// Has the rules compiled into the cache by another process (the daemon's own -n), where there is a cache: compiling takes memory and
    /// time that a daemon should not keep or share with mail. What goes wrong is found, and told, when the rules are read.
    static func compileRules(_ options: Options) {
        guard RuleCache() != nil, let program = realpath("/proc/self/exe", nil) else { return }
        defer { free(program) }
        _ = try? Processes.run(String(cString: program), ["-n", "-c", options.file])
    }

    /// The files of the rules that the configuration names. They are only read here, which root may do for the daemon's user.
    static func rules(_ configuration: Configuration) throws(Failure) -> RuleSource {
        do {
            let folders = try RuleFolders(configured: configuration.rulesDir)
            return try RuleSource(site: folders.site, shipped: folders.shipped)
        } catch let error as ConfigurationError {
            throw Failure(.configuration, "\(error)")
        } catch {
            throw Failure(.configuration, "rules: \(error)")
        }
    }

    /// Why a reload would find the configuration or the rules unreadable now that the process is another user's; nil where it would
    /// not.
    static func obstacleToReload(_ options: Options) -> String? {
        do throws(Failure) {
            _ = try rules(try configuration(options))
            return nil
        } catch {
            return "user \(Users.ownName) cannot read them again on SIGUSR1: \(error.inOneLine)"
        }
    }

    /// The examiner with these rules and the keys that the configuration names.
    static func examiner(
        _ configuration: Configuration, _ source: RuleSource, sentMail: SentMail? = nil
    ) throws(Failure) -> Examiner {
        let rules: RuleSet
        do throws(RuleError) {
            rules = try RuleSet.load(source)
        } catch {
            throw Failure(.configuration, "rules: \(error)")
        }
        let classifier = Classifier(rules: rules)
        do throws(KeyFileError) {
            let trust = TrustPolicy(configuration, keys: try Keyring(configuration), sentMail: sentMail)
            return Examiner(limits: configuration, trust: trust) { classifier.classify($0) }
        } catch {
            throw Failure(.configuration, "\(error)")
        }
    }

    /// What was sent lately; nil where it is not to be remembered.
    static func sentMail(_ configuration: Configuration) throws(Failure) -> SentMail? {
        guard !configuration.sentMailFolder.isEmpty else { return nil }
        do throws(SentMailError) {
            return try SentMail(configuration)
        } catch {
            throw Failure(.cannotCreate, "sent_mail.folder: \(error)")
        }
    }

    static func journal(_ configuration: Configuration, _ logger: Logger) throws(Failure) -> JournalWriter {
        var settings = JournalConfiguration(path: configuration.journal)
        settings.rotateBytes = configuration.journalMaxBytes
        settings.rotateSeconds = configuration.journalMaxAgeHours * 3600
        settings.onNotice = { notice in logger.log(level: notice.isWarning ? .warning : .notice, "\(notice)") }
        do throws(JournalError) {
            return try JournalWriter(configuration: settings)
        } catch {
            throw Failure(error)
        }
    }

    /// Looks at the journal that is there, without changing anything. A `Failure` is what `journal` would end with, but for a process that
    /// writes it now.
    static func journalWarnings(_ configuration: Configuration) throws(Failure) -> [String] {
        let path = configuration.journal
        do throws(JournalError) {
            try JournalWriter.test(path: path)
        } catch {
            throw Failure(error)
        }
        // A folder that is not there has been told.
        guard (try? Files.hasRoom(at: NeededFolder.parent(of: path))) == false else { return [] }
        return ["journal: \(path): its file system is full: see on_journal_failure for what the MTA is told meanwhile"]
    }

    /// What writes into the journal; it knows what stands at the journal's end.
    static func recorder(_ configuration: Configuration, _ journal: JournalWriter) throws(Failure) -> Recorder {
        let recorder = Recorder(limit: configuration.recentIDs) { (records) throws(JournalError) in
            _ = try journal.append(records)
        }
        guard configuration.recentIDs > 0 else { return recorder }
        do throws(JournalError) {
            let reader = try JournalReader(path: configuration.journal, from: .last(configuration.recentIDs))
            while let item = try reader.next() {
                if case .entry(let entry) = item { recorder.recall(entry.record) }
            }
        } catch {
            throw Failure(error)
        }
        return recorder
    }

    static func server(_ configuration: Configuration, _ privileges: Privileges) throws(Failure) -> MilterServerSettings
    {
        do throws(MilterSocketError) {
            return MilterServerSettings(
                socket: try MilterSocket(configuration.socket), mode: octalMode(configuration.socketMode) ?? 0o600,
                group: privileges.socketGroup, backlog: CInt(clamping: configuration.backlog),
                timeoutSeconds: CInt(clamping: configuration.timeoutSeconds))
        } catch {
            throw Failure(.configuration, "\(error)")
        }
    }

    static func listen(_ filter: BounceFilter, _ settings: MilterServerSettings) throws(Failure) {
        do throws(MilterServerError) {
            try MilterServer.open(filter, settings)
        } catch {
            let status: ExitStatus =
                switch error {
                case .inUse: .unavailable
                case .socket(_, _, EACCES), .socket(_, _, EPERM): .noPermission
                case .notASocket, .socket, .open, .resolve: .cannotCreate
                case .libmilter, .run: .software
                }
            throw Failure(status, "\(error)")
        }
    }

    static func logger(_ configuration: Configuration) -> Logger {
        let level = LogLevel(configuration.logLevel.level)
        let isSyslog = configuration.log == .syslog
        return Logger(label: "bounce-milter") { _ -> any LogHandler in
            if isSyslog { SystemLog(level: level) } else { StandardErrorLog(level: level) }
        }
    }
}

extension Failure {
    fileprivate init(_ error: JournalError) {
        let status: ExitStatus =
            switch error {
            case .locked: .unavailable
            case .notAllowed: .cannotCreate
            case .notAJournal, .checkpointUnknown: .dataError
            case .diskFull, .readOnly, .inputOutput, .closed: .ioError
            }
        var words = "\(error)"
        if case .notAllowed(let failure) = error, failure.errno == EACCES || failure.errno == EPERM {
            words = "journal: \(words); it must be the daemon's: chown \(Users.ownName) \(failure.path)"
        }
        self.init(status, words)
    }
}
