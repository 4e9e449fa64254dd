// What the commands take from the agent's configuration file where there is one, and the flags over it.

import Agent
import ArgumentParser
import Classification
import Glibc
import ReturnPath
import TOMLOptions

/// `-c FILE`: the agent's configuration.
struct Settings: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The agent's configuration file; where the default one is not there, built-in defaults hold.",
            valueName: "file"))
    var config: String = Options.defaultFile

    /// The file's options, or the defaults where the default file is not there.
    func configuration() throws -> Configuration {
        try configurationFile(config, default: Options.defaultFile)
            .map { path in try reporting { try Configuration(file: path) } } ?? Configuration()
    }
}

/// `[JOURNAL]`: which journal.
struct JournalArgument: ParsableArguments {
    @OptionGroup var settings: Settings

    @Argument(
        help: "The journal's file; of a rotated journal the one that is appended to (default: the configuration's).",
        completion: .file())
    var journal: String?

    /// Takes none: what to do is said of what is given.
    @Argument(help: .hidden) var more: [String] = []

    func validate() throws {
        if more.isEmpty { return }
        throw ValidationError(
            "several files: name the one that is appended to; the rotated ones beside it are read with it")
    }

    /// Ends with EX_NOINPUT where there is no such file, unless that may be so, or a folder.
    func path(mayBeAbsent: Bool = false) throws -> String {
        try journalFile(journal ?? settings.configuration().journal, mayBeAbsent: mayBeAbsent)
    }
}

/// `--rules DIR`: which rules.
struct RulesOption: ParsableArguments {
    @OptionGroup var settings: Settings

    @Option(
        help: ArgumentHelp(
            "A folder of rule files instead of the configuration's or the shipped ones.", valueName: "folder"),
        completion: .directory)
    var rules: String?

    /// The files of the rules in force.
    func source(_ configuration: Configuration) throws -> RuleSource {
        if let rules { try expectReadable(rules) }
        let folders = try reporting { try RuleFolders(configured: rules ?? configuration.rulesDir) }
        return try reporting { try RuleSource(site: folders.site, shipped: folders.shipped) }
    }

    /// The rules in force, compiled or from the cache.
    func classifier(_ configuration: Configuration) throws -> Classifier {
        let source = try source(configuration)
        return Classifier(rules: try reporting { try RuleSet.load(source) })
    }
}

/// The path of a journal, once it is seen that a file is there. Where, unless that may be so, nothing is, this is said, and the program
/// ends with EX_NOINPUT; where it names something else, as `expectJournal` says.
func journalFile(_ path: String, mayBeAbsent: Bool = false) throws -> String {
    do {
        _ = try PathKind(path)
    } catch {
        if mayBeAbsent, error.isAbsent { return path }
        let usage = ": name the journal's file as the last argument, or the agent's configuration with -c"
        complain(advice(to: .read, path) ?? "\(error)\(error.isAbsent ? usage : "")")
        throw ExitCode.noInput
    }
    try expectJournal(path)
    return path
}

/// Says what a path names where that is no journal, and ends the program: with EX_NOINPUT for a folder, with EX_DATAERR for a file that
/// is compressed or of another kind. `option`: the one of the configuration that has the path.
func expectJournal(_ path: String, option: String? = nil) throws {
    let prefix = option.map { "\($0): " } ?? ""
    if (try? PathKind(path)) == .folder {
        complain("\(prefix)\(path): is a folder: name the journal's file in it, as \(Configuration().journal)")
        throw ExitCode.noInput
    }
    if let mistaken = MistakenInput(ofFile: path), mistaken != .journal {
        complain(prefix + mistaken.advice(path, then: "name the file that it makes"))
        throw ExitCode.dataError
    }
}

extension Examiner {
    /// The agent's own: with its keys and what it remembers of sent mail. What of it this user cannot read is said, and done without.
    init(_ settings: Configuration, _ classifier: Classifier) {
        var keys = Keyring([])
        do {
            keys = try Keyring(settings)
        } catch {
            complain("\(error); stamps and signed return paths are not looked at")
        }
        var sentMail: SentMail?
        do {
            if !settings.sentMailFolder.isEmpty { sentMail = try SentMail(settings, isWritable: false) }
        } catch {
            complain("\(error); what was sent is not looked at")
        }
        let trust = TrustPolicy(settings, keys: keys, sentMail: sentMail)
        self.init(limits: settings, trust: trust) { classifier.classify($0) }
    }
}

/// The path of a configuration, once it is seen that its file can be read; nil where the default one is not there. Ends with EX_NOINPUT
/// where it cannot be read.
func configurationFile(_ path: String, default defaultPath: String) throws -> String? {
    if path == defaultPath, access(path, F_OK) != 0, errno == ENOENT { return nil }
    try expectReadable(path)
    return path
}

/// Ends with EX_NOINPUT where what was named cannot be read.
func expectReadable(_ path: String) throws {
    if access(path, R_OK) == 0 { return }
    let error = InputError(path)
    complain(advice(to: .read, path) ?? "\(error)")
    throw ExitCode.noInput
}

/// Says what is wrong with the rules or the configuration and ends with EX_CONFIG.
func reporting<Value>(_ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let error as RuleError {
        for problem in error.problems { complain("\(problem)") }
        throw ExitCode.configuration
    } catch let error as ConfigurationError {
        for problem in error.problems { complain("\(problem)") }
        throw ExitCode.configuration
    }
}
