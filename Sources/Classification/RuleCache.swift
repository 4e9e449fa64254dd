// The compiled form of a rule set on disk, so that a command starts at once. Whatever is wrong with it, it is made anew.

import Synchronization

/// A folder that keeps compiled rules, one file for each content of the rule files.
///
/// A file is `header | index | databases`: the header names the format, vectorscan's version and the processor, and has the index's
/// hash; the index has the rules, what they require and where each database lies, with its hash. A file that another than we or root
/// owns, or that others may write to, is not read.
package struct RuleCache: Sendable {
    let folder: String

    private static let magic: UInt64 = 0x3143_5245_4C55_5242  // "BRULERC1"
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
        hash.add(Array(PatternDatabase.platform.utf8))
        return "\(folder)/rules-\(String(source.digest ^ hash.value, radix: 16)).cache"
    }

    /// What the cache has of these rules; nil where it has nothing that can be trusted.
    func read(_ source: RuleSource) -> RuleSet? {
        guard let file = FileAccess.mapTrusted(path(of: source)) else { return nil }
        return try? Self.decode(file, source)
    }

    /// Keeps the compiled rules, as far as the folder lets us.
    func write(_ set: RuleSet, _ source: RuleSource) {
        guard let bytes = Self.encode(set, source) else { return }
        FileAccess.replace(path(of: source), with: bytes)
        FileAccess.removeOld(in: folder, prefix: "rules-", suffix: ".cache", seconds: Self.keptSeconds)
    }

    // MARK: - Format

    private static func encode(_ set: RuleSet, _ source: RuleSource) -> [UInt8]? {
        var databases: [[UInt8]] = [set.matcher.words?.serialized() ?? []]
        for group in set.matcher.groups {
            guard let database = try? group.compiled() else { return nil }
            databases.append(database.serialized())
        }
        var index = CacheWriter()
        index.write(PatternDatabase.platform)
        index.write(source.digest)
        index.write(set.rules) { $1.encode(&$0) }
        index.write(set.providers) { $1.encode(&$0) }
        set.matcher.filter.encode(&index)
        index.write(databases) { writer, database in
            writer.write(UInt32(database.count))
            writer.write(ContentHash.of(database))
        }
        var file = CacheWriter()
        file.write(magic)
        file.write(UInt64(index.bytes.count))
        file.write(ContentHash.of(index.bytes))
        return databases.reduce(into: file.bytes + index.bytes) { $0 += $1 }
    }

    private static func decode(_ file: MappedFile, _ source: RuleSource) throws(CacheReader.Truncated) -> RuleSet {
        var header = CacheReader(file.bytes)
        let headerCount = 24
        guard try header.readUInt64() == magic, let count = Int(exactly: try header.readUInt64()),
            case let hash = try header.readUInt64(), count <= file.bytes.count - headerCount
        else { throw CacheReader.Truncated() }
        let indexBytes = UnsafeRawBufferPointer(rebasing: file.bytes[headerCount..<(headerCount + count)])
        var sum = ContentHash()
        sum.add(indexBytes)
        guard sum.value == hash else { throw CacheReader.Truncated() }
        var index = CacheReader(indexBytes)
        guard try index.readString() == PatternDatabase.platform, try index.readUInt64() == source.digest else {
            throw CacheReader.Truncated()
        }
        let rules = try index.readList { (reader) throws(CacheReader.Truncated) in try Rule(&reader) }
        let providers = try index.readList { (reader) throws(CacheReader.Truncated) in try Provider(&reader) }
        let filter = try WordFilter(&index)
        var offset = headerCount + count
        let databases = try index.readList { (reader) throws(CacheReader.Truncated) in
            let count = Int(try reader.readUInt32())
            let hash = try reader.readUInt64()
            guard count <= file.bytes.count - offset else { throw CacheReader.Truncated() }
            defer { offset += count }
            return StoredDatabase(file: file, range: offset..<(offset + count), hash: hash)
        }
        guard let words = databases.first else { throw CacheReader.Truncated() }
        let wordDatabase = filter.words.isEmpty ? nil : words.database()
        guard filter.words.isEmpty == (wordDatabase == nil) else { throw CacheReader.Truncated() }
        let matcher = TextMatcher(rules, filter: filter, words: wordDatabase) {
            $0 + 1 < databases.count ? databases[$0 + 1] : nil
        }
        return RuleSet(rules: rules, providers: providers, matcher: matcher)
    }
}

/// A database within a cache file; made when it is first needed.
struct StoredDatabase: Sendable {
    let file: MappedFile
    let range: Range<Int>
    let hash: UInt64

    /// nil where it is broken.
    func database() -> PatternDatabase? {
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        var sum = ContentHash()
        sum.add(bytes)
        guard sum.value == hash else { return nil }
        return try? PatternDatabase(serialized: bytes)
    }
}

extension WordFilter {
    func encode(_ writer: inout CacheWriter) {
        writer.write(words) { $0.write($1) }
        for numbers in tables { writer.write(numbers) }
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Truncated) {
        let words = try reader.readStrings()
        var tables: [[Int32]] = []
        for _ in 0..<Self.tableCount { tables.append(try reader.readNumbers()) }
        self.init(words: words, tables: tables)
    }
}
