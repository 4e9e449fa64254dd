// bouncectl rules try: what a new rule file would change, shown on the journal.

import Agent
import ArgumentParser
import Classification
import Journal
import MailSyntax
import Vocabulary

struct RulesTry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Show what a new rule file would change, on the bounces and deferrals of a journal.",
        discussion: """
            FILE is tried before all other rules, as it would be in the site's folder. Both verdicts are made here, with the rules \
            in force and with FILE; what the journal says of a record is not used. First, each sample that fails with FILE is \
            shown: its own, or one of a rule that it takes replies from.

            Exit status: 0 when no sample fails, 65 when one does or the journal is none, 66 when FILE or the journal cannot be read, 78 when the rules cannot be used.
            """)

    /// More samples and more changes than these are only counted.
    private static let shownSamples = 50
    private static let shownChanges = 50

    @OptionGroup var rules: RulesOption

    @Argument(help: "The rule file.", completion: .file(extensions: ["toml"]))
    var file: String

    @Argument(help: "The journal's file (default: the configuration's).", completion: .file())
    var journal: String?

    func run() throws {
        let settings = try rules.settings.configuration()
        try expectReadable(file)
        let source = try rules.source(settings)
        let present = Classifier(rules: try reporting { try RuleSet.load(source) })
        let added = try reporting { try source.adding(siteFile: file) }
        let collection = try reporting { try RuleCollection(added) }
        let future = Classifier(rules: try reporting { try RuleSet(collection) })
        let path = try journalFile(journal ?? settings.journal)
        var trial = RuleTrial(future)
        var numbers: [UInt64] = []
        var records = 0
        var findings = 0
        var progress = Progress("records", besideOutput: false)
        do throws(JournalError) {
            let reader = try JournalReader(path: path)
            while let item = try reader.next() {
                guard case .entry(let entry) = item else {
                    findings += 1
                    continue
                }
                records += 1
                guard entry.record.event == .bounce || entry.record.event == .deferral else { continue }
                let evidence = Evidence(entry.record)
                let before = trial.changes.count
                trial.try(evidence, old: present.classify(evidence))
                if trial.changes.count > before { numbers.append(entry.seq) }
                progress.step()
            }
        } catch {
            progress.end()
            complain(error.advised)
            throw ExitCode.noInput
        }
        progress.end()
        if records == 0 {
            complain(
                "\(path): \(findings > 0 ? "no journal: no line of it is a record" : "no record in it"): nothing to try"
            )
        }
        let failures = RuleChecker.check(collection, future).failures
        show(failures, trial, numbers)
        if !failures.isEmpty || records == 0 && findings > 0 { throw ExitCode.dataError }
    }

    private func show(_ failures: [RuleChecker.Failure], _ trial: RuleTrial, _ numbers: [UInt64]) {
        let output = Output()
        defer { output.flush() }
        for failure in failures.prefix(Self.shownSamples) { output.line(visible("\(failure)")) }
        if failures.count > Self.shownSamples {
            output.line("and \(counted(failures.count - Self.shownSamples, "more sample")) that fail")
        }
        for (number, change) in zip(numbers, trial.changes).prefix(Self.shownChanges) {
            let old = "\(change.old.rule) (\(change.old.category.rawValue), \(change.old.action.rawValue))"
            let new = "\(change.new.rule) (\(change.new.category.rawValue), \(change.new.action.rawValue))"
            output.line(visible("\(number): \(old) -> \(new): \(change.diagnostic)"))
        }
        let changed = trial.counts.values.reduce(0, +)
        if changed > Self.shownChanges { output.line("and \(changed - Self.shownChanges) more") }
        let sorted = trial.counts.sorted { ($0.value, $1.key.oldRule) > ($1.value, $0.key.oldRule) }
        for (kind, count) in sorted {
            let words = "\(kind.oldCategory.rawValue) -> \(kind.newCategory.rawValue)"
            let actions =
                kind.oldAction == kind.newAction ? "" : ", \(kind.oldAction.rawValue) -> \(kind.newAction.rawValue)"
            output.line("\(counted(count, "time")) \(kind.oldRule) -> \(kind.newRule): \(words)\(actions)")
        }
        if trial.tried == 0 { return output.line("no bounces and deferrals to try") }
        output.line("\(trial.tried) bounces and deferrals tried, \(changed) would change")
    }
}
