// What can go wrong between this client and a filter.

import Glibc

/// Why a conversation with a filter ended. After any of these the connection is of no further use.
package enum MilterClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection: the endpoint and the system's reason.
    case connect(String, errno: Int32)
    /// The host has no address; `reason` is the resolver's.
    case resolve(host: String, reason: String)
    /// Nothing (or not all of an answer) came in time.
    case timedOut(MilterStage)
    /// The filter closed the connection.
    case closed(MilterStage)
    /// A system call on the connection failed.
    case system(call: String, errno: Int32)
    /// The filter announced a packet of this many bytes.
    case oversized(MilterStage, bytes: Int, limit: Int)
    /// A packet that does not have the form that its command demands.
    case malformed(MilterStage, String)
    /// An answer that has no place at this stage: its command byte.
    case unexpected(MilterStage, UInt8)
    /// The filter asked for what was not offered.
    case notOffered(String)
    /// More modifications, or more bytes of them, than are read.
    case tooManyModifications(limit: Int)

    package var description: String {
        switch self {
        case .connect(let endpoint, let errno): "\(endpoint): \(String(cString: strerror(errno)))"
        case .resolve(let host, let reason): "\(host): \(reason)"
        case .timedOut(let stage): "\(stage): no answer in time"
        case .closed(let stage): "\(stage): the filter closed the connection"
        case .system(let call, let errno): "\(call): \(String(cString: strerror(errno)))"
        case .oversized(let stage, let bytes, let limit): "\(stage): packet of \(bytes) bytes, over \(limit)"
        case .malformed(let stage, let reason): "\(stage): malformed packet: \(reason)"
        case .unexpected(let stage, let command): "\(stage): unexpected answer 0x\(String(command, radix: 16))"
        case .notOffered(let what): "negotiate: the filter asks for \(what), which was not offered"
        case .tooManyModifications(let limit): "end of message: more than \(limit) modifications or bytes of them"
        }
    }
}

/// A step of the protocol.
package enum MilterStage: String, Sendable, CustomStringConvertible {
    case negotiate, connect, helo, mail, rcpt, data, header, endOfHeader, body, endOfMessage, abort, quit

    package var description: String {
        switch self {
        case .endOfHeader: "end of header"
        case .endOfMessage: "end of message"
        default: rawValue
        }
    }
}
