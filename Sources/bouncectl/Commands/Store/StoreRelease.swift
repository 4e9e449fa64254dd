// bouncectl store release: takes suppressions back.

import ArgumentParser
import Classification
import Glibc
import Journal
import POSIX
import Suppression
import TOMLOptions
import Vocabulary

struct StoreRelease: LongLineReader {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Take suppressions back: of addresses, or of all that the conditions name.",
        discussion: """
            Each release is a record in the store's own journal, so that a rebuild keeps it. Exit status: 0, or 1 when there \
            was nothing to release; 64 for a name that is nearly a known rule's or provider's, and for a provider that is \
            neither known nor a domain.
            """)

    @Option(help: ArgumentHelp("Suppressed at this time or later; see tail.", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Suppressed before this time.", valueName: "time"))
    var before: String?
    @Option(help: ArgumentHelp("Addresses in this domain.", valueName: "domain"), transform: bouncectl.domain)
    var domain: String?
    @Option(help: ArgumentHelp("Suppressed by this provider's answer.", valueName: "name"))
    var provider: String?
    @Option(help: ArgumentHelp("Suppressed by this classification rule.", valueName: "id"))
    var rule: String?
    @Option(help: ArgumentHelp("Suppressed for this category.", valueName: "category"))
    var category: Category?
    @Option(help: ArgumentHelp("Suppressed by an answer that holds this text, in any case.", valueName: "text"))
    var text: String?

    @Option(help: ArgumentHelp("Why; it is kept in the record.", valueName: "text"))
    var reason = "no reason given"
    @Flag(name: [.customShort("n"), .long], help: "Only show what would be released.")
    var dryRun = false

    @OptionGroup var settings: StoreSettings

    @Argument(help: ArgumentHelp("Addresses, in any case.", valueName: "address"), transform: mailbox)
    var addresses: [String] = []

    static var list: WritableKeyPath<Self, [String]> { \.addresses }
    static func word(_ argument: String) throws -> String { try mailbox(argument) }

    private static let recordsAtOnce = 10_000

    private func filter() throws -> ReleaseFilter {
        var filter = ReleaseFilter()
        filter.since = try since.map { try pastTime(of: "--since", $0) }
        filter.before = try before.map { try time(of: "--before", $0) }
        if let from = filter.since, let end = filter.before, from >= end {
            throw ValidationError(
                "--since \(since ?? "") --before \(before ?? ""): no time lies between them: --since names the earlier one"
            )
        }
        (filter.domain, filter.provider) = (domain, provider)
        (filter.rule, filter.category, filter.text) = (rule, category, text)
        return filter
    }

    func validate() throws {
        let hasConditions = try !filter().isEmpty
        if addresses.isEmpty, !hasConditions {
            throw ValidationError(
                "nothing is named: write addresses, or conditions such as --provider google --since 2h; \"bouncectl store export\" shows who is suppressed"
            )
        }
        if !addresses.isEmpty, hasConditions {
            throw ValidationError("write addresses or conditions, not both")
        }
    }

    func run() throws {
        let configuration = try settings.configuration()
        let filter = try filter()
        let count = try withStore {
            let store = try configuration.readStore()
            let count = try store.database.read { try release(store, filter, configuration) }
            if addresses.isEmpty, count == 0 { try expectNoSlip(store, configuration) }
            if !dryRun, count > 0 { try apply(configuration) }
            return count
        }
        if count == 0 {
            complain("nothing to release")
            throw ExitCode(1)
        }
        Output().line("\(count) address\(count == 1 ? "" : "es") \(dryRun ? "would be " : "")released")
    }

    /// Shows all of them, then writes them down; returns how many there are. They are read twice, since they may be millions. Within a
    /// transaction.
    private func release(_ store: Store, _ filter: ReleaseFilter, _ configuration: StoreConfiguration) throws -> Int {
        let now = nowMilliseconds()
        func each(_ body: (SuppressedAddress) throws -> Void) throws {
            let take = { (one: SuppressedAddress) in if one.suppression.isInForce(at: now) { try body(one) } }
            if !addresses.isEmpty { return try store.suppressed(addresses).forEach(take) }
            try store.suppressed(filter, take)
        }
        let output = Output()
        var count = 0
        var named = Set(addresses.flatMap(store.key.keys))
        try each { one in
            show(one, output)
            count += 1
            named.remove(one.address)
        }
        output.flush()
        for address in addresses where store.key.keys(of: address).allSatisfy(named.contains) {
            complain("\(address): is not suppressed")
        }
        if dryRun { return count }
        let reason = signed(reason)
        var reversals: [Record] = []
        try each { one in
            reversals.append(one.reversal(at: now, reason: reason))
            if reversals.count == Self.recordsAtOnce {
                try configuration.writeDown(reversals)
                reversals.removeAll(keepingCapacity: true)
            }
        }
        if !reversals.isEmpty { try configuration.writeDown(reversals) }
        return count
    }

    private func show(_ one: SuppressedAddress, _ output: Output) {
        let since = Timestamp.format(one.suppression.since)
        output.line(
            visible("\(one.address)  \(one.suppression.ground.rawValue) since \(since)  \(one.category)  \(one.rule)"))
    }

    /// A name with a slip in it should not look like one by which nobody is suppressed, nor a domain whose provider has a name. A rule
    /// unlike all known ones is none: records of a rule that is gone may have been released.
    private func expectNoSlip(_ store: Store, _ configuration: StoreConfiguration) throws {
        let collection = try configuration.ruleCollection()
        let known = try store.database.read { try store.knownNames() }
        func expect(_ option: String, _ name: String?, among names: [String], _ words: String) throws {
            guard let name, !names.contains(name), let near = NearMiss.nearest(to: name, among: names) else { return }
            complain("\(option) \(name): \(words); did you mean \"\(near)\"?")
            throw ExitCode.validationFailure
        }
        let rules = collection.rules.map(\.id) + [Classifier.undetermined] + known.rules
        try expect("--rule", rule, among: rules, "no such rule")
        if let provider, !known.providers.contains(provider),
            let owner = collection.providers.first(where: { ($0.domains + $0.hosts).contains(provider.lowercased()) })
        {
            let domain = owner.domains.contains(provider.lowercased()) ? ", or --domain \(provider)" : ""
            complain(
                "--provider \(provider): belongs to the provider \"\(owner.name)\": write --provider \(owner.name)\(domain)"
            )
            throw ExitCode.validationFailure
        }
        let providers = collection.providers.map(\.name) + known.providers
        try expect("--provider", provider, among: providers, "no such provider")
        // Whom no rule file names is called by his domain.
        if let provider, !providers.contains(provider), !provider.contains(".") {
            let owner = collection.providers.first { $0.domains.contains { $0.hasPrefix("\(provider.lowercased()).") } }
            let advice = owner.map { "did you mean \"\($0.name)\"?" } ?? "see \"bouncectl stats --by provider\""
            complain("--provider \(provider): no such provider; \(advice)")
            throw ExitCode.validationFailure
        }
        if let rule, !rules.contains(rule) {
            complain("--rule \(rule): neither a rule in force nor of a record in the store")
        }
    }

    /// Applies what is written down already, so that it is never lost.
    private func apply(_ configuration: StoreConfiguration) throws {
        let own = configuration.followedJournals().suffix(1)
        do {
            try StoreFollower(configuration.openStore(), Array(own), skipsDamaged: true) { _ in }.catchUp()
        } catch let error as StoreError where error.kind == .away {
            complain("written down, and applied when the store is there again: \(error)")
        }
    }
}

/// A reason with who gives it: the user behind sudo(8), else this process's.
func signed(_ reason: String) -> String {
    if let name = getenv("SUDO_USER") { return "\(String(cString: name)): \(reason)" }
    return "\(Users.name(of: getuid())): \(reason)"
}
