// Hostile messages through a whole session: the mail passes, memory stays within the limits, and the log says what was cut.

import Journal
import Testing

@testable import Agent

struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var message: @Sendable () -> String
        /// What the log must say was cut; nil where nothing is.
        var cut: String?
        /// Records that must have been made all the same.
        var records = 0
        var testDescription: String { name }
    }

    private static let report =
        "From: MAILER-DAEMON@example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n"
    private static let status = "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; example.net\n\n"
    private static func group(_ number: Int) -> String {
        "Final-Recipient: rfc822; r\(number)@example.org\nAction: failed\nStatus: 5.1.1\n\n"
    }

    @Test(arguments: [
        Case(
            name: "nesting 10,000 deep",
            message: {
                report + "\n" + status + group(1)
                    + (0..<10_000).map { "--b\nContent-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined()
            }, cut: "parts over max_parts", records: 1),
        Case(
            name: "attached messages 10,000 deep",
            message: {
                report + "\n" + status + group(1) + "--b\n"
                    + String(repeating: "Content-Type: message/rfc822\n\n", count: 10_000)
            }, cut: "parts deeper than max_nesting_depth", records: 1),
        Case(
            name: "header field of 5 MB",
            message: {
                "X-Long: " + String(repeating: "a", count: 5_000_000) + "\n" + report + "\n" + status + group(1)
                    + "--b--\n"
            },
            cut: "1 header fields over max_header_bytes", records: 1),
        Case(
            name: "100,000 header fields",
            message: { report + String(repeating: "X: y\n", count: 100_000) + "\n" + status + group(1) + "--b--\n" },
            cut: "header fields over max_header_bytes", records: 1),
        Case(
            name: "100,000 recipients",
            message: { report + "\n" + status + (0..<100_000).map(group).joined() + "--b--\n" },
            cut: "body over max_message_bytes", records: 10_000),
        Case(
            name: "NUL bytes and lone CR",
            message: { report + "\n" + status + group(1).replacing("\n", with: "\r") + "\0\0\r\r\0--b--\n" }, records: 1
        ),
        Case(name: "unended boundaries", message: { report + "\n" + status + group(1) + "--b\n--b\n--b" }, records: 1),
        Case(
            name: "base64 without end",
            message: {
                report + "\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
                    + String(repeating: "QUFB", count: 100_000)
            }),
        Case(
            name: "a report in a report in a report",
            message: {
                var message = report + "\n" + status + group(1) + "--b--\n"
                for _ in 0..<3 {
                    message =
                        report + "\n" + status + group(2) + "--b\nContent-Type: message/rfc822\n\n" + message
                        + "--b--\n"
                }
                return message
            }, records: 1),
        Case(name: "nothing but a header", message: { report }),
        Case(name: "empty", message: { "" }),
    ])
    func passes(_ entry: Case) {
        let fixture = Fixture { configuration in
            configuration.maxMessageBytes = 2 << 20
            configuration.maxRecipients = 10_000
        }
        let clock = ContinuousClock()
        let message = Array(entry.message().utf8)
        let time = clock.measure { #expect(fixture.connection().send(message) == .accepted) }
        #expect(fixture.records.all.count == entry.records, "\(fixture.log.all.prefix(3))")
        let cuts = fixture.log.all.filter { $0.hasPrefix("4QUEUE: cut: ") }
        #expect(cuts.isEmpty == (entry.cut == nil))
        if let cut = entry.cut { #expect(cuts.contains { $0.contains(cut) }) }
        // Ample for a build without optimisation; what is quadratic in the input takes hours.
        #expect(time < .seconds(60))
    }

    /// Each record repeats what the report says of itself: a small report could fill a disk.
    @Test func recordsOfOneReportAreBounded() {
        let long = String(repeating: "x", count: 240)
        let message =
            Self.report
            + "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; \(long)\nArrival-Date: \(long)\n\n"
            + (0..<1_000).map(Self.group).joined() + "--b\nContent-Type: message/rfc822\n\nSubject: "
            + String(repeating: "\u{20AC}", count: 500) + "\nMessage-ID: <\(long)>\n\n--b--\n"
        let fixture = Fixture { $0.maxRecordsBytes = 200_000 }
        #expect(fixture.connection().send(Array(message.utf8)) == .accepted)
        let bytes = fixture.records.all.map { $0.encodeUnsealed().count }
        #expect((150_000...200_000).contains(bytes.reduce(0, +)))
        #expect(fixture.log.all.contains("4QUEUE: cut: \(1_000 - bytes.count) recipients over max_records_bytes"))
    }
}
