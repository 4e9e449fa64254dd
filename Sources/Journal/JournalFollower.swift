// Follows a journal as it is written: each record that is on disk once, over rotations, restarts and recoveries.

import Glibc

/// A reader that waits for more. Used by one thread at a time.
package final class JournalFollower {
    /// How long new records can lie unseen.
    package static let pollMilliseconds = 50

    private let reader: JournalReader

    /// As `JournalReader`'s. While there is a lock file, no record is handed out before the writer has told there that it is on
    /// disk: what an unlucky write leaves, and recovery takes back, is never seen.
    package init(
        path: String, from position: JournalPosition = .beginning, calls: SystemCalls = SystemCalls()
    ) throws(JournalError) {
        let folder = JournalFolder(path: path, calls: calls)
        var known = LockFile.published(folder)
        reader = try JournalReader(path: path, from: position, calls: calls) { anew in
            if anew || known == nil { known = LockFile.published(folder, known: known) }
            return known
        }
    }

    /// Where the last entry that was handed out ends.
    package var checkpoint: Checkpoint { reader.checkpoint }

    /// The next record or finding; nil where none has come in that time.
    package func next(timeoutMilliseconds: Int) throws(JournalError) -> JournalItem? {
        var left = timeoutMilliseconds
        while true {
            if let item = try reader.next() { return item }
            if left <= 0 { return nil }
            let pause = min(left, JournalFollower.pollMilliseconds)
            usleep(UInt32(pause) * 1000)
            left -= pause
        }
    }
}
