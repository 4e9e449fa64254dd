// Amazon SES by way of SNS: a notification in JSON, sent as mail by no-reply@sns.amazonaws.com. Its "Message" is JSON again, in a
// string; the two events of interest are read by their keys, without a parser of JSON.

import MailSyntax

enum AmazonSNS {
    static func read(_ message: MailMessage, header: MessageHeader, limits: ReportLimits) -> Report? {
        guard header.from.hasSuffix("@sns.amazonaws.com") else { return nil }
        let body = message.text(of: 0).prefix(limits.noticeBytes)
        let isComplaint: Bool
        if body.contains("notificationType\\\":\\\"Bounce\\\"") {
            isComplaint = false
        } else if body.contains("notificationType\\\":\\\"Complaint\\\"") {
            isComplaint = true
        } else {
            return nil
        }
        var report = Report(kind: isComplaint ? .complaint : .bounce, format: .amazonSNS)
        if isComplaint { report.feedbackType = value("complaintFeedbackType", in: body) ?? Bytes("abuse") }
        var rest = body
        while let start = rest.firstRange(of: "emailAddress\\\":") {
            if report.recipients.count >= limits.recipients {
                report.recipientsCut += 1
                break
            }
            rest = rest[start.upperBound...]
            let object = rest[..<(rest.firstIndex(ofByte: UInt8(ascii: "}")) ?? rest.endIndex)]
            var recipient = RecipientReport()
            recipient.finalRecipient = quoted(object).flatMap(MailAddress.parse)
            recipient.action = isComplaint ? nil : .failed
            recipient.status = value("status", in: object).flatMap { EnhancedStatus.first(in: $0) }
            if let diagnostic = value("diagnosticCode", in: object) { recipient.takeDiagnosticCode(diagnostic) }
            report.recipients.append(recipient)
        }
        return report.recipients.isEmpty ? nil : report
    }

    private static func value(_ key: StaticString, in object: Bytes) -> Bytes? {
        guard let range = object.firstRange(of: key) else { return nil }
        let rest = object[range.upperBound...]
        guard let colon = rest.prefix(4).firstIndex(ofByte: UInt8(ascii: ":")) else { return nil }
        return quoted(rest[(colon + 1)...])
    }

    /// What stands between the next two `\"`.
    private static func quoted(_ text: Bytes) -> Bytes? {
        guard let open = text.prefix(4).firstRange(of: "\\\""),
            let close = text[open.upperBound...].firstRange(of: "\\\"")
        else { return nil }
        return text[open.upperBound..<close.lowerBound]
    }
}
