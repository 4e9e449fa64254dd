// The rule folders as bytes, and what they hold once read.

import MailSyntax

/// The files of the rule folders, in the order in which they are tried: a site's before the shipped ones, by name in each.
package struct RuleSource: Sendable {
    struct File {
        var path: String
        var bytes: [UInt8]
        var isSite: Bool
    }

    let files: [File]
    /// Tells one content from another; names what the cache keeps.
    let digest: UInt64

    /// Reads every `*.toml` of the folders.
    /// - Parameter site: a folder that need not be there.
    package init(site: String? = nil, shipped: String) throws(RuleError) {
        var files: [File] = []
        if let site {
            for path in try FileAccess.tomlFiles(in: site, mayBeMissing: true) {
                files.append(File(path: path, bytes: try FileAccess.read(path), isSite: true))
            }
        }
        let shippedPaths = try FileAccess.tomlFiles(in: shipped, mayBeMissing: false)
        guard !shippedPaths.isEmpty else { throw RuleError(shipped, "no rule file (*.toml) in this folder") }
        for path in shippedPaths { files.append(File(path: path, bytes: try FileAccess.read(path), isSite: false)) }
        self.init(files: files)
    }

    /// The same rules with one more file of the site's, tried before all others.
    package func adding(siteFile path: String) throws(RuleError) -> RuleSource {
        RuleSource(files: [File(path: path, bytes: try FileAccess.read(path), isSite: true)] + files)
    }

    init(files: [File]) {
        self.files = files
        var digest = ContentHash()
        for file in files {
            digest.add(Array(file.path.utf8))
            digest.add([file.isSite ? 1 : 0])
            digest.add(file.bytes)
        }
        self.digest = digest.value
    }
}

/// The rules of all files, checked against each other; with their samples, which the compiled form does not have.
package struct RuleCollection: Sendable {
    package private(set) var rules: [Rule] = []
    package private(set) var providers: [Provider] = []
    /// As many as `rules`.
    package private(set) var samples: [[RuleSample]] = []

    /// - Throws: every problem of every file.
    package init(_ source: RuleSource) throws(RuleError) {
        var problems: [RuleProblem] = []
        // Not where a file is no TOML, or a provider has no name: what they would give is missing.
        var areProvidersKnown = true
        var siteIDs: [String: RulePlace] = [:]
        var shippedIDs: [String: RulePlace] = [:]
        for file in source.files {
            let read: RuleFile
            do {
                read = try RuleFile(file: file.path, bytes: file.bytes)
            } catch {
                problems += error.problems
                areProvidersKnown = false
                continue
            }
            problems += read.problems
            for (rule, samples) in zip(read.rules, read.samples) {
                if let other = file.isSite ? siteIDs[rule.id] : shippedIDs[rule.id], !rule.id.isEmpty {
                    problems.append(
                        RuleProblem(place: rule.place, reason: "the id \(rule.id) is taken by the rule at \(other)"))
                }
                if file.isSite {
                    siteIDs[rule.id] = rule.place
                } else {
                    shippedIDs[rule.id] = rule.place
                    if siteIDs[rule.id] != nil { continue }
                }
                rules.append(rule)
                self.samples.append(samples)
            }
            for provider in read.providers {
                if provider.name.isEmpty { areProvidersKnown = false } else { add(provider) }
            }
        }
        if areProvidersKnown { problems += unknownProviders() }
        guard !problems.isEmpty else { return }
        // Else they are read when the rules are compiled.
        problems += badPatterns()
        let order = Dictionary(
            source.files.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        throw RuleError(
            problems.sorted { (order[$0.place.file] ?? 0, $0.place.line) < (order[$1.place.file] ?? 0, $1.place.line) })
    }

    /// A provider that several files name has the hosts and domains of all.
    private mutating func add(_ provider: Provider) {
        guard let number = providers.firstIndex(where: { $0.name == provider.name }) else {
            providers.append(provider)
            return
        }
        providers[number].hosts += provider.hosts.filter { !providers[number].hosts.contains($0) }
        providers[number].domains += provider.domains.filter { !providers[number].domains.contains($0) }
    }

    /// How many known providers are named beside an unknown one.
    private static let limitNames = 200

    private func unknownProviders() -> [RuleProblem] {
        let names = Set(providers.map(\.name))
        let more = names.count - Self.limitNames
        let told = names.sorted().prefix(Self.limitNames) + (more > 0 ? ["and \(more) more"] : [])
        let known = names.isEmpty ? "none" : told.joined(separator: ", ")
        return rules.compactMap { rule in
            guard let provider = rule.provider, !names.contains(provider) else { return nil }
            return RuleProblem(
                place: rule.place, reason: "\(rule.name): unknown provider \(provider); known are \(known)")
        }
    }

    /// Every pattern that cannot be read, with the place of its rule.
    func badPatterns() -> [RuleProblem] {
        rules.flatMap { rule in
            (rule.text + rule.notText).compactMap { pattern in
                do throws(Pattern.Defect) {
                    _ = try PatternProgram(Pattern(pattern))
                    return nil
                } catch {
                    return RuleProblem(
                        place: rule.place, reason: "\(rule.name): bad pattern '\(pattern)': \(error.reason)")
                }
            }
        }
    }
}

/// A quick hash of content, eight bytes at a time; it tells changes and damage, and withstands no attack.
struct ContentHash {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = ContentHash()
        hash.add(bytes)
        return hash.value
    }

    mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        mix(rest)
        mix(UInt64(bytes.count))
    }

    private mutating func mix(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        value = product.high ^ product.low ^ word
    }
}
