// A recipient that our own MTA has refused to a client of ours, as a record.

import Classification
import Journal
import MailSyntax
import Vocabulary

/// What the MTA said of one recipient.
struct Refusal {
    var recipient: Bytes
    /// The envelope's; empty for the null sender.
    var sender: Bytes
    var status: EnhancedStatus?
    /// The reply's text, which may quote another server's: `<a@b>: Recipient address rejected: undeliverable address: host … said: …`.
    var text: Bytes
}

extension Examiner {
    /// Nil where the recipient is no address. The MTA has no queue ID for it: the identity is that of the session, its sender and time.
    func record(of refusal: Refusal, _ sighting: Sighting) -> Record? {
        guard let recipient = refusal.recipient.recordAddress,
            MailAddress.localPart(of: recipient)?.isEmpty == false,
            MailAddress.domain(of: recipient)?.isEmpty == false
        else { return nil }
        let line = Diagnostic.normalize(refusal.text)
        let reply = SMTPReply.parse(normalized: line)
        let words = reply.text.isEmpty ? line : reply.text
        let isDelayed = (refusal.status ?? reply.status)?.isTransient ?? (reply.code.map { $0 < 500 } ?? false)
        // Another server's own status says more than that of our MTA, unless ours makes a permanent answer a temporary one.
        let status = reply.status?.isTransient == isDelayed ? reply.status : refusal.status
        let evidence = Evidence(
            diagnostic: words, status: status, reply: reply.code, command: reply.command, remoteMTA: reply.host,
            recipientDomain: MailAddress.domain(of: recipient), isDelayed: isDelayed)
        let event: Event = isDelayed ? .deferral : .bounce
        let session = "\(sighting.timeMilliseconds) \(sighting.source.client ?? "") <\(refusal.sender.text)>"
        let identity = FactIdentity(
            event: event, recipient: recipient, finalRecipient: recipient,
            anchor: FactAnchor.refusal(Bytes(utf8: session)).digest)
        var record = Record(
            id: identity.id, timeMilliseconds: sighting.timeMilliseconds, event: event, recipient: recipient.text,
            verdict: verdict(evidence), origin: .milterRCPT, trust: .local)
        record.status = evidence.status?.description
        record.reply = reply.code.map(Int.init)
        record.command = "RCPT TO"
        record.diagnostic = words.normalizedText(limitCharacters: Diagnostic.limitCharacters)
        record.source = sighting.source
        var report = Record.Report()
        report.remoteMTA = reply.host?.recordText()
        record.report = report == Record.Report() ? nil : report
        var message = Record.Message()
        message.sender = refusal.sender.recordAddress?.text
        record.message = message == Record.Message() ? nil : message
        return record
    }
}
