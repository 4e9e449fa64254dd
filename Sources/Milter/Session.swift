// What a filter and its sessions are: one session object a connection, called in the order of the milter protocol. The bytes that
// a callback gets are borrowed from libmilter for the call; the types do not let them escape.

/// A mail filter: what it wants to see, and what makes a session of each connection.
package protocol MilterFilter: Sendable {
    /// What is asked of every MTA at negotiation. Read when the server is opened, and when it is told to `renegotiate`.
    var options: MilterOptions { get }

    /// One session for one connection of an MTA (one SMTP client's session, or one internal message of Postfix's cleanup(8)).
    /// Called on any of libmilter's threads, before the first callback that `options.stages` asks for.
    func makeSession() -> any MilterSession

    /// Called when a new connection finds that the process has nearly run out of descriptors (libmilter then spins on accept(2)
    /// and says nothing): once for each time that the mark is passed. Called on any of libmilter's threads.
    func descriptorsRunLow(inUse: Int, limit: Int)
}

/// One connection's state. Successive callbacks come on different threads, but never two at once, so that a session needs no lock
/// for what is its own. Every method has a default that lets mail pass.
///
/// A message is `mail`, `rcpt` for each recipient, `data`, `header` for each field, `endOfHeader`, `body` for each chunk, then
/// `endOfMessage` or, at any point, `abort`. After an `accept` no further callback comes for that message, `abort` included; the
/// next one is `mail` of the next message, or `close`. Only the stages named in `MilterOptions.stages` are called; `endOfMessage`,
/// `abort` and `close` always are.
package protocol MilterSession: AnyObject {
    /// A client connected to the MTA. For mail that Postfix makes itself: localhost, 127.0.0.1, port 0.
    func connect(_ client: borrowing MilterClientAddress, _ context: borrowing MilterContext) -> MilterAnswer

    /// HELO or EHLO with the name that the client gave; may come several times.
    func helo(_ name: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer

    /// MAIL: the reverse-path without angle brackets; empty for the null sender, in whichever form the MTA passed it.
    func mail(_ sender: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer

    /// RCPT: the recipient without angle brackets. With `MilterOptions.rejectedRecipients` also those that the MTA refuses: the macro
    /// `{rcpt_mailer}` is then `error`, `{rcpt_host}` the enhanced status code and `{rcpt_addr}` the text.
    func rcpt(_ recipient: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer

    /// DATA. Protocol 4 and later.
    func data(_ context: borrowing MilterContext) -> MilterAnswer

    /// One header field, its value as it came, folds included (LF or CRLF, as the MTA sends them). With
    /// `MilterOptions.leadingSpace`, and an MTA that offers it, the white space after the colon is kept; without, one space is gone.
    func header(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ context: borrowing MilterContext
    ) -> MilterAnswer

    /// The empty line after the header.
    func endOfHeader(_ context: borrowing MilterContext) -> MilterAnswer

    /// A piece of the body, CRLF line ends, at most 64 KiB, cut anywhere. Not called again for this message after `skip`.
    func body(_ chunk: Span<UInt8>, _ context: borrowing MilterContext) -> MilterBodyAnswer

    /// The message is complete, and the MTA waits for the answer.
    func endOfMessage(_ context: borrowing MilterMessageContext) -> MilterMessageAnswer

    /// The MTA has its answer to `body` or `endOfMessage`, and is at its own next step: what is done here delays it no more than until
    /// then. Called after each of the two, before anything else is called; but not for a piece of the body that comes in one packet
    /// with the end of the message, whose answer is that to `endOfMessage`. Where the answer cannot be sent, the connection being
    /// lost, `abort` may come first, then this, then `close`.
    func answered()

    /// The message will not be completed (RSET, lost connection, refused elsewhere). May come twice and with no message open.
    func abort()

    /// The connection is over; the session is released after it.
    func close()
}

extension MilterFilter {
    package func descriptorsRunLow(inUse: Int, limit: Int) {}
}

extension MilterSession {
    package func connect(_ client: borrowing MilterClientAddress, _ context: borrowing MilterContext) -> MilterAnswer {
        .continue
    }
    package func helo(_ name: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer { .continue }
    package func mail(_ sender: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer { .continue }
    package func rcpt(_ recipient: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer { .continue }
    package func data(_ context: borrowing MilterContext) -> MilterAnswer { .continue }
    package func header(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ context: borrowing MilterContext
    ) -> MilterAnswer { .continue }
    package func endOfHeader(_ context: borrowing MilterContext) -> MilterAnswer { .continue }
    package func body(_ chunk: Span<UInt8>, _ context: borrowing MilterContext) -> MilterBodyAnswer { .continue }
    package func endOfMessage(_ context: borrowing MilterMessageContext) -> MilterMessageAnswer { .accept }
    package func answered() {}
    package func abort() {}
    package func close() {}
}
