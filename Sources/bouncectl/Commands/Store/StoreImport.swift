// bouncectl store import: other systems' suppression lists into the store's own journal.

import Agent
import ArgumentParser
import Classification
import Journal
import MailSyntax
import POSIX
import Suppression

struct StoreImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take the suppression lists of other systems over.",
        discussion: """
            The format is told by the header: Amazon SES, SendGrid, Mailgun, Postmark, SparkPost, Mailchimp, listmonk, or any \
            list with a column of addresses. Each row that suppresses becomes a record of the store's own journal, which \
            "bouncectl store follow" applies. A row that was imported before is left out, so that its release stays. Exit status: 0 when \
            all was taken over, 65 for a file that is no list or ends in the middle, and where rows were left out as their reason \
            is not understood or they have no address, 66 for a file that is not there.
            """)

    /// Records that are on disk before the next are read.
    private static let batchRecords = 1_000

    @Flag(name: [.customShort("n"), .long], help: "Show the records, and write none.")
    var dryRun = false

    @Option(help: ArgumentHelp("The column of addresses, where its name does not tell.", valueName: "name"))
    var column: String?

    @OptionGroup var settings: StoreSettings

    @Argument(
        help: ArgumentHelp("Lists as CSV; - is standard input.", valueName: "list"),
        completion: .file(extensions: ["csv"]))
    var lists: [String]

    func run() throws {
        let configuration = try settings.configuration()
        let judge = try ListJudge(configuration)
        let output = Output()
        defer { output.flush() }
        var status: ExitCode?
        var written = 0
        var known = try withStore { try configuration.writtenDown() }
        // All are opened before the first record is written: root may be given up then.
        let sources = lists.map { path in (path, Result { ListSource(try Descriptor(reading: path)) }) }
        for (path, source) in sources {
            do {
                let counts = try withStore {
                    try take(path, try source.get(), judge, configuration, output, &known, &written)
                }
                if counts.notUnderstood + counts.withoutAddress > 0 { status = status ?? .dataError }
            } catch let error as ListError {
                complain("\(path): \(error)")
                try source.get().advise(path)
                status = status ?? .dataError
            } catch let error as CSVError {
                complain(
                    "\(path), \(error)\(dryRun ? "" : "; what stands before it was taken, and may be taken again")")
                try source.get().advise(path)
                status = status ?? .dataError
            } catch let error as InputError {
                complain("\(error)")
                status = .noInput
            }
        }
        if written > 0 {
            output.line(
                visible(
                    "\(counted(written, "record")) written to \(configuration.ownJournal); bounce-store.service applies them, or \"bouncectl store follow --once\""
                ))
        }
        if let status { throw status }
    }

    private func take(
        _ path: String, _ source: ListSource, _ judge: ListJudge, _ configuration: StoreConfiguration, _ output: Output,
        _ known: inout Set<UInt128>, _ written: inout Int
    ) throws -> ListImport.Counts {
        let name = path == "-" ? "standard input" : path
        var list = try ListImport(
            CSVReader(reading: source.next), column: column, file: name, now: nowMilliseconds(), judge: judge.judge)
        var table = RecordTable(output)
        var progress = Progress("rows", besideOutput: dryRun)
        var repeated = 0
        defer {
            progress.end()
            for line in Self.summary(list, name, repeated: repeated) { output.line(line) }
        }
        var batch: [Record] = []
        func write() throws {
            if batch.isEmpty { return }
            try configuration.writeDown(batch)
            written += batch.count
            batch.removeAll(keepingCapacity: true)
        }
        do {
            while let record = try list.next() {
                progress.step()
                if let id = UInt128(record.id, radix: 16), !known.insert(id).inserted {
                    repeated += 1
                    continue
                }
                if dryRun { table.show(record) } else { batch.append(record) }
                if batch.count >= Self.batchRecords { try write() }
            }
        } catch let error as CSVError {
            try write()
            throw error
        }
        try write()
        return list.counts
    }

    private static func summary(_ list: ListImport, _ name: String, repeated: Int) -> [String] {
        let counts = list.counts
        var lines = [
            "\(name): \(list.columns.format.title), \(counted(counts.rows, "row")): \(counted(counts.bounces, "bounce")), \(counted(counts.complaints, "complaint")), \(counts.optOuts) who want no mail"
        ]
        if repeated > 0 { lines.append("  \(repeated) already so: the same rows were imported before") }
        if counts.passing > 0 {
            lines.append(
                "  \(counts.passing) left out: blocks, soft bounces, what has ended, or subscribers in good standing")
        }
        if counts.notUnderstood > 0 {
            let reasons = counts.reasonsNotUnderstood.map {
                "\(name):\($0.line) \"\($0.reason.shortened(to: shownReason))\""
            }
            let more = counts.notUnderstood > reasons.count ? ", …" : ""
            lines.append(
                "  \(counts.notUnderstood) left out: a reason that is not understood (\(reasons.joined(separator: ", "))\(more)); write a reply, or a word as bounce, complaint, unsubscribe"
            )
        }
        if counts.withoutAddress > 0 {
            let places = places(name, counts.linesWithoutAddress, of: counts.withoutAddress)
            lines.append("  \(counts.withoutAddress) left out: not one address (\(places))")
        }
        if counts.withoutTime > 0 {
            let places = places(name, counts.linesWithoutTime, of: counts.withoutTime)
            lines.append(
                "  \(counts.withoutTime) with a time that cannot be read or is to come: they count from now (\(places))"
            )
        }
        return lines.map(visible)
    }

    /// Of a reason that is not understood, in characters.
    private static let shownReason = 60

    /// `list.csv:3, 7, …`
    private static func places(_ name: String, _ lines: [Int], of count: Int) -> String {
        "\(name):\(lines.map(String.init).joined(separator: ", "))\(count > lines.count ? ", …" : "")"
    }
}

