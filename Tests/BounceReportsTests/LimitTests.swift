// Hostile and huge input: nothing traps, what is over a limit is counted, and time grows with the size of the message and no faster.

import BounceReports
import MailSyntax
import ProcessorTime
import Testing

@Suite struct LimitTests {
    /// Every prefix of every sample, in steps that differ, is read without a trap and gives no shortened address.
    @Test(arguments: Sample.withLF) func prefixesAreRead(_ sample: Sample) throws {
        let bytes = try sample.bytes()
        let message = MailMessage(bytes)
        let texts = [bytes[...]] + message.parts.indices.map { message.text(of: $0) }
        let whole = Set(texts.flatMap { MailAddress.addresses(in: $0, limit: 1_000) }.map(\.text))
        var length = 0
        while length < bytes.count {
            let prefix = Array(bytes[..<length])
            let report = ReportReader().read(MailMessage(prefix))
            #expect(report.recipients.count <= 20)
            // Whom an automatic reply is from fails nowhere.
            if report.kind != .autoReply {
                let found = report.recipients.flatMap { [$0.finalRecipient, $0.originalRecipient] }.compactMap(\.self)
                for address in found.map(\.text) where !whole.contains(address) {
                    #expect(!whole.contains { $0.hasPrefix(address) }, "\(address) of the first \(length) bytes")
                }
            }
            length += max(1, bytes.count / 41)
        }
    }

