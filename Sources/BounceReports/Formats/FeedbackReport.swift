// RFC 5965: a complaint (abuse, opt-out, …) in a message/feedback-report part; and Microsoft's older form of it without such a part.

import MailSyntax

enum FeedbackReport {
    static func read(_ message: MailMessage, part: Int, limits: ReportLimits, into report: inout Report) {
        (report.kind, report.format) = (.complaint, .arf)
        var recipients: [Bytes] = []
        var sender: Bytes?
        var isConcealed = false
        let body = message.body(of: part)
        for case .field(let name, let place) in body.fieldLines {
            let (name, value) = (body[name], body[place])
            switch name.count {
            case 13 where name.equals("feedback-type"): report.feedbackType = report.feedbackType ?? value
            case 13 where name.equals("reporting-mta"):
                report.reportingMTA = (value.split(atByte: UInt8(ascii: ";"))?.tail ?? value).trimmed
            case 12 where name.equals("arrival-date"), 13 where name.equals("received-date"):
                report.arrivalDate = Diagnostic.normalize(value)
            case 20 where name.equals("original-envelope-id"): report.originalEnvelopeID = value
            case 18 where name.equals("original-mail-from"): sender = MailAddress.parse(value)
            case 16 where name.equals("original-rcpt-to"), 17 where name.equals("removal-recipient"):
                guard let address = MailAddress.parse(value), !isRedacted(address) else {
                    isConcealed = true
                    continue
                }
                if recipients.count >= limits.recipients {
                    report.recipientsCut += 1
                } else if name.count == 16 || !recipients.contains(where: { $0.equals(address) }) {
                    recipients.append(address)
                }
            default: break
            }
        }
        ReturnedHeader.read(message, text: [], limits: limits, into: &report.returned)
        takeSender(sender, message, &report.returned)
        if recipients.isEmpty, let address = hotmailRecipient(message, report.returned) { recipients = [address] }
        if recipients.isEmpty, !isConcealed, let address = onlyRecipient(of: report.returned, message) {
            recipients = [address]
        }
        report.recipients = recipients.map { address in
            var recipient = RecipientReport()
            recipient.originalRecipient = address
            return recipient
        }
    }

    /// The returned message's return path, unless that stands in its own header: it may name whom the message went to.
    private static func takeSender(_ sender: Bytes?, _ message: MailMessage, _ returned: inout ReturnedMessage) {
        guard let sender, !isRedacted(sender) else { return }
        if let part = returned.part, message.field("return-path", in: part) != nil { return }
        returned.sender = sender
    }

    /// Whom the returned message's To names, where that is one address. Not a list, whose subscriber complains: one that the message
    /// says it was posted to, or one of the sender's own domain.
    private static func onlyRecipient(of returned: ReturnedMessage, _ message: MailMessage) -> Bytes? {
        guard let part = returned.part, message.field("list-post", in: part) == nil else { return nil }
        let to = returned.to
        guard to.count == 1, let address = to.first, !isRedacted(address), let domain = MailAddress.domain(of: address)
        else { return nil }
        let senders = [returned.sender, message.field("from", in: part).flatMap(MailAddress.parse)]
        let isOwn = senders.contains { sender in
            sender.flatMap { MailAddress.domain(of: $0) }.map { isWithin($0, domain) || isWithin(domain, $0) } ?? false
        }
        let isList = message.field("list-id", in: part).map { names($0, address) } ?? false
        return isOwn || isList ? nil : address
    }

    /// Whether a domain is another or one below it.
    private static func isWithin(_ domain: Bytes, _ parent: Bytes) -> Bool {
        guard domain.count > parent.count else { return domain.equals(parent) }
        return domain.suffix(parent.count).equals(parent)
            && domain[domain.endIndex - parent.count - 1] == UInt8(ascii: ".")
    }

    /// RFC 2919: `Friends <friends.lists.example>` is the list of friends@lists.example.
    private static func names(_ listID: Bytes, _ address: Bytes) -> Bool {
        let id = listID.lastIndex(of: UInt8(ascii: "<")).map { listID[($0 + 1)...].prefix { $0 != UInt8(ascii: ">") } }
        let dot = UInt8(ascii: ".")
        return (id ?? listID).trimmed.equals(address.map { $0 == UInt8(ascii: "@") ? dot : $0 }[...])
    }

    /// Microsoft's Junk Mail Reporting Program before it wrote ARF: from staff@hotmail.com, "complaint about message from 192.0.2.1",
    /// the message attached, its recipient in a field of its own.
    static func readHotmail(
        _ message: MailMessage, header: MessageHeader, limits: ReportLimits, into report: inout Report
    ) -> Bool {
        guard header.subject.hasPrefix("complaint about message from") else { return false }
        var returned = ReturnedMessage()
        ReturnedHeader.read(message, text: [], limits: limits, into: &returned)
        guard let address = hotmailRecipient(message, returned) else { return false }
        (report.kind, report.format) = (.complaint, .arf)
        report.feedbackType = Bytes("abuse")
        report.returned = returned
        var recipient = RecipientReport()
        recipient.originalRecipient = address
        report.recipients = [recipient]
        return true
    }

    private static func hotmailRecipient(_ message: MailMessage, _ returned: ReturnedMessage) -> Bytes? {
        returned.part.flatMap { message.field("x-hmxmroriginalrecipient", in: $0) }.flatMap(MailAddress.parse)
    }

    /// RFC 6590: what stands for an address that is not told.
    private static func isRedacted(_ address: Bytes) -> Bool {
        guard let local = MailAddress.localPart(of: address) else { return true }
        return address.contains("redacted") || local.contains(UInt8(ascii: "*"))
            || local.count > 2 && local.allSatisfy { foldedASCII($0) == UInt8(ascii: "x") }
    }
}
