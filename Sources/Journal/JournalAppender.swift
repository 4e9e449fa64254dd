// What the writer's leading thread does with the files: append and sync, roll back what failed, rotate, open again.
// The recovery of what a crash left is in JournalRecovery.swift.

import Glibc
import POSIX

/// Records of one caller as bodies (`Record.encodeBody`), each ended by `\n`.
struct EncodedRecords {
    var bytes: [UInt8] = []
    var count = 0
}

/// Belongs to one thread at a time.
final class JournalAppender {
    /// The file that is appended to. What it holds up to `length` is on disk.
    struct ActiveFile {
        let descriptor: SystemCalls.FileDescriptor
        let identity: FileStatus
        var length: Int
        /// Of its first record; nil while it is empty.
        var first: (seq: UInt64, timeMilliseconds: Int64)?
        /// Bytes behind `length` have yet to be cut off.
        var needsRollback = false
        /// A sync failed: the kernel has forgotten which bytes are not on disk, so the next records go to a new file.
        var isSuspect = false
    }

    /// The highest number that a journal may have when it is opened.
    static let seqLimit = UInt64(Int64.max)

    /// After a failed rotation the next try comes no sooner.
    static let rotationRetryMilliseconds: Int64 = 10_000

    /// The line buffer is given back after a batch that needed more.
    private static let keptBufferBytes = 1 << 20

    let configuration: JournalConfiguration
    let folder: JournalFolder
    let calls: SystemCalls
    private(set) var lock: JournalLock
    /// Nil where it must be opened anew.
    var file: ActiveFile?
    /// The number of the last record that is on disk.
    var lastSeq: UInt64 = 0
    private var lines: [UInt8] = []
    private var rotationRetryAt = Int64.min
    private var hasFailed = false

    init(_ configuration: JournalConfiguration) throws(JournalError) {
        self.configuration = configuration
        calls = configuration.calls
        folder = JournalFolder(path: configuration.path, calls: configuration.calls)
        lock = try JournalLock(folder)
        try openActiveFile()
    }

    /// Writes and syncs the records of all callers; returns the number of the first. After an error none of them is in the
    /// journal, and the next call tries everything anew.
    func commit(_ batch: [EncodedRecords]) throws(JournalError) -> UInt64 {
        do {
            let first = try write(batch)
            if hasFailed { configuration.onNotice(.recovered(path: folder.path)) }
            hasFailed = false
            return first
        } catch {
            hasFailed = true
            throw error
        }
    }

    private func write(_ batch: [EncodedRecords]) throws(JournalError) -> UInt64 {
        try prepare()
        guard var file else { throw .closed(path: folder.path) }
        let firstSeq = lastSeq + 1
        let count = layOut(batch)
        defer { if lines.capacity > JournalAppender.keptBufferBytes { lines = [] } }
        do {
            try lines.withUnsafeBufferPointer { (lines) throws(SystemFailure) in
                try file.descriptor.write(UnsafeRawBufferPointer(lines), at: file.length)
            }
        } catch {
            file.needsRollback = true
            self.file = file
            rollBack()
            throw JournalError(error)
        }
        do {
            try file.descriptor.syncData()
        } catch {
            file.needsRollback = true
            file.isSuspect = true
            self.file = file
            rollBack()
            throw JournalError(error)
        }
        file.length += lines.count
        if file.first == nil { file.first = (firstSeq, calls.now()) }
        self.file = file
        lastSeq += count
        try? lock.publish(lastSeq)
        return firstSeq
    }

    /// Makes `lines` of the batch; returns how many.
    private func layOut(_ batch: [EncodedRecords]) -> UInt64 {
        lines.removeAll(keepingCapacity: true)
        var count: UInt64 = 0
        for records in batch {
            records.bytes.withUnsafeBytes { bytes in
                var start = 0
                while start < bytes.count, let base = bytes.baseAddress,
                    let found = memchr(base + start, CInt(UInt8(ascii: "\n")), bytes.count - start)
                {
                    count += 1
                    let end = UnsafeRawPointer(found) - base
                    appendLine(seq: lastSeq + count, body: .init(rebasing: bytes[start..<end]), to: &lines)
                    start = end + 1
                }
            }
        }
        return count
    }

    /// The file is the one at the path, holds just what was acknowledged, and is not due for rotation.
    private func prepare() throws(JournalError) {
        if try !lock.isAtItsPath(folder) {
            lock = try JournalLock(folder)
            configuration.onNotice(.lockRemoved(path: folder.lockPath))
            // Another writer may have been there meanwhile.
            file = nil
        }
        if file?.needsRollback == true { try asJournalError(cutOff) }
        if let file, file.isSuspect { try replaceSuspect(file) }
        if let file {
            let present = try asJournalError { () throws(SystemFailure) in
                try calls.statusIfPresent(of: folder.path)
            }
            if present?.isSameFile(as: file.identity) != true || present?.size != file.length {
                let path = folder.path
                configuration.onNotice(present == nil ? .removedByOthers(path: path) : .changedByOthers(path: path))
                self.file = nil
            }
        }
        if file == nil { try openActiveFile() }
        try rotateIfDue()
    }

    private func rollBack() {
        // Where this fails, `needsRollback` stays set and the next call tries again before it writes.
        try? cutOff()
    }

    private func cutOff() throws(SystemFailure) {
        guard let file else { return }
        try file.descriptor.truncate(to: file.length)
        self.file?.needsRollback = false
    }

    private func replaceSuspect(_ suspect: ActiveFile) throws(JournalError) {
        if suspect.length == 0 {
            try asJournalError { () throws(SystemFailure) in try calls.unlink(folder.path) }
        } else {
            // What it holds was synced before; that its end is cut off should be on disk too, but on a bad disk cannot be.
            try? suspect.descriptor.sync()
            try asJournalError { () throws(SystemFailure) in try rename(suspect) }
        }
        file = nil
    }

    private func rotateIfDue() throws(JournalError) {
        guard let file, let first = file.first else { return }
        let now = calls.now()
        let isDue =
            file.length >= configuration.rotateBytes
            || (now - first.timeMilliseconds) / 1000 >= Int64(configuration.rotateSeconds)
        guard isDue, now >= rotationRetryAt else { return }
        do {
            try rename(file)
        } catch {
            rotationRetryAt = now + JournalAppender.rotationRetryMilliseconds
            configuration.onNotice(.rotationFailed(error))
            return
        }
        self.file = nil
        try openActiveFile()
    }

    /// Gives the file its name for good, which no other file has, and which sorts behind those of all earlier files.
    private func rename(_ file: ActiveFile) throws(SystemFailure) {
        guard let first = file.first else { return }
        let latest = try folder.rotatedFiles().last
        let start = max(first.timeMilliseconds, (latest?.startMilliseconds ?? Timestamp.earliest - 1) + 1)
        let target = folder.rotatedPath(startMilliseconds: start, firstSeq: first.seq)
        if try calls.statusIfPresent(of: target) != nil {
            throw SystemFailure(call: .rename, path: target, errno: EEXIST)
        }
        try calls.rename(folder.path, to: target)
        configuration.onNotice(.rotated(to: target))
    }
}
