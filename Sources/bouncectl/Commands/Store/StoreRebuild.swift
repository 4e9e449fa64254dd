// bouncectl store rebuild: the store anew from the journals.

import ArgumentParser
import Suppression

struct StoreRebuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Make the store anew from the journals, by the policy that holds now.",
        discussion:
            "In one transaction: whoever asks meanwhile is answered as before. What operators released stays so.")

    @Flag(help: "Pass over damaged lines and missing records, and count them.")
    var skipDamaged = false

    @Flag(help: "Forget what was applied from journals that are not there any more.")
    var forget = false

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        try configuration.expectJournals()
        let applied = try withStore {
            try configuration.openStore(forRebuild: true).rebuild(
                configuration.followedJournals(), skipsDamaged: skipDamaged, mayForget: forget
            ) { if case .passedOver(let finding) = $0 { complain("passed over: \(finding)") } }
        }
        Output().line(applied.words)
    }
}

extension Applied {
    var words: String { "\(counted(records, "record")) applied, \(repeated) told before" }
}
