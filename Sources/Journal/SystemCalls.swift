// The journal's system calls: one function a call, EINTR retried in one place, a failure is `SystemFailure`. The
// interceptor is the seam where tests let a call fail, cut a write short or end the process.

import Glibc
import POSIX

/// A system call that failed.
package struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: SystemCall
    package let path: String
    package let errno: CInt

    /// "what: object: reason", for a log line.
    package var description: String { "\(call.rawValue): \(path): \(String(cString: strerror(errno)))" }
}

/// The calls by the name that strace(1) shows.
package enum SystemCall: String, Sendable, CaseIterable {
    case open, close, fchmod, fstat, stat, flock, pread, pwrite, ftruncate, fdatasync, fsync, rename, unlink, readdir
}

/// What an interceptor wants instead of the call.
package enum Interception: Sendable {
    case fail(CInt)
    /// Only with pwrite: no more than so many bytes are written.
    case short(Int)
}

/// The calls that the journal makes. A value without an interceptor goes straight to the kernel.
package struct SystemCalls: Sendable {
    /// Asked before each call with the call and its path; nil lets it go ahead.
    package typealias Interceptor = @Sendable (SystemCall, String) -> Interception?

    let interceptor: Interceptor?
    /// Milliseconds since 1970, UTC.
    let now: @Sendable () -> Int64

    package init(interceptor: Interceptor? = nil, now: (@Sendable () -> Int64)? = nil) {
        self.interceptor = interceptor
        self.now = now ?? { nowMilliseconds() }
    }

    /// Runs `body` until it is not interrupted; a result below zero is a failure with errno.
    private func run<R: BinaryInteger>(
        _ call: SystemCall, _ path: String, _ body: (_ limit: Int) -> R
    ) throws(SystemFailure) -> R {
        while true {
            var limit = Int.max
            switch interceptor?(call, path) {
            case .fail(EINTR): continue
            case .fail(let code): throw SystemFailure(call: call, path: path, errno: code)
            case .short(let count): limit = count
            case nil: break
            }
            let result = body(limit)
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemFailure(call: call, path: path, errno: code) }
        }
    }

    func open(_ path: String, _ flags: CInt, mode: mode_t = 0o640) throws(SystemFailure) -> FileDescriptor {
        FileDescriptor(
            try run(.open, path) { _ in Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode) }, path: path,
            calls: self)
    }

    func status(of path: String) throws(SystemFailure) -> FileStatus {
        var result = Glibc.stat()
        _ = try run(.stat, path) { _ in lstat(path, &result) }
        return FileStatus(result)
    }

    /// The status, or nil where there is no such file.
    func statusIfPresent(of path: String) throws(SystemFailure) -> FileStatus? {
        do {
            return try status(of: path)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    func rename(_ path: String, to target: String) throws(SystemFailure) {
        _ = try run(.rename, path) { _ in Glibc.rename(path, target) }
    }

    func unlink(_ path: String) throws(SystemFailure) {
        _ = try run(.unlink, path) { _ in Glibc.unlink(path) }
    }

    /// Makes names that were created or changed in the folder durable.
    func syncFolder(_ path: String) throws(SystemFailure) {
        let number = try run(.open, path) { _ in Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        try FileDescriptor(number, path: path, calls: self).sync()
    }

    /// The names in the folder, in no order.
    func names(in path: String) throws(SystemFailure) -> [String] {
        if case .fail(let code)? = interceptor?(.readdir, path) {
            throw SystemFailure(call: .readdir, path: path, errno: code)
        }
        do throws(SystemError) {
            return try Files.names(in: path)
        } catch {
            throw SystemFailure(call: .readdir, path: path, errno: error.code)
        }
    }
}

extension SystemCalls {
    /// An open file, closed with its last reference.
    final class FileDescriptor: Sendable {
        let number: CInt
        let path: String
        private let calls: SystemCalls

        init(_ number: CInt, path: String, calls: SystemCalls) {
            self.number = number
            self.path = path
            self.calls = calls
        }

        deinit {
            // Nothing is lost by a failing close: what matters was synced before.
            _ = calls.interceptor?(.close, path)
            Glibc.close(number)
        }

        func status() throws(SystemFailure) -> FileStatus {
            var result = Glibc.stat()
            _ = try calls.run(.fstat, path) { _ in fstat(number, &result) }
            return FileStatus(result)
        }

        func setMode(_ mode: mode_t) throws(SystemFailure) {
            _ = try calls.run(.fchmod, path) { _ in fchmod(number, mode) }
        }

        /// Takes an exclusive lock on the file, or returns false at once where another process has it.
        func lock() throws(SystemFailure) -> Bool {
            do {
                _ = try calls.run(.flock, path) { _ in flock(number, LOCK_EX | LOCK_NB) }
                return true
            } catch {
                if error.errno == EWOULDBLOCK { return false }
                throw error
            }
        }

        /// Gives the lock up, whoever else has the descriptor.
        func unlock() throws(SystemFailure) {
            _ = try calls.run(.flock, path) { _ in flock(number, LOCK_UN) }
        }

        /// Bytes read, fewer than asked for only at the end of the file.
        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemFailure) -> Int {
            var done = 0
            while done < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                let start = off_t(offset + done)
                let count = try calls.run(.pread, path) { _ in pread(number, rest.baseAddress, rest.count, start) }
                if count == 0 { break }
                done += count
            }
            return done
        }

        /// Writes all bytes; at a failure some of them may have been written.
        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemFailure) {
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let start = off_t(offset + done)
                done += try calls.run(.pwrite, path) { limit in
                    pwrite(number, rest.baseAddress, min(rest.count, limit), start)
                }
            }
        }

        func truncate(to length: Int) throws(SystemFailure) {
            _ = try calls.run(.ftruncate, path) { _ in ftruncate(number, off_t(length)) }
        }

        /// The file's bytes and length are on disk.
        func syncData() throws(SystemFailure) {
            _ = try calls.run(.fdatasync, path) { _ in fdatasync(number) }
        }

        func sync() throws(SystemFailure) {
            _ = try calls.run(.fsync, path) { _ in fsync(number) }
        }
    }
}
