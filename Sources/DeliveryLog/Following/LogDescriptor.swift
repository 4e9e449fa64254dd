// The descriptor of a log that is followed.

import Glibc
import POSIX

/// An open file, closed with its last reference.
final class LogDescriptor: Sendable {
    let number: CInt
    let path: String

    init(_ path: String, _ flags: CInt) throws(SystemError) {
        number = try Files.open(path, flags)
        self.path = path
    }

    deinit { Files.close(number) }

    func status() throws(SystemError) -> FileStatus {
        var result = stat()
        _ = try retrying("fstat", path) { fstat(number, &result) }
        return FileStatus(result)
    }

    /// As many bytes as there are at the offset, up to the buffer's size; returns how many.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try retrying("read", path) { pread(number, rest.baseAddress, rest.count, off_t(offset + done)) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func bytes(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(SystemError) in
            try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        }
        return Array(bytes.prefix(count))
    }

    /// What a pipe holds, up to the buffer's size; nil where it is empty for now, 0 where nobody writes to it.
    func readAvailable(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        do throws(SystemError) {
            return try retrying("read", path) { Glibc.read(number, buffer.baseAddress, buffer.count) }
        } catch {
            if error.code == EAGAIN { return nil }
            throw error
        }
    }
}
