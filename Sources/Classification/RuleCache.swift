// The compiled form of a rule set on disk, so that a command starts at once. Whatever is wrong with it, it is made anew.

/// A folder that keeps compiled rules, one file for each content of the rule files.
///
/// A file is `header | index | words`: the header has the hashes of both; the index names vectorscan's version, the processor and the
/// rule files' digest, and has the rules and the words they require; the last part is the database of the words. A file that another than we or root
/// owns, or that others may write to, is not read.
package struct RuleCache: Sendable {
    let folder: String

    /// "BRULERC8": another number with each change of the format.
    private static let magic: UInt64 = 0x3843_5245_4C55_5242
    /// The parts that are older are thrown away when a new one is written.
    private static let keptSeconds = 7 * 86_400

    /// The first that can be used: `/var/cache/bounce-milter`, `$XDG_CACHE_HOME/bounce-milter`, `~/.cache/bounce-milter`; nil where
    /// none can.
    package init?() {
        guard let folder = FileAccess.cacheFolder(named: "bounce-milter") else { return nil }
        self.folder = folder
    }

    /// A folder that is there.
    package init(folder: String) { self.folder = folder }

    func path(of source: RuleSource) -> String {
        var hash = ContentHash()
        hash.add(Array(WordDatabase.platform.utf8))
        return "\(folder)/rules-\(String(source.digest ^ hash.value, radix: 16)).cache"
    }

    /// What the cache has of these rules; nil where it has nothing that can be trusted.
    func read(_ source: RuleSource) -> RuleSet? {
        guard let file = FileAccess.mapTrusted(path(of: source)) else { return nil }
        return try? Self.decode(file, source)
    }

    /// Keeps the compiled rules, as far as the folder lets us.
    func write(_ set: RuleSet, _ source: RuleSource) {
        FileAccess.replace(path(of: source), with: Self.encode(set, source))
        FileAccess.removeOld(in: folder, prefix: "rules-", suffix: ".cache", seconds: Self.keptSeconds)
    }

    // MARK: - Format

    private static func encode(_ set: RuleSet, _ source: RuleSource) -> [UInt8] {
        let words = set.matcher.words?.serialized() ?? []
        var index = CacheWriter()
        index.write(WordDatabase.platform)
        index.write(source.digest)
        index.write(set.rules) { $1.encode(&$0) }
        index.write(set.providers) { $1.encode(&$0) }
        set.matcher.filter.encode(&index)
        var file = CacheWriter()
        file.write(magic)
        file.write(UInt64(index.bytes.count))
        file.write(ContentHash.of(index.bytes))
        file.write(ContentHash.of(words))
        return file.bytes + index.bytes + words
    }

    private static func decode(_ file: MappedFile, _ source: RuleSource) throws(CacheReader.Truncated) -> RuleSet {
        var header = CacheReader(file.bytes)
        let headerCount = 32
        guard try header.readUInt64() == magic, let count = Int(exactly: try header.readUInt64()),
            case let hash = try header.readUInt64(),
            case let wordsHash = try header.readUInt64(), count >= 0,
            count <= file.bytes.count - headerCount
        else { throw CacheReader.Truncated() }
        let indexBytes = UnsafeRawBufferPointer(rebasing: file.bytes[headerCount..<(headerCount + count)])
        let wordsBytes = UnsafeRawBufferPointer(rebasing: file.bytes[(headerCount + count)...])
        guard ContentHash.of(indexBytes) == hash, ContentHash.of(wordsBytes) == wordsHash else {
            throw CacheReader.Truncated()
        }
        var index = CacheReader(indexBytes)
        guard try index.readString() == WordDatabase.platform, try index.readUInt64() == source.digest else {
            throw CacheReader.Truncated()
        }
        let rules = try index.readList { (reader) throws(CacheReader.Truncated) in try Rule(&reader) }
        let providers = try index.readList { (reader) throws(CacheReader.Truncated) in try Provider(&reader) }
        let filter = try WordFilter(&index)
        var words: WordDatabase?
        if !filter.words.isEmpty {
            do { words = try WordDatabase(serialized: wordsBytes) } catch { throw CacheReader.Truncated() }
        }
        let matcher = TextMatcher(rules, filter: filter, words: words)
        return RuleSet(rules: rules, providers: providers, matcher: matcher)
    }
}
