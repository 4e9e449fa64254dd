// A milter as a child process: started, measured by /proc (proc(5)), ended.

import Glibc

struct BenchError: Error, CustomStringConvertible {
    let description: String
}

final class Milter {
    let name: String
    let socketPath: String
    private let pid: pid_t

    /// Starts `arguments` with its output in `log`, and waits until something listens on the socket.
    init(_ name: String, socket: String, log: String, _ arguments: [String]) throws(BenchError) {
        self.name = name
        socketPath = socket
        unlink(socket)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var vector = arguments.map { strdup($0) }
        defer { for argument in vector { free(argument) } }
        vector.append(nil)
        var pid = pid_t()
        let result = posix_spawn(&pid, arguments[0], &actions, nil, vector, environ)
        guard result == 0 else {
            throw BenchError(description: "\(arguments[0]): \(String(cString: strerror(result)))")
        }
        self.pid = pid
        for _ in 0..<2000 {
            usleep(10_000)
            if access(socket, R_OK | W_OK) == 0 { return }
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid { break }
        }
        throw BenchError(description: "\(name) does not listen; see \(log)")
    }

    /// Seconds of processor time so far, of all threads.
    var processorSeconds: Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Kilobytes that are resident now, and at most so far.
    var resident: (now: Int, peak: Int) {
        func kilobytes(_ name: String) -> Int {
            let line = read("status").split(separator: "\n").first { $0.hasPrefix(name) }
            return line.flatMap { Int($0.split(whereSeparator: { " \t".contains($0) })[1]) } ?? 0
        }
        return (kilobytes("VmRSS:"), kilobytes("VmHWM:"))
    }

    /// Ends it, and waits for it.
    func end() {
        kill(pid, SIGTERM)
        var status: Int32 = 0
        for _ in 0..<500 {
            if waitpid(pid, &status, WNOHANG) == pid { return }
            usleep(10_000)
        }
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
    }

    private func read(_ file: String) -> String {
        let descriptor = open("/proc/\(pid)/\(file)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
