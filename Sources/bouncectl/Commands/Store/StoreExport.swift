// bouncectl store export: who is suppressed, as other programs take it.

import ArgumentParser
import POSIX
import Suppression

extension ListExport: ExpressibleByArgument {}

struct StoreExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the suppressed addresses: CSV, JSON Lines, access tables of Postfix and Sendmail.",
        discussion: "What is held, or has ended by itself, is left out. The output is of one moment.")

    @Option(help: "csv, jsonl, postfix or sendmail.")
    var format = ListExport.csv

    @OptionGroup var settings: StoreSettings

    func run() throws {
        let configuration = try settings.configuration()
        try withStore {
            let store = try configuration.readStore()
            guard !store.key.isHashed else {
                complain("the store keeps keyed digests (hash_addresses): they can be asked for, not written out")
                throw ExitCode.unavailable
            }
            let output = Output()
            output.write(format.head)
            var left = 0
            try store.database.read {
                try store.suppressed(at: nowMilliseconds()) { row in
                    if let line = format.row(row) { output.write(line) } else { left += 1 }
                }
            }
            output.flush()
            if left > 0 { complain("\(left) addresses with characters that an access table cannot hold were left out") }
        }
    }
}
