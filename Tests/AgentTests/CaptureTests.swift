// capture_dir: bounded, sorted by time, and never in the way of mail.

import Foundation
import Testing

@testable import Agent

struct CaptureTests {
    private static let start: Int64 = 1_795_000_000_000

    @Test func namesSortByTimeAndTrustNoQueueID() throws {
        let folder = try TemporaryFolder()
        var capture = try CaptureFolder(path: folder.path, maxBytes: 1 << 20, maxAgeSeconds: 86_400)
        let names = try ["4ABC", "../../etc/x", nil, "", "a/b"].map { queueID in
            try capture.keep(Array("x".utf8), queueID: queueID, nowMilliseconds: Self.start)
        }
        #expect(
            names == [
                "20261118T110640.000Z-4ABC.eml", "20261118T110640.001Z-etcx.eml", "20261118T110640.002Z-noqueue.eml",
                "20261118T110640.003Z-noqueue.eml", "20261118T110640.004Z-ab.eml",
            ])
        #expect(folder.names == names.compactMap { $0 })
    }

    @Test func oldestGoFirst() throws {
        let folder = try TemporaryFolder()
        try Data(count: 5_000).write(to: URL(filePath: folder.path + "/mine.txt"))
        var capture = try CaptureFolder(path: folder.path, maxBytes: 10_000, maxAgeSeconds: 100)
        func keep(_ bytes: Int, at seconds: Int64) throws {
            _ = try capture.keep(
                Array(repeating: 1, count: bytes), queueID: "\(seconds)", nowMilliseconds: Self.start + seconds * 1000)
        }
        for second in 0..<5 { try keep(3_000, at: Int64(second)) }
        #expect(folder.names.map { $0.suffix(6) } == ["-2.eml", "-3.eml", "-4.eml", "ne.txt"])
        // Found again by the next process.
        capture = try CaptureFolder(path: folder.path, maxBytes: 10_000, maxAgeSeconds: 100)
        try keep(9_500, at: 5)
        #expect(folder.names.map { $0.suffix(6) } == ["-5.eml", "ne.txt"])
        #expect(try capture.keep(Array(repeating: 1, count: 10_001), queueID: nil, nowMilliseconds: Self.start) == nil)
        try capture.tidy(nowMilliseconds: Self.start + 106_000)
        #expect(folder.names == ["mine.txt"])
    }

    @Test func whatWasLeftUnfinishedGoes() throws {
        let folder = try TemporaryFolder()
        let others = ["20261118T110640.000Z-4A.eml.tmp.txt", "mine.4711.tmp", "notes.eml.4711.tmp"]
        for name in others + ["20261118T110640.000Z-4A.eml.4711.tmp"] {
            try Data().write(to: URL(filePath: folder.path + "/" + name))
        }
        _ = try CaptureFolder(path: folder.path, maxBytes: 10_000, maxAgeSeconds: 100)
        #expect(folder.names == others)
    }

    @Test(arguments: [("letter", 1), ("postfix-own", 0), ("vacation", 0)])
    func keepsWhatNobodyCanExplain(_ name: String, _ count: Int) throws {
        let folder = try TemporaryFolder()
        let fixture = Fixture { $0.captureDir = folder.path }
        let message = try Samples.message(name, crlf: true)
        #expect(fixture.connection().send(message, from: "postmaster@example.net") == .accepted)
        fixture.capture.stop()
        #expect(folder.names.count == count)
        for file in folder.names {
            let kept = FileManager.default.contents(atPath: folder.path + "/" + file).map { [UInt8]($0) }
            #expect(kept == message)
        }
    }

    @Test func aFolderThatIsNotThereFailsNoMail() throws {
        let fixture = Fixture { $0.captureDir = "/nonexistent/capture" }
        #expect(fixture.connection().send(try Samples.message("letter"), from: "postmaster@example.net") == .accepted)
        fixture.capture.stop()
        #expect(
            fixture.log.all.contains("4QUEUE: not captured: opendir /nonexistent/capture: No such file or directory"))
    }

    @Test func whatIsTooMuchIsLeftOut() throws {
        let fixture = Fixture { $0.captureDir = "/nonexistent/capture" }
        var configuration = Configuration()
        configuration.captureDir = "/nonexistent/capture"
        fixture.capture.keep(Array(repeating: 1, count: CaptureQueue.limitBytes + 1), queueID: "4X", configuration)
        #expect(fixture.log.all == ["4X: not captured: too many messages wait to be written"])
    }
}
