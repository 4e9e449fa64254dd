// The unix socket's file at the end: removed where it is still the one that this daemon made.

import Milter
import POSIX

struct SocketGuard {
    private let path: String
    private let status: FileStatus

    /// Nil for a socket that is no file. Called once the daemon listens.
    init?(_ socket: MilterSocket) {
        guard case .unix(let path) = socket, let status = try? Files.status(of: path) else { return nil }
        self.path = path
        self.status = status
    }

    func remove() {
        guard let present = try? Files.status(of: path), present.isSameFile(as: status) else { return }
        try? Files.remove(path)
    }
}
