import MailSyntax
import ProcessorTime
import Testing

@Suite struct LimitTests {
    /// A hostile message of about `size` repetitions, and the limit that must cut it.
    struct Hostile: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let cuts: MailMessage.Cuts
        let make: @Sendable (_ size: Int) -> String

        init(_ name: String, _ cuts: MailMessage.Cuts, _ make: @escaping @Sendable (Int) -> String) {
            self.testDescription = name
            self.cuts = cuts
            self.make = make
        }
    }

    static let messages = [
        Hostile("multiparts 10,000 deep", .depth) { size in
            (0..<size).map { "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined()
        },
        Hostile("messages 10,000 deep", .depth) { String(repeating: "Content-Type: message/rfc822\n\n", count: $0) },
        Hostile("encoded messages in each other", .depth) { size in
            String(
                repeating: "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n",
                count: min(size, 100))
        },
        Hostile("one long field", .fieldBytes) { "X: " + String(repeating: "abcdefgh ", count: $0 * 100) + "\n\nbody" },
        Hostile("one field of many folds", .fieldBytes) {
            "X: " + String(repeating: "abcdefgh\n ", count: $0 * 10) + "\n"
        },
        Hostile("many fields", .fields) { String(repeating: "X: y\n", count: $0 * 2) },
        Hostile("many parts", .parts) { size in
            "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\nx\n", count: size)
        },
        Hostile("lone CR", []) { String(repeating: "x\r", count: $0 * 10) },
        Hostile("NUL", []) { String(repeating: "\0", count: $0 * 10) },
        Hostile("delimiters that are none", []) { size in
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + String(repeating: "--bb\n", count: size)
        },
    ]

    @Test(arguments: messages)
    func hostileMessage(_ sample: Hostile) {
        let message = MailMessage(Array(sample.make(10_000).utf8))
        #expect(message.cuts == sample.cuts)
        #expect(message.parts.count <= message.limits.parts)
        #expect(message.parts.allSatisfy { $0.depth < message.limits.depth })
        #expect(message.fields.count <= message.limits.fields)
        #expect(message.fields.allSatisfy { $0.value.count <= message.limits.fieldBytes })
        expectConsistent(message)
    }

    /// Eight times the message may take eight times as long; a quadratic reader would take 64 times.
    @Test(arguments: messages)
    func timeGrowsLinearly(_ sample: Hostile) {
        let small = seconds(Array(sample.make(2_000).utf8))
        let large = seconds(Array(sample.make(16_000).utf8))
        #expect(large < small * 24 + 0.005)
    }

    private func seconds(_ bytes: [UInt8]) -> Double {
        processorSeconds(fastestOf: 5) { _ = MailMessage(bytes) }
    }

    @Test func nothingIsCutOfAnOrdinaryMessage() {
        let header = String(repeating: "Received: from a.example by b.example\n", count: 100)
        #expect(MailMessage(Array((header + "\nbody").utf8)).cuts.isEmpty)
    }

    @Test(arguments: [
        "Subject: " + String(repeating: "=?", count: 20_000), "Subject: " + String(repeating: "=?a?q?", count: 20_000),
        "Subject: " + String(repeating: "=?a?q?x?=", count: 10_000), "To: " + String(repeating: "@", count: 50_000),
        "To: " + String(repeating: "\"@", count: 50_000), "To: " + String(repeating: "<", count: 50_000),
        "To: " + String(repeating: "\\\\\\\\\"x@", count: 10_000), "To: " + String(repeating: "x: 550 ", count: 10_000),
        "To: 550-" + String(repeating: "550-", count: 20_000), "To: " + String(repeating: "5.1.", count: 20_000),
        "Content-Type: text/plain; " + String(repeating: "charset*1=a;", count: 8_000),
        "Content-Type: " + String(repeating: "(", count: 50_000),
    ])
    func hostileFieldIsReadInTime(_ field: String) throws {
        let message = MailMessage(Array(field.utf8))
        let value = try #require(message.fields.first.map { message.value(of: $0) })
        let time = ContinuousClock().measure {
            _ = message.decodedWords(value)
            _ = MailAddress.parse(value)
            _ = MailAddress.list(in: value)
            _ = MailAddress.addresses(in: value, limit: 100)
            _ = SMTPReply.parse(value)
            _ = EnhancedStatus.first(in: value)
            _ = message.parameter("charset", of: 0)
        }
        #expect(time < .seconds(2))
    }
}
