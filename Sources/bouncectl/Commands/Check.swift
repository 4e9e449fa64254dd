// bouncectl check: whether an address may be mailed, and why not.

import ArgumentParser
import Journal
import POSIX
import Suppression

struct Check: LongLineReader {
    static let configuration = CommandConfiguration(
        abstract: "Ask whether addresses are suppressed, since when, why, until when.",
        discussion: "Exit status: 0 when all of them may be mailed, 1 when one is suppressed, others as in sysexits(3)."
    )

    @Flag(help: "One JSON object an address.")
    var json = false

    @OptionGroup var settings: StoreSettings

    @Argument(help: ArgumentHelp("Addresses, in any case.", valueName: "address"), transform: mailbox)
    var addresses: [String]

    static var list: WritableKeyPath<Self, [String]> { \.addresses }
    static func word(_ argument: String) throws -> String { try mailbox(argument) }

    func run() throws {
        let configuration = try settings.configuration()
        let now = nowMilliseconds()
        let answers = try withStore {
            let store = try configuration.readStore()
            try configuration.warnIfLate(store, at: now)
            return try store.database.read { try addresses.map { try store.answer(on: $0, at: now) } }
        }
        let output = Output()
        for answer in answers {
            if json { output.line(line(answer)) } else { show(answer, output) }
        }
        output.flush()
        if answers.contains(where: { $0.verdict == .suppressed }) { throw ExitCode(1) }
    }

    private func show(_ answer: Answer, _ output: Output) {
        let page = Page(output)
        page.title("\(answer.address): \(answer.verdict.rawValue)")
        page.row("why", answer.reason)
        page.row("since", answer.since.map(Timestamp.format))
        page.row(
            "until",
            answer.verdict == .clear ? nil : answer.until.map(Timestamp.format) ?? answer.since.map { _ in "for good" })
        page.row("record", answer.event?.id)
        page.row("rule", answer.event?.rule)
        page.row("final recipient", answer.event?.member)
        let isImported = answer.event?.rule.hasPrefix("import.") ?? false
        page.row(isImported ? "the list says" : "reply", answer.event.flatMap(words))
        // Where it is not the failure that decided.
        if let failure = answer.lastFailure, failure.cause.id != answer.event?.id {
            page.row("last failure", "\(Timestamp.format(failure.time)), \(failure.cause.category)")
            page.row("its reply", words(failure.cause))
        }
        page.row("delivered", answer.lastDelivery.map(Timestamp.format))
        page.row("released", answer.release.map { "\(Timestamp.format($0.time)) by \($0.reason)" })
        if answer.verdict != .clear { page.row("to release", "bouncectl store release '\(answer.address)'") }
    }

    /// "550 5.7.1 text", as far as it is known. A status that says no more than the code is mostly one that an MTA made up for a reply
    /// that had none.
    private func words(_ cause: Answer.Cause) -> String? {
        let status = cause.status.flatMap { $0.hasSuffix(".0.0") ? nil : $0 }
        let words = [cause.reply.map { String($0) }, status, cause.diagnostic].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    private func line(_ answer: Answer) -> [UInt8] {
        var line = JSONLine()
        line.add("address", answer.address)
        line.add("state", answer.verdict.rawValue)
        line.add("reason", answer.reason)
        line.add("since", answer.since.map(Timestamp.format))
        line.add("until", answer.until.map(Timestamp.format))
        line.add("ground", answer.ground?.rawValue)
        line.add("record", answer.event?.id)
        line.add("category", answer.event?.category)
        line.add("rule", answer.event?.rule)
        line.add("final_recipient", answer.event?.member)
        line.add("status", answer.event?.status)
        line.add("diagnostic", answer.event?.diagnostic)
        line.add("last_delivery", answer.lastDelivery.map(Timestamp.format))
        line.add("last_failure", answer.lastFailure.map { Timestamp.format($0.time) })
        line.add("last_failure_category", answer.lastFailure?.cause.category)
        line.add("last_failure_reply", answer.lastFailure.flatMap { words($0.cause) })
        line.add("released", answer.release.map { Timestamp.format($0.time) })
        line.add("released_by", answer.release?.reason)
        return line.closed
    }
}
