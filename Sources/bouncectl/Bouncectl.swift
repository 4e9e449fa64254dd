// bouncectl(1): reads what bounce-milter wrote, and shows what it would make of a message.

import Agent
import ArgumentParser

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
}
