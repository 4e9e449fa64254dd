// How a journal is written, and what its writer has to say beside errors.

/// The file, when it is rotated, and who hears of what happens to it.
package struct JournalConfiguration: Sendable {
    /// The file that is appended to; rotated files, the lock and side files lie beside it.
    package var path: String
    /// The file is rotated before the first write after it has come to so many bytes.
    package var rotateBytes: Int
    /// The file is rotated before the first write after its first record has come to this age.
    package var rotateSeconds: Int
    /// Called by the thread that appends, or opens, for a line in the log. It must not append.
    package var onNotice: @Sendable (JournalNotice) -> Void
    package var calls: SystemCalls

    package init(
        path: String, rotateBytes: Int = 64 << 20, rotateSeconds: Int = 86_400,
        onNotice: @escaping @Sendable (JournalNotice) -> Void = { _ in }, calls: SystemCalls = SystemCalls()
    ) {
        self.path = path
        self.rotateBytes = rotateBytes
        self.rotateSeconds = rotateSeconds
        self.onNotice = onNotice
        self.calls = calls
    }
}

/// What happened to the journal that a postmaster should find in the log.
package enum JournalNotice: Sendable, Hashable, CustomStringConvertible {
    /// An unfinished end, of a crash, was moved into a file of its own.
    case tornEnd(path: String, bytes: Int, sideFile: String)
    /// These records were on disk once and are not in the journal: cut off or removed. Their numbers are not given again.
    case recordsMissing(from: UInt64, to: UInt64)
    case rotated(to: String)
    /// The file is full or old but could not be renamed; it is appended to all the same.
    case rotationFailed(SystemFailure)
    /// Somebody else removed the file; the records that were in it are not made anew.
    case removedByOthers(path: String)
    /// Somebody else replaced or changed the file.
    case changedByOthers(path: String)
    /// Somebody else removed or replaced the lock file; it is made and locked anew.
    case lockRemoved(path: String)
    /// Writing works again, after it had failed.
    case recovered(path: String)
    /// Records that were longer than a line can be had their long strings cut.
    case cut(records: Int)

    /// Whether something may be lost, or somebody should do something.
    package var isWarning: Bool {
        switch self {
        case .rotated, .recovered: false
        case .tornEnd, .recordsMissing, .rotationFailed, .removedByOthers, .changedByOthers, .lockRemoved, .cut: true
        }
    }

    package var description: String {
        switch self {
        case .tornEnd(let path, let bytes, let sideFile): "journal: \(path): \(bytes) torn bytes moved to \(sideFile)"
        case .recordsMissing(let first, let last): "journal: records \(first) to \(last) were on disk and are missing"
        case .rotated(let name): "journal: rotated to \(name)"
        case .rotationFailed(let failure): "journal: not rotated: \(failure)"
        case .removedByOthers(let path):
            "journal: \(path): another program removed it; a new one is begun, and numbers go on: what nobody had read of it is lost"
        case .changedByOthers(let path):
            "journal: \(path): another program replaced or changed it; opened again, and appended to behind its last record"
        case .lockRemoved(let path):
            "journal: \(path): another program removed or replaced it; locked again: leave it there, it keeps a second writer away"
        case .recovered(let path): "journal: \(path): writable again"
        case .cut(let records): "journal: \(records) records longer than \(Record.lineLimitBytes) bytes were cut"
        }
    }
}
