// bounce-milter.toml: what is read, what is refused and with which words, and that file, manual and code name the same options.

import Foundation
import TOMLOptions
import Testing

@testable import Agent

/// A file of the checkout.
private func checkout(_ path: String, _ file: String = #filePath) throws -> String {
    let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
}

extension Configuration {
    fileprivate init(text: String, file: String) throws(ConfigurationError) {
        try self.init(OptionFile(text: text, path: file))
    }
}

struct ConfigurationTests {
    private static let defaults = ConfigurationOption.all.map { "\($0.name) = \($0.written(Configuration()))" }

    @Test func outboundMailOfThisHostIsAskedFor() {
        var configuration = Configuration()
        #expect(ConfigurationTest.outboundWarning(configuration) == nil)
        configuration.refusedRecipients = true
        #expect(
            ConfigurationTest.outboundWarning(configuration)?.contains("and refused_recipients does nothing") == true)
        configuration.campaignHeader = "List-ID"
        #expect(
            ConfigurationTest.outboundWarning(configuration)?.contains(
                "and refused_recipients, campaign_header do nothing") == true)
        configuration.outboundNetworks = ["127.0.0.0/8"]
        #expect(ConfigurationTest.outboundWarning(configuration) == nil)
    }

    @Test func sampleFileHasEveryOptionWithItsDefault() throws {
        let sample = try checkout("conf/bounce-milter.toml")
        let options = sample.split(separator: "\n").filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") && $0 != "#" }
        // bounce_addresses stands first: it is the one that every site sets.
        #expect(options.map { String($0.dropFirst()) }.sorted() == Self.defaults.sorted())
    }

    @Test func manualHasEveryOptionWithItsDefaultInOrder() throws {
        let manual = try checkout("man/bounce-milter.toml.5")
        let options = manual.split(separator: "\n").filter { $0.hasPrefix(".It Cm ") }.map { line in
            String(line.dropFirst(7)).replacing(" No = ", with: " = ").replacing(/Bq Qq (\S+)/) {
                "[\"\($0.output.1)\"]"
            }
            .replacing(/Bq (Qo .*)/) {
                "[" + $0.output.1.replacing(/Qo (?:Li )?(\S+) Qc/) { "\"\($0.output.1)\"" }.replacing(" ,", with: ",")
                    + "]"
            }
            .replacing("Qq \"\"", with: "\"\"").replacing(/Qq (?:Li )?(\S+)/) { "\"\($0.output.1)\"" }
        }
        #expect(options == Self.defaults)
    }

    @Test func everyDefaultIsAccepted() throws {
        #expect(try Configuration(text: Self.defaults.joined(separator: "\n"), file: "f") == Configuration())
    }

    @Test func everyOptionIsPutIntoItsPlace() throws {
        let text = """
            bounce_addresses = ["b+*@example.com", "@bounces.example.net"]
            discard_captured = true
            max_message_bytes = 5_000_000
            on_journal_failure = "accept"
            socket = "inet:8891@localhost"
            return_path.delimiter = "-"
            [stamp]
            key_files = ["/etc/bounce-milter/keys/2026a.key"]
            [delivery_log]
            path = "/var/log/mail.log"
            record_deliveries = true
            """
        var expected = Configuration()
        expected.bounceAddresses = ["b+*@example.com", "@bounces.example.net"]
        expected.discardCaptured = true
        expected.maxMessageBytes = 5_000_000
        expected.onJournalFailure = .accept
        expected.returnPathDelimiter = "-"
        expected.stampKeyFiles = ["/etc/bounce-milter/keys/2026a.key"]
        expected.socket = "inet:8891@localhost"
        expected.deliveryLog.path = "/var/log/mail.log"
        expected.deliveryLog.recordDeliveries = true
        let configuration = try Configuration(text: text, file: "f")
        #expect(configuration == expected)
        #expect(configuration.differencesThatNeedRestart(from: Configuration()) == ["socket"])
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var text: String
        var error: String
        var testDescription: String { error }
    }

    @Test(arguments: [
        Refusal(text: "\n\njurnal = \"/x\"", error: "f:3: unknown option \"jurnal\"; did you mean \"journal\"?"),
        Refusal(
            text: "backlog = 1\nsoket_mdoe = \"0600\"",
            error: "f:2: unknown option \"soket_mdoe\"; did you mean \"socket_mode\"?"),
        Refusal(
            text: "sokcet_mode = \"0600\"", error: "f:1: unknown option \"sokcet_mode\"; did you mean \"socket_mode\"?"),
        Refusal(text: "# a\n[capture]\ndir = \"/x\"", error: "f:2: unknown option \"capture\""),
        Refusal(
            text: "[stamp]\nkey_file = []",
            error: "f:2: unknown option \"stamp.key_file\"; did you mean \"stamp.key_files\"?"),
        Refusal(text: "[stamp]\n\nkey_files = \"k\"", error: "f:3: stamp.key_files must be a list of absolute paths"),
        Refusal(
            text: "stamp = { key_files = [\"k\"] }", error: "f:1: stamp.key_files must be a list of absolute paths"),
        Refusal(text: "stamp = 3", error: "f:1: unknown option \"stamp\""),
        Refusal(text: "return_path.delimiter = \"++\"", error: "f:1: return_path.delimiter must be one of + - = # _"),
        Refusal(
            text: "return_path.verp = [\"news@example.com\"]",
            error: "f:1: return_path.verp must be a list of addresses with one * before the @, such as "
                + "\"news+*@example.com\""),
        Refusal(
            text: "# a\n[delivery_log]\n pth = \"/x\"",
            error: "f:3: unknown option \"delivery_log.pth\"; did you mean \"delivery_log.path\"?"),
        Refusal(
            text: "record_deliveries = true",
            error: "f:1: unknown option \"record_deliveries\"; did you mean \"delivery_log.record_deliveries\"?"),
        Refusal(
            text: "path = 1\n[ \"delivery_log\" ]\npath = \"mail.log\"",
            error: "f:1: unknown option \"path\"; did you mean \"delivery_log.path\"?\n"
                + "f:3: delivery_log.path must be an absolute path, or empty for none"),
        Refusal(
            text: "[ \"delivery_log\" ]\n\npath = \"mail.log\"",
            error: "f:3: delivery_log.path must be an absolute path, or empty for none"),
        Refusal(
            text: "delivery_log.syslog_names = [\"post fix\"]",
            error: "f:1: delivery_log.syslog_names must be a list of names of programs such as \"postfix-out\" or "
                + "\"postfix*\""),
        Refusal(text: "zzz = 1", error: "f:1: unknown option \"zzz\""),
        Refusal(text: "log = \"file\"", error: "f:1: log must be \"auto\" or \"stderr\" or \"syslog\""),
        Refusal(text: "\nbacklog = 0", error: "f:2: backlog must be a whole number of connections from 1 to 65535"),
        Refusal(text: "backlog = \"9\"", error: "f:1: backlog must be a whole number of connections from 1 to 65535"),
        Refusal(text: "backlog = 9.5", error: "f:1: backlog must be a whole number of connections from 1 to 65535"),
        Refusal(text: "allow_root = \"yes\"", error: "f:1: allow_root must be true or false"),
        Refusal(text: "journal = \"journal\"", error: "f:1: journal must be the absolute path of a file"),
        Refusal(
            text: "socket = \"bounce\"",
            error:
                "f:1: socket must be unix:PATH with an absolute path, inet:PORT@HOST (as inet:8891@127.0.0.1) or inet6:PORT@HOST"
        ),
        Refusal(text: "socket_mode = \"888\"", error: "f:1: socket_mode must be a mode in octal digits, as \"0660\""),
        Refusal(
            text: "bounce_addresses = [\n\"a@example.com\",\n\"example.com\"]",
            error: "f:1: bounce_addresses must be a list of addresses such as \"bounces+*@example.com\" or "
                + "\"@bounces.example.com\""
        ),
        Refusal(
            text: "outbound_networks = [\"192.0.2.0/33\"]",
            error: "f:1: outbound_networks must be a list of addresses or networks such as \"192.0.2.0/24\""),
        Refusal(
            text: "\nlog = stderr",
            error: "f:2: a string stands in quotes: log = \"stderr\""),
        Refusal(
            text: "[delivery_log]\npath = /var/log/mail.log # Debian",
            error: "f:2: a string stands in quotes: path = \"/var/log/mail.log\""),
        Refusal(
            text: "bounce_addreses = a@example.com",
            error: "f:1: a string stands in quotes: bounce_addreses = \"a@example.com\""),
        Refusal(
            text: "return_path.delimiter = \"-\"\nreturn_path.sign = [\"news@example.com\"]",
            error: "f:2: return_path.sign needs a key: name its file in stamp.key_files"),
        Refusal(
            text: "# x\nstore = \"sqlite:/x\"",
            error: "f:2: \"store\" is an option of bounce-store.toml, the suppression store's configuration"),
        Refusal(
            text: "max_message_bytes = 8192",
            error: "f:1: max_header_bytes must not be more than max_message_bytes"),
    ])
    func refusalsNameLineAndWhatIsRight(_ refusal: Refusal) {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(text: refusal.text, file: "f") }
        #expect(error?.description == refusal.error)
    }

    @Test func allThatIsWrongIsTold() {
        let wrong = "bakclog = 1\nlog = \"file\"\nallow_root = true\nstore = 1\n[stamp]\nkey_files = 3\n"
        let error = #expect(throws: ConfigurationError.self) { try Configuration(text: wrong, file: "f") }
        #expect(
            error?.description == """
                f:1: unknown option "bakclog"; did you mean "backlog"?
                f:2: log must be "auto" or "stderr" or "syslog"
                f:4: "store" is an option of bounce-store.toml, the suppression store's configuration
                f:6: stamp.key_files must be a list of absolute paths
                """)
        let apart = "max_message_bytes = 8192\nreturn_path.sign = [\"@example.com\"]"
        let second = #expect(throws: ConfigurationError.self) { try Configuration(text: apart, file: "f") }
        #expect(second?.problems.map(\.line) == [1, 2])
        let many = (1...120).map { "x\($0) = 1\n" }.joined()
        let third = #expect(throws: ConfigurationError.self) { try Configuration(text: many, file: "f") }
        #expect(third?.problems.count == 51)
        #expect(third?.problems.last?.description == "f: and 70 more")
    }

    @Test(arguments: ["a = ", "backlog = 1\nbacklog = 2", "= 3", "x = [1,", "\u{1}"])
    func whatIsNoTOMLNamesItsLine(_ text: String) {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(text: text, file: "f") }
        #expect(error?.problems.first?.line != nil)
    }

    /// Its options are comments as it is shipped, so that nothing in it would be wrong.
    @Test func theStoresFileIsKnownByItsName() {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(text: "", file: "/etc/bounce-milter/bounce-store.toml")
        }
        #expect(
            error?.description == "/etc/bounce-milter/bounce-store.toml: is the suppression store's configuration; "
                + "what is asked for here is bounce-milter.toml")
    }

    @Test func missingFileIsNamed() {
        let error = #expect(throws: ConfigurationError.self) { try Configuration(file: "/nonexistent/x.toml") }
        #expect(error?.description == "/nonexistent/x.toml: No such file or directory")
    }
}

