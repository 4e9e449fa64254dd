// The built daemon as its users meet it: exit statuses, sockets, reload, the end; and one message through all of it.

import Foundation
import Glibc
import Journal
import MilterClient
import POSIX
import Testing

@testable import Agent

/// A folder with a configuration and rules, in which daemons run.
private final class Site {
    let folder: TemporaryFolder
    var path: String { folder.path }
    var socketPath: String { path + "/sock" }
    var configurationPath: String { path + "/bounce-milter.toml" }

    init(_ more: String = "") throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: path + "/rules", withIntermediateDirectories: false)
        try write(
            "rules/10-test.toml",
            "[[rule]]\nid = \"test.no-user\"\ncategory = \"mailbox-unknown\"\nstatus = [\"5.1.1\"]\n")
        try configure(more)
    }

    func configure(_ more: String) throws {
        try write(
            "bounce-milter.toml",
            """
            socket = "unix:\(socketPath)"
            journal = "\(path)/journal"
            rules_dir = "\(path)/rules"
            user = "root"
            \(more.contains("allow_root") ? "" : "allow_root = true")
            \(more)

            """)
    }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
    }

    func text(_ name: String) -> String { (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "" }

    /// The daemon of this build, beside the tests.
    private static var program: URL {
        URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent().appending(
            path: "bounce-milter")
    }

    func start(_ arguments: [String]) throws -> RunningDaemon {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: path)
        let log = path + "/log." + UUID().uuidString
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = try #require(FileHandle(forWritingAtPath: log))
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return RunningDaemon(process: process, log: log)
    }

    /// Starts one in the foreground and waits until it listens.
    func startListening() throws -> RunningDaemon {
        let daemon = try start(["-c", configurationPath, "-f"])
        try #require(daemon.logs("listens at"))
        return daemon
    }

    /// The exit status and the output of one that ends by itself.
    func run(_ arguments: [String]) throws -> (status: CInt, output: String) {
        let daemon = try start(arguments)
        daemon.process.waitUntilExit()
        return (daemon.process.terminationStatus, daemon.output)
    }
}

private final class RunningDaemon {
    let process: Process
    private let log: String

