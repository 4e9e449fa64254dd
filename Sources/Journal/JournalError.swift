// What the world can do to the journal, as far as a caller can act on it.

import Glibc

/// Why a journal cannot be written or read.
package enum JournalError: Error, Hashable, Sendable {
    /// Another process is this journal's writer; its pid where the lock file tells it.
    case locked(path: String, pid: Int?)
    /// No space or quota left, or the file may not grow.
    case diskFull(SystemFailure)
    case readOnly(SystemFailure)
    /// Missing folder, missing permission: a matter of configuration.
    case notAllowed(SystemFailure)
    /// EIO and all else.
    case inputOutput(SystemFailure)
    /// There is a file at the journal's path that this program has not written.
    case notAJournal(path: String)
    /// The journal has no record with the checkpoint's number, or another one: it was replaced.
    case checkpointUnknown(Checkpoint)
    /// `close` was called.
    case closed(path: String)

    init(_ failure: SystemFailure) {
        switch failure.errno {
        case ENOSPC, EDQUOT, EFBIG: self = .diskFull(failure)
        case EROFS: self = .readOnly(failure)
        case ENOENT, ENOTDIR, EACCES, EPERM, ELOOP, EISDIR: self = .notAllowed(failure)
        default: self = .inputOutput(failure)
        }
    }
}

extension JournalError: CustomStringConvertible {
    /// "what: object: reason", for a log line.
    package var description: String {
        switch self {
        case .locked(let path, let pid?): "journal: \(path): process \(pid) is writing it"
        case .locked(let path, nil): "journal: \(path): another process is writing it"
        case .diskFull(let failure), .readOnly(let failure), .notAllowed(let failure), .inputOutput(let failure):
            failure.description
        case .notAJournal(let path): "journal: \(path): not a journal; name another file, or move this one away"
        case .checkpointUnknown(let checkpoint):
            "journal: record \(checkpoint.seq) of the checkpoint is not in it: it was replaced or cut"
        case .closed(let path): "journal: \(path): closed"
        }
    }
}

/// Runs `body` and turns a failed call into the journal's error.
func asJournalError<R>(_ body: () throws(SystemFailure) -> R) throws(JournalError) -> R {
    do {
        return try body()
    } catch {
        throw JournalError(error)
    }
}
