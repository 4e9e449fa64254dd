// bouncectl rules list: the rules in the order in which they are tried.

import ArgumentParser
import Classification

struct RulesList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all rules in the order in which they are tried; the first that holds wins."
    )

    private static let widths = (rule: 36, category: 20)

    @OptionGroup var rules: RulesOption

    func run() throws {
        let collection = try reporting {
            try RuleCollection(try rules.source(try rules.settings.configuration()))
        }
        let output = Output()
        defer { output.flush() }
        for rule in collection.rules {
            let front =
                rule.id.padded(to: Self.widths.rule) + " " + rule.category.rawValue.padded(to: Self.widths.category)
            let place = rule.place.file.split(separator: "/").last.map { "\($0):\(rule.place.line)" } ?? ""
            output.line(visible("\(front) \(rule.conditions)  (\(place))"))
        }
    }
}

extension Rule {
    /// All that must hold, in few words.
    fileprivate var conditions: String {
        var words: [String] = []
        if let provider { words.append("provider \(provider)") }
        if !status.isEmpty { words.append("status " + status.map(\.description).joined(separator: " ")) }
        if !reply.isEmpty { words.append("reply " + reply.map(\.description).joined(separator: " ")) }
        if !command.isEmpty { words.append("command " + command.joined(separator: ", ")) }
        if !domain.isEmpty { words.append("domain " + domain.joined(separator: " ")) }
        if !text.isEmpty { words.append("\(text.count) text") }
        if !notText.isEmpty { words.append("\(notText.count) not_text") }
        return words.joined(separator: ", ")
    }
}
