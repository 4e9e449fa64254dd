// The system calls of following a log, one function each: EINTR is retried here, a failure is a `LogFailure`.

import Glibc

/// A call that failed: what was done, to what, and why.
package struct LogFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let errno: CInt

    /// The process may not use the file.
    package var isForbidden: Bool { errno == EACCES || errno == EPERM }

    /// "path: reason", for a log line.
    package var description: String { "\(path): \(String(cString: strerror(errno)))" }
}

/// What stat(2) tells of a file that matters here.
struct LogFileStatus {
    enum Form { case regular, pipe, other }
    var form: Form
    var device: UInt64
    var inode: UInt64
    var size: Int
    /// Milliseconds since 1970.
    var modified: Int64

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: form = .regular
        case S_IFIFO: form = .pipe
        default: form = .other
        }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
    }

    func isSameFile(as other: LogFileStatus) -> Bool { device == other.device && inode == other.inode }
}

/// An open file, closed with its last reference.
final class LogDescriptor: Sendable {
    let number: CInt
    let path: String

    init(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(LogFailure) {
        number = try retry("open", path) { open(path, flags | O_CLOEXEC, mode) }
        self.path = path
    }

    deinit { close(number) }

    func status() throws(LogFailure) -> LogFileStatus {
        var result = stat()
        _ = try retry("fstat", path) { fstat(number, &result) }
        return LogFileStatus(result)
    }

    /// As many bytes as there are at the offset, up to the buffer's size; returns how many.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(LogFailure) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try retry("read", path) { pread(number, rest.baseAddress, rest.count, off_t(offset + done)) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func bytes(_ range: Range<Int>) throws(LogFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(LogFailure) in
            try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        }
        return Array(bytes.prefix(count))
    }

    /// What a pipe holds, up to the buffer's size; nil where it is empty for now, 0 where nobody writes to it.
    func readAvailable(into buffer: UnsafeMutableRawBufferPointer) throws(LogFailure) -> Int? {
        do throws(LogFailure) {
            return try retry("read", path) { Glibc.read(number, buffer.baseAddress, buffer.count) }
        } catch {
            if error.errno == EAGAIN { return nil }
            throw error
        }
    }
}

enum LogSystemCalls {
    /// Nil where there is no such file. Of a symbolic link, what it points to.
    static func status(of path: String) throws(LogFailure) -> LogFileStatus? {
        var result = stat()
        do throws(LogFailure) {
            _ = try retry("stat", path) { stat(path, &result) }
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        return LogFileStatus(result)
    }

    /// The names in a folder, in no order; none where there is no such folder.
    static func names(in folder: String) throws(LogFailure) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw LogFailure(call: "opendir", path: folder, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    /// Makes a file whole or not at all: a temporary one beside it, written, synced, renamed; and the folder is synced.
    static func replaceFile(_ path: String, with bytes: [UInt8]) throws(LogFailure) {
        let temporary = path + ".new"
        do {
            let file = try LogDescriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o640)
            var done = 0
            while done < bytes.count {
                let start = done
                done += try retry("write", temporary) {
                    bytes.withUnsafeBytes { write(file.number, $0.baseAddress?.advanced(by: start), $0.count - start) }
                }
            }
            _ = try retry("fsync", temporary) { fsync(file.number) }
        }
        _ = try retry("rename", path) { rename(temporary, path) }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = try LogDescriptor(folder, O_RDONLY | O_DIRECTORY)
        _ = try retry("fsync", folder) { fsync(descriptor.number) }
    }

    /// Milliseconds since 1970.
    static func nowMilliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Milliseconds of a clock that is never set.
    static func uptimeMilliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

/// Calls until it is not interrupted.
private func retry<Value: BinaryInteger>(
    _ call: String, _ path: String, _ body: () -> Value
) throws(LogFailure) -> Value {
    while true {
        let value = body()
        if value >= 0 { return value }
        let code = errno
        if code != EINTR { throw LogFailure(call: call, path: path, errno: code) }
    }
}
