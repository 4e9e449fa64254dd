// Lists taken apart: separators, quotes, line ends, limits, and the line of each row.

import Testing

@testable import Suppression

@Suite struct CSVReaderTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let rows: [[String]]
        var lines: [Int]?
    }

    static let cases = [
        Case(testDescription: "plain", text: "a,b\n1,2\n", rows: [["a", "b"], ["1", "2"]], lines: [1, 2]),
        Case(testDescription: "no end at the end", text: "a,b\n1,2", rows: [["a", "b"], ["1", "2"]]),
        Case(testDescription: "CRLF", text: "a,b\r\n1,2\r\n", rows: [["a", "b"], ["1", "2"]]),
        Case(testDescription: "byte order mark", text: "\u{FEFF}a,b\n", rows: [["a", "b"]]),
        Case(
            testDescription: "semicolons, and commas in fields", text: "a;b\n1,5;2\n",
            rows: [["a", "b"], ["1,5", "2"]]),
        Case(testDescription: "tabs", text: "a\tb\n1\t2\n", rows: [["a", "b"], ["1", "2"]]),
        Case(testDescription: "bars", text: "a|b\n", rows: [["a", "b"]]),
        Case(testDescription: "one column", text: "a\nb\n", rows: [["a"], ["b"]]),
        Case(
            testDescription: "empty lines count and give no row", text: "a\n\n\r\nb\n", rows: [["a"], ["b"]],
            lines: [1, 4]),
        Case(testDescription: "empty fields", text: "a,,\n,,c\n", rows: [["a", "", ""], ["", "", "c"]]),
        Case(testDescription: "quotes", text: "\"a\",\"b,c\"\n", rows: [["a", "b,c"]]),
        Case(testDescription: "a quoted separator does not decide", text: "\"a;;;\",b\n", rows: [["a;;;", "b"]]),
        Case(testDescription: "doubled quotes", text: "\"a \"\"b\"\"\",\"\"\"\"\n", rows: [["a \"b\"", "\""]]),
        Case(testDescription: "an empty quoted field", text: "\"\",b\n", rows: [["", "b"]]),
        Case(
            testDescription: "line ends in quotes", text: "a,\"x\ny\r\nz\"\nb,2\n",
            rows: [["a", "x\ny\r\nz"], ["b", "2"]],
            lines: [1, 4]),
        Case(
            testDescription: "a stray quote is a quote", text: "5\" disk,b\nc,d\n",
            rows: [["5\" disk", "b"], ["c", "d"]]),
        Case(testDescription: "two stray quotes", text: "a\"\"b,c\nd,e\n", rows: [["a\"\"b", "c"], ["d", "e"]]),
        Case(
            testDescription: "text behind a quoted field", text: "\"a\"b,c\nd,e\n", rows: [["ab", "c"], ["d", "e"]]),
        Case(testDescription: "not UTF-8 is repaired", text: "a,b\n", rows: [["a", "b"]]),
        Case(testDescription: "nothing", text: "", rows: []),
        Case(testDescription: "nothing but line ends", text: "\n\r\n\n", rows: []),
    ]

    /// All at once, and in small pieces.
    @Test(arguments: cases, [1, 2, 7, 65_536]) func rows(of sample: Case, pieceBytes: Int) throws {
        var rest = Array(sample.text.utf8)[...]
        var reader = CSVReader {
            defer { rest = rest.dropFirst(pieceBytes) }
            return Array(rest.prefix(pieceBytes))
        }
        var rows: [CSVRow] = []
        while let row = try reader.next() { rows.append(row) }
        #expect(rows.map(\.fields) == sample.rows)
        if let lines = sample.lines { #expect(rows.map(\.line) == lines) }
    }

    @Test func aRowKeepsItsBytes() throws {
        let text = "\u{FEFF}\"mail\" ; \"x\"\r\n\"a\n\";b"
        var reader = CSVReader(Array(text.utf8))
        #expect(try reader.next().map { Array($0.bytes) } == Array("\"mail\" ; \"x\"\r\n".utf8))
        #expect(try reader.next().map { Array($0.bytes) } == Array("\"a\n\";b".utf8))
    }

    static let defects: [(String, CSVError)] = [
        ("a,b\n\"c,d\ne,f\n", CSVError(defect: .unclosedQuote, line: 2)),
        ("a\nb\nc\u{0}d\n", CSVError(defect: .notText, line: 3)),
        ("a\n" + String(repeating: ",", count: 1_000) + "\n", CSVError(defect: .tooManyFields, line: 2)),
        ("a\n" + String(repeating: "x", count: 1 << 20) + "y\n", CSVError(defect: .rowTooLong, line: 2)),
        ("a\n\"" + String(repeating: "x\n", count: 1 << 20), CSVError(defect: .rowTooLong, line: 2)),
    ]

    @Test(arguments: defects.indices) func defect(index: Int) {
        let (text, error) = Self.defects[index]
        #expect(throws: error) {
            var reader = CSVReader(Array(text.utf8))
            while try reader.next() != nil {}
        }
    }

    @Test func anyBytesEndInRowsOrAnError() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("\"\",;\n\r\tab\u{FEFF}".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            var reader = CSVReader(bytes)
            var whole: [UInt8] = []
            do {
                while let row = try reader.next() { whole += row.bytes }
                // Nothing but line ends and a mark is left out.
                let ends: Set<UInt8> = [0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
                #expect(whole.filter { !ends.contains($0) } == bytes.filter { !ends.contains($0) })
            } catch {
                #expect((error as? CSVError)?.defect == .unclosedQuote)
            }
        }
    }

    @Test(arguments: [
        ["a", "b"], ["a,b", "c\"d"], ["line\nend", " space"], ["", ""], ["grün", "日本"],
    ])
    func whatIsWrittenIsReadAgain(fields: [String]) throws {
        var reader = CSVReader(CSVWriter.row(fields))
        #expect(try reader.next()?.fields == fields)
    }

    @Test func noFormulasForSpreadsheets() {
        #expect(CSVWriter.row(["=1+1", "@x", "a=b"]) == Array("\" =1+1\",\" @x\",a=b\n".utf8))
    }
}
