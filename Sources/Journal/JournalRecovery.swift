// Opening a journal: go on after the last record that is in it, and put aside what a crash left behind that record.

import Glibc

extension JournalAppender {
    /// Opens the file at the path, or makes it, and takes `lastSeq` from the journal.
    func openActiveFile() throws(JournalError) {
        let path = folder.path
        var status = try asJournalError { () throws(SystemFailure) in try calls.statusIfPresent(of: path) }
        if let status, !status.isRegular { throw .notAJournal(path: path) }
        let descriptor: SystemCalls.FileDescriptor
        if status == nil {
            descriptor = try asJournalError { () throws(SystemFailure) in
                let descriptor = try calls.open(path, O_RDWR | O_CREAT | O_EXCL)
                try descriptor.setMode(0o640)
                return descriptor
            }
        } else {
            descriptor = try asJournalError { () throws(SystemFailure) in try calls.open(path, O_RDWR) }
        }
        status = try asJournalError(descriptor.status)
        guard let status else { throw .notAJournal(path: path) }

        var active = ActiveFile(descriptor: descriptor, identity: status, length: 0)
        let last = try asJournalError { () throws(SystemFailure) in try descriptor.lastRecord(size: status.size) }
        active.length = last?.range.upperBound ?? 0
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
        file = active
        lock.publish(lastSeq)
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
        if active.length == 0, try !asJournalError({ () throws(SystemFailure) in try isTornFirstLine(active, size) }) {
            throw .notAJournal(path: folder.path)
        }
        let sidePath = folder.sideFilePath(at: calls.now(), afterSeq: lastSeq)
        try asJournalError { () throws(SystemFailure) in
            let side = try calls.open(sidePath, O_WRONLY | O_CREAT | O_EXCL)
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
        configuration.onNotice(.tornEnd(path: folder.path, bytes: size - active.length, sideFile: sidePath))
    }

    /// A file without a record can be what a crash left of the first write, begun or as zeros; all else is not ours to cut.
    private func isTornFirstLine(_ active: ActiveFile, _ size: Int) throws(SystemFailure) -> Bool {
        let start: StaticString = #"{"v":1,"seq":"#
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { chunk.deallocate() }
        let count = try active.descriptor.read(into: chunk, at: 0)
        let head = UnsafeRawBufferPointer(rebasing: chunk[..<min(count, start.utf8CodeUnitCount)])
        if head.elementsEqual(UnsafeRawBufferPointer(start: start.utf8Start, count: head.count)) { return true }
        return chunk[..<count].allSatisfy { $0 == 0 }
    }
}
