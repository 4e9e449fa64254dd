// bouncectl(1): reads what bounce-milter wrote, and shows what it would make of a message.

import Agent
import ArgumentParser
import TOMLOptions

@main
struct Bouncectl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bouncectl",
        abstract:
            "Read the bounce journal, classify bounces, replay messages, check rules, keep the suppression store.",
        discussion: "The manual page bouncectl(1) has examples. Exit status as in sysexits(3).",
        version: "bouncectl \(productVersion)",
        subcommands: [
            Tail.self, Classify.self, Replay.self, Verify.self, Rules.self, StoreCommand.self, Check.self, Stats.self,
        ])

    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        if let slip = CommandSlip(words, of: self) {
            complain("no command \"\(slip.word)\"; did you mean \"\(slip.meant)\"?")
            exit(withError: ExitCode.validationFailure)
        }
        guard let command = command(of: words) as? any LongLineReader.Type else { return main(words) }
        command.start(words)
    }

    /// The command that the first words name.
    private static func command(of words: [String]) -> any ParsableCommand.Type {
        var command: any ParsableCommand.Type = self
        for word in words {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
            command = next
        }
        return command
    }
}

/// A word in a command's place that names none. ArgumentParser tells the near one of options alone.
private struct CommandSlip {
    let word: String
    /// The command that was probably meant, with those above it.
    let meant: String

    /// Nil where the words begin with a command, or with nothing like one.
    init?(_ words: [String], of root: any ParsableCommand.Type) {
        var command = root
        var path = root._commandName
        for word in words {
            let choices = command.configuration.subcommands
            if choices.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
            if let choice = choices.first(where: { $0._commandName == word }) {
                command = choice
                path += " " + word
                continue
            }
            let name = word.lowercased()
            let elsewhere = Self.commands(below: root, root._commandName)
            if let near = NearMiss.nearest(to: name, among: choices.map { $0._commandName }) {
                meant = path + " " + near
            } else if let other = elsewhere.first(where: { $0.hasSuffix(" " + name) }) {
                meant = other
            } else {
                return nil
            }
            self.word = word
            return
        }
        return nil
    }

    private static func commands(below command: any ParsableCommand.Type, _ path: String) -> [String] {
        command.configuration.subcommands.flatMap { choice in
            let name = path + " " + choice._commandName
            return [name] + commands(below: choice, name)
        }
    }
}
