// A log that comes through a named pipe, as from `journalctl --follow`.

import Glibc
import MailSyntax
import POSIX

/// Reads lines from a pipe. It has no place to come back to: what was taken out and not yet recorded is lost with the process.
final class LogPipe {
    private let descriptor: LogDescriptor
    private let identity: FileStatus
    private var buffer: [UInt8] = []
    private var isSkipping = false

    private static let chunkBytes = 65_536
    /// Of time, host and program.
    private static let headerLimitBytes = 1_000

    /// Does not wait for a writer, and stays while writers come and go.
    init(_ path: String) throws(SystemError) {
        descriptor = try LogDescriptor(path, O_RDONLY | O_NONBLOCK)
        identity = try descriptor.status()
    }

    /// Whether the path names another file now, as when the pipe was made anew.
    func isReplaced() throws(SystemError) -> Bool {
        guard let status = try Files.status(of: descriptor.path, followsLinks: true) else { return false }
        return !status.isSameFile(as: identity)
    }

    /// Hands out the lines that are whole; returns how many bytes came. `onLongLine` gets the size of the beginning of a line that was
    /// thrown away.
    func read(_ body: (Bytes) -> Void, onLongLine: (Int) -> Void) throws(SystemError) -> Int {
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        let count = try chunk.withUnsafeMutableBufferPointer { (bytes) throws(SystemError) in
            try descriptor.readAvailable(into: UnsafeMutableRawBufferPointer(bytes))
        }
        guard let count else { return 0 }
        guard count > 0 else {
            // The end of a line that its writer left without one does not come any more.
            buffer = []
            isSkipping = false
            return 0
        }
        if !buffer.isEmpty, Self.beginsLine(chunk[..<count]) {
            // Another writer's first line, or another server's words that were cut here: neither half is taken for a line.
            buffer = []
            isSkipping = true
        }
        buffer += chunk[..<count]
        var lines = LogLines(buffer[...])
        if isSkipping, lines.next() != nil { isSkipping = false }
        while let line = lines.next() { body(line) }
        buffer = isSkipping ? [] : Array(lines.rest)
        if buffer.count > LogLines.limitBytes {
            onLongLine(buffer.count)
            isSkipping = true
            buffer = []
        }
        return count
    }

    /// Whether bytes begin with what syslog puts before a message.
    private static func beginsLine(_ bytes: Bytes) -> Bool {
        SyslogHeader(bytes.prefix(headerLimitBytes).prefix { $0 != UInt8(ascii: "\n") }) != nil
    }
}

/// The whole lines at the beginning of some bytes.
struct LogLines {
    /// A line that is longer is passed over.
    static let limitBytes = 65_536

    /// What stands behind the lines that were taken.
    private(set) var rest: Bytes
    private let start: Int

    init(_ bytes: Bytes) {
        rest = bytes
        start = bytes.startIndex
    }

    /// With their newlines.
    var takenBytes: Int { rest.startIndex - start }

    /// The next line without its newline; nil where no more is whole.
    mutating func next() -> Bytes? {
        guard let parts = rest.split(atByte: UInt8(ascii: "\n")) else { return nil }
        rest = parts.tail
        return parts.head
    }
}
