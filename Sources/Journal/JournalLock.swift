// The lock file: one writer at a time, its pid, and how far the journal is on disk.
//
//     pid 0000001234 seq 00000000000000000042 crc 1a2b3c4d

import Glibc
import POSIX

/// The lock on a journal, held until it is released or the last reference to it is gone.
final class JournalLock {
    private let descriptor: SystemCalls.FileDescriptor
    private let identity: FileStatus

    init(_ folder: JournalFolder) throws(JournalError) {
        let descriptor = try asJournalError { () throws(SystemFailure) in
            try folder.calls.open(folder.lockPath, O_RDWR | O_CREAT)
        }
        if try !asJournalError(descriptor.lock) {
            throw .locked(path: folder.path, pid: (try? LockFile(reading: descriptor))?.pid)
        }
        try asJournalError { () throws(SystemFailure) in try descriptor.setMode(0o640) }
        identity = try asJournalError(descriptor.status)
        self.descriptor = descriptor
    }

    /// Whether another writer would meet this lock: not where somebody removed or replaced its file.
    func isAtItsPath(_ folder: JournalFolder) throws(JournalError) -> Bool {
        let present = try asJournalError { () throws(SystemFailure) in
            try folder.calls.statusIfPresent(of: folder.lockPath)
        }
        return present?.isSameFile(as: identity) ?? false
    }

    deinit { release() }

    /// Gives the lock up, whoever still refers to it. To close the file would not do: a process that was just started has the
    /// descriptor too, until it runs its program.
    func release() { try? descriptor.unlock() }

    /// The last record that this or an earlier writer told to be on disk.
    func published() -> UInt64? { (try? LockFile(reading: descriptor))?.seq }

    /// Tells followers that all records up to `seq` are on disk. Where it fails they wait for the next one.
    func publish(_ seq: UInt64) throws(SystemFailure) {
        let line = LockFile(pid: Int(getpid()), seq: seq).line
        try line.withUnsafeBufferPointer { (line) throws(SystemFailure) in
            try descriptor.write(UnsafeRawBufferPointer(line), at: 0)
        }
    }
}

/// What a lock file says.
struct LockFile {
    var pid: Int
    /// The last record that is on disk.
    var seq: UInt64

    private static let count = 53

    init(pid: Int, seq: UInt64) {
        self.pid = pid
        self.seq = seq
    }

    /// Nil where the file has another form, or is just being written.
    init?(reading descriptor: SystemCalls.FileDescriptor) throws(SystemFailure) {
        var bytes = [UInt8](repeating: 0, count: LockFile.count)
        let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(SystemFailure) in
            try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        guard count == LockFile.count, let pid = Int(String(decoding: bytes[4..<14], as: UTF8.self)), pid >= 0,
            let seq = UInt64(String(decoding: bytes[19..<39], as: UTF8.self))
        else { return nil }
        self.init(pid: pid, seq: seq)
        if line != bytes { return nil }
    }

    /// The last record that the journal's writer told to be on disk. Nil where there is no lock file, as in a copy of a journal; `known`
    /// where its line is not whole: the writer may have failed to tell.
    static func published(_ folder: JournalFolder, known: UInt64? = nil) -> UInt64? {
        guard let descriptor = try? folder.calls.open(folder.lockPath, O_RDONLY) else { return nil }
        for _ in 0..<10 {
            // A line that is just being written is whole a moment later.
            if let lock = try? LockFile(reading: descriptor) { return lock.seq }
        }
        return known
    }

    var line: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append("pid ")
        Timestamp.appendDigits(pid, 10, to: &bytes)
        bytes.append(" seq ")
        let digits = String(seq).utf8
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, 20 - digits.count)))
        bytes.append(contentsOf: digits)
        let checksum = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        bytes.append(" crc ")
        bytes.append(hexadecimal: checksum)
        bytes.append("\n")
        return bytes
    }
}