/// The next bytes of a list.
final class ListSource {
    private static let pieceBytes = 64 << 10
    private let descriptor: Descriptor
    /// The first bytes that were read.
    private var start: [UInt8] = []

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    func next() throws -> [UInt8] {
        let bytes = try [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { room, count in
            count = try descriptor.read(into: UnsafeMutableRawBufferPointer(room))
        }
        if start.isEmpty { start = Array(bytes.prefix(1_000)) }
        return bytes
    }

    /// Says what to do with a file that is no list, where its first bytes tell what it is.
    func advise(_ path: String) {
        if let mistaken = MistakenInput(start: start[...]), mistaken != .list { complain(mistaken.advice(path)) }
    }
}

/// What the rules in force say of a bounce on a list.
struct ListJudge {
    private let classifier: Classifier

    init(_ configuration: StoreConfiguration) throws {
        let folders = try reporting { try RuleFolders(configured: configuration.rulesDir) }
        classifier = Classifier(
            rules: try reporting { try RuleSet.load(try RuleSource(site: folders.site, shipped: folders.shipped)) })
    }

    func judge(_ reply: ListImport.Reply) -> ListImport.Judgement? {
        let line = Diagnostic.normalize(Bytes(utf8: reply.text))
        let parsed = SMTPReply.parse(normalized: line)
        let evidence = Evidence(
            diagnostic: parsed.text.isEmpty ? line : parsed.text,
            status: parsed.status ?? reply.status.flatMap { EnhancedStatus(Bytes(utf8: $0)) },
            reply: parsed.code ?? reply.code.flatMap { UInt16(exactly: $0) },
            recipientDomain: Bytes(utf8: reply.domain))
        let verdict = classifier.classify(evidence)
        // A bare 550 says no more than the list does.
        if verdict.disposition == .unknown { return nil }
        return ListImport.Judgement(
            disposition: verdict.disposition, category: verdict.category, action: verdict.action,
            expiresAfterSeconds: verdict.expiresAfterSeconds)
    }
}

extension ListFormat {
    fileprivate var title: String {
        switch self {
        case .ses: "Amazon SES"
        case .sendgrid: "SendGrid"
        case .mailgun: "Mailgun"
        case .postmark: "Postmark"
        case .sparkpost: "SparkPost"
        case .mailchimp: "Mailchimp"
        case .listmonk: "listmonk"
        case .csv: "plain list"
        }
    }
}
