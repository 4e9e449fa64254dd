// Opening a journal: go on after the last record that is in it, and put aside what a crash left behind that record.

import Glibc
import POSIX

/// The file that a writer finds at the journal's path.
struct FoundFile {
    let descriptor: SystemCalls.FileDescriptor
    let status: FileStatus
    /// Nil where it is empty, or a crash left no more of it than a begun record.
    let last: FoundRecord?

    /// Nil where there is none. Fails with `notAJournal` where it is something else.
    init?(_ folder: JournalFolder) throws(JournalError) {
        let path = folder.path
        let found = try asJournalError { () throws(SystemFailure) in try folder.calls.statusIfPresent(of: path) }
        guard let found else { return nil }
        guard found.form == .regular else { throw .notAJournal(path: path) }
        let descriptor = try asJournalError { () throws(SystemFailure) in try folder.calls.open(path, O_RDWR) }
        let status = try asJournalError(descriptor.status)
        last = try asJournalError { () throws(SystemFailure) in try descriptor.lastRecord(size: status.size) }
        if last == nil, status.size > 0, try !asJournalError(descriptor.isTornFirstLine) {
            throw .notAJournal(path: path)
        }
        self.descriptor = descriptor
        self.status = status
    }
}

extension JournalWriter {
    /// Whether a writer could open the journal that is there, as far as that can be seen without making or changing anything: throws what
    /// would keep it from that. Another one may be writing it.
    package static func test(path: String, calls: SystemCalls = SystemCalls()) throws(JournalError) {
        let folder = JournalFolder(path: path, calls: calls)
        try asJournalError { () throws(SystemFailure) in
            if try calls.statusIfPresent(of: folder.lockPath) != nil { _ = try calls.open(folder.lockPath, O_RDWR) }
        }
        _ = try FoundFile(folder)
    }
}

extension JournalAppender {
    /// Opens the file at the path, or makes it, and takes `lastSeq` from the journal.
    func openActiveFile() throws(JournalError) {
        let path = folder.path
        let found = try FoundFile(folder)
        let descriptor = if let found { found.descriptor } else { try makeFile() }
        let status = if let found { found.status } else { try asJournalError(descriptor.status) }
        let last = found?.last

        var active = ActiveFile(descriptor: descriptor, identity: status, length: last?.range.upperBound ?? 0)
        if active.length < status.size { try putAsideTornEnd(of: active, size: status.size) }
        if let last {
            lastSeq = max(lastSeq, last.seq)
            let first = try asJournalError(descriptor.firstRecord) ?? last
            active.first = (first.seq, first.timeMilliseconds)
        } else {
            lastSeq = max(lastSeq, try lastRotatedSeq())
        }
        // What was on disk once and is lost keeps its numbers, so that a gap tells of it and no consumer takes a new record for
        // one that it has had.
        if let durable = lock.published(), durable > lastSeq {
            configuration.onNotice(.recordsMissing(from: lastSeq + 1, to: durable))
            lastSeq = durable
        }
        // No journal of this program comes to such a number, and behind it there is none left.
        if lastSeq > JournalAppender.seqLimit { throw .notAJournal(path: path) }
        // A crash may have come between a write and its sync, or between a new name and the folder's sync.
        try asJournalError { () throws(SystemFailure) in
            try descriptor.syncData()
            try calls.syncFolder(folder.folder)
        }
        // A follower that found no number there would hand out what is not on disk yet.
        try asJournalError { () throws(SystemFailure) in try lock.publish(lastSeq) }
        file = active
    }

    private func makeFile() throws(JournalError) -> SystemCalls.FileDescriptor {
        try asJournalError { () throws(SystemFailure) in
            let descriptor = try calls.open(folder.path, O_RDWR | O_CREAT | O_EXCL)
            try descriptor.setMode(0o640)
            return descriptor
        }
    }

    private func lastRotatedSeq() throws(JournalError) -> UInt64 {
        try asJournalError { () throws(SystemFailure) in
            for rotated in try folder.rotatedFiles().reversed() {
                let descriptor = try calls.open(rotated.path, O_RDONLY)
                let size = try descriptor.status().size
                if let last = try descriptor.lastRecord(size: size) { return last.seq }
            }
            return 0
        }
    }

    /// Moves the bytes behind `active.length` into a side file that is on disk before they are cut off.
    private func putAsideTornEnd(of active: ActiveFile, size: Int) throws(JournalError) {
        let sidePath = folder.sideFilePath(at: calls.now(), afterSeq: lastSeq)
        try asJournalError { () throws(SystemFailure) in
            let side = try calls.open(sidePath, O_WRONLY | O_CREAT | O_EXCL)
            do throws(SystemFailure) {
                try move(tornEndOf: active, to: side)
            } catch {
                // On a full disk each message that comes would leave another one.
                try? calls.unlink(sidePath)
                throw error
            }
        }
        configuration.onNotice(.tornEnd(path: folder.path, bytes: size - active.length, sideFile: sidePath))
    }

    private func move(tornEndOf active: ActiveFile, to side: SystemCalls.FileDescriptor) throws(SystemFailure) {
        try side.setMode(0o640)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { chunk.deallocate() }
        var copied = 0
        while true {
            let count = try active.descriptor.read(into: chunk, at: active.length + copied)
            if count == 0 { break }
            try side.write(.init(rebasing: chunk[..<count]), at: copied)
            copied += count
        }
        try side.sync()
        try calls.syncFolder(folder.folder)
        try active.descriptor.truncate(to: active.length)
    }
}

extension SystemCalls.FileDescriptor {
    /// A file without a record can be what a crash left of the first write, begun or as zeros; all else is not ours to cut.
    fileprivate func isTornFirstLine() throws(SystemFailure) -> Bool {
        let start: StaticString = #"{"v":1,"seq":"#
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { chunk.deallocate() }
        let count = try read(into: chunk, at: 0)
        let head = UnsafeRawBufferPointer(rebasing: chunk[..<min(count, start.utf8CodeUnitCount)])
        if head.elementsEqual(UnsafeRawBufferPointer(start: start.utf8Start, count: head.count)) { return true }
        return chunk[..<count].allSatisfy { $0 == 0 }
    }
}
