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
    /// What the report says of each address, original or final.
    private let sources: [String: RecipientReport]

    init(_ input: MessageInput, _ examination: Examination, _ classifier: Classifier) {
        self.input = input
        self.examination = examination
        self.classifier = classifier
        message = MailMessage(input.bytes)
        places = Places(message, count: input.bytes.count)
        let named = examination.report.recipients.flatMap { recipient in
            [recipient.originalRecipient, recipient.finalRecipient].compactMap { $0 }
                .map { ($0.text.lowercased(), recipient) }
        }
        sources = Dictionary(named) { first, _ in first }
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
                    "told by", "\(sign.field.text): \(message.decodedWords(sign.value).text)",
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
        let source = [record.recipient, record.finalRecipient].lazy.compactMap { $0 }
            .compactMap { sources[$0.lowercased()] }.first
        page.section("\(record.recipient): \(record.event.rawValue)")
        field("original", source?.originalRecipient, page, depth: 2)
        field("final", source?.finalRecipient, page, depth: 2)
        page.row("action", source?.action?.rawValue, note: source.flatMap { places.place(of: "Action:", $0) }, depth: 2)
        page.row("status", record.status, note: source.flatMap { places.place(of: "Status:", $0) }, depth: 2)
        page.row("reply", record.reply.map(String.init), depth: 2)
        field("command", source?.command, page, depth: 2)
        field("remote MTA", source?.remoteMTA, page, depth: 2)
        page.row(
            "diagnostic", source?.diagnostic?.text,
            note: source.flatMap { source in
                source.diagnostic.flatMap(places.place) ?? places.place(of: "Diagnostic-Code:", source)
            }, depth: 2)
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
    /// Where the message's lines begin, but for the first.
    private let lineStarts: [Int]

    init(_ message: MailMessage, count: Int) {
        self.message = message
        self.count = count
        lineStarts = message.bytes.prefix(count).indices.lazy.filter { message.bytes[$0] == UInt8(ascii: "\n") }.map {
            $0 + 1
        }
    }

    /// `line 31, message/delivery-status`; nil where the value was put together or decoded, so that it stands nowhere as it is.
    func place(of value: Bytes) -> String? {
        guard !value.isEmpty, value.startIndex >= 0, value.endIndex <= message.bytes.count,
            message.bytes[value.indices] == value
        else { return nil }
        guard value.endIndex <= count else { return "decoded" }
        let line = self.line(of: value.startIndex)
        guard let part = part(at: value.startIndex) else { return "line \(line)" }
        return "line \(line), \(message.mediaTypeName(of: part))"
    }

    /// Of a value that was parsed or put together: where its field stands among its recipient's others (RFC 3464, 2.1: a blank line
    /// ends them). `field` with its colon.
    func place(of field: StaticString, _ recipient: RecipientReport) -> String? {
        let values = [recipient.diagnostic, recipient.finalRecipient, recipient.originalRecipient]
        guard let near = values.lazy.compactMap({ $0 }).first(where: { place(of: $0) != nil && $0.endIndex <= count }),
            let part = part(at: near.startIndex),
            case let body = message.bytes[message.parts[part].bodyRange], body.indices.contains(near.startIndex)
        else { return nil }
        var start = Self.startOfLine(near.startIndex, in: body)
        while start > body.startIndex, case let above = Self.startOfLine(start - 1, in: body),
            !body[above..<start].trimmed.isEmpty
        { start = above }
        let group = body[start...].lines.lazy.prefix { !$0.trimmed.isEmpty }
        return group.first { $0.hasPrefix(field) }.flatMap(place)
    }

    /// Where the line begins that ends at or behind a byte.
    private static func startOfLine(_ index: Int, in body: Bytes) -> Int {
        body[..<index].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? body.startIndex
    }

    /// Counts from 1.
    private func line(of index: Int) -> Int {
        var range = lineStarts.indices
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            range = lineStarts[middle] <= index ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound + 1
    }

    /// The innermost part whose header or body has the byte.
    private func part(at index: Int) -> Int? {
        message.parts.lastIndex { $0.bodyRange.contains(index) || $0.headerRange.contains(index) }
    }
}
