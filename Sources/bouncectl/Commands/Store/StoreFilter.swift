// bouncectl store filter: a mailing list without those that are suppressed.

import ArgumentParser
import Classification
import Journal
import MailSyntax
import POSIX
import Suppression

struct StoreFilter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Pass a mailing list through: whoever may be mailed comes out.",
        discussion: """
            Rows that may be mailed go to standard output as they stand in the list, behind its header. Exit status: 0 when all \
            was read, 65 for a file that is no list or ends in the middle, 66 for one that is not there, 73 for a report that cannot be \
            made.
            """)

    /// Rows that are asked for at once.
    private static let batchRows = 1_000

    @Option(help: ArgumentHelp("The column of addresses, where its name does not tell.", valueName: "name"))
    var column: String?

    @Option(
        help: ArgumentHelp(
            "Write the rows that are kept back, and probable typing errors, with their reasons to this file as CSV.",
            valueName: "file"))
    var report: String?

    @OptionGroup var settings: StoreSettings

    @Argument(help: "The mailing list as CSV; - is standard input.", completion: .file(extensions: ["csv"]))
    var list: String

    func run() throws {
        let configuration = try settings.configuration()
        do {
            let source = ListSource(try Descriptor(reading: list))
            do {
                try withStore {
                    let store = try configuration.readStore()
                    try configuration.warnIfLate(store, at: nowMilliseconds())
                    try pass(source, store)
                }
            } catch let error as ListError {
                throw refusal("\(list): \(error)", source)
            } catch let error as CSVError {
                throw refusal("\(list), \(error); the list that came out ends before it", source)
            }
        } catch let error as InputError {
            complain("\(error)")
            throw ExitCode.noInput
        }
    }

    private func refusal(_ reason: String, _ source: ListSource) -> ExitCode {
        complain(reason)
        source.advise(list)
        return .dataError
    }

    private func pass(_ source: ListSource, _ store: Store) throws {
        if let report, isSameFile(report, list) {
            complain("--report \(report): this is the list; name another file")
            throw ExitCode.validationFailure
        }
        var filter = try ListFilter(CSVReader(reading: source.next), column: column) {
            DomainHint.nearProvider(Bytes(utf8: $0))
        }
        let output = Output()
        let report = try self.report.map(Self.reportFile)
        var progress = Progress("rows", besideOutput: true)
        defer {
            progress.end()
            output.flush()
            report?.flush()
        }
        output.write(Array(filter.header))
        report?.write(
            CSVWriter.row(["line", "address", "verdict", "category", "since", "until", "diagnostic", "meant"]))
        let now = nowMilliseconds()
        while true {
            let rows = try filter.next(limit: Self.batchRows) { addresses in
                try store.database.read { try store.suppressed(among: addresses, at: now) }
            }
            if rows.isEmpty { break }
            for row in rows {
                if row.verdict == .allowed { output.write(Array(row.bytes)) }
                if row.verdict != .allowed || row.hint != nil { report?.write(Self.line(row)) }
                progress.step()
            }
        }
        progress.end()
        summarise(filter.counts)
    }

    private static func reportFile(_ path: String) throws -> Output {
        do {
            return try Output(file: path)
        } catch {
            complain("--report \(error)")
            throw ExitCode.cannotCreate
        }
    }

    private static func line(_ row: ListFilter.Row) -> [UInt8] {
        CSVWriter.row([
            String(row.line), row.address, row.verdict.rawValue, row.suppression?.category ?? "",
            row.suppression.map { Timestamp.format($0.since) } ?? "",
            row.suppression?.until.map(Timestamp.format) ?? "", row.suppression?.diagnostic ?? "",
            row.hint.map { "\(row.address.split(separator: "@").first ?? "")@\($0)" } ?? "",
        ])
    }

    private func summarise(_ counts: ListFilter.Counts) {
        var words =
            "\(list): \(counts.allowed) allowed, \(counts.suppressed) suppressed, \(counts.withoutAddress) without an address"
        switch counts.hints {
        case 0: break
        case 1: words += "; 1 looks like a typing error in the domain"
        default: words += "; \(counts.hints) look like typing errors in the domain"
        }
        if report == nil, counts.suppressed + counts.withoutAddress + counts.hints > 0 {
            words += " (--report FILE tells which)"
        }
        complain(words)
    }
}