    init(process: Process, log: String) {
        self.process = process
        self.log = log
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Whether a text comes into its log within a time that is ample.
    func logs(_ text: String) -> Bool {
        eventually { self.output.contains(text) || !self.process.isRunning } && output.contains(text)
    }

    func end() -> CInt {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

private func eventually(_ isTrue: () -> Bool) -> Bool {
    for _ in 0..<3_000 {
        if isTrue() { return true }
        usleep(10_000)
    }
    return false
}

@Suite(.serialized) struct DaemonTests {
    @Test func tellsVersionAndHelp() throws {
        let site = try Site()
        #expect(try site.run(["-V"]) == (0, "bounce-milter \(productVersion)\n"))
        #expect(try site.run(["-h"]) == (0, Options.help + "\n"))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var more = ""
        var arguments = ["-n"]
        var status: CInt
        var words: String
        var testDescription: String { words }
    }

    @Test(arguments: [
        Refusal(arguments: ["-n"], status: 0, words: "bounce-milter.toml: ok"),
        Refusal(arguments: ["-z"], status: 64, words: "unknown option: -z"),
        Refusal(arguments: ["-f", "-p", "x"], status: 64, words: "-p: "),
        Refusal(arguments: ["-f", "-p", "inet:8891"], status: 64, words: "write \"inet:8891@127.0.0.1\""),
        Refusal(arguments: ["-f", "-p", "inet6:8891@127.0.0.1"], status: 73, words: "socket's host 127.0.0.1: "),
        Refusal(
            more: "bounce_adresses = []", status: 78,
            words: "unknown option \"bounce_adresses\"; did you mean \"bounce_addresses\"?"),
        Refusal(more: "backlog = -1", status: 78, words: "backlog must be a whole number"),
        Refusal(
            arguments: ["-n", "-c", "/nonexistent.toml"], status: 78,
            words: "/nonexistent.toml: No such file or directory"),
        Refusal(
            more: "socket_group = \"no-such-group\"", arguments: ["-f"], status: 67,
            words: "socket_group: no such group: \"no-such-group\""),
        Refusal(
            arguments: ["-f", "-u", "no-such-user"], status: 67,
            words:
                "no such user: \"no-such-user\"; make one: adduser --system --group --home /var/lib/bounce-milter no-such-user"
        ),
        Refusal(
            more: "stamp.key_files = [\"/nonexistent/a.key\"]", status: 78,
            words: "/nonexistent/a.key: No such file or directory; make it: (umask 077 && openssl rand -base64 32 "
                + ">/nonexistent/a.key) && chown root /nonexistent/a.key"),
        Refusal(more: "delivery_log.path = \"/etc\"", status: 78, words: "delivery_log.path: /etc: is a folder"),
        Refusal(arguments: ["-n", "-u", "no-such-user"], status: 67, words: "no such user: \"no-such-user\""),
        Refusal(arguments: ["-n", "-u", "nobody:no-such"], status: 67, words: "user: no such group: \"no-such\""),
        Refusal(arguments: ["-f", "-u", ":mail"], status: 67, words: "no such user: \"\""),
        Refusal(more: "allow_root = false", arguments: ["-f"], status: 77, words: "refuses to run as root"),
        Refusal(more: "allow_root = false", status: 77, words: "refuses to run as root: set user to another than root"),
    ])
    func refusesWithTheStatusOfItsReason(_ refusal: Refusal) throws {
        // The last ones need a process that is root to begin with.
        if refusal.arguments.contains("-u") || refusal.words.contains("root"), geteuid() != 0 { return }
        let site = try Site(refusal.more)
        let (status, output) = try site.run(["-c", site.configurationPath] + refusal.arguments)
        #expect(status == refusal.status)
        #expect(output.contains(refusal.words))
        #expect(!FileManager.default.fileExists(atPath: site.socketPath))
    }

    @Test func eachThingThatIsWrongHasItsLine() throws {
        let site = try Site("bakclog = 1\nlog_level = 3")
        let (_, output) = try site.run(["-n", "-c", site.configurationPath])
        let lines = output.split(separator: "\n")
        #expect(lines.count == 2)
        for line in lines { #expect(line.hasPrefix("bounce-milter: \(site.configurationPath):")) }
        #expect(try site.run(["-z"]).output == "bounce-milter: unknown option: -z\n\(Options.usage)\n")
    }

    @Test func badRulesAreRefused() throws {
        let site = try Site()
        try site.write(
            "rules/20-bad.toml",
            "[[rule]]\nid = \"test.other\"\ncategory = \"no-such-category\"\nstatus = [\"5.1.2\"]\n")
        let (status, output) = try site.run(["-n", "-c", site.configurationPath])
        #expect(status == 78)
        #expect(output.contains("20-bad.toml:"))
    }

    @Test func journalFolderThatIsNotThere() throws {
        let site = try Site()
        try site.configure("pid_file = \"\(site.path)/pid\"")
        try site.write(
            "bounce-milter.toml", site.text("bounce-milter.toml").replacing("/journal\"", with: "/none/journal\""))
        let (status, output) = try site.run(["-f", "-c", site.configurationPath])
        #expect(status == 73)
        #expect(
            output.contains("journal: \(site.path)/none: No such file or directory; the folder must be there"))
        #expect(output.contains("install -d -o \(Users.ownName) -m 750 \(site.path)/none\n"))
        #expect(!FileManager.default.fileExists(atPath: site.path + "/pid"))
        // The one who started it in the background hears the same.
        #expect(try site.run(["-c", site.configurationPath]).status == 73)
    }

    @Test func socketFolderThatIsNotThere() throws {
        let site = try Site("socket_group = \"mail\"")
        let (status, output) = try site.run(
            ["-f", "-c", site.configurationPath, "-p", "unix:\(site.path)/none/sock"])
        #expect(status == 73)
        #expect(output.contains("socket: \(site.path)/none: No such file or directory; the folder must be there"))
        #expect(output.contains("install -d -o \(Users.ownName) -g mail -m 2750 \(site.path)/none\n"))
    }

    @Test func captureFolderThatIsNotThereIsTold() throws {
        let site = try Site()
        try site.configure("capture_dir = \"\(site.path)/captured\"")
        let daemon = try site.startListening()
        #expect(daemon.output.contains("warning: capture_dir: \(site.path)/captured: No such file or directory"))
        #expect(daemon.end() == 0)
    }

    @Test func aStaleSocketIsReplacedAndGetsItsMode() throws {
        let site = try Site("socket_mode = \"0622\"")
        let first = try site.startListening()
        kill(first.process.processIdentifier, SIGKILL)
        first.process.waitUntilExit()
        #expect(FileManager.default.fileExists(atPath: site.socketPath))
        let second = try site.startListening()
        var status = stat()
        #expect(lstat(site.socketPath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o622)
        #expect(second.end() == 0)
        #expect(!FileManager.default.fileExists(atPath: site.socketPath))
    }

    @Test func whatSomebodyElseHasIsLeftAlone() throws {
        let site = try Site()
        let daemon = try site.startListening()
        let other = try Site()
        try other.configure("# other")
        let text = other.text("bounce-milter.toml").replacing(other.socketPath, with: site.socketPath)
        try other.write("bounce-milter.toml", text)
        #expect(try other.run(["-f", "-c", other.configurationPath]).status == 69)
        // The journal has one writer.
        #expect(try site.run(["-f", "-c", site.configurationPath, "-p", "unix:\(site.path)/other"]).status == 69)
        #expect(throws: Never.self) { try site.client().quit() }
        #expect(daemon.end() == 0)

        try site.write("sock", "mine")
        let (status, output) = try site.run(["-f", "-c", site.configurationPath])
        #expect(status == 73)
        #expect(output.contains("socket \(site.socketPath): is a file of another kind: name another path"))
        #expect(site.text("sock") == "mine")
    }

    @Test func backgroundEndsWhenTheSocketListens() throws {
        let site = try Site()
        let (status, _) = try site.run(["-c", "bounce-milter.toml", "-P", site.path + "/pid"])
        #expect(status == 0)
        #expect(throws: Never.self) { try site.client().quit() }
        let process = try #require(pid_t(site.text("pid").trimmingCharacters(in: .newlines)))
        var file = stat()
        #expect(lstat(site.path + "/pid", &file) == 0)
        #expect(file.st_mode & 0o777 == 0o644)
        // A second daemon changes nothing.
        #expect(try site.run(["-c", "bounce-milter.toml", "-P", site.path + "/pid"]).status == 69)
        #expect(site.text("pid") == "\(process)\n")
        #expect(kill(process, SIGTERM) == 0)
        #expect(eventually { kill(process, 0) != 0 })
        #expect(!FileManager.default.fileExists(atPath: site.path + "/pid"))
        #expect(!FileManager.default.fileExists(atPath: site.socketPath))
    }

    @Test func testingTellsOfFoldersThatAreNotThere() throws {
        let site = try Site()
        try site.write(
            "bounce-milter.toml", site.text("bounce-milter.toml").replacing("/journal\"", with: "/none/journal\""))
        let (status, output) = try site.run(["-n", "-c", site.configurationPath])
        #expect(status == 0)
        #expect(
            output.contains("warning: journal: \(site.path)/none: No such file or directory; the folder must be there"))
        #expect(output.hasSuffix("bounce-milter.toml: ok\n"))
    }

    @Test(.enabled(if: geteuid() == 0)) func testingTellsOfFoldersThatTheUserDoesNotGetTo() throws {
        let site = try Site("allow_root = false")
        #expect(chmod(site.path, 0o755) == 0)
        #expect(mkdir(site.path + "/closed", 0o700) == 0)
        let text = site.text("bounce-milter.toml").replacing("/journal\"", with: "/closed/journal\"")
        try site.write("bounce-milter.toml", text)
        let (status, output) = try site.run(["-n", "-c", site.configurationPath, "-u", "nobody"])
        #expect(status == 73)
        #expect(
            output.contains(
                "journal: \(site.path)/closed: Permission denied: user nobody does not get there; name a folder elsewhere\n"
            ))
    }

    @Test(.enabled(if: geteuid() == 0)) func testingTellsOfFoldersThatTheUserMayNotUse() throws {
        let site = try Site("allow_root = false")
        #expect(chmod(site.path, 0o755) == 0)
        let arguments = ["-n", "-c", site.configurationPath, "-u", "nobody"]
        let (status, output) = try site.run(arguments)
        #expect(status == 73)
        // The folder is somebody else's: it is not to be given away.
        #expect(
            output.contains(
                "journal: \(site.path): Permission denied; name a folder of the daemon's own, as \(site.path)/bounce-milter: "
                    + "install -d -o nobody -m 750 \(site.path)/bounce-milter\n"))
        #expect(mkdir(site.path + "/bounce-milter", 0o755) == 0)
        #expect(!(try site.run(arguments).output.contains("install")))
        let user = try #require(Users.user(named: "nobody"))
        #expect(chown(site.path, user.user, user.group) == 0)
        #expect(try site.run(arguments) == (0, "\(site.configurationPath): ok\n"))
    }

