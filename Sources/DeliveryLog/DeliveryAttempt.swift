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
    /// Whether the message only went on in the same log, so that other lines tell whether anybody has it.
    package var isHandedOn = false

    /// Whether the server gave no status, and Sendmail made one of the reply's code. Before 8.16 it logs no reply: then nobody can tell
    /// the server's 5.1.1 from its own for each 550.
    package var isStatusMade: Bool {
        guard mta == .sendmail, reply.status == nil, let status else { return false }
        return reply.code.map { status.isMade(of: $0) } ?? (isServersAnswer && status.mayBeMade)
    }

    /// Whether the words are Sendmail's own for every refusal by a server, where it does not log the reply: `stat=User unknown` of 550, 551
    /// and 553, `stat=Service unavailable` of the others. Those of its own mailers, as local(8)'s, say what they mean.
    package var areWordsMade: Bool {
        mta == .sendmail && reply.code == nil && isServersAnswer
            && (reason.equals("user unknown") || reason.equals("service unavailable"))
    }

    /// Whether a server was reached: Sendmail logs its address behind its name.
    private var isServersAnswer: Bool { relay?.last == UInt8(ascii: "]") }

    /// Whether Postfix's local(8) only made a message of its own of it, for those whom an alias or a .forward names.
    var isForwarded: Bool {
        mta == .postfix && outcome == .sent && agent.equals("local") && reason.hasPrefix("forwarded as ")
    }
}
