// bouncectl rules check: every sample of every rule against the whole set.

import ArgumentParser
import Classification

struct RulesCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read all rules and try each sample against all of them.",
        discussion: """
            A sample that another rule wins is an error. Exit status: 0 when all is well, 65 when a sample fails, 78 when the \
            rules cannot be read.
            """)

    @OptionGroup var rules: RulesOption

    /// Takes none: what to do is said of what is given.
    @Argument(help: .hidden) var paths: [String] = []

    func validate() throws {
        guard let path = paths.first else { return }
        if (try? PathKind(path)) == .folder {
            throw ValidationError("write --rules \(path) for the rules of this folder")
        }
        throw ValidationError(
            "all rules in force are checked: \"bouncectl rules try \(path)\" tries a file before it is one of them")
    }

    func run() throws {
        let source = try rules.source(try rules.settings.configuration())
        let collection = try reporting { try RuleCollection(source) }
        let classifier = Classifier(rules: try reporting { try RuleSet.load(source) })
        let result = RuleChecker.check(collection, classifier)
        let output = Output()
        defer { output.flush() }
        for failure in result.failures { output.line(visible("\(failure)")) }
        for problem in result.unsampled { output.line(visible("\(problem)")) }
        let failures = result.failures.count
        output.line(
            "\(counted(result.rules, "rule")), \(counted(result.samples, "sample")): \(failures) failed, "
                + "\(counted(result.unsampled.count, "rule")) without a sample")
        if failures > 0 { throw ExitCode.dataError }
    }
}
