// The functions that libmilter calls. They are file-level functions, because foreign threads call them; a connection's state hangs on
// its private data pointer and nowhere else: retained once when the session is made, taken once in close.

internal import CMilter
import Glibc

/// What one connection's private data pointer holds.
final class Connection {
    let session: any MilterSession
    /// The stages whose answer the filter promised not to give.
    let unanswered: MilterStages
    /// Whether the MTA agreed to SMFIP_SKIP.
    let canSkip: Bool
    /// Whether the MTA agreed to SMFIP_HDR_LEADSPC.
    let keepsLeadingSpace: Bool
    /// The session has skipped the rest of this body, but the MTA goes on sending it.
    var isSkipping = false

    init(_ registration: Registration, canSkip: Bool, keepsLeadingSpace: Bool) {
        session = registration.filter.makeSession()
        unanswered = registration.options.unanswered
        self.canSkip = canSkip
        self.keepsLeadingSpace = keepsLeadingSpace
    }
}

/// The connection behind a context; makes it when there is none yet. The session that is made after SMFIC_QUIT_NC has seen no
/// negotiation of its own, and does without what it does not know to be agreed.
private func connection(
    _ context: OpaquePointer, canSkip: Bool = false, keepsLeadingSpace: Bool = false
) -> Connection? {
    if let pointer = smfi_getpriv(context) {
        return Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
    }
    guard let registration = Registration.current else { return nil }
    let connection = Connection(registration, canSkip: canSkip, keepsLeadingSpace: keepsLeadingSpace)
    let pointer = Unmanaged.passRetained(connection)
    guard smfi_setpriv(context, pointer.toOpaque()) == MI_SUCCESS else {
        pointer.release()
        return nil
    }
    return connection
}

/// The status for an answer; mail passes when there is no session to ask.
private func answer(
    _ context: OpaquePointer?, _ stage: MilterStages,
    _ body: (any MilterSession, borrowing MilterContext) -> MilterAnswer
) -> sfsistat {
    guard let context, let connection = connection(context) else { return SMFIS_ACCEPT }
    let answer = body(connection.session, MilterContext(context))
    if connection.unanswered.contains(stage) { return SMFIS_NOREPLY }
    return answer == .accept ? SMFIS_ACCEPT : SMFIS_CONTINUE
}

/// Bytes of a C string, nil being the empty one.
private func bytes(_ text: UnsafePointer<CChar>?) -> UnsafeBufferPointer<UInt8> {
    guard let text else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(
        start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: strlen(text))
}

