// bouncectl replay: a message once more, into a running agent or through the same examiner here.

import Agent
import ArgumentParser
import Classification
import Journal
import MailSyntax
import Milter
import MilterClient

struct Replay: LongLineReader {
    static let configuration = CommandConfiguration(
        abstract: "Put messages once more before the agent, running or not, and show what it makes of them.",
        discussion: """
            With --socket, each message is sent to a running agent as an MTA would, and each answer is shown with its time; what \
            the agent makes of it goes to its journal, where the same fact has the same id, and is shown where the socket is the \
            configuration's. Without it, the page of classify is shown and nothing is recorded.

            Exit status: as classify, 65 also when nothing tells a message's sender; 69 when the agent does not answer, 75 when it \
            asked to try again later.
            """)

    /// Of the names and addresses that nobody has (RFC 2606, RFC 5737): what comes from a host of the site's own, as this one may be by
    /// outbound_networks, is not looked at.
    private static let defaultClient = "replay.invalid[192.0.2.1]"

    @Option(
        help: ArgumentHelp(
            "The agent's socket: unix:/path or a path alone, inet:port@host or inet6:port@host.", valueName: "socket"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "With --socket: the reverse-path, \"\" for a bounce's; default: the one in Return-Path, in an mbox's From line, or a report's.",
            valueName: "address"), transform: reversePath)
    var from: String?

    @Option(
        help: ArgumentHelp(
            "With --socket: a recipient, more than once too; default: the one in X-Original-To, Delivered-To or Envelope-To.",
            valueName: "address"),
        transform: forwardPath)
    var to: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --socket: the SMTP client (default: \(Replay.defaultClient)).", valueName: "host[address]"))
    var client: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var rules: RulesOption

    @Argument(
        help: ArgumentHelp("Messages, mboxes, Maildirs, folders; - is standard input.", valueName: "path"),
        completion: .file())
    var paths: [String]

    static var list: WritableKeyPath<Self, [String]> { \.paths }

    func validate() throws {
        if socket == nil, from != nil || !to.isEmpty || client != nil {
            throw ValidationError("--from, --to and --client need --socket")
        }
        if socket != nil, rules.rules != nil {
            throw ValidationError("--rules is for a message without --socket: a running agent has its own rules")
        }
        if let socket { _ = try Self.endpoint(socket) }
        if let client, ReplayClient(client) == nil {
            throw ValidationError("--client \(client): write a host with its address, as mx.example.net[192.0.2.1]")
        }
    }

    func run() throws {
        if let socket, let client = ReplayClient(client ?? Self.defaultClient) {
            let endpoint = try Self.endpoint(socket)
            let settings = try rules.settings.configuration()
            try LiveReplay(
                endpoint, client, from: from, to: to, journal: Self.journal(settings, endpoint), Output(),
                asJSON: json
            ).run(paths)
        } else {
            let settings = try rules.settings.configuration()
            let classifier = try rules.classifier(settings)
            let examiner = Examiner(settings, classifier)
            try MessageClassification(examiner, classifier, Output(), asJSON: json).run(paths)
        }
    }

    /// The journal of the agent at the socket; nil where the configuration is another one's.
    private static func journal(_ settings: Configuration, _ endpoint: MilterEndpoint) -> ReplayJournal? {
        guard (try? Self.endpoint(settings.socket)) == endpoint else { return nil }
        do {
            return try ReplayJournal(settings.journal)
        } catch {
            complain("\(error); what is recorded is not shown")
            return nil
        }
    }

    private static func endpoint(_ text: String) throws -> MilterEndpoint {
        do {
            switch try MilterSocket(text) {
            case .unix(let path): return .unix(path: path)
            case .inet(let host, let port): return .tcp(host: host, port: port)
            case .inet6(let host, let port): return .tcp(host: host, port: port)
            }
        } catch {
            throw ValidationError("--socket \(text): \(error)")
        }
    }
}

/// What goes into MAIL FROM, bare: a mailbox, or nothing for `""` and `<>`, the null reverse-path of a bounce.
private func reversePath(_ argument: String) throws -> String {
    try ["", "<>"].contains(argument) ? "" : path(argument, or: "\"\" for a bounce's empty one")
}

/// What goes into RCPT TO, bare: a mailbox, or `postmaster`, which needs no domain (RFC 5321, 4.1.1.3).
private func forwardPath(_ argument: String) throws -> String {
    let isPostmaster = ["postmaster", "<postmaster>"].contains(argument.lowercased())
    return try isPostmaster ? "postmaster" : path(argument, or: "postmaster alone")
}

/// The mailbox of `a@b` or `<a@b>`, as it stands there. Throws `ValidationError` where there is anything else.
private func path(_ argument: String, or other: String) throws -> String {
    var bytes = Bytes(utf8: argument)
    if bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">") { bytes = bytes.dropFirst().dropLast() }
    // Quotes that are not needed are taken off, and a domain is in lower case.
    let quote = UInt8(ascii: "\"")
    guard let found = MailAddress.parse(bytes),
        found.lowercased().filter({ $0 != quote }) == bytes.lowercased().filter({ $0 != quote })
    else { throw ValidationError("write local@domain, or \(other)") }
    return bytes.text
}
