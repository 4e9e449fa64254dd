// CMilter's accept(2), poll(2), read(2) and writev(2), called as libmilter calls them.

import CMilter
import Glibc
import Testing

struct SystemCallTests {
    /// A connection: the end that accept(2) made, and the other.
    private final class Connection {
        let accepted: Int32
        let peer: Int32

        init() throws {
            let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { Glibc.close(listener) }
            peer = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            // An address of the family alone: the system chooses a name, which no file bears.
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var length = socklen_t(MemoryLayout<sa_family_t>.size)
            let peer = peer
            let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    guard bind(listener, $0, length) == 0, listen(listener, 1) == 0 else { return false }
                    length = socklen_t(MemoryLayout<sockaddr_un>.size)
                    return getsockname(listener, $0, &length) == 0 && connect(peer, $0, length) == 0
                }
            }
            accepted = isConnected ? accept(listener, nil, nil) : -1
            try #require(accepted >= 0)
        }

        deinit {
            Glibc.close(accepted)
            Glibc.close(peer)
        }

        func poll(_ events: Int32, milliseconds: Int32) -> Int32 {
            var wanted = pollfd(fd: accepted, events: Int16(events), revents: 0)
            return Glibc.poll(&wanted, 1, milliseconds)
        }

        func write(_ count: Int) -> Int {
            var bytes = [UInt8](repeating: 0x78, count: count)
            return bytes.withUnsafeMutableBytes {
                var part = iovec(iov_base: $0.baseAddress, iov_len: $0.count)
                return writev(accepted, &part, 1)
            }
        }
    }

    /// EAGAIN would make libmilter write the packet once more, though part of it was sent.
    @Test func saysThatNobodyReads() throws {
        let connection = try Connection()
        #expect(connection.poll(POLLOUT, milliseconds: 10) == 1)
        #expect(connection.write(4 << 20) == -1)
        #expect(errno == ETIMEDOUT)
    }

    /// The descriptor stands for a pipe after the first read, so that setsockopt(2) fails.
    @Test func hasWhatWasReadAheadWhereTheWaitCannotBeLimited() throws {
        let connection = try Connection()
        #expect(send(connection.peer, "ten bytes.", 10, 0) == 10)
        var bytes = [UInt8](repeating: 0, count: 5)
        #expect(read(connection.accepted, &bytes, 5) == 5)
        var pipes: [Int32] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        defer { for descriptor in pipes { Glibc.close(descriptor) } }
        try #require(dup2(pipes[0], connection.accepted) >= 0)
        #expect(connection.poll(POLLIN, milliseconds: 0) == 1)
        #expect(read(connection.accepted, &bytes, 5) == 5)
        #expect(bytes == Array("ytes.".utf8))
    }

    /// In a process of its own, where nobody else takes memory meanwhile.
    @Test func keepsNoRoomForTheLargestWrite() async {
        await #expect(processExitsWith: .success) {
            // More than malloc(3) takes from anywhere but mmap(2).
            let count = 40 << 20
            let connection = try Connection()
            #expect(connection.poll(POLLOUT, milliseconds: 0) == 1)
            let before = mallinfo2().hblkhd
            #expect(connection.write(count) == -1)
            #expect(mallinfo2().hblkhd < before + count / 2)
        }
    }
}
