// The file of a UNIX-domain socket: what lies in its way, and who may use it.

import Glibc

enum SocketFile {
    /// Removes a socket that nobody listens on. What somebody listens on, and what is no socket, stays.
    static func removeStale(_ path: String) throws(MilterServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .socket(path: path, step: "stat", errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        guard !(try isLive(path)) else { throw .inUse(path: path) }
        guard unlink(path) == 0 || errno == ENOENT else { throw .socket(path: path, step: "unlink", errno: errno) }
    }

    /// Sets the group first, so that the wider mode never holds for the wrong one.
    static func setAccess(_ path: String, mode: mode_t, group: gid_t?) throws(MilterServerError) {
        if let group, lchown(path, uid_t.max, group) != 0 { throw .socket(path: path, step: "chown", errno: errno) }
        guard chmod(path, mode) == 0 else { throw .socket(path: path, step: "chmod", errno: errno) }
    }

    /// Whether a connection is taken or would be: only a refused one says that nobody listens.
    private static func isLive(_ path: String) throws(MilterServerError) -> Bool {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(AF_UNIX, Int32(type), 0)
        guard descriptor >= 0 else { throw .socket(path: path, step: "socket", errno: errno) }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: path.utf8.prefix(MilterSocket.limitPathBytes))
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 || errno != ECONNREFUSED
    }
}