struct PatternTests {
    @Test(arguments: [
        ("bounces@example.com", "Bounces@EXAMPLE.com", true),
        ("bounces@example.com", "bounces@example.com.evil", false),
        ("bounces@example.com", "xbounces@example.com", false), ("@example.com", "any@example.com", true),
        ("@example.com", "any@sub.example.com", false), ("@example.com", "any@xexample.com", false),
        ("b+*@example.com", "b+1=2@example.com", true), ("b+*@example.com", "b@example.com", false),
        ("*-b-*@example.com", "a-b-c-b-d@example.com", true), ("*@*.example.com", "a@b.example.com", true),
        ("*@*.example.com", "a@example.com", false), ("a@example.com", "", false),
    ])
    func addresses(_ pattern: String, _ address: String, _ isMatch: Bool) throws {
        #expect(try #require(AddressPattern(pattern)).matches(Array(address.utf8)[...]) == isMatch)
    }

    @Test(arguments: [
        "example.com", "", "@", "a@", "a@b@c", "a b@example.com", String(repeating: "a", count: 600) + "@b",
    ])
    func noAddressPatterns(_ text: String) {
        #expect(AddressPattern(text) == nil)
    }

    @Test func longAddressesMatchNothingAndStarsCostLittle() throws {
        let pattern = try #require(AddressPattern(String(repeating: "*a", count: 200) + "@example.com"))
        #expect(!pattern.matches(Array(repeating: UInt8(ascii: "a"), count: 512)[...]))
        #expect(!pattern.matches(Array(repeating: UInt8(ascii: "a"), count: 1_000_000)[...]))
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.128/25", "192.0.2.127", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("2001:db8::/32", "IPv6:2001:db8::9", true),
        ("192.0.2.0/24", "unknown", false), ("192.0.2.0/24", "", false),
    ])
    func networks(_ pattern: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(NetworkPattern(pattern)).contains(address) == isInside)
    }

    @Test(arguments: [
        "192.0.2.0/33", "192.0.2", "2001:db8::/129", "example.com", "192.0.2.0/", "192.0.2.0/+8", "/8", "",
    ])
    func noNetworkPatterns(_ text: String) {
        #expect(NetworkPattern(text) == nil)
    }
}
