// How the server is set up, and what can go wrong with it.

import Glibc

/// How a server waits and is reached.
package struct MilterServerSettings: Sendable {
    package var socket: MilterSocket
    /// Permission bits of a UNIX-domain socket.
    package var mode: mode_t
    /// Group of a UNIX-domain socket; nil leaves the process's own.
    package var group: gid_t?
    /// How many connections may wait to be accepted.
    package var backlog: Int32
    /// How long an MTA may be silent within a connection. libmilter's own default is longer than any SMTP time-out.
    package var timeoutSeconds: Int32
    /// How long `run` waits, once it was stopped, for messages whose end the session is still working on.
    package var stopSeconds: Int32

    package init(
        socket: MilterSocket, mode: mode_t = 0o660, group: gid_t? = nil, backlog: Int32 = 1024,
        timeoutSeconds: Int32 = 7210, stopSeconds: Int32 = 30
    ) {
        self.socket = socket
        self.mode = mode
        self.group = group
        self.backlog = backlog
        self.timeoutSeconds = timeoutSeconds
        self.stopSeconds = stopSeconds
    }
}

/// Why the server did not start or ended by itself. `errno` is the system's.
package enum MilterServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Something listens there already.
    case inUse(path: String)
    /// A file that is no socket lies there.
    case notASocket(path: String)
    /// A step on the socket's path failed.
    case socket(path: String, step: String, errno: Int32)
    /// The host has no address; `reason` is the resolver's.
    case resolve(host: String, reason: String)
    /// libmilter refused a setting.
    case libmilter(String)
    /// libmilter could not open the socket; it has logged why.
    case open(String, errno: Int32)
    /// libmilter's main loop failed; it has logged why.
    case run

    package var description: String {
        switch self {
        case .inUse(let path): "socket \(path): another program listens there: end it, or name another socket"
        case .notASocket(let path): "socket \(path): is a file of another kind: name another path, or move it away"
        case .socket(let path, let step, let errno): "socket \(path): \(step): \(String(cString: strerror(errno)))"
        case .resolve(let host, let reason): "socket's host \(host): \(reason)"
        case .libmilter(let call): "libmilter: \(call) failed"
        case .open(let socket, let errno): "socket \(socket): cannot listen: \(String(cString: strerror(errno)))"
        case .run: "libmilter: main loop failed"
        }
    }
}
