// Lines of any length, with any end, in constant memory.

import Glibc
import Testing

@testable import bouncectl

@Suite struct LineReaderTests {
    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\r\nb", ["a", "b"]), ("\n\n", ["", ""]),
        ("a\n\nb\n", ["a", "", "b"]),
    ])
    func lines(text: String, expected: [String]) throws {
        let file = try TemporaryFile(Array(text.utf8))
        var reader = LineReader(try Descriptor(reading: file.path))
        var lines: [String] = []
        while let (line, isCut) = try reader.nextLine(limitBytes: 100) {
            #expect(!isCut)
            lines.append(line.text)
        }
        #expect(lines == expected)
    }

    @Test(arguments: [1_000, LineReader.bufferBytes, LineReader.bufferBytes + 1_000], [0, 1, 2, 200_000])
    func aLineOverTheLimitIsCutAndTheNextIsWhole(limitBytes: Int, over: Int) throws {
        for end in ["\n", "\r\n"] {
            let long = [UInt8](repeating: UInt8(ascii: "x"), count: limitBytes + over)
            let file = try TemporaryFile(long + Array("\(end)next\n".utf8))
            var reader = LineReader(try Descriptor(reading: file.path))
            let first = try #require(try reader.nextLine(limitBytes: limitBytes))
            #expect(first.line.count == limitBytes)
            #expect(first.isCut == (over > 0))
            let second = try #require(try reader.nextLine(limitBytes: limitBytes))
            #expect(second.line.text == "next")
            #expect(!second.isCut)
            #expect(try reader.nextLine(limitBytes: limitBytes) == nil)
        }
    }

    @Test func restIsCutAtItsLimitAndCounted() throws {
        let file = try TemporaryFile([UInt8](repeating: 7, count: 200_000))
        var reader = LineReader(try Descriptor(reading: file.path))
        let startsWithFrom = try reader.isNext("From ")
        #expect(!startsWithFrom)
        let (bytes, total) = try reader.rest(limitBytes: 150_000)
        #expect(bytes.count == 150_000)
        #expect(total == 200_000)
    }

    /// Into memory that another file was read into.
    @Test(arguments: [-LineReader.bufferBytes, -1, 0, 1, LineReader.bufferBytes])
    func aFileIsReadWhole(bytesOverABuffer: Int) throws {
        let text = (0..<LineReader.bufferBytes + bytesOverABuffer).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let file = try TemporaryFile(text)
        let used = [UInt8](repeating: UInt8(ascii: "F"), count: LineReader.bufferBytes)
        var reader = LineReader(try Descriptor(reading: file.path), room: used)
        let startsWithFrom = try reader.isNext("From ")
        #expect(!startsWithFrom)
        let (bytes, total) = try reader.rest(limitBytes: 1 << 20)
        #expect(bytes == text)
        #expect(total == text.count)
        #expect(reader.room().count <= text.count)
    }

    @Test func aFileThatIsNotThere() {
        #expect(throws: InputError.self) { _ = LineReader(try Descriptor(reading: "/nowhere/at/all")) }
    }
}

/// A file that goes with the value.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/bouncectl-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        try #require(written == bytes.count)
    }

    deinit { unlink(path) }
}
