// The file with the daemon's process ID, for init scripts.

import Glibc

struct PIDFile {
    private let path: String

    /// Writes the file, whole or not at all. Called as root where the daemon was started so: it is root's file in root's folder,
    /// and nobody who may write the daemon's own folders can aim a signal by it.
    init(path: String) throws(Failure) {
        self.path = path
        do throws(SystemError) {
            try SystemCalls.replaceFile(path, with: Array("\(getpid())\n".utf8), mode: 0o644, isSynced: false)
        } catch {
            throw Failure(.cannotCreate, "process ID file: \(error)")
        }
    }

    /// Removes it where the daemon still may; a stale one names a process that is gone.
    func remove() {
        try? SystemCalls.unlink(path)
    }
}
