// The calls on files and folders, one function each.

import Glibc

/// Files by their paths, and what open descriptors give and take.
package enum Files {
    /// An open file's descriptor, not inherited by a program that is run.
    package static func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) -> CInt {
        try retrying("open", path) { Glibc.open(path, flags | O_CLOEXEC, mode) }
    }

    /// Gives a descriptor up. Nothing is told of a failure: what matters was synced before.
    package static func close(_ descriptor: CInt) {
        _ = Glibc.close(descriptor)
    }

    // MARK: Content

    /// What a descriptor gives next, up to `limitBytes`; nothing at the end.
    package static func read(_ descriptor: CInt, _ object: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limitBytes)
        let count = try retrying("read", object) {
            buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        }
        return Array(buffer.prefix(count))
    }

    /// All that a descriptor gives; EFBIG where that is more than the limit.
    package static func contents(
        of descriptor: CInt, _ object: String, limitBytes: Int
    ) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(descriptor, object, limitBytes: 65_536)
            if chunk.isEmpty { return bytes }
            guard bytes.count + chunk.count <= limitBytes else { throw SystemError("read", object, EFBIG) }
            bytes += chunk
        }
    }

    /// A whole file; EFBIG where it is longer than the limit.
    package static func contents(of path: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        return try contents(of: descriptor, path, limitBytes: limitBytes)
    }

    /// Writes all of it.
    package static func write(_ bytes: [UInt8], to descriptor: CInt, _ object: String) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let start = done
            done += try retrying("write", object) {
                bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start) }
            }
        }
    }

    /// Writes behind what a file holds; makes it, with this mode but for the umask, where it is not there.
    package static func append(_ bytes: [UInt8], to path: String, mode: mode_t) throws(SystemError) {
        let descriptor = try open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: mode)
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path)
    }

    /// Makes a file whole or not at all: a temporary file in the same folder, written, and renamed over `path`; where `isSynced`, it is on
    /// disk then under its name. Nobody else can have placed the temporary file. The mode is the file's whatever the umask.
    ///
    /// - Parameter temporary: Its path; by default one of this process's own.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t, isSynced: Bool = false, by temporary: String? = nil
    ) throws(SystemError) {
        let temporary = temporary ?? "\(path).\(getpid()).tmp"
        // Of a process that was killed, and had our ID, as in a container each has.
        try? remove(temporary)
        let descriptor = try open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        do throws(SystemError) {
            defer { close(descriptor) }
            _ = try retrying("fchmod", temporary) { fchmod(descriptor, mode) }
            try write(bytes, to: descriptor, temporary)
            if isSynced { _ = try retrying("fsync", temporary) { fsync(descriptor) } }
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)
            throw error
        }
        if isSynced { try syncFolder(of: path) }
    }

    private static func syncFolder(of path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = try open(folder, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        _ = try retrying("fsync", folder) { fsync(descriptor) }
    }

    /// Takes an exclusive lock for as long as the descriptor is open; false where another process has it.
    package static func lock(_ descriptor: CInt, _ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            _ = try retrying("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.code == EWOULDBLOCK { return false }
            throw error
        }
    }

    // MARK: Names

    /// Nil where there is no such file. A symbolic link is itself, unless it is to be followed.
    package static func status(of path: String, followsLinks: Bool = false) throws(SystemError) -> FileStatus? {
        var status = stat()
        do throws(SystemError) {
            _ = try retrying("stat", path) {
                fstatat(AT_FDCWD, path, &status, followsLinks ? 0 : AT_SYMLINK_NOFOLLOW)
            }
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
        return FileStatus(status)
    }

    /// The names in a folder, in no order.
    package static func names(in folder: String) throws(SystemError) -> [String] {
        guard let stream = opendir(folder) else { throw SystemError("opendir", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        // Only this tells a folder that could not be read to its end from one that ended.
        if errno != 0 { throw SystemError("readdir", folder) }
        return names
    }

    /// Takes the place of what has the new name.
    package static func rename(_ path: String, to newPath: String) throws(SystemError) {
        _ = try retrying("rename", path) { Glibc.rename(path, newPath) }
    }

    /// Removes a file's name, and with its last one the file.
    package static func remove(_ path: String) throws(SystemError) {
        _ = try retrying("unlink", path) { unlink(path) }
    }

    // MARK: Use

    /// Fails where this process's user may not do to a file what R_OK, W_OK and X_OK name.
    package static func access(_ path: String, _ mode: CInt) throws(SystemError) {
        _ = try retrying("access", path) { Glibc.access(path, mode) }
    }

    /// Whether the file system that holds a path has room for another file's bytes; one that gives no figures has.
    package static func hasRoom(at path: String) throws(SystemError) -> Bool {
        var status = statvfs()
        _ = try retrying("statvfs", path) { statvfs(path, &status) }
        return status.f_blocks == 0 || status.f_bavail > 0
    }
}
