// A filter that says what a test wants: it plays its bytes as the client's packets come, and writes down the packets' commands.

import Glibc
import Synchronization

@testable import MilterClient

final class Peer: Sendable {
    /// What is written before the first packet of the client's, after it, after the second, ….
    private let script: [[UInt8]]
    /// Bytes at a time, with a pause between.
    private let chunk: Int?
    /// Whether it closes when all is written, and does not wait for the client to do so.
    private let closes: Bool
    private let listener: Int32
    let endpoint: MilterEndpoint
    private let received = Mutex<[String]>([])
    private let isDone = Atomic<Bool>(false)

    /// Listens on a port of loopback that the system chooses.
    init(_ script: [[UInt8]], chunk: Int? = nil, closes: Bool = false) {
        self.script = script
        self.chunk = chunk
        self.closes = closes
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, size)
                _ = listen(descriptor, 1)
                _ = getsockname(descriptor, $0, &size)
            }
        }
        endpoint = .tcp(host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port))
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Peer>.fromOpaque(pointer).takeRetainedValue().serve() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    /// The commands that came, each as its letter and its payload's size, once the peer is done.
    func commands() -> [String] {
        while !isDone.load(ordering: .acquiring) { usleep(1000) }
        return received.withLock { $0 }
    }

    private func serve() {
        let client = accept(listener, nil, nil)
        defer {
            close(client)
            close(listener)
            isDone.store(true, ordering: .releasing)
        }
        for (index, answer) in script.enumerated() {
            if index > 0, !receive(client) { return }
            for start in stride(from: 0, to: answer.count, by: chunk ?? max(answer.count, 1)) {
                let piece = Array(answer[start..<min(start + (chunk ?? answer.count), answer.count)])
                if send(client, piece, piece.count, Int32(MSG_NOSIGNAL)) < 0 { return }
                if chunk != nil { usleep(1000) }
            }
        }
        while !closes, receive(client) {}
    }

    /// Reads one packet; false at the end, which QUIT is.
    private func receive(_ client: Int32) -> Bool {
        guard let head = bytes(client, 5) else { return false }
        let size = head.prefix(4).reduce(0) { $0 << 8 | Int($1) } - 1
        guard size >= 0, size == 0 || bytes(client, size) != nil else { return false }
        received.withLock { $0.append("\(Character(Unicode.Scalar(head[4])))\(size)") }
        return head[4] != UInt8(ascii: "Q")
    }

    private func bytes(_ client: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = recv(client, &bytes, count, Int32(MSG_WAITALL))
        return read == count ? bytes : nil
    }
}

/// A packet with its length.
func packet(_ command: Unicode.Scalar, _ payload: [UInt8] = []) -> [UInt8] {
    number(UInt32(payload.count + 1)) + [UInt8(ascii: command)] + payload
}

/// A negotiation's answer.
func negotiation(version: UInt32 = 6, actions: UInt32 = 0, protocol: UInt32 = 0, lists: [UInt8] = []) -> [UInt8] {
    packet("O", number(version) + number(actions) + number(`protocol`) + lists)
}

func number(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
