// bounce-store.toml: what is refused and with which words, and that file and code name the same options.

import Foundation
import TOMLOptions
import Testing

@testable import Suppression

struct StoreConfigurationTests {
    private static let defaults = StoreConfiguration.options.map { "\($0.name) = \($0.written(StoreConfiguration()))" }

    private static func checkout(_ path: String, _ file: String = #filePath) throws -> String {
        let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func read(_ text: String) throws -> StoreConfiguration {
        try StoreConfiguration(OptionFile(text: text, path: "f"))
    }

    @Test func sampleFileHasEveryOptionWithItsDefaultInOrder() throws {
        let sample = try Self.checkout("conf/bounce-store.toml")
        let options = sample.split(separator: "\n").filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") && $0 != "#" }
        #expect(options.map { String($0.dropFirst()) } == Self.defaults)
    }

    @Test func manualHasEveryOptionWithItsDefaultInOrder() throws {
        let manual = try Self.checkout("man/bounce-store.toml.5")
        let options = manual.split(separator: "\n").filter { $0.hasPrefix(".It Cm ") }.map { line in
            String(line.dropFirst(7)).replacing(" No = ", with: " = ").replacing("Qq \"\"", with: "\"\"")
                .replacing(/Qq (?:Li )?(\S+)/) { "\"\($0.output.1)\"" }
                .replacing(/Qo (\S+) Qc/) { "\"\($0.output.1)\"" }.replacing(" , ", with: ", ")
                .replacing(/Bq (.*)/) { "[\($0.output.1)]" }
        }
        #expect(options == Self.defaults)
    }

    @Test func everyDefaultIsAccepted() throws {
        #expect(try Self.read(Self.defaults.joined(separator: "\n")) == StoreConfiguration())
    }

    @Test(arguments: [
        ("\nsotre = \"sqlite:/x\"", "f:2: unknown option \"sotre\"; did you mean \"store\"?"),
        (
            "\nsocket = \"unix:/x\"",
            "f:2: \"socket\" is an option of bounce-milter.toml, the agent's configuration"
        ),
        ("store = \"sqlite:x\"", "f:1: store must be sqlite:PATH with an absolute path, or postgresql:CONNINFO"),
        (
            "journals = [\"journal\"]",
            "f:1: journals must be a list of one or more absolute paths, each with NAME= before it where the name is not to be this host's"
        ),
        (
            "journals = []",
            "f:1: journals must be a list of one or more absolute paths, each with NAME= before it where the name is not to be this host's"
        ),
        (
            "journals = [\"mx2=/b\", \"mx1=/a\"]\nown_journal = \"/a\"",
            "f:2: own_journal must be none of journals, which the agents alone write: name a file of its own, which is followed without being one of journals"
        ),
        ("trust = [\"forged\"]", "f:1: trust must be a list of \"local\", \"verified\", \"matched\", \"unverified\""),
        ("trust = [\"unverified\"]", "f:1: trust and trust_twice must not name the same level"),
        ("soft_failures = 0", "f:1: soft_failures must be a whole number of failures from 1 to 16"),
        (
            "\nsoft_memory_days = 200",
            "f:2: keep_deliveries_days must be more than soft_memory_days: a delivery resets what is remembered"
        ),
        // Beside others that are wrong; not where the one that does not agree is wrong itself.
        (
            "soft_failures = 0\nsoft_memory_days = 200",
            """
            f:1: soft_failures must be a whole number of failures from 1 to 16
            f:2: keep_deliveries_days must be more than soft_memory_days: a delivery resets what is remembered
            """
        ),
        (
            "keep_deliveries_days = \"300\"\nsoft_memory_days = 200",
            "f:1: keep_deliveries_days must be a whole number of days from 2 to 36500"
        ),
    ])
    func refusals(_ text: String, _ expected: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
        #expect(error?.description == expected)
    }

    @Test func aLinkToAJournalIsTheJournal() throws {
        let folder = try TestFolder()
        try Data().write(to: URL(filePath: folder.path + "/journal"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/own", withDestinationPath: folder.path + "/journal")
        #expect(throws: ConfigurationError.self) {
            try Self.read("journals = [\"\(folder.path)/journal\"]\nown_journal = \"\(folder.path)/own\"")
        }
    }

    @Test(arguments: [
        ("sqlite:/a b", StoreAddress.sqlite(path: "/a b")),
        ("postgresql:host=db dbname=x", .postgresql(connectionString: "host=db dbname=x")),
        ("postgresql://db/x?sslmode=require", .postgresql(connectionString: "postgresql://db/x?sslmode=require")),
        ("mysql:x", nil), ("", nil), ("sqlite:", nil),
    ])
    func addresses(_ text: String, _ expected: StoreAddress?) {
        #expect(StoreAddress(text) == expected)
    }

    @Test(arguments: [
        ("/a/b", "h:/a/b", "/a/b"), ("mx1=/a=b", "mx1", "/a=b"),
    ])
    func journalNames(_ text: String, _ name: String, _ path: String) throws {
        let journal = try #require(JournalName(text))
        #expect(journal.name(host: "h") == name)
        #expect(journal.path == path)
    }
}