    @Test func testingTellsOfAnotherFileWhereTheJournalShouldBe() throws {
        let site = try Site()
        try site.write("journal", "Dear Anna,\n")
        let (status, output) = try site.run(["-n", "-c", site.configurationPath])
        #expect(status == 65)
        #expect(output.contains("journal: \(site.path)/journal: not a journal; name another file"))
        #expect(site.text("journal") == "Dear Anna,\n")
    }

    /// It looks, and that is all: another one may be writing.
    /// As /proc, and as a tmpfs of no limited size.
    @Test func aFileSystemWithoutFiguresIsNotFull() throws {
        #expect(try Files.hasRoom(at: "/proc"))
    }

    @Test func testingLeavesTheJournalAsItIs() throws {
        let site = try Site()
        #expect(try site.run(["-n", "-c", site.configurationPath]).status == 0)
        #expect(!FileManager.default.fileExists(atPath: site.path + "/journal"))
        let daemon = try site.startListening()
        #expect(try site.run(["-n", "-c", site.configurationPath]) == (0, "\(site.configurationPath): ok\n"))
        #expect(daemon.end() == 0)
        let torn = "{\"v\":1,\"seq\":1,\"time"
        try site.write("journal", torn)
        #expect(try site.run(["-n", "-c", site.configurationPath]).status == 0)
        #expect(site.text("journal") == torn)
    }

