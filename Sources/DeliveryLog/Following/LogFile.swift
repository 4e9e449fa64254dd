// One file of a log, open, and how far it was read.

import Glibc
import MailSyntax
import POSIX

/// An open file and the place in it up to which whole lines were taken.
struct LogFile {
    let descriptor: LogDescriptor
    let identity: FileStatus
    private(set) var offset: Int
    /// The last bytes before the offset, at most `LogCheckpoint.digestBytes`: while they are there, the file was not cut.
    private(set) var tail: [UInt8]
    /// In the midst of a line that is too long, of which so many bytes were passed over.
    private(set) var skippedBytes = 0
    /// The last of them, as `tail`.
    private var skippedTail: [UInt8] = []

    static let chunkBytes = 262_144

    /// At an offset, which must not lie behind the end of the file.
    init(_ descriptor: LogDescriptor, _ identity: FileStatus, at offset: Int = 0) throws(SystemError) {
        self.descriptor = descriptor
        self.identity = identity
        self.offset = offset
        tail = try descriptor.bytes(max(0, offset - LogCheckpoint.digestBytes)..<offset)
    }

    /// Nil where there is no such file. Throws `EINVAL` where it is no file that has bytes.
    static func open(_ path: String) throws(SystemError) -> LogFile? {
        let descriptor: LogDescriptor
        do throws(SystemError) {
            descriptor = try LogDescriptor(path, O_RDONLY | O_NONBLOCK)
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
        let status = try descriptor.status()
        guard status.form == .regular else { throw SystemError("open", path, EINVAL) }
        return try LogFile(descriptor, status)
    }

    /// The file at this path as one that stands where the checkpoint says; nil where its bytes before that are others.
    static func open(_ path: String, at checkpoint: LogCheckpoint) throws(SystemError) -> LogFile? {
        guard let file = try open(path), try file.descriptor.status().size >= checkpoint.offset else { return nil }
        let there = try LogFile(file.descriptor, file.identity, at: checkpoint.offset)
        let isSameFile = file.identity.device == checkpoint.device && file.identity.inode == checkpoint.inode
        guard there.digest == checkpoint.digest, checkpoint.offset > 0 || isSameFile else { return nil }
        return there
    }

    /// Of the tail.
    var digest: UInt64 { LogCheckpoint.digest(of: tail) }

    /// Whether what was taken is still there.
    func isIntact() throws(SystemError) -> Bool {
        try descriptor.bytes(offset - tail.count..<offset) == tail
    }

    /// To the end of the last whole line that is there.
    mutating func seekToEnd() throws(SystemError) {
        var end = try descriptor.status().size
        while end > 0 {
            let start = max(0, end - LogLines.limitBytes)
            let bytes = try descriptor.bytes(start..<end)
            if let newline = bytes[...].lastIndex(ofByte: UInt8(ascii: "\n")) {
                end = start + newline + 1
                break
            }
            end = start
        }
        self = try LogFile(descriptor, identity, at: end)
    }

    /// What a reading came to.
    enum Taken {
        case bytes(Int)
        /// The end, with so many bytes behind the last newline.
        case end(unfinishedBytes: Int)
        /// The bytes that were taken before are not there any more.
        case cut
    }

    /// Hands out whole lines, a chunk's worth, without their newlines; where `isComplete`, also one without.
    mutating func read(
        into chunk: inout [UInt8], isComplete: Bool, _ body: (Bytes) -> Void
    ) throws(SystemError) -> Taken {
        let descriptor = descriptor
        let start = offset + skippedBytes
        let count = try chunk.withUnsafeMutableBufferPointer { (buffer) throws(SystemError) in
            try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer), at: start)
        }
        // Looked at after the reading, or the file could be cut and grow again between the two.
        guard try isIntact() else { return .cut }
        var lines = LogLines(chunk[..<count])
        if skippedBytes > 0 {
            guard lines.next() != nil else {
                skip(chunk[..<count])
                return count == 0 ? .end(unfinishedBytes: 0) : .bytes(count)
            }
        }
        while let line = lines.next() { body(line) }
        if lines.takenBytes == 0, count == chunk.count {
            skip(chunk[...])
            return .bytes(count)
        }
        var taken = lines.takenBytes
        if isComplete, count < chunk.count, !lines.rest.isEmpty {
            body(lines.rest)
            taken = count
        }
        guard taken > 0 else { return .end(unfinishedBytes: count) }
        tail = Self.end(of: skippedBytes > 0 ? skippedTail : tail, chunk[..<taken])
        offset = start + taken
        skippedBytes = 0
        skippedTail = []
        return .bytes(taken)
    }

    private mutating func skip(_ bytes: Bytes) {
        skippedTail = Self.end(of: skippedBytes > 0 ? skippedTail : tail, bytes)
        skippedBytes += bytes.count
    }

    /// As much as is remembered of the end of both.
    private static func end(of before: [UInt8], _ bytes: Bytes) -> [UInt8] {
        Array((before + bytes.suffix(LogCheckpoint.digestBytes)).suffix(LogCheckpoint.digestBytes))
    }
}
