// The system calls of this module, one function each: EINTR is retried here, a failure is a `SystemError`.

import Glibc

/// A system call that failed: what was done, to what, and why.
package struct SystemError: Error, CustomStringConvertible {
    package var call: String
    package var object: String
    package var code: CInt

    /// The system's words: "No such file or directory".
    package var reason: String { String(cString: strerror(code)) }

    package var description: String { "\(call) \(object): \(reason)" }
}

/// What stat(2) tells that matters here.
struct FileStatus {
    enum Form { case regular, directory, socket, other }
    var form: Form
    var sizeBytes: Int
    var modifiedSeconds: Int
    var device: UInt
    var inode: UInt

    func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

enum SystemCalls {
    /// Calls until it is not interrupted.
    private static func retry<Value: BinaryInteger>(
        _ call: String, _ object: String, _ body: () -> Value
    ) throws(SystemError) -> Value {
        while true {
            let value = body()
            if value >= 0 { return value }
            let code = errno
            if code != EINTR { throw SystemError(call: call, object: object, code: code) }
        }
    }

    // Files.

    static func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) -> CInt {
        try retry("open", path) { Glibc.open(path, flags | O_CLOEXEC, mode) }
    }

    static func close(_ descriptor: CInt) {
        _ = Glibc.close(descriptor)
    }

    /// Closes this descriptor and all above it.
    static func closeAll(from descriptor: CInt) {
        closefrom(descriptor)
    }

