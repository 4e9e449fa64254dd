// Times as people write them, filters, JSON, and text that must not steer the terminal.

import Glibc
import Journal
import MailSyntax
import Testing
import Vocabulary

@testable import bouncectl

@Suite struct WordsTests {
    static let now: Int64 = 1_795_255_200_000  // 2026-11-21T10:00:00Z

    @Test(
        arguments: [
            ("90s", now - 90_000), ("15m", now - 900_000), ("2h", now - 7_200_000), ("3d", now - 259_200_000),
            ("1w", now - 604_800_000), ("2026-11-21T10:00:00Z", now), ("2026-11-21T11:00:00+01:00", now),
            ("2026-11-21", now - 36_000_000), ("999999999w", 0),
            ("", nil), ("h", nil), ("-2h", nil), ("2y", nil), ("2026-13-01", nil), ("yesterday", nil),
            ("9223372036854775807w", nil),
        ] as [(String, Int64?)])
    func since(text: String, expected: Int64?) {
        #expect(milliseconds(since: text, now: Self.now) == expected)
    }

    @Test(
        arguments: [
            ("2026-11-21T11:00:00.5+01:00", 500), ("2026-11-21T11:00:00+0100", 0), ("Nov 21 10:00:00", 0),
            ("2026-11-21 11:00:00+01:00", 0), ("2026-11-21 10:00:00", 0), ("2026-11-21T10:00:00.25", 250),
            ("2026-11-21 10:00:00,125", 125), ("2026-02-30 10:00:00", nil), ("2026-11-21 10:00", nil),
            ("Nov 21 10:00:00.25", 0), ("Nov  1 10:00:00", -20 * 86_400_000),
            ("Nov 21 10:30:00", 1_800_000), ("Dec 21 10:00:00", -335 * 86_400_000),
            ("Feb 29 10:00:00", -996 * 86_400_000),
            ("Feb 30 10:00:00", nil), ("Nov 21 10:00:00 x", nil), ("soon", nil), ("", nil),
        ] as [(String, Int64?)])
    func timesOfLogLines(text: String, expected: Int64?) {
        // No other test asks for the local time.
        setenv("TZ", "UTC", 1)
        tzset()
        #expect(milliseconds(ofLogTime: Bytes(utf8: text), now: Self.now) == expected.map { Self.now + $0 })
    }

    @Test(arguments: ["test.no-user", "provider.a-rule-with-quite-a-long-name"])
    func columnsOfATableStayAligned(rule: String) {
        let heading = RecordTable.row([
            "TIME (UTC)", "EVENT", "RECIPIENT", "CATEGORY", "ACTION", "TRUST", "STATUS", "REPLY", "RULE",
        ])
        // The recipient is too long, the category makes up for it.
        let row = RecordTable.row([
            "2026-11-21 10:15:30.123", "bounce", "somebody.with.a.name@example.net", "mailbox-full", "suppress",
            "unverified", "5.2.2", "552", rule,
        ])
        #expect(row.firstRange(of: "suppress")?.lowerBound == heading.firstRange(of: "ACTION")?.lowerBound)
        #expect(row.firstRange(of: rule)?.lowerBound == heading.firstRange(of: "RULE")?.lowerBound)
        #expect(row.count == max(heading.count, heading.count - 28 + rule.count))
    }

    @Test(arguments: [
        ("plain", "plain"), ("grün 日本", "grün 日本"), ("a\u{1B}[31mb", "a?[31mb"), ("a\nb\u{7F}", "a?b?"),
        ("\u{202E}gnp.exe", "?gnp.exe"), ("\u{9B}2J", "?2J"),
    ])
    func foreignTextCannotSteerTheTerminal(text: String, expected: String) {
        #expect(visible(text) == expected)
    }

    @Test func jsonEscapes() {
        var line = JSONLine()
        line.add("path", "a\"b\\c\n\u{1}ü")
        line.add("index", 3)
        line.add("none", nil as String?)
        line.add("events", [Array("{}".utf8), Array("1".utf8)])
        let expected = #"{"path":"a\"b\\c\n\u0001ü","index":3,"events":[{},1]}"#
        #expect(String(decoding: line.closed, as: UTF8.self) == expected)
    }

    static func record(_ recipient: String, final: String? = nil) -> Record {
        var record = Record(
            id: "x", timeMilliseconds: now, event: .bounce, recipient: recipient, disposition: .hard,
            category: .mailboxUnknown, action: .suppress, rule: "r", origin: .replay, trust: .unverified)
        record.finalRecipient = final
        return record
    }

    @Test(arguments: [
        ([], true), (["--event", "bounce"], true), (["--event", "deferral"], false),
        (["--event", "deferral", "--event", "bounce"], true), (["--disposition", "soft"], false),
        (["--category", "mailbox-unknown", "--domain", "B.example"], true), (["--domain", "example"], false),
        (["--domain", ".example"], true), (["--domain", "c.example"], true), (["--address", "A@b.example"], true),
        (["--address", "z@c.example"], true), (["--address", "a@c.example"], false),
        (["--domain", "@b.example"], true),
    ])
    func filters(arguments: [String], passes: Bool) throws {
        let filter = try RecordFilter.parse(arguments)
        #expect(filter.passes(Self.record("a@b.example", final: "z@c.example")) == passes)
    }

    @Test(arguments: ["b.example", "anna", "a@b.example,c@b.example", ""])
    func aFilterByWhatIsNoAddressIsRefused(argument: String) {
        #expect(throws: (any Error).self) { try RecordFilter.parse(["--address", argument]) }
    }
}
