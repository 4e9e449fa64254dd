// One attempt to deliver a message, as an MTA logs it.

import MailSyntax

/// What one log line says about a delivery. All slices are of the line; words are those of the log.
package struct DeliveryAttempt: Sendable {
    /// Whose log it is.
    package enum MTA: String, Sendable, Hashable { case postfix, sendmail }

    /// What became of it.
    package enum Outcome: Sendable, Hashable {
        case sent
        /// To be tried again.
        case deferred
        /// Given up, and returned to the sender.
        case bounced
    }

    package var mta: MTA
    /// As the log writes it: `Nov 21 04:48:12` (no year, local time) or RFC 3339.
    package var time: Bytes
    /// The host that logged.
    package var logHost: Bytes
    /// What delivered: Postfix's daemon (`smtp`, `lmtp`, `local`, `virtual`, `pipe`, `error`, `discard`, …) whatever
    /// the instance's `syslog_name`; Sendmail's mailer (`esmtp`, `local`, …), else its program.
    package var agent: Bytes
    package var queueID: Bytes
    /// The envelope sender, bare, where an earlier line told it.
    package var sender: Bytes?
    /// Bare, with the domain in lower case. Postfix logs one a line, Sendmail all that it sent in one transaction.
    package var to: [Bytes]
    /// The address before aliasing or forwarding, where it differs (Postfix).
    package var originalTo: Bytes?
    /// The server, as `mx.example.com[192.0.2.1]:25` or `mx.example.com. [192.0.2.1]`; nil for `none`.
    package var relay: Bytes?
    /// The server's name without address and port, else its address in brackets without them.
    package var relayHost: Bytes?
    package var status: EnhancedStatus?
    package var outcome: Outcome
    /// What the MTA says about it: the text in Postfix's parentheses, Sendmail's `stat`.
    package var reason: Bytes
    /// The server's reply, taken out of Sendmail's `reply`, else out of the reason.
    package var reply: SMTPReply

    /// Whether the server gave no status, and Sendmail made one of the reply's code.
    package var isStatusMade: Bool {
        mta == .sendmail && reply.status == nil && reply.code.map { status?.isMade(of: $0) ?? false } ?? false
    }

    /// Whether the words are Sendmail's own for every recipient that a server refused (`stat=User unknown`, where an old one does not log
    /// the reply), while the server's status says another cause.
    package var areWordsMade: Bool {
        mta == .sendmail && reply.code == nil && reason.equals("user unknown")
            && status.map { $0.subject != 1 } ?? false
    }

    /// Whether Postfix's local(8) only made a message of its own of it, for those whom an alias or a .forward names: whether they have it,
    /// that one's lines tell.
    package var isHandedOn: Bool {
        mta == .postfix && outcome == .sent && agent.equals("local") && reason.hasPrefix("forwarded as ")
    }
}
