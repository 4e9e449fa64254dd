// The page of one message: what was taken from where in it, and for each recipient the way to the verdict.

import Agent
import BounceReports
import Classification
import Journal
import MailSyntax
import Vocabulary

struct MessagePage {
    private let input: MessageInput
    private let examination: Examination
    private let classifier: Classifier
    private let message: MailMessage
    private let places: Places

    init(_ input: MessageInput, _ examination: Examination, _ classifier: Classifier) {
        self.input = input
        self.examination = examination
        self.classifier = classifier
        message = MailMessage(input.bytes)
        places = Places(message, count: input.bytes.count)
    }

    func write(to output: Output) {
        let page = Page(output)
        let report = examination.report
        let format = report.format.map { " (\($0.rawValue))" } ?? ""
        let number = input.index > 0 ? ", message \(input.index)" : ""
        page.title("\(input.path)\(number): \(examination.kind.rawValue)\(format)")
        field("reporting MTA", report.reportingMTA, page)
        field("arrived", report.arrivalDate, page)
        field("envelope ID", report.originalEnvelopeID, page)
        field("feedback type", report.feedbackType, page)
        field("queue ID", report.queueID, page)
        field("message ID", report.returned.messageID, page)
        field("sender", report.returned.sender, page)
        page.row(
            "subject", examination.records.first?.message?.subject,
            note: report.returned.subject.flatMap(places.place))
        if report.format == .rfc3834 {
            for sign in AutomaticSign.all(in: message) {
                page.row(
                    "told by", "\(sign.field): \(message.decodedWords(sign.value).text)",
                    note: places.place(of: sign.value))
            }
        }
        for note in examination.notes { page.row("cut", note) }
        if examination.records.isEmpty { page.row("records", "none: \(reasonForNone)") }
        for (record, reason) in zip(examination.records, examination.trustReasons) { write(record, reason, page) }
        page.blank()
    }

    private var reasonForNone: String {
        switch examination.kind {
        case .notABounce: "nothing here is a report"
        case .malformed: "this is no mail message"
        case .autoReply: "nobody is named whose answer it is"
        case .bounce, .delay, .success, .complaint:
            examination.report.recipients.isEmpty
                ? "no recipient was found in it" : "no recipient has an address that mail could go to"
        }
    }

    private func write(_ record: Record, _ trustReason: String, _ page: Page) {
        let names = [record.recipient, record.finalRecipient].compactMap { $0?.lowercased() }
        let source = examination.report.recipients.first { recipient in
            [recipient.originalRecipient, recipient.finalRecipient].contains { address in
                address.map { names.contains($0.text.lowercased()) } ?? false
            }
        }
        page.section("\(record.recipient): \(record.event.rawValue)")
        field("original", source?.originalRecipient, page, depth: 2)
        field("final", source?.finalRecipient, page, depth: 2)
        page.row("action", source?.action?.rawValue, depth: 2)
        page.row("status", record.status, note: source.flatMap { places.place(ofStatus: $0) }, depth: 2)
        page.row("reply", record.reply.map(String.init), depth: 2)
        field("command", source?.command, page, depth: 2)
        field("remote MTA", source?.remoteMTA, page, depth: 2)
        field("diagnostic", source?.diagnostic, page, depth: 2)
        switch record.event {
        case .bounce, .deferral:
            page.explanation(classifier.explain(Evidence(record)), of: record, depth: 2)
        case .delivery, .complaint, .autoReply, .reversal:
            var verdict = Verdict(category: record.category, rule: record.rule)
            verdict.action = record.action
            page.verdict(verdict, of: record, depth: 2)
        }
        page.row("trust", "\(record.trust.rawValue): \(trustReason)", depth: 2)
    }

    private func field(_ label: String, _ value: Bytes?, _ page: Page, depth: Int = 1) {
        page.row(label, value?.text, note: value.flatMap(places.place), depth: depth)
    }
}

/// Where in a message a value stands.
struct Places {
    private let message: MailMessage
    /// The bytes of the message as it came; what lies behind them was decoded.
    private let count: Int

    init(_ message: MailMessage, count: Int) {
        self.message = message
        self.count = count
    }

    /// `line 31, message/delivery-status`; nil where the value was put together or decoded, so that it stands nowhere as it is.
    func place(of value: Bytes) -> String? {
        guard !value.isEmpty, value.startIndex >= 0, value.endIndex <= message.bytes.count,
            message.bytes[value.indices] == value
        else { return nil }
        guard value.endIndex <= count else { return "decoded" }
        let line = message.bytes[..<value.startIndex].lazy.filter { $0 == 0x0A }.count + 1
        guard let part = part(at: value.startIndex) else { return "line \(line)" }
        return "line \(line), \(message.mediaTypeName(of: part))"
    }

    /// A status was parsed: it is looked for where its recipient's other fields stand.
    func place(ofStatus recipient: RecipientReport) -> String? {
        guard let status = recipient.status,
            let near = [recipient.diagnostic, recipient.finalRecipient, recipient.originalRecipient].compactMap({ $0 })
                .first(where: { place(of: $0) != nil && $0.endIndex <= count }),
            let part = part(at: near.startIndex)
        else { return nil }
        let body = message.bytes[message.parts[part].bodyRange]
        let wanted = Bytes(utf8: status.description)
        let lines = body.lines.filter { $0.hasPrefix("Status:") && $0.trimmed.suffix(wanted.count).equals(wanted) }
        return lines.min { abs($0.startIndex - near.startIndex) < abs($1.startIndex - near.startIndex) }.flatMap(place)
    }

    /// The innermost part whose header or body has the byte.
    private func part(at index: Int) -> Int? {
        message.parts.lastIndex { $0.bodyRange.contains(index) || $0.headerRange.contains(index) }
    }
}
