// Where the filter listens, in libmilter's own notation (smfi_setconn): `inet:port@host`, `inet6:port@host`, `unix:path`,
// `local:path`, or a bare path.

/// A socket specification.
package enum MilterSocket: Sendable, Equatable, CustomStringConvertible {
    /// A UNIX-domain socket.
    case unix(path: String)
    /// TCP over IPv4. `host` is an address or a name; 0.0.0.0 is every address.
    case inet(host: String, port: UInt16)
    /// TCP over IPv6; `::` is every address.
    case inet6(host: String, port: UInt16)

    /// The longest path that fits a sockaddr_un, its closing NUL left out.
    package static let limitPathBytes = 107

    /// Reads a specification.
    package init(_ specification: String) throws(MilterSocketError) {
        let (kind, rest) = Self.split(specification, at: ":")
        switch (kind, rest) {
        case ("unix", let path?), ("local", let path?):
            self = .unix(path: try Self.checkedPath(path))
        case ("inet", let address?):
            let (port, host) = try Self.checkedAddress(address, specification, loopback: "127.0.0.1")
            self = .inet(host: host, port: port)
        case ("inet6", let address?):
            let (port, host) = try Self.checkedAddress(address, specification, loopback: "::1")
            self = .inet6(host: host, port: port)
        case (let kind, .some) where !kind.contains("/"):
            throw .unknownKind(kind)
        default:
            self = .unix(path: try Self.checkedPath(specification))
        }
    }

    /// The specification, as libmilter reads it.
    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .inet(let host, let port): "inet:\(port)@\(host)"
        case .inet6(let host, let port): "inet6:\(port)@\(host)"
        }
    }

    private static func split(_ text: String, at separator: Character) -> (String, String?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }

    private static func checkedPath(_ path: String) throws(MilterSocketError) -> String {
        guard path.hasPrefix("/") || path.hasPrefix(".") else { throw .relativePath(path) }
        guard path.utf8.count <= limitPathBytes else { throw .pathTooLong(path) }
        return path
    }

    /// libmilter would listen at every address where there is no host: who wants that must say so.
    private static func checkedAddress(
        _ address: String, _ specification: String, loopback: String
    ) throws(MilterSocketError) -> (UInt16, String) {
        let (number, host) = split(address, at: "@")
        guard let port = UInt16(number), port != 0 else { throw .badPort(number) }
        guard let host, !host.isEmpty else {
            let end = specification.hasSuffix("@") ? "" : "@"
            throw .noHost(specification, better: specification + end + loopback)
        }
        return (port, host)
    }
}

/// Why a text is no socket specification.
package enum MilterSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownKind(String)
    case relativePath(String)
    case pathTooLong(String)
    case badPort(String)
    /// `better` is the same at the loopback address.
    case noHost(String, better: String)

    package var description: String {
        switch self {
        case .unknownKind(let kind): "socket kind \"\(kind)\" is not one of unix, local, inet, inet6"
        case .relativePath(let path): "socket path \"\(path)\" does not begin with \"/\""
        case .pathTooLong(let path): "socket path \"\(path)\" is longer than \(MilterSocket.limitPathBytes) bytes"
        case .badPort(let port): "port \"\(port)\" is not a number from 1 to 65535"
        case .noHost(let text, let better): "no host in \"\(text)\": write \"\(better)\""
        }
    }
}
