// Messages that left: found again, after a restart too, and bounded.

import Foundation
import MailSyntax
import Testing

@testable import ReturnPath

struct SentMailTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "sent-\(UUID().uuidString)").path

    private func open(maxBytes: Int = 1 << 26, isWritable: Bool = true) throws -> SentMail {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try SentMail(folder: folder, maxBytes: maxBytes, maxAgeSeconds: 86_400, isWritable: isWritable)
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    private static func id(_ text: String) -> SentMessageID { .messageID(Bytes(utf8: text)) }

    @Test func findsWhatLeft() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sent = try open()
        #expect(!sent.contains(Self.id("m1"), recipient: Bytes("a@example.org")))
        try sent.add(Self.id("m1"), recipients: [Bytes("a@example.org"), Bytes("b@example.org")], nowSeconds: 1)
        try sent.add(.queueID(Bytes("4A")), recipients: [Bytes("a@example.org")], nowSeconds: 1)
        for store in [sent, try open(), try open(isWritable: false)] {
            #expect(store.contains(Self.id("m1"), recipient: Bytes("A@example.org")))
            #expect(store.contains(Self.id("m1"), recipient: Bytes("b@example.org")))
            #expect(store.contains(.queueID(Bytes("4A")), recipient: Bytes("a@example.org")))
            #expect(!store.contains(Self.id("m1"), recipient: Bytes("c@example.org")))
            #expect(!store.contains(Self.id("m2"), recipient: Bytes("a@example.org")))
            #expect(!store.contains(.queueID(Bytes("m1")), recipient: Bytes("a@example.org")))
            #expect(!store.contains(Self.id("4A"), recipient: Bytes("a@example.org")))
        }
    }

    @Test func writesEachOnce() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sent = try open()
        for _ in 0..<3 { try sent.add(Self.id("m1"), recipients: [Bytes("a@example.org")], nowSeconds: 1) }
        let name = try #require(try names().first)
        let segment = try SentSegment(folder: folder, name: name, isWritable: false)
        #expect(try segment?.countEntries() == 1)
    }

    @Test func oldFilesGo() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sent = try open()
        let recipient = [Bytes("a@example.org")]
        for day in 0..<5 { try sent.add(Self.id("m\(day)"), recipients: recipient, nowSeconds: day * 86_400) }
        // What is up to a day old is there.
        #expect(sent.contains(Self.id("m4"), recipient: recipient[0]))
        #expect(sent.contains(Self.id("m3"), recipient: recipient[0]))
        #expect(!sent.contains(Self.id("m0"), recipient: recipient[0]))
        #expect(try names().count <= 3)
    }

    /// A file is as old as the last that it can hold, not as its first.
    @Test func aFileStaysWhileAnythingInItIsYoung() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sent = try open()
        let recipient = Bytes("a@example.org")
        for seconds in [0, 40_000, 50_000, 100_000] {
            try sent.add(Self.id("m\(seconds)"), recipients: [recipient], nowSeconds: seconds)
        }
        #expect(try names().count == 3)
        #expect(sent.contains(Self.id("m40000"), recipient: recipient))
    }

    @Test func bytesAreBounded() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sent = try open(maxBytes: 0)
        let recipients = (0..<1_000).map { Bytes(utf8: "r\($0)@example.org") }
        let messages = SentSegment.fullEntries * 3 / recipients.count + 1
        for number in 0..<messages { try sent.add(Self.id("m\(number)"), recipients: recipients, nowSeconds: 1) }
        #expect(try names().count == 2)
        let last = Self.id("m\(messages - 1)")
        #expect(recipients.allSatisfy { sent.contains(last, recipient: $0) })
        #expect(!sent.contains(Self.id("m0"), recipient: recipients[0]))
    }

    @Test func otherFilesAreNotItsBusiness() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try open()
        for (name, text) in [("sent-1.table", "short"), ("sent-x.table", ""), ("README", "")] {
            try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
        // Begun at a time that cannot be counted on from.
        try Data(count: 4 << 20).write(to: URL(filePath: "\(folder)/sent-\(Int.min).table"))
        let sent = try open()
        try sent.add(Self.id("m1"), recipients: [Bytes("a@example.org")], nowSeconds: 5)
        #expect(sent.contains(Self.id("m1"), recipient: Bytes("a@example.org")))
        #expect(try names().contains("README"))
    }

    /// A crash can leave a file before it has its size.
    @Test func aFileOfAnotherSizeIsInNobodysWay() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try open()
        for name in ["sent-5.table", "sent-9.table"] {
            try "short".write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
        _ = try open(isWritable: false)
        #expect(try names().count == 2)
        let sent = try open()
        try sent.add(Self.id("m1"), recipients: [Bytes("a@example.org")], nowSeconds: 5)
        #expect(sent.contains(Self.id("m1"), recipient: Bytes("a@example.org")))
        #expect(try names() == ["sent-5.table"])
    }

    /// With room for one file and a half: what is remembered stays, and nothing is left of what could not be made.
    @Test(.enabled(if: geteuid() == 0, "mounts a file system"))
    func aFullDiskLosesNothing() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(mount("none", folder, "tmpfs", 0, "size=6m") == 0)
        defer {
            umount(folder)
            try? FileManager.default.removeItem(atPath: folder)
        }
        let recipient = Bytes("a@example.org")
        var sent = try open(maxBytes: 0)
        try sent.add(Self.id("m0"), recipients: [recipient], nowSeconds: 1)
        // Somebody else takes the rest of the disk.
        #expect(FileManager.default.createFile(atPath: folder + "/other", contents: Data(count: 2 << 20)))
        for day in 1..<5 {
            #expect(throws: SentMailError.self) {
                try sent.add(Self.id("m\(day)"), recipients: [recipient], nowSeconds: day * 86_400)
            }
        }
        #expect(try names() == ["other", "sent-1.table"])
        sent = try open(maxBytes: 0)
        #expect(sent.contains(Self.id("m0"), recipient: recipient))
        try #require(mount("none", folder, "tmpfs", UInt(MS_REMOUNT), "size=20m") == 0)
        try sent.add(Self.id("m5"), recipients: [recipient], nowSeconds: 5 * 86_400)
        #expect(sent.contains(Self.id("m5"), recipient: recipient))
    }

    @Test func aMissingFolderIsNamed() {
        let error = #expect(throws: SentMailError.self) {
            try SentMail(folder: "/nonexistent/sent", maxBytes: 1, maxAgeSeconds: 1)
        }
        #expect(error?.description == "/nonexistent/sent: No such file or directory")
    }
}
