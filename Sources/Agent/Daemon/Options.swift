// The daemon's command line, with the letters that postmasters know from opendkim(8). bounce-milter(8), "OPTIONS".

import Milter

/// What the command line says.
package struct Options: Sendable, Equatable {
    /// What the daemon is to do.
    package enum Task: Sendable, Equatable { case run, testConfiguration, version, help }

    package static let defaultFile = "/etc/bounce-milter/bounce-milter.toml"

    package var task = Task.run
    package var file = Options.defaultFile
    package var isForeground = false
    package var isVerbose = false
    package var socket: String?
    package var user: String?
    package var pidFile: String?

    package static let usage = """
        usage: bounce-milter [-fhnVv] [-c file] [-P pidfile] [-p socket] [-u user[:group]]
        """

    package static let help = """
        usage: bounce-milter [-fhnVv] [-c file] [-P pidfile] [-p socket] [-u user[:group]]

          -c file          read this configuration instead of \(defaultFile)
          -f               stay in the foreground
          -h               print this
          -n               test the configuration and the rules, then exit
          -P pidfile       write the process ID there
          -p socket        listen there: unix:PATH, inet:PORT@HOST, inet6:PORT@HOST
          -u user[:group]  run as this user, when started as root
          -V               print the version
          -v               log more

        See bounce-milter(8).
        """

    /// Reads the arguments that follow the program's name, as getopt(3) would: flags may stand together, an argument may follow its
    /// letter at once. (getopt itself keeps its state in globals, which Swift 6 does not let be used.) A `Failure` (usage) where
    /// they are wrong.
    package init(_ arguments: [String]) throws(Failure) {
        var words = arguments[...]
        while let word = words.first, word.utf8.count > 1, word.utf8.first == UInt8(ascii: "-") {
            words.removeFirst()
            if word == "--" { break }
            if word.hasPrefix("--") { throw Failure(.usage, "unknown option: \(word); -h prints the options") }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                guard "cPpu".contains(letter) else {
                    try set(letter)
                    continue
                }
                guard let argument = letters.isEmpty ? words.popFirst() : String(letters) else {
                    throw Failure(.usage, "option needs an argument: -\(letter)\n\(Self.usage)")
                }
                switch letter {
                case "c": file = argument
                case "P": pidFile = argument
                case "p": socket = argument
                default: user = argument
                }
                letters = ""
            }
        }
        if let word = words.first { throw Failure(.usage, "unexpected argument: \(word)\n\(Self.usage)") }
    }

    private mutating func set(_ flag: Character) throws(Failure) {
        switch flag {
        case "f": isForeground = true
        case "h": task = .help
        case "n": task = .testConfiguration
        case "V": task = .version
        case "v": isVerbose = true
        default: throw Failure(.usage, "unknown option: -\(flag)\n\(Self.usage)")
        }
    }

    /// The configuration with what the command line sets put over it.
    package func applied(to configuration: Configuration) throws(Failure) -> Configuration {
        var configuration = configuration
        if let socket {
            do {
                _ = try MilterSocket(socket)
            } catch {
                throw Failure(.usage, "-p: \(error)")
            }
            configuration.socket = socket
        }
        if let user { configuration.user = user }
        if let pidFile { configuration.pidFile = pidFile }
        if isVerbose { configuration.logLevel = .debug }
        if configuration.log == .auto { configuration.log = isForeground ? .stderr : .syslog }
        if configuration.log == .stderr, !isForeground, task == .run {
            throw Failure(
                .configuration, "log = \"stderr\": the daemon has none in the background; use \"syslog\", or -f")
        }
        return configuration
    }
}
