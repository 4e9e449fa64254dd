// A log under a follower: written, torn, rotated in each of the ways that there are, while the follower runs and while it does not.

import Foundation
import POSIX
import Testing

@testable import DeliveryLog

/// A log in a folder of its own, and a follower that takes lines as the agent does.
private final class Site {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bounce-milter-\(UUID().uuidString)")
    var path: String { folder.appending(path: "mail.log").path }
    var stateFile: String { folder.appending(path: "checkpoint").path }
    private(set) var notices: [LogNotice] = []
    private var follower: LogFollower?

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    func start(lingerMilliseconds: Int = 0) throws {
        follower = LogFollower(
            path: path, from: try LogCheckpoint.load(from: stateFile), lingerMilliseconds: lingerMilliseconds
        ) { [unowned self] in notices.append($0) }
        _ = try follower?.open()
        try store()
    }

    func stop() { follower = nil }

    /// All lines that are there for now; the checkpoint is stored behind them unless `isStored` is false.
    func take(isStored: Bool = true) throws -> [String] {
        var lines: [String] = []
        while try follower?.read({ lines.append(String(decoding: $0, as: UTF8.self)) }) == true {}
        if isStored { try store() }
        return lines
    }

    private func store() throws { try follower?.checkpoint?.store(in: stateFile) }

    func write(_ text: String, to name: String = "mail.log") throws {
        let file = folder.appending(path: name).path
        let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(Foundation.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    func makePipe() throws { try #require(mkfifo(path, 0o600) == 0) }

    /// As a program that is started, and ends. Nothing is waited for: without a reader it fails.
    func writeToPipe(_ text: String) throws {
        let descriptor = open(path, O_WRONLY | O_NONBLOCK)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(Foundation.write(descriptor, text, text.utf8.count) == text.utf8.count)
    }

    func rename(_ from: String, _ to: String) throws {
        try #require(Foundation.rename(folder.appending(path: from).path, folder.appending(path: to).path) == 0)
    }

    func copy(_ from: String, _ to: String) throws {
        try FileManager.default.copyItem(at: folder.appending(path: from), to: folder.appending(path: to))
    }

    func cut(_ name: String = "mail.log") throws {
        try #require(truncate(folder.appending(path: name).path, 0) == 0)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: folder.appending(path: name)) }
}

struct LogFollowerTests {
    @Test func beginsAtTheEndAndTakesWholeLinesOnly() throws {
        let site = try Site()
        try site.write("old 1\nold 2\ntor")
        try site.start()
        #expect(try site.take() == [])
        try site.write("n 3\n4\n5")
        #expect(try site.take() == ["torn 3", "4"])
        try site.write("\n\n6\n")
        #expect(try site.take() == ["5", "", "6"])
    }

    @Test func aLogThatIsNotThereYetIsReadFromItsBeginning() throws {
        let site = try Site()
        try site.start()
        #expect(try site.take() == [])
        #expect(site.notices == [.notThere(path: site.path)])
        // A restart does not turn what came meanwhile into old lines.
        site.stop()
        try site.write("1\n")
        try site.start()
        #expect(try site.take() == ["1"])
    }

    @Test func whatWasNotStoredIsTakenAgainAfterACrash() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n2\n")
        #expect(try site.take(isStored: false) == ["1", "2"])
        try site.start()
        #expect(try site.take() == ["1", "2"])
        try site.write("3\n")
        try site.start()
        #expect(try site.take() == ["3"])
    }

    @Test(arguments: [
        ("mail.log.1", "mail.log.2"), ("mail.log-20261120", "mail.log-20261120"),
        ("mail.log.20261121-071442", "mail.log.20261121-071442"),
    ])
    func rotationByRenamingWhileItRuns(_ name: String, _ later: String) throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n")
        try site.rename("mail.log", name)
        // The writer has not noticed yet; then it has made the new file, and not yet written to it.
        #expect(try site.take() == ["1"])
        try site.write("2\n", to: name)
        try site.write("")
        #expect(try site.take() == ["2"])
        try site.write("3\nno newline", to: name)
        try site.write("4\n")
        #expect(try site.take() == ["3", "no newline", "4"])
        if name != later { try site.rename(name, later) }
        try site.write("5\n")
        #expect(try site.take() == ["5"])
    }

    /// One of Postfix's processes writes to the renamed file, another one already to the new one.
    @Test func aFileIsLookedAtAWhileAfterTheNextHasLines() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start(lingerMilliseconds: 60_000)
        try site.rename("mail.log", "mail.log.1")
        try site.write("2\n")
        #expect(try site.take() == [])
        try site.write("1\n", to: "mail.log.1")
        #expect(try site.take() == ["1"])
    }

    @Test func aRotatedFileOfManyPiecesIsReadInWholeLines() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        let lines = (0..<LogFile.chunkBytes / 20).map { "line \($0) of a log that nobody has read yet" }
        try site.write(lines.joined(separator: "\n") + "\n")
        try site.rename("mail.log", "mail.log.1")
        try site.write("next\n")
        #expect(try site.take() == lines + ["next"])
    }

