// The daemon's command line.

import Testing

@testable import Agent

struct OptionsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var change: @Sendable (inout Options) -> Void
        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Case(arguments: []) { _ in },
        Case(arguments: ["-c", "a.toml"]) { $0.file = "a.toml" },
        Case(arguments: ["-ca.toml"]) { $0.file = "a.toml" },
        Case(arguments: ["-fvc", "a.toml"]) { options in
            options.isForeground = true
            options.isVerbose = true
            options.file = "a.toml"
        },
        Case(arguments: ["-n"]) { $0.task = .testConfiguration },
        Case(arguments: ["-V"]) { $0.task = .version },
        Case(arguments: ["-h"]) { $0.task = .help },
        Case(arguments: ["-p", "inet:1@localhost", "-u", "a:b", "-P", "/x"]) { options in
            options.socket = "inet:1@localhost"
            options.user = "a:b"
            options.pidFile = "/x"
        },
        Case(arguments: ["-f", "--"]) { $0.isForeground = true },
    ])
    func reads(_ entry: Case) throws {
        var expected = try Options([])
        entry.change(&expected)
        #expect(try Options(entry.arguments) == expected)
    }

    @Test(arguments: [
        (["-x"], "unknown option: -x"), (["-c"], "option needs an argument: -c"), (["-fq"], "unknown option: -q"),
        (["a"], "unexpected argument: a"), (["-"], "unexpected argument: -"),
        (["--", "-f"], "unexpected argument: -f"),
    ])
    func refuses(_ arguments: [String], _ reason: String) {
        let failure = #expect(throws: Failure.self) { try Options(arguments) }
        #expect(failure?.status == .usage)
        #expect(failure?.description == reason + "\n" + Options.usage)
    }

    @Test func commandLineGoesOverTheFile() throws {
        let options = try Options(["-f", "-v", "-p", "unix:/x", "-u", "nobody", "-P", "/p"])
        let configuration = try options.applied(to: Configuration())
        #expect(configuration.socket == "unix:/x")
        #expect(configuration.user == "nobody")
        #expect(configuration.pidFile == "/p")
        #expect(configuration.logLevel == .debug)
        #expect(configuration.log == .stderr)
        #expect(try Options([]).applied(to: Configuration()).log == .syslog)
        var toStandardError = Configuration()
        toStandardError.log = .stderr
        #expect(throws: Failure.self) { try Options([]).applied(to: toStandardError) }
        #expect(try Options(["-n"]).applied(to: toStandardError).log == .stderr)
        #expect(throws: Failure.self) { try Options(["-p", "x"]).applied(to: Configuration()) }
    }
}

struct LogLineTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\nb\r\u{1b}[31m", "a\\x0ab\\x0d\\x1b[31m"), ("\u{9b}\u{2028}", "\\x9b\\x2028"),
        ("é", "é"),
    ])
    func controlCharactersAreEscaped(_ text: String, _ line: String) {
        #expect(escapedForLog(text) == line)
    }

    @Test func longLinesAreCut() {
        #expect(escapedForLog(String(repeating: "a", count: 5_000)).utf8.count == 1_003)
    }
}
