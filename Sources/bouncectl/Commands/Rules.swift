// bouncectl rules: what is asked of the classification rules.

import ArgumentParser

struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check, list, explain and try classification rules.",
        discussion: "The rules are a site's own over the shipped ones, as the agent has them, or those of --rules.",
        subcommands: [RulesCheck.self, RulesList.self, RulesExplain.self, RulesTry.self])
}
