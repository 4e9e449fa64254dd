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

    @Flag(name: [.customShort("n"), .long], help: "Only show what would come of it.")
    var dryRun = false

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        try configuration.expectJournals()
        let rebuilt = try withStore {
            try configuration.openStore(forRebuild: true).rebuild(
                configuration.followedJournals(), skipsDamaged: skipDamaged, mayForget: forget, onlyShows: dryRun
            ) { if case .passedOver(let finding) = $0 { complain("passed over: \(finding)") } }
        }
        let output = Output()
        defer { output.flush() }
        output.line("\(rebuilt.applied.words): \(counted(rebuilt.suppressed, "address")) suppressed")
        if rebuilt.ended > 0 {
            let ended =
                rebuilt.ended == 1
                ? "1 address that was suppressed is so" : "\(rebuilt.ended) addresses that were suppressed are so"
            output.line(
                "\(ended) no longer: nothing in the journals speaks against \(rebuilt.ended == 1 ? "it" : "them")")
        }
        if dryRun {
            output.line(
                "nothing was changed; \"bouncectl store export\" keeps what is suppressed, \"store import\" brings it back"
            )
        }
    }
}

extension Applied {
    var words: String { "\(counted(records, "record")) applied, \(repeated) told before" }
}
