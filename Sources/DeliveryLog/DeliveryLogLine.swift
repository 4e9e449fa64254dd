// One log line of Postfix (smtp(8), lmtp(8), local(8), virtual(8), pipe(8), error(8), discard(8)) or of Sendmail
// (Installation and Operation Guide, 2.1) to the delivery attempt that it logs.

import MailSyntax

/// What one log line says.
enum DeliveryLogEntry {
    case attempt(DeliveryAttempt)
    /// The message of this queue ID was in the queue for too long, and is returned to its sender: the attempts that were deferred
    /// last have failed. `report`: the queue ID of what tells the sender so, where the line has it.
    case expiry(queueID: Bytes, report: Bytes?)
    /// The envelope sender of the message of this queue ID, bare; none for the null reverse-path.
    case sender(Bytes, queueID: Bytes)
}

/// Reads one line, whatever came before it.
package enum DeliveryLogLine {
    /// The longest line that is read; syslog daemons cut at 8 kB or sooner.
    package static let limitBytes = 65_536

    /// The attempt that a line logs, its terminator left on or off. Nil for every other line, also for verify probes
    /// (`deliverable`, `undeliverable`), for mail that was only queued or refused before, and for recipients that are no addresses.
    package static func parse(_ line: Bytes) -> DeliveryAttempt? {
        if case .attempt(let attempt)? = read(line, of: nil) { attempt } else { nil }
    }

    /// Whether a text begins with a line of an MTA's log, of a delivery or not.
    package static func isLogLine(_ text: Bytes) -> Bool {
        let line = text.prefix { $0 != UInt8(ascii: "\n") }
        return SyslogHeader(line.trimmed).map { SyslogNames(SyslogNames.usual).contain($0.program) } ?? false
    }

    /// What a line says of a delivery, where it is of one of the programs (nil: of any).
    static func read(_ line: Bytes, of programs: SyslogNames?) -> DeliveryLogEntry? {
        guard line.count <= limitBytes, let header = SyslogHeader(line.trimmed),
            programs?.contain(header.program) ?? true
        else { return nil }
        guard let message = QueuedMessage(header.message) else {
            if let (queueID, report) = QueuedMessage.expired(header.message) {
                return .expiry(queueID: queueID, report: report)
            }
            return QueuedMessage.sender(header.message).map { .sender($0.sender, queueID: $0.queueID) }
        }
        var fields = DeliveryFields(message.fields)
        guard let attempt = fields.isPostfix ? postfix(header, message, fields) : sendmail(header, message, &fields),
            !attempt.to.isEmpty
        else { return nil }
        return .attempt(attempt)
    }

    // MARK: Postfix

    /// `QUEUEID: to=<a@b>, orig_to=<c@d>, relay=…, delay=…, delays=…, dsn=5.1.1, status=bounced (reason)`
    private static func postfix(
        _ header: SyslogHeader, _ message: QueuedMessage, _ fields: DeliveryFields
    ) -> DeliveryAttempt? {
        guard let status = fields.outcome.split(atByte: UInt8(ascii: " ")), let outcome = postfixOutcome(status.head)
        else {
            return nil
        }
        var reason = status.tail.trimmed
        if reason.first == UInt8(ascii: "("), reason.last == UInt8(ascii: ")") {
            reason = reason.dropFirst().dropLast()
        }
        return DeliveryAttempt(
            mta: .postfix, time: header.time, logHost: header.host, agent: header.agent, queueID: message.queueID,
            to: MailAddress.forwardPath(fields.to).map { [$0] } ?? [],
            originalTo: fields.originalTo.flatMap { MailAddress.forwardPath($0) }, relay: fields.relay,
            relayHost: fields.relayHost, status: fields.status, outcome: outcome, reason: reason,
            reply: SMTPReply.parse(reason))
    }

    private static func postfixOutcome(_ word: Bytes) -> DeliveryAttempt.Outcome? {
        if word.equals("sent") { return .sent }
        if word.equals("bounced") { return .bounced }
        // With `soft_bounce = yes` a bounce is logged as SOFTBOUNCE and the mail stays in the queue.
        return word.equals("deferred") || word.equals("softbounce") ? .deferred : nil
    }

    // MARK: Sendmail

    /// `QUEUEID: to=<a@b>,<c@d>, delay=00:00:01, …, mailer=esmtp, …, relay=…, dsn=5.1.1, reply=550 …, stat=User
    /// unknown`
    private static func sendmail(
        _ header: SyslogHeader, _ message: QueuedMessage, _ fields: inout DeliveryFields
    ) -> DeliveryAttempt? {
        guard let outcome = sendmailOutcome(fields) else { return nil }
        return DeliveryAttempt(
            mta: .sendmail, time: header.time, logHost: header.host, agent: fields.mailer ?? header.agent,
            queueID: message.queueID, to: MailAddress.forwardPaths(in: fields.to), originalTo: nil, relay: fields.relay,
            relayHost: fields.relayHost, status: fields.status, outcome: outcome, reason: fields.outcome,
            reply: SMTPReply.parse(fields.reply ?? sendmailReply(in: fields.outcome)))
    }

    /// `dsn` decides before the words of `stat`, into which the server's own text is copied. Without a mailer nobody has tried: of a
    /// message that a milter refused after its recipients, Sendmail logs each of them with the milter's words.
    private static func sendmailOutcome(_ fields: DeliveryFields) -> DeliveryAttempt.Outcome? {
        let stat = fields.outcome
        if fields.mailer == nil || stat.isEmpty || stat.hasPrefix("queued") || stat.hasPrefix("quarantine") {
            return nil
        }
        if let status = fields.status {
            return status.isSuccess ? .sent : status.isTransient ? .deferred : .bounced
        }
        return stat.hasPrefix("sent") ? .sent : stat.hasPrefix("deferred") ? .deferred : .bounced
    }

    /// `Sent (250 ok)` and `Deferred: 451 …`: what the server said.
    private static func sendmailReply(in stat: Bytes) -> Bytes {
        if let sent = stat.dropping(prefix: "sent (") { return sent.dropping(suffix: ")") ?? sent }
        return stat.dropping(prefix: "deferred: ") ?? stat
    }
}
