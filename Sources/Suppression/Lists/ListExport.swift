// The suppressed addresses as other programs take them: CSV, JSON Lines, access tables of Postfix and Sendmail.

import Journal

/// A suppressed address, as it is written out.
package struct ListRow: Sendable, Hashable {
    package var address: String
    /// Milliseconds since 1970.
    package var since: Int64
    /// Nil for good.
    package var until: Int64?
    package var category: String
    package var rule: String
    package var status: String?
    package var diagnostic: String?

    package init(
        address: String, since: Int64, until: Int64?, category: String, rule: String, status: String?,
        diagnostic: String?
    ) {
        self.address = address
        self.since = since
        self.until = until
        self.category = category
        self.rule = rule
        self.status = status
        self.diagnostic = diagnostic
    }
}

/// The formats, by the words of --format.
package enum ListExport: String, Sendable, Hashable, CaseIterable {
    case csv, jsonl, postfix, sendmail

    /// What stands before the first row.
    package var head: [UInt8] {
        switch self {
        // "email", as list managers name the column of addresses in what they import.
        case .csv: CSVWriter.row(["email", "category", "since", "until", "status", "diagnostic", "rule"])
        case .jsonl: []
        case .postfix: Array("# check_recipient_access; see bouncectl(1). Made anew with each export.\n".utf8)
        case .sendmail: Array("# FEATURE(`access_db') with FEATURE(`blocklist_recipients'); see bouncectl(1).\n".utf8)
        }
    }

    /// The row with its end; nil for an address that the format cannot hold.
    package func row(_ row: ListRow) -> [UInt8]? {
        let since = Timestamp.format(row.since)
        switch self {
        case .csv:
            return CSVWriter.row([
                row.address, row.category, since, row.until.map(Timestamp.format) ?? "", row.status ?? "",
                row.diagnostic ?? "", row.rule,
            ])
        case .jsonl:
            let fields: [(StaticString, String?)] = [
                ("category", row.category), ("since", since), ("until", row.until.map(Timestamp.format)),
                ("status", row.status), ("diagnostic", row.diagnostic), ("rule", row.rule),
            ]
            var line = Array("{".utf8)
            line.append(jsonName: "address", isFirst: true, string: row.address)
            for case (let name, let value?) in fields { line.append(jsonName: name, isFirst: false, string: value) }
            return line + "}\n".utf8
        case .postfix:
            guard let key = Self.tableKey(row.address) else { return nil }
            return Array("\(key)\t550 5.7.1 \(Self.refusal(row, since))\n".utf8)
        case .sendmail:
            guard let key = Self.tableKey(row.address) else { return nil }
            // In quotes, or Sendmail takes the space behind the colon away.
            return Array("To:\(key)\tERROR:5.7.1:\"550 \(Self.refusal(row, since))\"\n".utf8)
        }
    }

    /// What a sender is told who mails the address.
    private static func refusal(_ row: ListRow, _ since: String) -> String {
        "Recipient suppressed since \(since.prefix(10)): \(row.category)"
    }

    /// Tables end a key at white space, and know comments, quotes and macros; a key without a local part stands for a whole domain.
    private static func tableKey(_ address: String) -> String? {
        let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"\"#$:\\".utf8.contains($0) }
        let parts = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return isPlain && parts.count >= 2 && parts.allSatisfy { !$0.isEmpty } ? address.lowercased() : nil
    }
}