    /// Writes all of it.
    static func write(_ bytes: some Sequence<UInt8>, to descriptor: CInt, _ object: String) throws(SystemError) {
        let buffer = Array(bytes)
        var done = 0
        while done < buffer.count {
            let start = done
            done += try retry("write", object) {
                buffer.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
                }
            }
        }
    }

    /// Up to `limitBytes` of what a descriptor gives next.
    static func read(_ descriptor: CInt, _ object: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limitBytes)
        let count = try retry("read", object) {
            buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        }
        return Array(buffer.prefix(count))
    }

    /// A whole file; EFBIG where it is longer than the limit.
    static func contents(of path: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(descriptor, path, limitBytes: 65_536)
            if chunk.isEmpty { return bytes }
            guard bytes.count + chunk.count <= limitBytes else {
                throw SystemError(call: "read", object: path, code: EFBIG)
            }
            bytes += chunk
        }
    }

    /// Makes a file whole or not at all: a temporary file in the same folder, written, synced where asked, and renamed over
    /// `path`. Nobody else can have placed the temporary file. The mode is the file's whatever the umask.
    static func replaceFile(_ path: String, with bytes: [UInt8], mode: mode_t, isSynced: Bool) throws(SystemError) {
        let temporary = "\(path).\(getpid()).tmp"
        _ = try? unlink(temporary)
        let descriptor = try open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        do throws(SystemError) {
            defer { close(descriptor) }
            _ = try retry("fchmod", temporary) { fchmod(descriptor, mode) }
            try write(bytes, to: descriptor, temporary)
            if isSynced { _ = try retry("fdatasync", temporary) { fdatasync(descriptor) } }
            _ = try retry("rename", temporary) { Glibc.rename(temporary, path) }
        } catch {
            _ = try? unlink(temporary)
            throw error
        }
    }

    /// Writes behind what a file holds; makes it, with this mode but for the umask, where it is not there.
    static func append(_ bytes: [UInt8], to path: String, mode: mode_t) throws(SystemError) {
        let descriptor = try open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: mode)
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path)
    }

    /// Takes the place of what has the new name.
    static func rename(_ path: String, to newPath: String) throws(SystemError) {
        _ = try retry("rename", path) { Glibc.rename(path, newPath) }
    }

    /// Fails where this process's user may not do to a file what R_OK, W_OK and X_OK name.
    static func access(_ path: String, _ mode: CInt) throws(SystemError) {
        _ = try retry("access", path) { Glibc.access(path, mode) }
    }

    /// Whether the file system that holds a path has room for another file's bytes; one that gives no figures has.
    static func hasRoom(at path: String) throws(SystemError) -> Bool {
        var status = statvfs()
        _ = try retry("statvfs", path) { statvfs(path, &status) }
        return status.f_blocks == 0 || status.f_bavail > 0
    }

    static func unlink(_ path: String) throws(SystemError) {
        _ = try retry("unlink", path) { Glibc.unlink(path) }
    }

    /// Nil where there is no such file. A symbolic link is itself.
    static func status(of path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        do throws(SystemError) {
            _ = try retry("lstat", path) { lstat(path, &status) }
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
        let form: FileStatus.Form =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFSOCK: .socket
            default: .other
            }
        return FileStatus(
            form: form, sizeBytes: Int(status.st_size), modifiedSeconds: Int(status.st_mtim.tv_sec),
            device: UInt(status.st_dev), inode: UInt(status.st_ino))
    }

    /// The names in a folder but for those that start with a dot, in no order.
    static func names(in folder: String) throws(SystemError) -> [String] {
        guard let stream = opendir(folder) else { throw SystemError(call: "opendir", object: folder, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// Takes an exclusive lock for as long as the descriptor is open; false where another process has it.
    static func lock(_ descriptor: CInt, _ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            _ = try retry("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.code == EWOULDBLOCK { return false }
            throw error
        }
    }

    // Users and groups.

    /// Nil where there is no such user.
    static func user(named name: String) -> (user: uid_t, group: gid_t)? {
        getpwnam(name).map { ($0.pointee.pw_uid, $0.pointee.pw_gid) }
    }

    /// Nil where there is no such group.
    static func group(named name: String) -> gid_t? {
        getgrnam(name)?.pointee.gr_gid
    }

    /// The name of the user that this process runs as, else its number.
    static func ownUserName() -> String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    /// Takes the user's groups, one more where it is given, then the group, then the user: real, effective and saved, as setuid(2)
    /// does for root.
    static func become(
        userName: String, user: uid_t, group: gid_t, extraGroup: gid_t?
    ) throws(SystemError) {
        _ = try retry("initgroups", userName) { initgroups(userName, group) }
        if let extraGroup {
            var groups = [gid_t](repeating: 0, count: Int(try retry("getgroups", userName) { getgroups(0, nil) }))
            let count = try retry("getgroups", userName) { getgroups(CInt(groups.count), &groups) }
            groups = Array(groups.prefix(Int(count)))
            if !groups.contains(extraGroup) { groups.append(extraGroup) }
            _ = try retry("setgroups", userName) { setgroups(groups.count, groups) }
        }
        _ = try retry("setgid", userName) { setgid(group) }
        _ = try retry("setuid", userName) { setuid(user) }
    }

    // Processes.

    /// Both ends of a pipe.
    static func makePipe() throws(SystemError) -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [-1, -1]
        _ = try retry("pipe", "readiness") { pipe(&ends) }
        return (ends[0], ends[1])
    }

    /// In the child 0, in the parent the child's process ID.
    static func fork() throws(SystemError) -> pid_t {
        try retry("fork", "process") { Glibc.fork() }
    }

    /// Runs a program to its end with no signal blocked and its standard files at /dev/null; whether its exit status was 0.
    static func run(_ program: String, _ arguments: [String]) throws(SystemError) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for standard in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in argv { free(pointer) } }
        var child = pid_t()
        let code = posix_spawn(&child, program, &actions, &attributes, &argv, environ)
        guard code == 0 else { throw SystemError(call: "spawn", object: program, code: code) }
        var status: CInt = 0
        _ = try retry("wait for", program) { waitpid(child, &status, 0) }
        return status == 0
    }

    /// Milliseconds since 1970.
    static func nowMilliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Milliseconds of the clock that nobody sets.
    static func uptimeMilliseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}
