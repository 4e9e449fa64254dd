// bouncectl store: the suppression store.

import ArgumentParser

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract:
            "Keep the suppression store: follow the journal, release addresses, look at incidents, take lists over.",
        subcommands: [
            StoreFollow.self, StoreRelease.self, StoreIncidents.self, StoreHolds.self, StoreImport.self,
            StoreExport.self, StoreFilter.self, StoreRebuild.self, StoreCheckCommand.self, StoreCompact.self,
        ])
}
