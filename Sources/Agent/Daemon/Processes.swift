// The calls on processes and their privileges, one function each.

import Glibc
import POSIX

enum Processes {
    /// Closes this descriptor and all above it.
    static func closeAll(from descriptor: CInt) {
        closefrom(descriptor)
    }

    /// Takes the user's groups, one more where it is given, then the group, then the user: real, effective and saved, as setuid(2)
    /// does for root.
    static func become(
        userName: String, user: uid_t, group: gid_t, extraGroup: gid_t?
    ) throws(SystemError) {
        _ = try retrying("initgroups", userName) { initgroups(userName, group) }
        if let extraGroup {
            var groups = [gid_t](repeating: 0, count: Int(try retrying("getgroups", userName) { getgroups(0, nil) }))
            let count = try retrying("getgroups", userName) { getgroups(CInt(groups.count), &groups) }
            groups = Array(groups.prefix(Int(count)))
            if !groups.contains(extraGroup) { groups.append(extraGroup) }
            _ = try retrying("setgroups", userName) { setgroups(groups.count, groups) }
        }
        _ = try retrying("setgid", userName) { setgid(group) }
        _ = try retrying("setuid", userName) { setuid(user) }
    }

    /// Both ends of a pipe.
    static func makePipe() throws(SystemError) -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [-1, -1]
        _ = try retrying("pipe", "readiness") { pipe(&ends) }
        return (ends[0], ends[1])
    }

    /// In the child 0, in the parent the child's process ID.
    static func fork() throws(SystemError) -> pid_t {
        try retrying("fork", "process") { Glibc.fork() }
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
        guard code == 0 else { throw SystemError("spawn", program, code) }
        var status: CInt = 0
        _ = try retrying("wait for", program) { waitpid(child, &status, 0) }
        return status == 0
    }
}
