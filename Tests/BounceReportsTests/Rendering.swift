// A report as JSON for the golden files: everything that a reader found, in one fixed order, so that two texts compare.

import BounceReports
import MailSyntax

/// The report as indented JSON with a line feed at the end. What is nil is left out.
func rendering(_ report: Report) -> String {
    var lines = ["  \"kind\": \(quoted(report.kind.rawValue))"]
    if let format = report.format { lines.append("  \"format\": \(quoted(format.rawValue))") }
    lines += fields([
        ("reporting_mta", report.reportingMTA), ("arrival_date", report.arrivalDate),
        ("original_envelope_id", report.originalEnvelopeID), ("feedback_type", report.feedbackType),
        ("queue_id", report.queueID),
    ])
    let returned = fields([
        ("message_id", report.returned.messageID), ("sender", report.returned.sender),
        ("subject", report.returned.subject),
    ])
    if !returned.isEmpty { lines.append("  \"returned\": {\n" + indented(returned) + "\n  }") }
    let recipients = report.recipients.map { recipient in
        "    {\n" + indented(fields(of: recipient).map { "  " + $0 }) + "\n    }"
    }
    lines.append(
        recipients.isEmpty
            ? "  \"recipients\": []" : "  \"recipients\": [\n" + recipients.joined(separator: ",\n") + "\n  ]")
    if report.recipientsCut > 0 { lines.append("  \"recipients_cut\": \(report.recipientsCut)") }
    if report.isCut { lines.append("  \"is_cut\": true") }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
}

private func fields(of recipient: RecipientReport) -> [String] {
    var lines = fields([
        ("original_recipient", recipient.originalRecipient), ("final_recipient", recipient.finalRecipient),
    ])
    if let action = recipient.action { lines.append("  \"action\": \(quoted(action.rawValue))") }
    if let status = recipient.status { lines.append("  \"status\": \(quoted(status.description))") }
    if let reply = recipient.reply { lines.append("  \"reply\": \(reply)") }
    lines += fields([
        ("command", recipient.command), ("remote_mta", recipient.remoteMTA), ("diagnostic", recipient.diagnostic),
        ("last_attempt_date", recipient.lastAttemptDate), ("will_retry_until", recipient.willRetryUntil),
    ])
    return lines
}

private func fields(_ pairs: [(String, Bytes?)]) -> [String] {
    pairs.compactMap { name, value in value.map { "  \(quoted(name)): \(quoted($0.text))" } }
}

private func indented(_ lines: [String]) -> String { lines.map { "  " + $0 }.joined(separator: ",\n") }

private func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": output += "\\\""
        case "\\": output += "\\\\"
        case "\n": output += "\\n"
        case "\r": output += "\\r"
        case "\t": output += "\\t"
        default: output.unicodeScalars.append(scalar)
        }
    }
    return output + "\""
}
