// What the store's commands take from bounce-store.toml where there is one, and the store opened.

import Agent
import ArgumentParser
import Classification
import Glibc
import Journal
import Suppression
import TOMLOptions

/// `-c FILE`: the store's configuration.
struct StoreSettings: ParsableArguments {
    static let defaultFile = "/etc/bounce-milter/bounce-store.toml"

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The store's configuration file; where the default one is not there, built-in defaults hold.",
            valueName: "file"))
    var config: String = StoreSettings.defaultFile

    /// The file's options, or the defaults where the default file is not there.
    func configuration() throws -> StoreConfiguration {
        try configurationFile(config, default: Self.defaultFile)
            .map { path in try reporting { try StoreConfiguration(OptionFile(path: path)) } } ?? StoreConfiguration()
    }
}

extension StoreConfiguration {
    /// The store for writing: made where it is not there, brought up to date where it is old.
    func openStore(forRebuild: Bool = false) throws -> Store {
        becomeOwner(ofFolderOf: ownJournal)
        try expectLeave(to: .write)
        return try Store(
            try address().open(), policy: policy, providers: try providers(), key: try addressKey(),
            forRebuild: forRebuild)
    }

    /// The ids of what is in the store's own journal.
    func writtenDown() throws -> Set<UInt128> {
        if let advice = advice(to: .read, ownJournal) { throw StoreError(.refused, "own_journal: \(advice)") }
        return try OwnJournal.ids(in: ownJournal)
    }

    /// Writes records into the store's own journal; returns when they are on disk.
    func writeDown(_ records: some Collection<Record>) throws {
        becomeOwner(ofFolderOf: ownJournal)
        for path in [ownJournal, ownJournal + ".lock"] {
            if let advice = advice(to: .write, path) { throw StoreError(.refused, "own_journal: \(advice)") }
        }
        try OwnJournal.append(records, to: ownJournal)
    }

    /// The store for asking: neither made nor changed. One that knows of nothing is refused where a journal is not there, which may be
    /// a wrong name: it would let all mail pass. Where there should be records, it says so.
    func readStore() throws -> Store {
        try expectLeave(to: .read)
        let store = try Store(reading: try openToRead(), policy: policy, key: try addressKey())
        guard try store.database.read({ try store.journals() }).isEmpty else { return store }
        if let missing = followedJournals().first(where: \.isMissing) {
            throw StoreError(
                .refused,
                "\(missing.path): there is no such journal, and nothing was applied to this store yet: it knows nobody; see \"journals\" in bounce-store.toml(5)"
            )
        }
        if !journals.allSatisfy(isEmptyJournal) {
            complain("nothing was applied to this store yet: it suppresses nobody; see \"bouncectl store follow\"")
        }
        return store
    }

    private func openToRead() throws -> any StoreDatabase {
        let address = try address()
        guard case .postgresql = address else { return try address.open(readOnly: true) }
        return try asOwner(ofFolderOf: ownJournal) { try address.open(readOnly: true) }
    }

    /// Says which journals nobody seems to follow; false for none.
    @discardableResult
    func warnIfLate(_ store: Store, at time: Int64) throws -> Bool {
        let late = try store.lateJournals(followedJournals(), at: time)
        for journal in late {
            complain(
                "\(journal.path): its records since \(Timestamp.format(journal.since)) are not applied, no answer knows of them: is \"bouncectl store follow\" running (systemd: bounce-store.service)?"
            )
        }
        return !late.isEmpty
    }

    /// The journals that this host follows: the configured ones and the store's own.
    func followedJournals() -> [FollowedJournal] {
        let host = hostName()
        return (journals + [ownJournal]).compactMap(JournalName.init).map {
            FollowedJournal(name: $0.name(host: host), path: $0.path, mayBeMissing: $0.path == ownJournal)
        }
    }

    /// Ends as `expectJournal` where one of the journals is something else.
    func expectJournals() throws {
        for journal in followedJournals() {
            try expectJournal(journal.path, option: journal.path == ownJournal ? "own_journal" : "journals")
        }
    }

    /// Whether the journal is there, without a record yet.
    private func isEmptyJournal(_ journal: String) -> Bool {
        var status = stat()
        return JournalName(journal).map { stat($0.path, &status) == 0 && status.st_size == 0 } ?? false
    }

    private func address() throws -> StoreAddress {
        guard let address = StoreAddress(store) else { preconditionFailure("store was checked when it was read") }
        return address
    }

    /// Refuses with what to do where the store's file is there and this user may not use it.
    private func expectLeave(to use: Use) throws {
        guard case .sqlite(let path) = try address() else { return }
        // Who writes it has SQLite make two more files.
        for path in use == .write ? [path, path + "-wal", path + "-shm"] : [path] {
            if let advice = advice(to: use, path) { throw StoreError(.refused, "store: \(advice)") }
        }
    }

    private func addressKey() throws -> AddressKey {
        if hashAddresses.isEmpty { return AddressKey() }
        do {
            return AddressKey(secret: try AddressKey.secret(file: hashAddresses))
        } catch {
            complain("hash_addresses: \(error)")
            throw ExitCode.configuration
        }
    }

    /// The rules in force.
    func ruleCollection() throws -> RuleCollection {
        try reporting {
            let folders = try RuleFolders(configured: rulesDir)
            return try RuleCollection(try RuleSource(site: folders.site, shipped: folders.shipped))
        }
    }

    private func providers() throws -> ProviderNames {
        let collection = try ruleCollection()
        var hosts: [String: String] = [:]
        var domains: [String: String] = [:]
        for provider in collection.providers {
            for host in provider.hosts { hosts[host] = provider.name }
            for domain in provider.domains { domains[domain] = provider.name }
        }
        return ProviderNames(hosts: hosts, domains: domains)
    }
}

/// This host's name, as the store's journals are called by.
private func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Runs a command's work with the store; says what failed and ends with the exit status that tells the kind.
func withStore<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as StoreError {
        complain("\(error)")
        switch error.kind {
        case .away: throw ExitCode.temporary
        case .refused: throw ExitCode.unavailable
        case .damaged: throw ExitCode.dataError
        }
    }
}

/// Started as root, goes on as the owner of a file's folder: what is made there must be his, or the follower could not read it. Whatever
/// the shell's umask, it is for him and the folder's group alone, as what bounce-store.service makes: it holds addresses.
private func becomeOwner(ofFolderOf path: String) {
    umask(0o027)
    guard let folder = foreignFolder(of: path) else { return }
    guard setgroups(0, nil) == 0, become(folder.st_uid, folder.st_gid) else {
        complain("cannot become the owner of \(path)'s folder: \(String(cString: strerror(errno)))")
        return
    }
}

/// Started as root, does this one thing as the owner of a file's folder, as whom a database may know him by his user alone.
private func asOwner<Result>(ofFolderOf path: String, _ body: () throws -> Result) rethrows -> Result {
    guard let folder = foreignFolder(of: path), become(folder.st_uid, folder.st_gid) else { return try body() }
    defer { _ = become(0, 0) }
    return try body()
}

/// The folder that the file is in, where this is root and the folder is another user's.
private func foreignFolder(of path: String) -> stat? {
    var folder = stat()
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard geteuid() == 0, stat(parent, &folder) == 0, folder.st_uid != 0 else { return nil }
    return folder
}

/// As root the group first, which nobody else may change; back to root the user.
private func become(_ user: uid_t, _ group: gid_t) -> Bool {
    user == 0 ? seteuid(user) == 0 && setegid(group) == 0 : setegid(group) == 0 && seteuid(user) == 0
}
