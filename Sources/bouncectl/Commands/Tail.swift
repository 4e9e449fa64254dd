// bouncectl tail: the journal's last records, and those that come.

import ArgumentParser
import Glibc
import Journal
import POSIX
import Vocabulary

struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the journal's last records.",
        discussion: """
            With a filter, --lines counts the records that pass it. A filter that is given twice passes what either does; \
            different filters must all pass.
            """)

    @Flag(name: [.customShort("f"), .long], help: "Go on with records as they come.")
    var follow = false

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("How many of the last records; with --since, all (default: 10).", valueName: "number"))
    var lines: Int?

    @Option(
        help: ArgumentHelp(
            "Only records of this time and later: 90s, 15m, 2h, 3d or 1w ago, a day (UTC), an RFC 3339 date-time.",
            valueName: "time"))
    var since: String?

    @OptionGroup(title: "Filters") var filter: RecordFilter

    @Flag(help: "The records' lines as they stand in the journal.")
    var json = false

    @OptionGroup var journal: JournalArgument

    func validate() throws {
        if let lines, lines < 0 {
            throw ValidationError("--lines \(lines): write how many of the last records, as --lines 3")
        }
        if let since { _ = try pastTime(of: "--since", since) }
    }

    func run() throws {
        let path = try journal.path(mayBeAbsent: follow)
        if access(path, F_OK) != 0 { complain("\(path): not there yet; it is waited for") }
        let isSound: Bool
        do throws(JournalError) {
            isSound = try show(path)
        } catch {
            complain(error.advised)
            throw ExitCode.noInput
        }
        if !isSound { throw ExitCode.dataError }
    }

    /// False where something in it is damaged, or is no record.
    private func show(_ path: String) throws(JournalError) -> Bool {
        let time = since.flatMap { milliseconds(since: $0, now: nowMilliseconds()) }
        // Nil where all are shown, as they are read.
        let limit = lines ?? (time == nil ? 10 : nil)
        let position: JournalPosition =
            if let time { .time(time) } else if let limit, filter.isEmpty { .last(limit) } else { .beginning }
        let follower = try JournalFollower(path: path, from: position)
        var rows = Rows(Output(), asJSON: json)
        var last = LastRecords(limit: limit ?? 0)
        while let item = try follower.next(timeoutMilliseconds: 0) {
            switch item {
            case .finding(let finding): rows.complain(of: finding)
            case .entry(let entry) where !passes(entry, time): break
            case .entry(let entry): if limit == nil { rows.show(entry) } else { last.append(entry) }
            }
        }
        for entry in last.entries { rows.show(entry) }
        rows.flush()
        while follow {
            // Shown in one go with all that has come meanwhile.
            var item = try follower.next(timeoutMilliseconds: 1000)
            while let next = item {
                switch next {
                case .finding(let finding): rows.complain(of: finding)
                case .entry(let entry): if passes(entry, time) { rows.show(entry) }
                }
                item = try follower.next(timeoutMilliseconds: 0)
            }
            rows.flush()
        }
        return rows.findings == 0
    }

    private func passes(_ entry: JournalEntry, _ time: Int64?) -> Bool {
        entry.record.timeMilliseconds >= time ?? Int64.min && filter.passes(entry.record)
    }
}

/// The last so many entries of a sequence.
private struct LastRecords {
    private let limit: Int
    private var ring: [JournalEntry] = []
    private var start = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ entry: JournalEntry) {
        if ring.count < limit {
            ring.append(entry)
        } else if limit > 0 {
            ring[start] = entry
            start = (start + 1) % limit
        }
    }

    var entries: [JournalEntry] { Array(ring[start...] + ring[..<start]) }
}

/// Entries as rows of a table or as lines of JSON, and what is wrong with the journal on standard error.
private struct Rows {
    /// A file that is no journal has something wrong with each line.
    private static let findingLimit = 20

    private let output: Output
    private let asJSON: Bool
    private var table: RecordTable
    private(set) var findings = 0

    init(_ output: Output, asJSON: Bool) {
        self.output = output
        self.asJSON = asJSON
        table = RecordTable(output)
    }

    mutating func show(_ entry: JournalEntry) {
        if asJSON { output.line(entry.line) } else { table.show(entry.record) }
    }

    mutating func complain(of finding: JournalFinding) {
        findings += 1
        if findings <= Self.findingLimit { bouncectl.complain("\(finding)") }
        if findings == Self.findingLimit { bouncectl.complain("more is wrong with this journal: see bouncectl verify") }
    }

    func flush() { output.flush() }
}
