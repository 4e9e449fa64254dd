// Records to lines and back: spelled as by hand, whatever they hold, and no damaged line taken for one.

import Testing
import Vocabulary

@testable import Journal

@Suite struct RecordTests {
    @Test func aLineWrittenByHandIsTheWritersOwn() throws {
        let byHand = try lines(of: resource("by-hand.jsonl"))
        #expect(byHand.count == 4)
        for line in byHand {
            let (seq, record) = try Record.decode(line)
            #expect(record.encode(seq: seq) == line + [UInt8(ascii: "\n")])
        }
    }

    @Test func aLineWrittenByHandSaysWhatItSays() throws {
        let byHand = try lines(of: resource("by-hand.jsonl"))
        let (seq, first) = try Record.decode(byHand[0])
        #expect(seq == 1)
        #expect(first.timeMilliseconds == 1_795_256_130_123)
        #expect(first.finalRecipient == "anna@mailbox.example.net")
        #expect(first.reply == 550)
        #expect(first.source.client == "localhost[127.0.0.1]")
        #expect(first.report?.arrival == "Sat, 21 Nov 2026 10:15:29 +0000")
        #expect(first.message?.subject == "Grüße \"an alle\" \\ 日本")
        let second = try Record.decode(byHand[1]).record
        #expect(second.diagnostic == "tab\there, line\nhere, bell\u{7} and \u{1F}, \u{8}\u{C}\r, slash / and \u{7F}")
        #expect(second.retryAfter == 300)
        #expect(second.report == nil)
        #expect(try Record.decode(byHand[2]).seq == .max)
        #expect(try Record.decode(byHand[3]).record.reason == "anna: the mailbox is back")
    }

    @Test func theManualPagesExampleIsARecord() throws {
        let page = try String(decoding: readFile(repositoryPath + "/man/bounce-journal.5"), as: UTF8.self)
        let begin = try #require(page.firstRange(of: "A record, in several lines here:\n.Bd -literal\n")).upperBound
        let end = try #require(page[begin...].firstRange(of: "\n.Ed")).lowerBound
        let line = page[begin..<end].filter { $0 != "\n" }
        let (seq, record) = try Record.decode(Array(line.utf8))
        #expect(seq == 12345)
        #expect(record.encode(seq: seq) == Array((line + "\n").utf8))
    }

    @Test func absentAndEmptyFieldsAreLeftOut() {
        var record = sampleRecord("a")
        record.hint = ""
        record.message = Record.Message()
        record.report?.format = nil
        record.report?.remoteMTA = ""
        let line = String(decoding: record.encode(seq: 7), as: UTF8.self)
        #expect(!line.contains("hint"))
        #expect(!line.contains("\"message\""))
        #expect(!line.contains("\"report\""))
        #expect(!line.contains("null"))
        #expect(line.contains(#","source":{"mta":"postfix","queue_id":"4cQ1xk2Zz5zB"},"crc":""#))
    }

