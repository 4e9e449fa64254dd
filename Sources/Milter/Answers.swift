// What a session can say at each stage. A stage has no more answers than a filter that only watches may give: nothing but the end of
// a message can hold mail up.

/// The answer at every stage before the end of the message.
package enum MilterAnswer: Sendable, Equatable {
    /// Go on with the next stage.
    case `continue`
    /// Let this message pass (at `connect` and `helo`: every message of the connection) and send nothing more of it.
    case accept
}

/// The answer to a piece of the body.
package enum MilterBodyAnswer: Sendable, Equatable {
    /// Go on with the next piece.
    case `continue`
    /// Send no more of this body; `endOfMessage` still comes. With an MTA that cannot skip, the rest is read and dropped.
    case skip
    /// Let this message pass and send nothing more of it.
    case accept
}

/// The answer at the end of the message.
package enum MilterMessageAnswer: Sendable, Equatable {
    /// The message goes on its way.
    case accept
    /// The MTA tells the client that it took the message, and drops it.
    case discard
    /// The MTA answers the client with this reply, and does not take the message.
    case reply(MilterReply)
}

/// An SMTP reply with a code of class 4 or 5.
package struct MilterReply: Sendable, Equatable {
    /// The longest text that is sent.
    static let limitTextBytes = 500

    /// The reply code, as 451.
    package let code: Int
    /// The enhanced status code (RFC 3463), as `4.3.0`.
    package let status: String
    /// One line of printable ASCII. Other characters, and `%`, which MTAs take for the start of a format, have become `?`.
    package let text: String

    /// - Precondition: `code` is 400 to 599, and `status` begins with the same digit.
    package init(code: Int, status: String, text: String) {
        precondition((400...599).contains(code) && status.hasPrefix("\(code / 100)."))
        self.code = code
        self.status = status
        let printable = text.utf8.prefix(Self.limitTextBytes).map { byte in
            (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "%") ? byte : UInt8(ascii: "?")
        }
        self.text = String(decoding: printable, as: UTF8.self)
    }
}
