// The file with the daemon's process ID, for init scripts.

import Glibc
import POSIX

struct PIDFile {
    private let path: String

    /// Writes the file, whole or not at all. Called as root where the daemon was started so: it is root's file in root's folder,
    /// and nobody who may write the daemon's own folders can aim a signal by it.
    /// It stays locked while the process lives: a second daemon, which the journal's lock ends later, must not take its place.
    init(path: String) throws(Failure) {
        self.path = path
        let isFree: Bool
        do throws(SystemError) {
            isFree = try Self.isFree(path)
            if isFree {
                try Files.replace(path, with: Array("\(getpid())\n".utf8), mode: 0o644)
                // Open until the process ends.
                _ = try Files.lock(try Files.open(path, O_RDONLY | O_NOFOLLOW), path)
            }
        } catch {
            throw Failure(.cannotCreate, "process ID file: \(error)")
        }
        if !isFree { throw Failure(.unavailable, "process ID file \(path): the process that it names is running") }
    }

    private static func isFree(_ path: String) throws(SystemError) -> Bool {
        guard let descriptor = try? Files.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return true }
        defer { Files.close(descriptor) }
        return try Files.lock(descriptor, path)
    }

    /// Removes it where the daemon still may; a stale one names a process that is gone.
    func remove() {
        try? Files.remove(path)
    }
}