    /// Samples with single bytes changed, the places and values from a fixed sequence.
    @Test(arguments: Sample.withLF) func changedBytesAreRead(_ sample: Sample) throws {
        var bytes = try sample.bytes()
        guard !bytes.isEmpty else { return }
        var state: UInt64 = 0x2545_F491_4F6C_DD1D
        for _ in 0..<20 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let alphabet = Array("<>@:;\n\r \t\"'()[]-=5.#\0\u{7F}aZ".utf8)
            bytes[Int(state >> 33) % bytes.count] = alphabet[Int(state >> 20) % alphabet.count]
            _ = ReportReader().read(MailMessage(bytes))
        }
    }

    @Test func recipientsOverTheLimitAreCounted() {
        var limits = ReportLimits()
        limits.recipients = 100
        let report = ReportReader(limits: limits).read(MailMessage(deliveryStatus(recipients: 1_000)))
        #expect(report.recipients.count == 100)
        #expect(report.recipientsCut == 900)
    }

    @Test func noticeOverTheLimitIsSaid() {
        var limits = ReportLimits()
        limits.noticeLines = 10
        let text = "From: MAILER-DAEMON@example.net\nSubject: failure notice\n\nThis is the mail system at host a.\n"
        let lines = String(repeating: "text\n", count: 20)
        #expect(ReportReader(limits: limits).read(MailMessage(Array((text + lines).utf8))).isCut)
    }

    @Test func wordsThatManyAddressesShareAreReadOnce() {
        func message(addresses: Int) -> [UInt8] {
            let header = "From: MAILER-DAEMON@example.net\nSubject: failure notice\n\nCould not be delivered to:\n"
            let list = (0..<addresses).map { "u\($0)@example.net\n" }.joined()
            let line = String(repeating: "unknown use ", count: 300) + "\n"
            return Array((header + list + String(repeating: line, count: 10)).utf8)
        }
        let few = seconds(message(addresses: 100))
        let many = seconds(message(addresses: 2_000))
        #expect(many < max(few, 0.002) * 10, "\(few) s, then \(many) s")
    }

    /// The shapes that could make a reader look at the same bytes again and again.
    @Test(arguments: Shape.allCases) func timeGrowsWithSize(_ shape: Shape) {
        let small = seconds(shape.message(bytes: 25_000))
        let large = seconds(shape.message(bytes: 400_000))
        // 16 times the bytes; a quadratic step would cost 256 times as much.
        #expect(large < max(small, 0.002) * 64, "\(small) s, then \(large) s")
    }

    enum Shape: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case recipients, addresses, oneLine, unfinishedBrackets, transcript, indentedAddresses, localParts, advice,
            salutations,
            endTags, wrappedSentences, halves, rows, names, headings, signs, toFields, listsOnOneLine, wrappedLists,
            dialogue

        var testDescription: String { rawValue }

        func message(bytes: Int) -> [UInt8] {
            let header = "From: MAILER-DAEMON@example.net\nSubject: failure notice\n\n"
            switch self {
            case .recipients: return LimitTests.deliveryStatus(recipients: bytes / 80)
            case .addresses:
                return Self.repeated(header + "Could not be delivered to:\n", "<u\u{1}@example.net>: 550 no\n", bytes)
            case .oneLine: return Self.repeated(header + "could not be delivered ", "a@example.net ", bytes)
            case .unfinishedBrackets: return Self.repeated(header + "could not be delivered to:\n", "<a@\n", bytes)
            case .transcript:
                return Self.repeated(
                    header + "   ----- Transcript of session follows -----\n",
                    "550 <u\u{1}@example.net>... User unknown\n", bytes)
            case .indentedAddresses:
                return Self.repeated(
                    header
                        + "This message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n",
                    "  u\u{1}@example.net\n    550 no\n", bytes)
            case .localParts:
                return Self.repeated(
                    header
                        + "This message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n",
                    "  u\u{1}\n", bytes / 2)
                    + Self.repeated("--- Original message follows.\n\nTo: a@example.net", ", b@example.net", bytes / 2)
            case .advice:
                return Self.repeated(header + "Could not be delivered to:\n", "<u\u{1}@example.net>\n", bytes / 2)
                    + Self.repeated("", "because:\nplease contact us\n", bytes / 2)
            case .salutations:
                return Self.repeated(
                    header + "Could not be delivered to:\n\na@example.net\n", "\nHi Anna,\n\nu\u{1}@example.net\n",
                    bytes)
            case .endTags:
                return Self.repeated(
                    header.dropLast() + "Content-Type: text/html\n\n<p>", "<!-- a --><style></styles></style >",
                    bytes / 2)
                    + Self.repeated("<style>", "</styles", bytes / 2)
            case .wrappedSentences:
                return Self.repeated(header, "a line as long as wrapped ones are, which goes on in\n", bytes)
            case .halves:
                return Self.repeated(header, "Your message to u\u{1}@example.net\ncould not be delivered\n", bytes)
            case .rows: return Self.repeated(header, "User unknown: u\u{1}@example.net\n", bytes)
            case .names:
                return Self.repeated(
                    header + "Could not be delivered to:\n", "Anna Muster <u\u{1}@example.net>\n", bytes)
            case .headings:
                return Self.repeated(
                    header + "Could not be delivered to:\na@example.net\n",
                    "\nNo such user:\nu\u{1}@example.net\n", bytes)
            case .toFields:
                return Self.repeated(
                    header + "Could not be delivered:\n", "To: u\u{1}@example.net\nError: 550 no\n", bytes)
            case .listsOnOneLine:
                return Self.repeated(header + "Could not be delivered to:\n", "u\u{1}@example.net, ", bytes)
            case .wrappedLists:
                return Self.repeated(header, "and <u\u{1}@example.net>, <u@example.net> and\n", bytes)
            case .dialogue:
                return Self.repeated(header, ">>> RCPT TO:<u\u{1}@example.net>\n<<< 550 no\n", bytes)
            case .signs:
                return Self.repeated(
                    header + "Could not be delivered to:\n", "u\u{200B}\u{1}@exa\u{200E}mple.net\u{2019}\n", bytes)
            }
        }

        /// The line again and again, U+0001 replaced by a number.
        private static func repeated(_ head: String, _ line: String, _ bytes: Int) -> [UInt8] {
            var output = Array(head.utf8)
            var number = 0
            while output.count < bytes {
                for byte in line.utf8 {
                    byte == 1 ? output.append(contentsOf: String(number).utf8) : output.append(byte)
                }
                number += 1
            }
            return output
        }
    }

    private func deliveryStatus(recipients: Int) -> [UInt8] { Self.deliveryStatus(recipients: recipients) }

    fileprivate static func deliveryStatus(recipients: Int) -> [UInt8] {
        var text = """
            From: MAILER-DAEMON@example.net
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b

            Notice.
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net


            """
        for number in 0..<recipients {
            text += "Final-Recipient: rfc822; u\(number)@example.net\nAction: failed\nStatus: 5.1.1\n\n"
        }
        return Array((text + "--b--\n").utf8)
    }

    /// No line of a notice is left unread: else all large ones would be as long.
    private func seconds(_ bytes: [UInt8]) -> Double {
        var limits = ReportLimits()
        (limits.noticeLines, limits.noticeBytes) = (.max, .max)
        let (reader, message) = (ReportReader(limits: limits), MailMessage(bytes))
        return processorSeconds(fastestOf: 3) { _ = reader.read(message) }
    }
}
