// What a callback can ask for beside its own arguments: macros, ESMTP parameters, the client's address. All borrow from libmilter
// for the call, so none can be copied or kept.

internal import CMilter
import Glibc

/// The macros of the connection and the message, as the MTA sent them up to this callback.
package struct MilterContext: ~Copyable {
    enum Source {
        case libmilter(OpaquePointer)
        case table([String: String])
    }
    let source: Source

    init(_ context: OpaquePointer) { source = .libmilter(context) }

    /// A context made by hand, so that a session can be tested with no MTA.
    package init(macros: [String: String]) { source = .table(macros) }

    /// The value of a macro in the MTA's spelling (`i`, `{daemon_name}`), nil when the MTA did not send it. Bytes that are no UTF-8
    /// become U+FFFD.
    package func macro(_ name: StaticString) -> String? {
        switch source {
        case .libmilter(let context):
            precondition(name.hasPointerRepresentation)
            let spelling = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
            return cmilter_macro(context, spelling).map { String(cString: $0) }
        case .table(let macros):
            return macros["\(name)"]
        }
    }
}

/// A change of a message that was asked for at its end.
package enum MilterChange: Sendable, Equatable {
    case addHeader(name: String, value: String)
    case changeSender(String)
}

/// What the end of a message offers.
package struct MilterMessageContext: ~Copyable {
    let context: MilterContext
    private let record: ((MilterChange) -> Bool)?
    private let keepsLeadingSpace: Bool

    init(_ context: OpaquePointer, keepsLeadingSpace: Bool) {
        self.context = MilterContext(context)
        self.keepsLeadingSpace = keepsLeadingSpace
        record = nil
    }

    /// A context made by hand, so that a session can be tested with no MTA; `record` sees each change and says whether it is done.
    package init(macros: [String: String], record: @escaping (MilterChange) -> Bool = { _ in false }) {
        context = MilterContext(macros: macros)
        keepsLeadingSpace = false
        self.record = record
    }

    /// As `MilterContext.macro(_:)`.
    package func macro(_ name: StaticString) -> String? { context.macro(name) }

    /// Adds a header field behind all others. Folds of the value are LF and white space. False where the MTA did not agree to
    /// `MilterChanges.addHeader` or is gone.
    package func addHeader(_ name: StaticString, _ value: String) -> Bool {
        switch context.source {
        case .libmilter(let pointer):
            // An MTA that keeps the space behind the colon adds none of its own.
            cmilter_addheader(pointer, "\(name)", (keepsLeadingSpace ? " " : "") + value) == MI_SUCCESS
        case .table:
            record?(.addHeader(name: "\(name)", value: value)) ?? false
        }
    }

    /// Gives the message another reverse-path, bare. False where the MTA did not agree to `MilterChanges.changeSender` or is gone.
    package func changeSender(_ sender: String) -> Bool {
        switch context.source {
        case .libmilter(let pointer):
            cmilter_chgfrom(pointer, "<\(sender)>") == MI_SUCCESS
        case .table:
            record?(.changeSender(sender)) ?? false
        }
    }
}

/// The client of the connection. Its parts are made when asked for.
package struct MilterClientAddress: ~Copyable {
    enum Source {
        case libmilter(UnsafePointer<CChar>?, UnsafePointer<sockaddr>?)
        case values(hostName: String, address: String?, port: UInt16)
    }
    let source: Source

    init(_ hostName: UnsafePointer<CChar>?, _ address: UnsafePointer<sockaddr>?) {
        source = .libmilter(hostName, address)
    }

    /// A client made by hand, so that a session can be tested with no MTA.
    package init(hostName: String, address: String?, port: UInt16) {
        source = .values(hostName: hostName, address: address, port: port)
    }

    /// The name that the MTA found for the client, or its address in brackets when it found none.
    package var hostName: String {
        switch source {
        case .libmilter(let hostName, _): hostName.map { String(cString: $0) } ?? ""
        case .values(let hostName, _, _): hostName
        }
    }

    /// The IPv4 or IPv6 address in numbers; nil for a local or unknown client.
    package var address: String? {
        switch source {
        case .libmilter(_, let address): address.flatMap(Self.number(of:))
        case .values(_, let address, _): address
        }
    }

    /// The client's port; 0 where there is none, as with mail that Postfix makes itself.
    package var port: UInt16 {
        switch source {
        case .libmilter(_, let address): address.map(Self.port(of:)) ?? 0
        case .values(_, _, let port): port
        }
    }

    private static func number(of address: UnsafePointer<sockaddr>) -> String? {
        let raw = UnsafeRawPointer(address)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            guard let start = text.baseAddress else { return nil }
            let size = socklen_t(text.count)
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                var number = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
                return inet_ntop(AF_INET, &number, start, size).map { String(cString: $0) }
            case AF_INET6:
                var number = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
                return inet_ntop(AF_INET6, &number, start, size).map { String(cString: $0) }
            default:
                return nil
            }
        }
    }

    private static func port(of address: UnsafePointer<sockaddr>) -> UInt16 {
        let raw = UnsafeRawPointer(address)
        return switch Int32(address.pointee.sa_family) {
        case AF_INET: UInt16(bigEndian: raw.loadUnaligned(as: sockaddr_in.self).sin_port)
        case AF_INET6: UInt16(bigEndian: raw.loadUnaligned(as: sockaddr_in6.self).sin6_port)
        default: 0
        }
    }
}

extension Array<UInt8> {
    /// A copy of borrowed bytes.
    package init(_ bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }

    /// Appends a copy of borrowed bytes.
    package mutating func append(contentsOf bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