    @Test func withoutSealItIsTheSameObject() throws {
        let record = sampleRecord("a")
        let sealed = String(decoding: record.encode(seq: 7), as: UTF8.self)
        let unsealed = String(decoding: record.encodeUnsealed(), as: UTF8.self)
        #expect(sealed.hasPrefix(#"{"v":1,"seq":7,"id""#))
        #expect(unsealed.hasPrefix(#"{"v":1,"id""#))
        #expect(sealed.dropFirst(15).dropLast(19) == unsealed.dropFirst(7).dropLast(1))
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func decodingReversesEncoding(seed: UInt64) throws {
        var chance = Chance(seed: seed)
        for _ in 0..<100 {
            let record = randomRecord(&chance)
            let seq = chance.next() >> UInt64.random(in: 0...63, using: &chance)
            let line = record.encode(seq: seq)
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(line.dropLast().allSatisfy { $0 >= 0x20 })
            let decoded = try Record.decode(line)
            #expect(decoded.seq == seq)
            #expect(decoded.record == record)
            #expect(decoded.record.encode(seq: seq) == line)
        }
    }

    @Test(arguments: ["a", "ü", "日", "😀", "\u{1}", "\"", "\n", "a\u{301}"])
    func aLineIsNeverTooLong(filling: String) throws {
        let long = String(repeating: filling, count: 100_000)
        var record = sampleRecord(long)
        record.recipient = long
        record.finalRecipient = long
        record.hint = long
        record.status = long
        record.command = long
        record.diagnostic = long
        record.rule = long
        record.source.mta = long
        record.source.queueID = long
        record.source.client = long
        record.source.file = long
        record.report?.format = long
        record.report?.reportingMTA = long
        record.report?.remoteMTA = long
        record.report?.arrival = long
        record.report?.feedbackType = long
        record.message?.messageID = long
        record.message?.queueID = long
        record.message?.sender = long
        record.message?.envelopeID = long
        record.message?.campaign = long
        record.message?.subject = long
        record.reason = long
        let line = record.encode(seq: .max)
        #expect(line.count <= Record.lineLimitBytes)
        #expect(line.count > Record.lineLimitBytes * 3 / 4)
        let decoded = try Record.decode(line).record
        #expect(long.utf8.starts(with: decoded.recipient.utf8))
        #expect(long.utf8.starts(with: decoded.diagnostic.map { Array($0.utf8) } ?? [0]))
    }

    @Test func onlyWhatIsTooLongIsCut() throws {
        var record = sampleRecord("a")
        record.message?.subject = String(repeating: "s", count: 70_000)
        let cut = try Record.decode(record.encode(seq: 1)).record
        #expect(cut.message?.subject == String(repeating: "s", count: Record.cutStringLimitBytes))
        #expect(cut.diagnostic == record.diagnostic)
        record.message?.subject = String(repeating: "s", count: 60_000)
        #expect(try Record.decode(record.encode(seq: 1)).record == record)
    }

    @Test func theLongestBodyFitsWithTheLongestNumber() throws {
        var record = sampleRecord("a")
        var low = 1
        var high = Record.lineLimitBytes
        while low + 1 < high {
            record.reason = String(repeating: "r", count: (low + high) / 2)
            var body: [UInt8] = []
            if record.encodeBody(into: &body) { high = (low + high) / 2 } else { low = (low + high) / 2 }
        }
        record.reason = String(repeating: "r", count: low)
        let line = record.encode(seq: .max)
        #expect((Record.lineLimitBytes - 64...Record.lineLimitBytes).contains(line.count))
        #expect(try Record.decode(line).record == record)
    }

    @Test func aChangedByteIsFound() throws {
        let line = sampleRecord("a").encode(seq: 1)
        for index in 0..<line.count - 1 {
            for bit in 0..<8 {
                var damaged = line
                damaged[index] ^= 1 << UInt8(bit)
                #expect(throws: RecordError.self) { try Record.decode(damaged) }
            }
        }
    }

    @Test func aPartOfALineIsNone() throws {
        let line = sampleRecord("a").encode(seq: 1)
        for count in 0..<line.count - 1 {
            #expect(throws: RecordError.self) { try Record.decode(Array(line[..<count])) }
        }
        #expect(throws: Never.self) { try Record.decode(Array(line.dropLast())) }
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let name: String
        let from: String
        let to: String
        let error: RecordError
        var testDescription: String { name }
    }

    @Test(arguments: [
        Wrong(name: "later version", from: #""v":1"#, to: #""v":2"#, error: .version(2)),
        Wrong(name: "no id", from: #""id":"a","#, to: "", error: .member("id")),
        Wrong(name: "id twice", from: #""id":"a","#, to: #""id":"a","id":"a","#, error: .member("id")),
        Wrong(name: "unknown category", from: "mailbox-unknown", to: "mailbox-lost", error: .word("category")),
        Wrong(name: "no such day", from: "2026-11-21T", to: "2026-11-31T", error: .member("time")),
        Wrong(name: "number with a leading zero", from: #""seq":1"#, to: #""seq":01"#, error: .syntax(offset: 13)),
        Wrong(
            name: "number too great", from: #""seq":1"#, to: #""seq":18446744073709551616"#, error: .syntax(offset: 32)),
        Wrong(name: "null", from: #""id":"a""#, to: #""id":null"#, error: .syntax(offset: 20)),
        Wrong(name: "no comma", from: #""seq":1,"#, to: #""seq":1 "#, error: .syntax(offset: 15)),
        Wrong(name: "bad escape", from: #""id":"a""#, to: #""id":"\x""#, error: .syntax(offset: 23)),
        Wrong(name: "half a surrogate pair", from: #""id":"a""#, to: #""id":"\ud800""#, error: .syntax(offset: 27)),
        Wrong(name: "another half", from: #""id":"a""#, to: #""id":"\ud83d\u0041""#, error: .syntax(offset: 27)),
    ]) func aWrongLineIsRefused(wrong: Wrong) throws {
        let line = seal(replacing: wrong.from, by: wrong.to)
        #expect(throws: wrong.error) { try Record.decode(line) }
    }

    @Test(arguments: [
        (#""seq":1,"#, #" "seq" : 1 ,"#), (#""id":"a""#, #""id":"\u0061""#),
        (#""id":"a","#, #""later":{"a":[1,-2.5e+3,true,false,null,"x",{}]},"id":"a","#),
        ("30.123Z", "30.1239Z"), ("T10:15:30.123Z", "T11:45:30.123+01:30"),
    ]) func anotherSpellingOfTheSameIsRead(from: String, to: String) throws {
        #expect(try Record.decode(seal(replacing: from, by: to)).record == sampleRecord("a"))
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 30_000)
        #expect(throws: RecordError.self) {
            try Record.decode(seal(replacing: #""id":"a","#, by: #""later":"# + deep))
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func noiseIsRefused(seed: UInt64) {
        var chance = Chance(seed: seed)
        let alphabet = Array(#"{}[]":,\u00aAdeftn1-. "#.utf8)
        for _ in 0..<300 {
            let noise = (0..<Int.random(in: 0...60, using: &chance)).map { _ in
                alphabet.randomElement(using: &chance) ?? 0
            }
            var line: [UInt8] = Array(#"{"v":1,"#.utf8) + noise
            let checksum = line.withUnsafeBytes { CRC32C.checksum($0) }
            line.append(#","crc":""#)
            line.append(hexadecimal: checksum)
            line.append("\"}")
            #expect(throws: RecordError.self) { try Record.decode(line) }
        }
    }

    /// The sample's line with other words in it and the checksum made anew.
    private func seal(replacing from: String, by to: String) -> [UInt8] {
        let line = String(decoding: sampleRecord("a").encode(seq: 1).dropLast(19), as: UTF8.self)
        let range = line.firstRange(of: from)
        #expect(range != nil)
        var bytes = Array(line.utf8)
        if let range {
            let start = line.utf8.distance(from: line.startIndex, to: range.lowerBound)
            bytes.replaceSubrange(start..<start + from.utf8.count, with: to.utf8)
        }
        let checksum = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        bytes.append(#","crc":""#)
        bytes.append(hexadecimal: checksum)
        bytes.append("\"}\n")
        return bytes
    }
}

/// A record with any of its fields set to anything.
private func randomRecord(_ chance: inout Chance) -> Record {
    let alphabet = Array("abc@.-<>\"\\/ \u{0}\u{1}\u{8}\t\n\u{C}\r\u{1F}\u{7F}\u{80}é日😀\u{2028}\u{FEFF}".unicodeScalars)
    func text() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...40, using: &chance) {
            if let scalar = alphabet.randomElement(using: &chance) { scalars.append(scalar) }
        }
        return String(scalars)
    }
    func maybe<T>(_ make: () -> T) -> T? { Bool.random(using: &chance) ? make() : nil }
    var record = Record(
        id: text(), timeMilliseconds: .random(in: Timestamp.earliest...Timestamp.latest, using: &chance),
        event: Event.allCases.randomElement(using: &chance) ?? .bounce, recipient: text(),
        disposition: Disposition.allCases.randomElement(using: &chance) ?? .hard,
        category: Category.allCases.randomElement(using: &chance) ?? .policy,
        action: Action.allCases.randomElement(using: &chance) ?? .none, rule: text(),
        origin: Origin.allCases.randomElement(using: &chance) ?? .replay,
        trust: Trust.allCases.randomElement(using: &chance) ?? .local)
    record.finalRecipient = maybe(text)
    record.retryAfter = maybe { Int.random(in: -10...100_000, using: &chance) }
    record.hint = maybe(text)
    record.expiresMilliseconds = maybe { .random(in: Timestamp.earliest...Timestamp.latest, using: &chance) }
    record.status = maybe(text)
    record.reply = maybe { Int.random(in: Int.min + 1...Int.max, using: &chance) }
    record.command = maybe(text)
    record.diagnostic = maybe(text)
    record.source.mta = maybe(text)
    record.source.queueID = maybe(text)
    record.source.client = maybe(text)
    record.source.file = maybe(text)
    record.report = maybe {
        var report = Record.Report()
        report.format = text()
        report.reportingMTA = maybe(text)
        report.remoteMTA = maybe(text)
        report.arrival = maybe(text)
        report.feedbackType = maybe(text)
        return report
    }
    record.message = maybe {
        var message = Record.Message()
        message.messageID = text()
        message.queueID = maybe(text)
        message.sender = maybe(text)
        message.envelopeID = maybe(text)
        message.campaign = maybe(text)
        message.subject = maybe(text)
        return message
    }
    record.reason = maybe(text)
    return record
}
