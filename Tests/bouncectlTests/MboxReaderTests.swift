// An mbox taken apart: separators, quoting, cuts.

import MailSyntax
import Testing

@testable import bouncectl

@Suite struct MboxReaderTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let mbox: String
        let messages: [String]
    }

    static let from = "From MAILER-DAEMON Sat Nov 21 04:12:43 2026\n"

    static let cases = [
        Case(testDescription: "one message", mbox: from + "A: 1\n\nbody\n", messages: ["A: 1\n\nbody\n"]),
        Case(
            testDescription: "two messages", mbox: from + "A: 1\n\nx\n\n" + from + "B: 2\n\ny\n\n",
            messages: ["A: 1\n\nx\n\n", "B: 2\n\ny\n\n"]),
        Case(
            testDescription: "CRLF",
            mbox: "From a Sat Nov 21 04:12:43 2026\r\nA: 1\r\n\r\nx\r\n\r\n" + from + "B: 2\n",
            messages: ["A: 1\r\n\r\nx\r\n\r\n", "B: 2\n"]),
        Case(
            testDescription: "a quoted From line is unquoted once",
            mbox: from + "A: 1\n\n>From here\n>>From there\n> From\n",
            messages: ["A: 1\n\nFrom here\n>From there\n> From\n"]),
        Case(
            testDescription: "a body line without a time is no separator",
            mbox: from + "A: 1\n\nx\n\nFrom now on: no more\n",
            messages: ["A: 1\n\nx\n\nFrom now on: no more\n"]),
        Case(
            testDescription: "a separator needs a blank line before it", mbox: from + "A: 1\n\nx\n" + from + "y\n",
            messages: ["A: 1\n\nx\n" + from + "y\n"]),
        Case(testDescription: "nothing but a separator", mbox: from, messages: [""]),
        Case(
            testDescription: "a torn separator at the end", mbox: from + "A: 1\n\n\nFrom a 04:12",
            messages: ["A: 1\n\n\n", ""]),
    ]

    @Test(arguments: cases) func messages(of sample: Case) throws {
        let file = try TemporaryFile(Array(sample.mbox.utf8))
        var reader = MboxReader(LineReader(try Descriptor(reading: file.path)), path: file.path, limitBytes: 1 << 20)
        var found: [String] = []
        while let message = try reader.next() {
            #expect(message.index == found.count)
            #expect(message.totalBytes == message.bytes.count)
            found.append(String(decoding: message.bytes, as: UTF8.self))
        }
        #expect(found == sample.messages)
    }

    @Test func aMessageOverTheLimitIsCutAndCounted() throws {
        let body = String(repeating: "0123456789\n", count: 30_000)
        let file = try TemporaryFile(Array((Self.from + body + "\n" + Self.from + "B: 2\n").utf8))
        var reader = MboxReader(LineReader(try Descriptor(reading: file.path)), path: file.path, limitBytes: 1000)
        let first = try #require(try reader.next())
        #expect(first.bytes.count == 1000)
        #expect(first.totalBytes == body.utf8.count + 1)
        let second = try #require(try reader.next())
        #expect(second.bytes == Array("B: 2\n".utf8))
        #expect(try reader.next() == nil)
    }
}