/// The address of MAIL or RCPT without its angle brackets: Postfix's smtpd(8) and Sendmail pass `<a@b>` and `<>`, Postfix's
/// cleanup(8) `a@b` and the empty string.
private func address(
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeBufferPointer<UInt8> {
    let text = bytes(arguments?[0])
    guard text.count >= 2, text.first == UInt8(ascii: "<"), text.last == UInt8(ascii: ">") else { return text }
    return UnsafeBufferPointer(rebasing: text[1..<(text.count - 1)])
}

/// Has the session's `answered` called when the MTA has its answer to this callback. The reference in the private data keeps the
/// connection until then: close catches up before it gives that up.
private func callWhenAnswered(_ connection: Connection) {
    cmilter_when_answered(
        { pointer in
            guard let pointer else { return }
            Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue().session.answered()
        }, Unmanaged.passUnretained(connection).toOpaque())
}

func negotiateCallback(
    _ context: OpaquePointer?, _ offeredActions: UInt, _ offeredProtocol: UInt, _: UInt, _: UInt,
    _ actions: UnsafeMutablePointer<UInt>?, _ protocolBits: UnsafeMutablePointer<UInt>?,
    _ reserved2: UnsafeMutablePointer<UInt>?, _ reserved3: UnsafeMutablePointer<UInt>?
) -> sfsistat {
    guard let context, let registration = Registration.current else { return SMFIS_REJECT }
    let agreed = registration.wantedProtocol & offeredProtocol
    actions?.pointee = registration.wantedActions & offeredActions
    protocolBits?.pointee = agreed
    reserved2?.pointee = 0
    reserved3?.pointee = 0
    if offeredActions & UInt(SMFIF_SETSYMLIST) != 0 {
        for list in registration.macroLists {
            list.names.withCString { _ = cmilter_setsymlist(context, list.stage, $0) }
        }
    }
    registration.watchDescriptors()
    _ = connection(
        context, canSkip: agreed & UInt(SMFIP_SKIP) != 0, keepsLeadingSpace: agreed & UInt(SMFIP_HDR_LEADSPC) != 0)
    return SMFIS_CONTINUE
}

func connectCallback(
    _ context: OpaquePointer?, _ hostName: UnsafeMutablePointer<CChar>?, _ client: UnsafeMutablePointer<sockaddr>?
) -> sfsistat {
    answer(context, .connect) { $0.connect(MilterClientAddress(hostName, client), $1) }
}

func heloCallback(_ context: OpaquePointer?, _ name: UnsafeMutablePointer<CChar>?) -> sfsistat {
    answer(context, .helo) { $0.helo(bytes(name).span, $1) }
}

func mailCallback(
    _ context: OpaquePointer?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> sfsistat {
    answer(context, .mail) { $0.mail(address(arguments).span, $1) }
}

func rcptCallback(
    _ context: OpaquePointer?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> sfsistat {
    answer(context, .rcpt) { $0.rcpt(address(arguments).span, $1) }
}

func dataCallback(_ context: OpaquePointer?) -> sfsistat {
    answer(context, .data) { $0.data($1) }
}

func headerCallback(
    _ context: OpaquePointer?, _ name: UnsafeMutablePointer<CChar>?, _ value: UnsafeMutablePointer<CChar>?
) -> sfsistat {
    answer(context, .header) { $0.header(bytes(name).span, bytes(value).span, $1) }
}

func endOfHeaderCallback(_ context: OpaquePointer?) -> sfsistat {
    answer(context, .endOfHeader) { $0.endOfHeader($1) }
}

func bodyCallback(
    _ context: OpaquePointer?, _ chunk: UnsafeMutablePointer<UInt8>?, _ size: Int
) -> sfsistat {
    guard let context, let connection = connection(context) else { return SMFIS_ACCEPT }
    let unanswered = connection.unanswered.contains(.body)
    if connection.isSkipping { return unanswered ? SMFIS_NOREPLY : SMFIS_CONTINUE }
    let bytes = UnsafeBufferPointer(start: UnsafePointer(chunk), count: size)
    let answer = connection.session.body(bytes.span, MilterContext(context))
    callWhenAnswered(connection)
    connection.isSkipping = answer == .skip
    if unanswered { return SMFIS_NOREPLY }
    return switch answer {
    case .continue: SMFIS_CONTINUE
    case .skip: connection.canSkip ? SMFIS_SKIP : SMFIS_CONTINUE
    case .accept: SMFIS_ACCEPT
    }
}

func endOfMessageCallback(_ context: OpaquePointer?) -> sfsistat {
    guard let context, let connection = connection(context) else { return SMFIS_ACCEPT }
    connection.isSkipping = false
    let answer = Registration.counted {
        connection.session.endOfMessage(
            MilterMessageContext(context, keepsLeadingSpace: connection.keepsLeadingSpace))
    }
    callWhenAnswered(connection)
    switch answer {
    // The same to the MTA as SMFIS_ACCEPT, after which libmilter would not take SMFIC_QUIT_NC.
    case .accept: return SMFIS_CONTINUE
    case .discard: return SMFIS_DISCARD
    case .reply(let reply):
        _ = cmilter_setreply(context, "\(reply.code)", reply.status, reply.text)
        return reply.code < 500 ? SMFIS_TEMPFAIL : SMFIS_REJECT
    }
}

func abortCallback(_ context: OpaquePointer?) -> sfsistat {
    guard let context, let pointer = smfi_getpriv(context) else { return SMFIS_CONTINUE }
    let connection = Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
    connection.isSkipping = false
    connection.session.abort()
    return SMFIS_CONTINUE
}

func closeCallback(_ context: OpaquePointer?) -> sfsistat {
    guard let context, let pointer = smfi_getpriv(context) else { return SMFIS_CONTINUE }
    cmilter_catch_up()
    smfi_setpriv(context, nil)
    Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue().session.close()
    return SMFIS_CONTINUE
}
