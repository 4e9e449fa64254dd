// Lists on their way out: to other programs, and a mailing list through the store.

import Testing

@testable import Suppression

@Suite struct ListExportTests {
    static let row = ListRow(
        address: "Anna@example.com", since: 1_795_255_200_000, until: 1_797_847_200_000, category: "mailbox-full",
        rule: "status.5.2.2", status: "5.2.2", diagnostic: "552 \"full\", sorry")

    @Test(arguments: [
        (
            ListExport.csv,
            "Anna@example.com,mailbox-full,2026-11-21T10:00:00.000Z,2026-12-21T10:00:00.000Z,5.2.2,\"552 \"\"full\"\", sorry\",status.5.2.2\n"
        ),
        (
            .jsonl,
            #"{"address":"Anna@example.com","category":"mailbox-full","since":"2026-11-21T10:00:00.000Z","until":"2026-12-21T10:00:00.000Z","status":"5.2.2","diagnostic":"552 \"full\", sorry","rule":"status.5.2.2"}"#
                + "\n"
        ),
        (.postfix, "anna@example.com\t550 5.7.1 Recipient suppressed since 2026-11-21: mailbox-full\n"),
        (
            .sendmail, "To:anna@example.com\tERROR:5.7.1:\"550 Recipient suppressed since 2026-11-21: mailbox-full\"\n"
        ),
    ])
    func writes(format: ListExport, line: String) {
        #expect(format.row(Self.row).map { String(decoding: $0, as: UTF8.self) } == line)
    }

    @Test(arguments: ["\"a b\"@example.com", "#a@example.com", "a\n550 x@example.com", "$m@example.com", ""])
    func tablesLeaveOutWhatTheyCannotHold(address: String) {
        var row = Self.row
        row.address = address
        #expect(ListExport.postfix.row(row) == nil)
        #expect(ListExport.sendmail.row(row) == nil)
        #expect(ListExport.csv.row(row) != nil)
    }

    static func filter(_ list: String, column: String? = nil) throws -> (ListFilter, [ListFilter.Row]) {
        var filter = try ListFilter(CSVReader(Array(list.utf8)), column: column) {
            $0 == "gmal.com" ? "gmail.com" : nil
        }
        var rows: [ListFilter.Row] = []
        while true {
            let next = try filter.next(limit: 2) { addresses in
                Dictionary(addresses.filter { $0.lowercased() == "anna@example.com" }.map { ($0, Self.row) }) { $1 }
            }
            if next.isEmpty { break }
            rows += next
        }
        return (filter, rows)
    }

    @Test func whatIsAllowedPassesByteForByte() throws {
        let list =
            "Name;\"E-Mail\"\r\n\"A;B\";a@example.com\r\nAnna;ANNA@Example.com\r\nC;c@gmal.com\r\nD;none\r\n\r\nE\r\nF;f@example.com"
        let (filter, rows) = try Self.filter(list)
        #expect(Array(filter.header) == Array("Name;\"E-Mail\"\r\n".utf8))
        #expect(rows.map(\.verdict) == [.allowed, .suppressed, .allowed, .noAddress, .noAddress, .allowed])
        #expect(rows.map(\.line) == [2, 3, 4, 5, 7, 8])
        #expect(rows.map(\.hint) == [nil, nil, "gmail.com", nil, nil, nil])
        let passed = rows.filter { $0.verdict == .allowed }.map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
        #expect(passed == "\"A;B\";a@example.com\r\nC;c@gmal.com\r\nF;f@example.com")
        #expect(rows[1].suppression?.category == "mailbox-full")
        #expect(filter.counts.allowed == 3)
        #expect(filter.counts.suppressed == 1)
        #expect(filter.counts.withoutAddress == 2)
        #expect(filter.counts.hints == 1)
    }

    @Test func aListWithoutAHeader() throws {
        let (filter, rows) = try Self.filter("b@example.com\nanna@example.com\n")
        #expect(filter.header.isEmpty)
        #expect(rows.map(\.verdict) == [.allowed, .suppressed])
    }

    @Test func aNamedColumn() throws {
        let list = "email,work mail\nanna@example.com,b@example.com\nc@example.com,anna@example.com\n"
        #expect(try Self.filter(list).1.map(\.verdict) == [.suppressed, .allowed])
        #expect(try Self.filter(list, column: "Work Mail").1.map(\.verdict) == [.allowed, .suppressed])
        #expect(throws: ListError.noSuchColumn("x", header: "email, work mail")) {
            _ = try Self.filter(list, column: "x")
        }
    }
}