    /// Where nothing was read yet of a log that is gone, its beginning is that of every other file.
    @Test func anEarlierFileIsNotTakenForAnEmptyOneThatIsGone() throws {
        let site = try Site()
        try site.write("long ago\n", to: "mail.log.1")
        try site.write("")
        try site.start()
        site.stop()
        // The times of files go by the ticks of the kernel.
        usleep(30_000)
        try site.rename("mail.log", "mail.log.2.gz")
        try site.write("1\n")
        try site.start()
        #expect(try site.take() == ["1"])
    }

    @Test(arguments: [false, true])
    func severalRotationsBetweenTwoLooks(_ isDown: Bool) throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n")
        #expect(try site.take() == ["1"])
        if isDown { site.stop() }
        try site.write("2\n")
        try site.rename("mail.log", "mail.log.1")
        try site.write("3\n")
        try site.rename("mail.log.1", "mail.log.2")
        try site.rename("mail.log", "mail.log.1")
        try site.write("4\n")
        try site.rename("mail.log.2", "mail.log.3")
        try site.rename("mail.log.1", "mail.log.2")
        try site.rename("mail.log", "mail.log.1")
        try site.write("5\n")
        if isDown { try site.start() }
        #expect(try site.take() == ["2", "3", "4", "5"])
    }

    @Test(arguments: [false, true])
    func copyAndCut(_ isDown: Bool) throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n")
        #expect(try site.take() == ["1"])
        if isDown { site.stop() }
        try site.write("2\n")
        try site.copy("mail.log", "mail.log.1")
        try site.cut()
        if !isDown { #expect(try site.take() == ["2"]) }
        // More than there was before, so that its size tells nothing.
        try site.write("3 is longer than all that was\n4\n")
        if isDown { try site.start() }
        #expect(try site.take() == (isDown ? ["2"] : []) + ["3 is longer than all that was", "4"])
        #expect(!site.notices.contains(.cut(path: site.path)))
    }

    @Test func aCutWithNoCopyGoesOnAtTheBeginning() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n2\n")
        #expect(try site.take() == ["1", "2"])
        try site.cut()
        try site.write("3\n")
        #expect(try site.take() == ["3"])
        #expect(site.notices.contains(.cut(path: site.path)))
    }

    @Test func aFileThatIsGoneCostsItsRestAlone() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n")
        #expect(try site.take() == ["1"])
        site.stop()
        try site.write("lost\n")
        try site.rename("mail.log", "mail.log.2.gz")
        // The times of files go by the ticks of the kernel.
        usleep(30_000)
        try site.write("2\n", to: "mail.log.1")
        try site.write("3\n")
        try site.start()
        #expect(try site.take() == ["2", "3"])
        #expect(site.notices.contains(.missed(path: site.path)))
    }

    @Test func anOpenFileThatIsRemovedIsReadToItsEnd() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n")
        try site.remove("mail.log")
        #expect(try site.take() == ["1"])
        usleep(5_000)
        try site.write("2\n")
        #expect(try site.take() == ["2"])
    }

    @Test func linesOverTheLimitArePassedOver() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        let long = String(repeating: "x", count: LogFile.chunkBytes * 2 + 17)
        try site.write("1\n\(long)")
        // Short, so that a mistake is told in few words.
        #expect(try site.take().map { $0.prefix(9) } == ["1"])
        // A crash in the midst of it begins with it again.
        try site.start()
        try site.write("\n2\n")
        #expect(try site.take().map { $0.prefix(9) } == ["2"])
        try site.start()
        try site.write("3\n")
        #expect(try site.take().map { $0.prefix(9) } == ["3"])
        #expect(site.notices.contains(.longLine(path: site.path)))
    }

    @Test func anotherPathIsReadFromItsEnd() throws {
        let site = try Site()
        try site.write("0\n")
        try LogCheckpoint(waitingFor: "/elsewhere/mail.log").store(in: site.stateFile)
        try site.start()
        try site.write("1\n")
        #expect(try site.take() == ["1"])
    }

    @Test func aFileThatMayNotBeReadIsAnErrorAndThenGoesOn() throws {
        let site = try Site()
        try site.write("0\n")
        try site.start()
        try site.write("1\n")
        try site.rename("mail.log", "away")
        try FileManager.default.createDirectory(atPath: site.path, withIntermediateDirectories: false)
        site.stop()
        #expect(throws: SystemError.self) { try site.start() }
        try site.remove("mail.log")
        try site.rename("away", "mail.log")
        try site.start()
        #expect(try site.take() == ["1"])
    }

    @Test func linesFromAPipe() throws {
        let site = try Site()
        try #require(mkfifo(site.path, 0o600) == 0)
        try site.start()
        #expect(try site.take() == [])
        let writer = open(site.path, O_WRONLY)
        try #require(writer >= 0)
        func say(_ text: String) { _ = Foundation.write(writer, text, text.utf8.count) }
        say("1\n2\nto")
        #expect(try site.take() == ["1", "2"])
        say("rn\n")
        #expect(try site.take() == ["torn"])
        for _ in 0..<4 {
            say(String(repeating: "x", count: 40_000))
            #expect(try site.take() == [])
        }
        say("\n3\n")
        #expect(try site.take() == ["3"])
        close(writer)
        #expect(try site.take() == [])
        let next = open(site.path, O_WRONLY)
        _ = Foundation.write(next, "4\n", 2)
        close(next)
        #expect(try site.take() == ["4"])
    }

    /// The writer was killed within a line: the next one's first line is whole.
    @Test func aTornLineIsNotGluedToTheNextWritersFirst() throws {
        let site = try Site()
        try site.makePipe()
        try site.start()
        for torn in ["Nov 21 10:00:00 mx postfix/smtp[1]: tor", String(repeating: "x", count: 30_000)] {
            try site.writeToPipe("1\n" + torn)
            #expect(try site.take() == ["1"])
            try site.writeToPipe("2\n3\n")
            #expect(try site.take() == ["2", "3"])
        }
        for _ in 0..<3 {
            try site.writeToPipe(String(repeating: "x", count: 30_000))
            #expect(try site.take() == [])
        }
        try site.writeToPipe("4\n")
        #expect(try site.take() == ["4"])
    }

    /// Another server's words come to us cut anywhere: a piece that looks like a line of the log is none. It may also be the first line of a
    /// writer that came before the end of the last one was seen: what both have written is passed over.
    @Test func aPieceOfALineIsNoLine() throws {
        let site = try Site()
        try site.makePipe()
        try site.start()
        let writer = open(site.path, O_WRONLY)
        defer { close(writer) }
        let line = "Nov 21 10:00:00 mx postfix/smtp[1]: 4"
        for (piece, lines) in [(line, []), (line + "\n5\n", ["5"]), (line, []), (", more\n", [line + ", more"])] {
            _ = Foundation.write(writer, piece, piece.utf8.count)
            #expect(try site.take() == lines)
        }
    }

    @Test func aPipeThatIsMadeAnew() throws {
        let site = try Site()
        try site.makePipe()
        try site.start()
        try site.writeToPipe("1\n")
        #expect(try site.take() == ["1"])
        try site.remove("mail.log")
        #expect(try site.take() == [])
        try site.makePipe()
        #expect(try site.take() == [])
        try site.writeToPipe("2\n")
        #expect(try site.take() == ["2"])
        // What the old one holds comes before.
        let old = open(site.path, O_WRONLY)
        _ = Foundation.write(old, "3\n", 2)
        try site.remove("mail.log")
        try site.makePipe()
        #expect(try site.take() == ["3"])
        try site.writeToPipe("4\n")
        #expect(try site.take() == ["4"])
        close(old)
        // A file takes its place.
        try site.remove("mail.log")
        try site.write("old\n")
        #expect(try site.take() == [])
        try site.write("5\n")
        #expect(try site.take() == ["5"])
    }
}

struct LogCheckpointTests {
    @Test func itsLineIsReadBack() {
        let checkpoint = LogCheckpoint(path: "/var/log/a b.log", device: 1, inode: 2, offset: 3, digest: .max, time: 5)
        #expect(LogCheckpoint(line: checkpoint.line) == checkpoint)
    }

    @Test(arguments: [
        "", "log-checkpoint 1\n", "log-checkpoint 2 device 1 inode 1 offset 1 digest 1 time 1 path /x\n",
        "log-checkpoint 1 device 1 inode 1 offset -1 digest 1 time 1 path /x\n",
        "log-checkpoint 1 device 1 inode 1 offset 1 digest 1 time 1 path /x",
    ])
    func whatIsNoCheckpointIsNone(_ line: String) { #expect(LogCheckpoint(line: line) == nil) }
}
