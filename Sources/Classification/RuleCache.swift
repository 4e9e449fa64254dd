// The compiled form of a rule set on disk, so that a command starts at once. Whatever is wrong with it, it is made anew.

internal import POSIX

/// Folders that keep compiled rules, one file for each content of the rule files.
///
/// A file is `header | index | programs`: the header has the index's hash; the index has the rule files' digest, the rules, what is looked
/// for of their words and where the programs of their patterns stand, each of which begins with its own hash. A file that another than we or
/// root owns, or that others may write to, is not read.
package struct RuleCache: Sendable {
    /// They are read in this order, and the first that we may write to is written to.
    private let folders: [String]

    /// "BRULERCE": another sign with each change of the format, or of what is looked for.
    private static let magic: UInt64 = 0x4543_5245_4C55_5242
    /// A file has some megabytes, and each edit of a rule makes another; when one is written, so many of the last are kept.
    static let keptFiles = 4

    /// `/var/cache/bounce-milter`, and `$XDG_CACHE_HOME/bounce-milter` or `~/.cache/bounce-milter` where we may not write to that; nil where
    /// we can read none.
    package init?() {
        folders = FileAccess.cacheFolders(named: "bounce-milter")
        if folders.isEmpty { return nil }
    }

    /// Folders that are there.
    package init(folders: [String]) { self.folders = folders }

    static func name(of source: RuleSource) -> String { "rules-\(String(source.digest, radix: 16)).cache" }

    /// What the cache has of these rules; nil where it has nothing that can be trusted.
    func read(_ source: RuleSource) -> RuleSet? {
        for folder in folders {
            if let file = FileAccess.openTrusted("\(folder)/\(Self.name(of: source))"),
                let set = try? Self.decode(file, source)
            {
                return set
            }
        }
        return nil
    }

    /// Keeps the compiled rules, as far as a folder lets us.
    func write(_ set: RuleSet, _ source: RuleSource) {
        guard let folder = folders.first(where: FileAccess.isWritable) else { return }
        try? Files.replace("\(folder)/\(Self.name(of: source))", with: Self.encode(set, source), mode: 0o644)
        FileAccess.removeOld(in: folder, prefix: "rules-", suffix: ".cache", keeping: Self.keptFiles)
    }

    // MARK: - Format

    private static func encode(_ set: RuleSet, _ source: RuleSource) -> [UInt8] {
        var index = CacheWriter()
        index.write(source.digest)
        index.write(set.rules) { $1.encode(&$0) }
        index.write(set.providers) { $1.encode(&$0) }
        set.matcher.filter.encode(&index)
        let programs = KeptPrograms.encode(set.matcher)
        index.write(programs.ends)
        var file = CacheWriter()
        file.write(magic)
        file.write(UInt64(index.bytes.count))
        file.write(ContentHash.of(index.bytes))
        return file.bytes + index.bytes + programs.bytes
    }

    private static let headerCount = 24

    private static func decode(_ file: TrustedFile, _ source: RuleSource) throws -> RuleSet {
        guard let header = file.read(0..<headerCount) else { throw CacheReader.Damage() }
        let (count, hash) = try header.withUnsafeBytes { bytes in
            var reader = CacheReader(bytes)
            guard try reader.readUInt64() == magic, let count = Int(exactly: try reader.readUInt64()), count >= 0,
                count <= file.count - headerCount
            else { throw CacheReader.Damage() }
            return (count, try reader.readUInt64())
        }
        guard let index = file.read(headerCount..<(headerCount + count)), ContentHash.of(index) == hash else {
            throw CacheReader.Damage()
        }
        return try index.withUnsafeBytes { bytes in
            var reader = CacheReader(bytes)
            guard try reader.readUInt64() == source.digest else { throw CacheReader.Damage() }
            let rules = try reader.readList { (reader) throws(CacheReader.Damage) in try Rule(&reader) }
            let providers = try reader.readList { (reader) throws(CacheReader.Damage) in try Provider(&reader) }
            let filter = try WordFilter(&reader, of: rules)
            let kept = try KeptPrograms(try reader.readNumbers(), in: file, from: headerCount + count)
            guard kept.count == filter.patternCount else { throw CacheReader.Damage() }
            return RuleSet(
                rules: rules, providers: providers, matcher: TextMatcher(rules, filter: filter, kept: kept))
        }
    }
}
