// Rows on their way into both databases and out again.

import Testing

@testable import Suppression

struct RowBatchTests {
    private static let texts = ["", "NULL", "\"", "\\", "{a,b}", "'; --", "tab\tline\n", "ä\u{1F600}"]
    private static let integers: [Int64?] = [.min, -1, 0, 1, .max, nil]

    private static func rows(_ keys: some Sequence<String>) -> RowBatch {
        var rows = RowBatch(
            "address",
            [
                ("address", .text), ("state", .text), ("since", .integer), ("cause", .text), ("last_time", .integer),
                ("last_id", .text),
            ], onConflict: "(address) DO NOTHING")
        for (index, key) in keys.enumerated() {
            rows.append(key)
            rows.append("clear")
            rows.append(integers[index % integers.count])
            rows.append(index % 2 == 0 ? texts[index] : nil)
            rows.append(Int64(index))
            rows.append(texts[texts.count - 1 - index])
        }
        return rows
    }

    @Test(arguments: Backend.allCases) func whatIsWrittenIsReadAgain(_ backend: Backend) throws {
        let database = try backend.newStore(try TestFolder()).database
        let rows = Self.rows(Self.texts)
        try database.write {
            #expect(try database.insertNew(Self.rows(Self.texts.prefix(3))) == [0, 1, 2])
            #expect(try database.insertNew(rows) == [3, 4, 5, 6, 7])
            try database.insert(rows)
        }
        let keys = Array((Self.texts + ["none"]).reversed())
        var read: [Int: [Value]] = [:]
        try database.read {
            let select = "SELECT address, state, since, cause, last_time, last_id FROM address"
            try database.rows(select, where: "address", in: keys) { read[$0] = $1 }
            try database.rows(select, where: "address", in: []) { _, row in Issue.record("\(row)") }
        }
        #expect(read.count == Self.texts.count)
        for place in Self.texts.indices { #expect(read[Self.texts.count - place] == rows.values(of: place)) }
    }
}
