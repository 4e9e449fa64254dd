// Amazon SES by way of SNS: a notification in JSON, sent as mail by no-reply@sns.amazonaws.com, as it is (protocol email) or once more
// in a string of JSON, "Message" (email-json). The two events of interest are read by their keys, without a parser of JSON.

import MailSyntax

enum AmazonSNS {
    static func read(
        _ message: MailMessage, header: MessageHeader, limits: ReportLimits, into report: inout Report
    ) -> Bool {
        guard header.from.hasSuffix("@sns.amazonaws.com") else { return false }
        let body = message.text(of: 0).prefix(limits.noticeBytes)
        guard let (isComplaint, quote) = event(body) else { return false }
        var recipients: [RecipientReport] = []
        var recipientsCut = 0
        var rest = body
        while let start = rest.firstRange(of: "emailAddress") {
            if recipients.count >= limits.recipients {
                recipientsCut += 1
                break
            }
            rest = rest[start.upperBound...]
            let object = rest[..<(rest.firstIndex(ofByte: UInt8(ascii: "}")) ?? rest.endIndex)]
            var recipient = RecipientReport()
            recipient.finalRecipient = behindColon(object, quote).flatMap(MailAddress.parse)
            recipient.action = isComplaint ? nil : .failed
            recipient.status = value("status", in: object, quote).flatMap { EnhancedStatus.first(in: $0) }
            if let diagnostic = value("diagnosticCode", in: object, quote) { recipient.takeDiagnosticCode(diagnostic) }
            recipients.append(recipient)
        }
        guard !recipients.isEmpty else { return false }
        (report.kind, report.format) = (isComplaint ? .complaint : .bounce, .amazonSNS)
        if isComplaint { report.feedbackType = value("complaintFeedbackType", in: body, quote) ?? Bytes("abuse") }
        (report.recipients, report.recipientsCut) = (recipients, recipientsCut)
        return true
    }

    /// Notifications name their event as `notificationType`, what is published for a configuration set as `eventType`.
    private static func event(_ body: Bytes) -> (isComplaint: Bool, quote: StaticString)? {
        guard let key = body.firstRange(of: "notificationType") ?? body.firstRange(of: "eventType") else { return nil }
        let rest = body[key.upperBound...]
        let quote: StaticString = rest.first == UInt8(ascii: "\\") ? "\\\"" : "\""
        guard let event = behindColon(rest, quote) else { return nil }
        if event.equals("bounce") { return (false, quote) }
        return event.equals("complaint") ? (true, quote) : nil
    }

    private static func value(_ key: StaticString, in object: Bytes, _ quote: StaticString) -> Bytes? {
        object.firstRange(of: key).flatMap { behindColon(object[$0.upperBound...], quote) }
    }

    /// The string behind the colon that the text begins with, but for a quote.
    private static func behindColon(_ text: Bytes, _ quote: StaticString) -> Bytes? {
        guard let colon = text.prefix(4).firstIndex(ofByte: UInt8(ascii: ":")) else { return nil }
        let text = text[(colon + 1)...]
        guard let open = text.prefix(4).firstRange(of: quote),
            let close = text[open.upperBound...].firstRange(of: quote)
        else { return nil }
        return text[open.upperBound..<close.lowerBound]
    }
}
