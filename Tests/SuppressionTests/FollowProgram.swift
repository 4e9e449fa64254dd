// "bouncectl store follow" of this build, as a service would run it.

import Foundation
import Journal

@testable import Suppression

/// Its configuration in a test's folder, whose journal it follows.
struct FollowProgram {
    let folder: TestFolder
    /// What the program says, of all its runs.
    let log: String

    /// With the one provider that `Store(at:)` knows.
    init(_ folder: TestFolder, storeAt address: String) throws {
        self.folder = folder
        log = "\(folder.path)/log"
        try """
        [[provider]]
        name = "google"
        hosts = ["google.com"]
        domains = ["gmail.com"]
        [[rule]]
        id = "test.expired"
        category = "expired"
        reply = ["550"]
        match = [{ reply = "550 x", seen = "a test" }]
        no_match = [{ reply = "250 x", seen = "a test" }]
        """.write(toFile: folder.path + "/r.toml", atomically: true, encoding: .utf8)
        try """
        store = "\(address)"
        journals = ["j=\(folder.journal().path)"]
        own_journal = "\(folder.path)/reversals"
        rules_dir = "\(folder.path)"
        """.write(toFile: folder.path + "/configuration", atomically: true, encoding: .utf8)
    }

    var journal: FollowedJournal { FollowedJournal(name: "j", path: folder.journal().path) }

    /// The lines of the log.
    func lines() throws -> [String] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    func start(_ options: String...) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "bouncectl")
        process.arguments = ["store", "follow", "-c", folder.path + "/configuration"] + options
        let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }
}
