// The programs that the cache keeps, each read when its pattern is first needed.

/// What a `RuleCache` has of the patterns' programs, by the numbers that `WordFilter` gives them.
struct KeptPrograms: Sendable {
    private let file: TrustedFile
    /// Where in the file the first begins, and where each ends behind it. A pattern that any text matches has none.
    private let start: Int
    private let ends: [UInt32]

    /// - Parameter start: Where in the file the programs begin; the last ends with it.
    init(_ ends: [UInt32], in file: TrustedFile, from start: Int) throws(CacheReader.Damage) {
        guard zip(ends, ends.dropFirst()).allSatisfy(<=), start + Int(ends.last ?? 0) == file.count else {
            throw CacheReader.Damage()
        }
        (self.ends, self.file, self.start) = (ends, file, start)
    }

    var count: Int { ends.count }

    /// nil where none is kept, or it is damaged.
    subscript(pattern: Int) -> PatternProgram? {
        let begin = pattern == 0 ? 0 : Int(ends[pattern - 1])
        guard let bytes = file.read((start + begin)..<(start + Int(ends[pattern]))) else { return nil }
        return bytes.withUnsafeBytes {
            var reader = CacheReader($0)
            guard let hash = try? reader.readUInt64(), reader.restHash == hash else { return nil }
            return try? PatternProgram(&reader)
        }
    }

    /// All of a rule set, as bytes, with the ends of each.
    static func encode(_ matcher: TextMatcher) -> (ends: [UInt32], bytes: [UInt8]) {
        var (ends, all): ([UInt32], [UInt8]) = ([], [])
        for pattern in 0..<matcher.filter.patternCount {
            if let program = matcher.program(pattern) {
                var (head, body) = (CacheWriter(), CacheWriter())
                program.encode(&body)
                head.write(ContentHash.of(body.bytes))
                all += head.bytes + body.bytes
            }
            ends.append(UInt32(all.count))
        }
        return (ends, all)
    }
}
