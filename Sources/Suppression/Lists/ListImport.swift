// Another system's suppression list to records of the store's own journal, so that a rebuild keeps them.

import Crypto
import Journal
import Vocabulary

/// Reads a list row by row.
package struct ListImport {
    /// What a service noted of a bounce, for the rules to judge.
    package struct Reply: Sendable, Hashable {
        package var text: String
        /// As `5.1.1`.
        package var status: String?
        package var code: Int?
        /// The recipient's domain.
        package var domain: String

        var isEmpty: Bool { text.isEmpty && status == nil && code == nil }
    }

    /// What the rules say of it: nil where they know no cause.
    package struct Judgement: Sendable, Hashable {
        package var disposition: Disposition
        package var category: Category
        package var action: Action
        package var expiresAfterSeconds: Int?

        package init(disposition: Disposition, category: Category, action: Action, expiresAfterSeconds: Int?) {
            self.disposition = disposition
            self.category = category
            self.action = action
            self.expiresAfterSeconds = expiresAfterSeconds
        }
    }

    /// What became of the rows.
    package struct Counts: Sendable {
        package var rows = 0
        package var bounces = 0
        package var complaints = 0
        package var optOuts = 0
        /// Blocks, soft bounces, what has ended, subscribers in good standing: nothing that suppresses.
        package var passing = 0
        /// A reason that is neither a known word nor one of which the rules know the cause, and the first of them with their lines.
        package var notUnderstood = 0
        package var reasonsNotUnderstood: [(line: Int, reason: String)] = []
        /// Not one address, and the lines of the first.
        package var withoutAddress = 0
        package var linesWithoutAddress: [Int] = []
        /// A time that cannot be read or is to come, and the lines of the first: the time of the import stands in its place.
        package var withoutTime = 0
        package var linesWithoutTime: [Int] = []
    }

    /// More lines are counted only.
    private static let shownLines = 5
    /// The journal's limit for a diagnostic, in characters.
    private static let diagnosticLimit = 2_000

    package private(set) var counts = Counts()
    package let columns: ListColumns
    private var reader: CSVReader
    private var first: CSVRow?
    private let file: String
    private let now: Int64
    private let judge: (Reply) -> Judgement?

    /// Reads the header, in which `column` may name the one of the addresses. `file` is what the records name as their source, `now` the
    /// time of the import in milliseconds since 1970. Throws `ListError` where it is no list, `CSVError`, and what reading throws.
    package init(
        _ reader: CSVReader, column: String? = nil, file: String, now: Int64, judge: @escaping (Reply) -> Judgement?
    ) throws {
        self.reader = reader
        self.file = file
        self.now = now
        self.judge = judge
        guard let row = try self.reader.next() else { throw ListError.empty }
        let (columns, isHeader) = try ListColumns.read(firstRow: row.fields, column: column)
        self.columns = columns
        if !isHeader { first = row }
    }

    /// The record of the next row that suppresses; nil at the end. Throws `CSVError`, and what reading throws.
    package mutating func next() throws -> Record? {
        while true {
            guard let row = try nextRow() else { return nil }
            counts.rows += 1
            if let record = record(of: row) { return record }
        }
    }

    private mutating func nextRow() throws -> CSVRow? {
        defer { first = nil }
        return try first ?? reader.next()
    }

    private mutating func record(of row: CSVRow) -> Record? {
        if let only = columns.only, field(only.column, row)?.lowercased() != only.word {
            counts.passing += 1
            return nil
        }
        guard let address = ListAddress.parse(field(columns.address, row) ?? "") else {
            counts.withoutAddress += 1
            if counts.linesWithoutAddress.count < Self.shownLines { counts.linesWithoutAddress.append(row.line) }
            return nil
        }
        let end = field(columns.until, row)
        let until = end.flatMap(ListTime.milliseconds)
        if let end, until == nil {
            doNotUnderstand(end, row)
            return nil
        }
        if let until, until <= now {
            counts.passing += 1
            return nil
        }
        guard var record = record(of: row, address) else { return nil }
        if let until { record.expiresMilliseconds = until }
        return record
    }

    private mutating func doNotUnderstand(_ reason: String, _ row: CSVRow) {
        counts.notUnderstood += 1
        if counts.reasonsNotUnderstood.count < Self.shownLines {
            counts.reasonsNotUnderstood.append((row.line, reason))
        }
    }

    private mutating func record(of row: CSVRow, _ address: String) -> Record? {
        let word = field(columns.reason, row)
        let category = word.flatMap(Category.init(rawValue:))
        let known = category.map(ListCause.init(category:)) ?? word.flatMap(ListCause.init)
        if known == nil, columns.hasFreeReasons {
            var reply = reply(row, to: address)
            if reply.text.isEmpty { reply.text = word ?? "" }
            if let judgement = reply.isEmpty ? nil : judge(reply) { return bounce(address, row, reply, judgement) }
            if let word {
                doNotUnderstand(word, row)
                return nil
            }
        }
        switch known ?? columns.cause {
        case .bounce:
            let reply = reply(row, to: address)
            return bounce(address, row, reply, category != nil || reply.isEmpty ? nil : judge(reply), category)
        case .complaint: return complaint(address, row, feedbackType: "abuse", category)
        case .optOut: return complaint(address, row, feedbackType: "opt-out", category)
        case .passing:
            counts.passing += 1
            return nil
        }
    }

    /// What the row has of a reply.
    private func reply(_ row: CSVRow, to address: String) -> Reply {
        var reply = Reply(
            text: field(columns.diagnostic, row) ?? "", status: field(columns.status, row),
            code: field(columns.reply, row).flatMap(Int.init), domain: String(address.split(separator: "@").last ?? ""))
        if let status = reply.status, !Self.isStatus(status) { reply.status = nil }
        if let code = reply.code, !(400..<600).contains(code) { reply.code = nil }
        return reply
    }

    private mutating func bounce(
        _ address: String, _ row: CSVRow, _ reply: Reply, _ judgement: Judgement?, _ category: Category? = nil
    ) -> Record? {
        // A service's list has its own blocks on it; they say nothing of the address.
        if let judgement, judgement.action != .suppress {
            counts.passing += 1
            return nil
        }
        counts.bounces += 1
        var record = start(.bounce, address, row, category ?? judgement?.category ?? .mailboxUnknown)
        if let judgement { record.disposition = judgement.disposition }
        if let seconds = judgement?.expiresAfterSeconds {
            record.expiresMilliseconds = record.timeMilliseconds + Int64(seconds) * 1000
        } else if category == .mailboxFull {
            record.expiresMilliseconds = record.timeMilliseconds + Int64(Policy().fullExpiryDays) * Milliseconds.day
        }
        record.status = reply.status
        record.reply = reply.code
        if !reply.text.isEmpty { record.diagnostic = Self.printable(reply.text) }
        return record
    }

    private mutating func complaint(
        _ address: String, _ row: CSVRow, feedbackType: String, _ category: Category?
    ) -> Record {
        if feedbackType == "abuse" { counts.complaints += 1 } else { counts.optOuts += 1 }
        var record = start(.complaint, address, row, .abuseReport)
        record.report = Record.Report()
        record.report?.feedbackType = feedbackType
        // The list's own word for it; this program's lists have it beside the category.
        record.diagnostic = field(category == nil ? columns.reason : columns.diagnostic, row).map(Self.printable)
        return record
    }

    private mutating func start(_ event: Event, _ address: String, _ row: CSVRow, _ category: Category) -> Record {
        let text = field(columns.time, row)
        let time = text.flatMap(ListTime.milliseconds)
        if text != nil, time ?? .max > now {
            counts.withoutTime += 1
            if counts.linesWithoutTime.count < Self.shownLines { counts.linesWithoutTime.append(row.line) }
        }
        var record = Record(
            id: Self.id([
                columns.format.rawValue, event.rawValue, category.rawValue, address.lowercased(),
                time.map(String.init) ?? "",
            ]),
            timeMilliseconds: min(time ?? now, now), event: event, recipient: address,
            disposition: category.defaultDisposition, category: category, action: .suppress,
            rule: "import.\(columns.format.rawValue)", origin: .operator, trust: .local)
        record.source.file = file
        return record
    }

    /// Without white space at its ends; nil where nothing is in it.
    private func field(_ column: Int?, _ row: CSVRow) -> String? {
        guard let column, row.fields.indices.contains(column) else { return nil }
        let text = row.fields[column].trimmingSpaces
        return text.isEmpty ? nil : text
    }

    private static func isStatus(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && ["2", "4", "5"].contains(parts[0])
            && parts.dropFirst().allSatisfy {
                (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 }
            }
    }

    private static func printable(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(diagnosticLimit) {
            scalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(scalars)
    }

    /// The same for the same row however often its list is imported.
    private static func id(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in ["import"] + parts { hash.update(data: Array(part.utf8) + [0]) }
        return String(hexadecimal: hash.finalize().prefix(16))
    }
}

extension ListCause {
    /// By the journal's word, as this program's own lists have it.
    fileprivate init(category: Category) {
        switch category.defaultDisposition {
        case .hard: self = .bounce
        case .none where category == .abuseReport: self = .complaint
        case .soft where category == .mailboxFull: self = .bounce
        default: self = .passing
        }
    }
}

extension String {
    /// Without spaces, tabs and line ends at both ends.
    fileprivate var trimmingSpaces: String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let start = utf8.firstIndex(where: { !isSpace($0) }), let end = utf8.lastIndex(where: { !isSpace($0) })
        else {
            return ""
        }
        return String(self[start...end])
    }
}