    @Test(.enabled(if: geteuid() == 0), arguments: ["journal", "journal.lock"])
    func testingTellsOfAJournalThatIsAnothersToWrite(name: String) throws {
        let site = try Site("allow_root = false")
        let user = try #require(Users.user(named: "nobody"))
        #expect(chown(site.path, user.user, user.group) == 0)
        try site.write(name, "")
        for arguments in [["-n"], ["-f"]] {
            let (status, output) = try site.run(arguments + ["-c", site.configurationPath, "-u", "nobody"])
            #expect(status == 73)
            #expect(
                output.contains("\(site.path)/\(name): Permission denied; it must be the daemon's: chown nobody"))
        }
    }

    @Test func testingTellsOfALogThatIsNotThere() throws {
        let site = try Site("delivery_log.path = \"/nonexistent/mail.log\"")
        let (status, output) = try site.run(["-n", "-c", site.configurationPath])
        #expect(status == 0)
        #expect(
            output.contains(
                "warning: delivery_log.path: /nonexistent/mail.log: No such file or directory; it is waited for\n"))
    }

    @Test(.enabled(if: geteuid() == 0)) func testingTellsOfALogThatTheUserMayNotRead() throws {
        let site = try Site("allow_root = false")
        let user = try #require(Users.user(named: "nobody"))
        #expect(chown(site.path, user.user, user.group) == 0)
        let log = site.path + "/mail.log"
        try site.configure("allow_root = false\ndelivery_log.path = \"\(log)\"")
        try site.write("mail.log", "")
        #expect(chmod(log, 0o640) == 0)
        let arguments = ["-n", "-c", site.configurationPath, "-u", "nobody"]
        let (status, output) = try site.run(arguments)
        #expect(status == 77)
        #expect(
            output.contains(
                "delivery_log.path: \(log): Permission denied: user nobody cannot read it; on Debian: adduser nobody adm\n"
            ))
        #expect(chmod(log, 0o644) == 0)
        #expect(try site.run(arguments) == (0, "\(site.configurationPath): ok\n"))
    }

    /// The log's records are told as the milter's are.
    @Test func eachRecordOfTheLogHasItsLine() throws {
        let site = try Site()
        try site.configure("delivery_log.path = \"\(site.path)/mail.log\"")
        try site.write("mail.log", "")
        let daemon = try site.startListening()
        #expect(daemon.logs("followed from byte 0 on"))
        try site.write(
            "mail.log",
            "Nov 21 04:48:12 mx1 postfix/smtp[1]: 4Q: to=<anna@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=2, dsn=5.1.1, status=bounced (host mx.a.example[192.0.2.1] said: 550 5.1.1 no)\n"
        )
        #expect(daemon.logs("4Q: bounce: to=<anna@a.example>, dsn=5.1.1, reply=550, category=mailbox-unknown, "))
        #expect(daemon.end() == 0)
    }

    /// As in a checkout in root's home.
    @Test(.enabled(if: geteuid() == 0)) func rulesThatOnlyRootCanReadHoldUntilAReload() throws {
        let site = try Site("allow_root = false")
        let user = try #require(Users.user(named: "nobody"))
        #expect(chown(site.path, user.user, user.group) == 0)
        #expect(chmod(site.path + "/rules", 0o700) == 0)
        let daemon = try site.start(["-c", site.configurationPath, "-f", "-u", "nobody"])
        #expect(daemon.logs("listens at"))
        #expect(
            daemon.output.contains("warning: user nobody cannot read them again on SIGUSR1: rules: \(site.path)/rules"))
        kill(daemon.process.processIdentifier, SIGUSR1)
        #expect(daemon.logs("the old configuration and rules stay in force: rules: \(site.path)/rules"))
        #expect(daemon.output.contains("Permission denied"))
        #expect(try site.send(try Samples.message("postfix-own", crlf: true), from: "").last?.stage == .endOfMessage)
        #expect(site.text("journal").contains("test.no-user"))
        #expect(daemon.end() == 0)
    }

    @Test(.enabled(if: geteuid() == 0)) func rootIsGivenAwayForGood() throws {
        let site = try Site("allow_root = false\nsocket_group = \"mail\"")
        let user = try #require(Users.user(named: "nobody"))
        let group = try #require(Users.group(named: "mail"))
        #expect(chown(site.path, user.user, user.group) == 0)
        let daemon = try site.start(["-c", site.configurationPath, "-f", "-u", "nobody"])
        #expect(daemon.logs("listens at"))
        let status = try String(contentsOfFile: "/proc/\(daemon.process.processIdentifier)/status", encoding: .utf8)
        func line(_ name: String) -> [String] {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
            return line.split { $0 == "\t" || $0 == " " }.dropFirst().map(String.init)
        }
        #expect(line("Uid") == Array(repeating: "\(user.user)", count: 4))
        #expect(line("Gid") == Array(repeating: "\(user.group)", count: 4))
        #expect(Set(line("Groups")) == ["\(user.group)", "\(group)"])
        #expect(line("CapEff") == ["0000000000000000"])
        var socket = stat()
        #expect(lstat(site.socketPath, &socket) == 0)
        #expect(socket.st_uid == user.user)
        #expect(socket.st_gid == group)
        #expect(socket.st_mode & 0o777 == 0o660)
        #expect(daemon.end() == 0)
    }

    @Test func reloadTakesGoodFilesAndKeepsTheOldForBadOnes() throws {
        let site = try Site()
        let daemon = try site.startListening()
        let letter = [UInt8]("From: a@example.net\n\nHi\n".utf8)
        #expect(try site.send(letter, from: "a@example.net").last?.stage == .body)

        try site.configure("bounce_addresses = [\"news@bounces.example.com\"]\nbacklog = 7")
        kill(daemon.process.processIdentifier, SIGUSR1)
        #expect(daemon.logs("read again, in force now"))
        #expect(daemon.logs("in force only after a restart: backlog"))
        #expect(try site.send(letter, from: "a@example.net").last?.stage == .endOfMessage)

        try site.configure("bounce_addresses = 1")
        kill(daemon.process.processIdentifier, SIGUSR1)
        #expect(daemon.logs("the old configuration and rules stay in force: \(site.configurationPath):"))
        #expect(try site.send(letter, from: "a@example.net").last?.stage == .endOfMessage)
        #expect(daemon.end() == 0)
    }

    /// The journal's own lines too: they come by another copy of the logger.
    @Test func reloadChangesTheLevelOfAllLines() throws {
        // Without memory of what was recorded: the same report makes a record each time.
        let site = try Site("recent_ids = 0")
        let daemon = try site.startListening()
        let report = try Samples.message("postfix-own", crlf: true)
        /// The journal's warning that somebody took its file away.
        func noticesOfLoss() throws -> Int {
            _ = try site.send(report, from: "")
            #expect(unlink(site.path + "/journal") == 0)
            _ = try site.send(report, from: "")
            return daemon.output.split(separator: "\n").count {
                $0.contains("warning: journal: \(site.path)/journal: another program removed it; a new one is begun")
            }
        }
        #expect(try noticesOfLoss() == 1)

        try site.configure("recent_ids = 0\nlog_level = \"error\"\nbounce_addresses = [\"news@bounces.example.com\"]")
        kill(daemon.process.processIdentifier, SIGUSR1)
        let letter = [UInt8]("From: a@example.net\n\nHi\n".utf8)
        #expect(eventually { (try? site.send(letter, from: "a@example.net").last?.stage) == .endOfMessage })
        #expect(try noticesOfLoss() == 1)
        #expect(daemon.end() == 0)
    }

    /// A limit of a file's size is a failed write, not the end.
    @Test func aLimitOfTheJournalsSizeIsAJournalFailure() throws {
        let site = try Site()
        let daemon = try site.startListening()
        let limiter = try Process.run(
            URL(filePath: "/usr/bin/prlimit"), arguments: ["--pid=\(daemon.process.processIdentifier)", "--fsize=100"])
        limiter.waitUntilExit()
        try #require(limiter.terminationStatus == 0)
        let report = try Samples.message("postfix-own", crlf: true)
        guard case .reply(let text)? = try site.send(report, from: "").last?.answer else {
            Issue.record("not refused")
            return
        }
        #expect(text.hasPrefix("451 4.3.0"))
        #expect(daemon.end() == 0)
    }

    @Test func aReportIsInTheJournalBeforeTheAnswer() throws {
        let site = try Site()
        let daemon = try site.startListening()
        let steps = try site.send(try Samples.message("postfix-own", crlf: true), from: "")
        #expect(steps.last?.stage == .endOfMessage)
        let lines = site.text("journal").split(separator: "\n")
        #expect(lines.count == 1)
        let (_, record) = try Record.decode(Array((lines.first ?? "").utf8) + [10])
        #expect(record.recipient == "Joe@example.org")
        #expect(record.rule == "test.no-user")
        #expect(record.trust == .local)
        #expect(daemon.end() == 0)
    }

    /// A stamp costs one round trip more.
    @Test(arguments: [("", [MilterStage.mail]), ("stamp.key_files = [\"FOLDER/key\"]", [.body, .endOfMessage])])
    func outboundMailCostsAsManyRoundTrips(options: String, awaited: [MilterStage]) throws {
        let site = try Site()
        try site.write("key", String(repeating: "k", count: 44) + "\n")
        chmod(site.path + "/key", 0o600)
        try site.configure(
            "outbound_networks = [\"127.0.0.0/8\"]\n" + options.replacing("FOLDER", with: site.path))
        let daemon = try site.startListening()
        let steps = try site.send([UInt8]("From: a@example.com\n\nHi\n".utf8), from: "a@example.com")
        #expect(steps.filter { $0.answer != .notAwaited && $0.answer != .notSent }.map(\.stage) == awaited)
        #expect(daemon.end() == 0)
    }
}

extension Site {
    fileprivate func client() throws -> MilterClient {
        let client = try MilterClient(.unix(path: socketPath))
        _ = try client.negotiate()
        client.macros = ["j": "mx.example.com", "v": "Postfix 3.7.11", "i": "4QUEUE"]
        return client
    }

    /// Sends a message as Postfix's cleanup(8) would where the sender is empty, else as one from a client; returns the steps.
    fileprivate func send(_ message: [UInt8], from sender: String) throws -> [MilterStep] {
        let client = try client()
        var steps = [try client.connect("localhost", .inet(address: "127.0.0.1", port: sender.isEmpty ? 0 : 4321))]
        let (fields, body) = splitMessage(message)
        let transaction = MilterTransaction(
            sender: sender, recipients: ["news@bounces.example.com"],
            fields: fields.map { (name: $0.0, value: $0.1) }, body: body)
        try client.send(transaction) { steps.append($0) }
        try client.quit()
        return steps
    }
}
