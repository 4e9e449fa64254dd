// The connection: sockets, packets, time. A packet is four bytes of length (big-endian, the command included), a command byte and its
// payload. What is written gathers until an answer is awaited, as in an MTA.

import Glibc

/// Where a filter listens.
package enum MilterEndpoint: Sendable, Equatable, CustomStringConvertible {
    case unix(path: String)
    case tcp(host: String, port: UInt16)

    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "inet:\(port)@\(host)"
        }
    }
}

final class PacketStream {
    private let descriptor: Int32
    private let timeout: Duration
    private let limitPacketBytes: Int
    private var output: [UInt8] = []
    private var input = [UInt8](repeating: 0, count: inputBytes)
    /// What of `input` was received and not yet handed on.
    private var unread = 0..<0
    /// So many bytes are gathered before they are written though no answer is awaited.
    private static let outputBytes = 65_536
    private static let inputBytes = 16_384

    /// Connects. `descriptor` is closed with the stream.
    init(_ endpoint: MilterEndpoint, timeout: Duration, limitPacketBytes: Int) throws(MilterClientError) {
        descriptor = try Self.connected(endpoint)
        self.timeout = timeout
        self.limitPacketBytes = limitPacketBytes
        var interval = timeval()
        interval.tv_sec = Int(timeout.components.seconds)
        interval.tv_usec = Int(timeout.components.attoseconds / 1_000_000_000_000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &interval, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Gathers a packet; `payload` appends to what lies there already.
    func put(_ command: UInt8, _ payload: (inout [UInt8]) -> Void) {
        let start = output.count
        output.append(contentsOf: [0, 0, 0, 0, command])
        payload(&output)
        let size = UInt32(truncatingIfNeeded: output.count - start - 4)
        for index in 0..<4 {
            output[start + index] = UInt8(truncatingIfNeeded: size >> UInt32(24 - 8 * index))
        }
    }

    /// Writes what has gathered, when it is much or `isUrgent`.
    func flush(_ stage: MilterStage, isUrgent: Bool) throws(MilterClientError) {
        guard isUrgent || output.count >= Self.outputBytes else { return }
        var written = 0
        while written < output.count {
            let count = output.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                written += count
            } else {
                try Self.raise("send", stage)
            }
        }
        output.removeAll(keepingCapacity: true)
    }

    /// Writes what has gathered and waits for one packet.
    func packet(_ stage: MilterStage) throws(MilterClientError) -> Packet {
        try flush(stage, isUrgent: true)
        let deadline = ContinuousClock.now.advanced(by: timeout)
        try fill(to: 5, stage, deadline)
        let size = input[unread.prefix(4)].reduce(0) { $0 << 8 | Int($1) }
        guard size >= 1 else { throw .malformed(stage, "length 0") }
        guard size <= limitPacketBytes else { throw .oversized(stage, bytes: size, limit: limitPacketBytes) }
        try fill(to: 4 + size, stage, deadline)
        let start = unread.lowerBound + 4
        unread = unread.dropFirst(4 + size)
        return Packet(command: input[start], payload: input[(start + 1)..<(start + size)])
    }

    /// Reads until `count` bytes lie unread.
    private func fill(
        to count: Int, _ stage: MilterStage, _ deadline: ContinuousClock.Instant
    ) throws(MilterClientError) {
        if unread.isEmpty { unread = 0..<0 }
        if unread.count < count, unread.lowerBound + count > input.count {
            input.removeSubrange(..<unread.lowerBound)
            unread = 0..<unread.count
            input.append(contentsOf: repeatElement(0, count: max(count, Self.inputBytes) - input.count))
        }
        while unread.count < count {
            let end = unread.upperBound
            let read = input.withUnsafeMutableBytes { bytes in
                let room = UnsafeMutableRawBufferPointer(rebasing: bytes[end...])
                return recv(descriptor, room.baseAddress, room.count, 0)
            }
            if read == 0 { throw .closed(stage) }
            if read < 0 { try Self.raise("recv", stage) }
            unread = unread.lowerBound..<(end + max(read, 0))
            if unread.count < count, ContinuousClock.now >= deadline { throw .timedOut(stage) }
        }
    }

    /// Throws for errno, but returns when the call is to be made again.
    private static func raise(_ call: String, _ stage: MilterStage) throws(MilterClientError) {
        switch errno {
        case EINTR: return
        case EAGAIN: throw .timedOut(stage)
        case EPIPE, ECONNRESET: throw .closed(stage)
        default: throw .system(call: call, errno: errno)
        }
    }

    private static func connected(_ endpoint: MilterEndpoint) throws(MilterClientError) -> Int32 {
        switch endpoint {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
            guard path.utf8.count <= limit else { throw .connect("\(endpoint)", errno: ENAMETOOLONG) }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let descriptor = withUnsafeBytes(of: &address) { connected(AF_UNIX, $0) }
            guard descriptor >= 0 else { throw .connect("\(endpoint)", errno: errno) }
            return descriptor
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let result = getaddrinfo(host, "\(port)", &hints, &list)
            guard result == 0 else { throw .resolve(host: host, reason: String(cString: gai_strerror(result))) }
            defer { freeaddrinfo(list) }
            var next = list
            while let entry = next?.pointee {
                let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
                let descriptor = connected(entry.ai_family, bytes)
                if descriptor >= 0 {
                    var on: Int32 = 1
                    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                    return descriptor
                }
                next = entry.ai_next
            }
            throw .connect("\(endpoint)", errno: errno)
        }
    }

    /// A connected socket, or -1 with errno set.
    private static func connected(_ family: Int32, _ address: UnsafeRawBufferPointer) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, let start = address.baseAddress else { return -1 }
        let pointer = start.assumingMemoryBound(to: sockaddr.self)
        while connect(descriptor, pointer, socklen_t(address.count)) != 0 {
            if errno == EINTR { continue }
            let reason = errno
            Glibc.close(descriptor)
            errno = reason
            return -1
        }
        return descriptor
    }
}
