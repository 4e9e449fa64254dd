// A record to its line of JSON (bounce-journal(5)): fields in the page's order, no white space, strings as RFC 8785 section
// 3.2.2.2 writes them, so that each record has one spelling and its CRC one value.

import Vocabulary

extension Record {
    /// The longest line, with its `\n`.
    package static let lineLimitBytes = 65_536

    /// What is left for a record beside the longest `{"v":1,"seq":…,` and `,"crc":"xxxxxxxx"}\n`.
    static let bodyLimitBytes = lineLimitBytes - 64

    /// In a record that would be too long, no string takes more bytes than these; 23 of them and the diagnostic fit in a line.
    static let cutStringLimitBytes = 2_000
    static let cutDiagnosticLimitBytes = 10_000

    /// The whole line with its `\n`.
    package func encode(seq: UInt64) -> [UInt8] {
        var body: [UInt8] = []
        encodeBody(into: &body)
        var line: [UInt8] = []
        body.withUnsafeBytes { appendLine(seq: seq, body: $0, to: &line) }
        return line
    }

    /// The object without `seq` and `crc`, on one line without its `\n`.
    package func encodeUnsealed() -> [UInt8] {
        var bytes: [UInt8] = []
        encodeUnsealed(to: &bytes)
        return bytes
    }

    /// Appends what `encodeUnsealed()` gives.
    package func encodeUnsealed(to bytes: inout [UInt8]) {
        bytes.append(#"{"v":1,"#)
        encodeBody(into: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends all fields from `id` to the last before `crc`. A body over the limit is written again with its long strings
    /// cut on a UTF-8 border. Returns whether that was so.
    @discardableResult
    func encodeBody(into bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        encodeFields(into: &bytes, stringLimit: .max, diagnosticLimit: .max)
        if bytes.count - start <= Record.bodyLimitBytes { return false }
        bytes.removeSubrange(start...)
        encodeFields(
            into: &bytes, stringLimit: Record.cutStringLimitBytes, diagnosticLimit: Record.cutDiagnosticLimitBytes)
        return true
    }

    private func encodeFields(into bytes: inout [UInt8], stringLimit: Int, diagnosticLimit: Int) {
        var object = JSONFields(stringLimit: stringLimit)
        object.string("id", id, to: &bytes)
        object.name("time", to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        Timestamp.append(timeMilliseconds, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        object.string("event", event.rawValue, to: &bytes)
        object.string("recipient", recipient, to: &bytes)
        object.string("final_recipient", ifPresent: finalRecipient, to: &bytes)
        object.string("disposition", disposition.rawValue, to: &bytes)
        object.string("category", category.rawValue, to: &bytes)
        object.string("action", action.rawValue, to: &bytes)
        object.number("retry_after", retryAfter, to: &bytes)
        object.string("hint", ifPresent: hint, to: &bytes)
        if let expiresMilliseconds {
            object.name("expires", to: &bytes)
            bytes.append(UInt8(ascii: "\""))
            Timestamp.append(expiresMilliseconds, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        object.string("status", ifPresent: status, to: &bytes)
        object.number("reply", reply, to: &bytes)
        object.string("command", ifPresent: command, to: &bytes)
        object.stringLimit = diagnosticLimit
        object.string("diagnostic", ifPresent: diagnostic, to: &bytes)
        object.stringLimit = stringLimit
        object.string("rule", rule, to: &bytes)
        object.string("origin", origin.rawValue, to: &bytes)
        object.string("trust", trust.rawValue, to: &bytes)

        object.open("source", to: &bytes)
        object.string("mta", ifPresent: source.mta, to: &bytes)
        object.string("queue_id", ifPresent: source.queueID, to: &bytes)
        object.string("client", ifPresent: source.client, to: &bytes)
        object.string("file", ifPresent: source.file, to: &bytes)
        object.close(to: &bytes)

        if let report, !report.isEmpty {
            object.open("report", to: &bytes)
            object.string("format", ifPresent: report.format, to: &bytes)
            object.string("reporting_mta", ifPresent: report.reportingMTA, to: &bytes)
            object.string("remote_mta", ifPresent: report.remoteMTA, to: &bytes)
            object.string("arrival", ifPresent: report.arrival, to: &bytes)
            object.string("feedback_type", ifPresent: report.feedbackType, to: &bytes)
            object.close(to: &bytes)
        }
        if let message, !message.isEmpty {
            object.open("message", to: &bytes)
            object.string("message_id", ifPresent: message.messageID, to: &bytes)
            object.string("queue_id", ifPresent: message.queueID, to: &bytes)
            object.string("sender", ifPresent: message.sender, to: &bytes)
            object.string("envid", ifPresent: message.envelopeID, to: &bytes)
            object.string("campaign", ifPresent: message.campaign, to: &bytes)
            object.string("subject", ifPresent: message.subject, to: &bytes)
            object.close(to: &bytes)
        }
        object.string("reason", ifPresent: reason, to: &bytes)
    }
}

/// Appends a whole line with its `\n`, made of a body from `encodeBody`.
func appendLine(seq: UInt64, body: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(#"{"v":1,"seq":"#)
    bytes.append(decimal: seq)
    bytes.append(UInt8(ascii: ","))
    bytes.append(contentsOf: body)
    let checksum = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    bytes.append(#","crc":""#)
    bytes.append(hexadecimal: checksum)
    bytes.append("\"}\n")
}

extension Record.Report {
    private func isAbsent(_ text: String?) -> Bool { text?.isEmpty ?? true }

    var isEmpty: Bool {
        isAbsent(format) && isAbsent(reportingMTA) && isAbsent(remoteMTA) && isAbsent(arrival) && isAbsent(feedbackType)
    }
}

extension Record.Message {
    private func isAbsent(_ text: String?) -> Bool { text?.isEmpty ?? true }

    /// Nothing of it is known.
    package var isEmpty: Bool {
        isAbsent(messageID) && isAbsent(queueID) && isAbsent(sender) && isAbsent(envelopeID) && isAbsent(campaign)
            && isAbsent(subject)
    }
}
