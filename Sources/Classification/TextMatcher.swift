// All text patterns of a rule set as one vectorscan database: one pass over a reply, in time linear in it whatever it says.

internal import CVectorscan
internal import Glibc

/// The compiled patterns.
///
/// Patterns are PCRE's without back-references and look-around. Case is ignored, `.` matches every character, a pattern may match
/// anywhere. One that holds a character outside of ASCII is compiled for UTF-8 (so that `Б` and `б` are one letter); what is scanned
/// is therefore always UTF-8 (`Diagnostic.normalize`). ASCII-only patterns are matched as bytes, which is the same and quicker.
/// Sendable: a compiled database is only read, which vectorscan allows from any number of threads, each with its own scratch.
final class TextMatcher: @unchecked Sendable {
    /// A pattern's number is its place here; each is there once.
    let patterns: [String]
    /// nil where there are no patterns.
    private let database: OpaquePointer?

    static let flags = UInt32(HS_FLAG_CASELESS | HS_FLAG_DOTALL)

    /// What is wrong with one pattern.
    struct PatternError: Error {
        /// Its number; nil where vectorscan does not tell.
        var number: Int?
        var reason: String
    }

    /// Compiles; takes about a millisecond a pattern.
    init(patterns: [String]) throws(PatternError) {
        self.patterns = patterns
        database = try Self.compile(patterns, flags: Self.flags | UInt32(HS_FLAG_SINGLEMATCH))
    }

    /// Takes the database that `serialized()` gave.
    /// - Throws: where it was made by another version or for another processor, or is broken.
    init(patterns: [String], serialized: UnsafeRawBufferPointer) throws(PatternError) {
        self.patterns = patterns
        guard !patterns.isEmpty else {
            database = nil
            return
        }
        var database: OpaquePointer?
        let result = hs_deserialize_database(
            serialized.bindMemory(to: CChar.self).baseAddress, serialized.count, &database)
        guard result == HS_SUCCESS, let database else {
            throw PatternError(reason: "hs_deserialize_database: error \(result)")
        }
        self.database = database
    }

    deinit { hs_free_database(database) }

    private static func compile(_ patterns: [String], flags: UInt32) throws(PatternError) -> OpaquePointer? {
        guard !patterns.isEmpty else { return nil }
        let expressions = patterns.map { Array($0.utf8CString) }
        let flags = patterns.map { flags | Self.utf8Flag($0) }
        let ids = patterns.indices.map { UInt32($0) }
        var database: OpaquePointer?
        var failure: UnsafeMutablePointer<hs_compile_error_t>?
        let result = withPointers(expressions) {
            hs_compile_multi(
                $0, flags, ids, UInt32(patterns.count), UInt32(HS_MODE_BLOCK), nil, &database, &failure)
        }
        defer { hs_free_compile_error(failure) }
        guard result == HS_SUCCESS, let database else {
            let number = failure.map { Int($0.pointee.expression) } ?? -1
            throw PatternError(
                number: number >= 0 ? number : nil,
                reason: failure.map { String(cString: $0.pointee.message) } ?? "hs_compile_multi: error \(result)")
        }
        return database
    }

    private static func utf8Flag(_ pattern: String) -> UInt32 {
        pattern.utf8.contains { $0 >= 0x80 } ? UInt32(HS_FLAG_UTF8) : 0
    }

    /// What vectorscan says against one pattern; nil where it would take it.
    static func defect(of pattern: String) -> String? {
        var info: UnsafeMutablePointer<hs_expr_info_t>?
        var failure: UnsafeMutablePointer<hs_compile_error_t>?
        let result = hs_expression_info(
            pattern, flags | UInt32(HS_FLAG_SINGLEMATCH) | utf8Flag(pattern), &info, &failure)
        defer {
            free(info)
            hs_free_compile_error(failure)
        }
        guard result == HS_SUCCESS, let info else {
            return failure.map { String(cString: $0.pointee.message) } ?? "hs_expression_info: error \(result)"
        }
        return info.pointee.min_width == 0 ? "the pattern matches an empty text" : nil
    }

    /// The version of vectorscan and the kind of processor that a serialized database is good for.
    static var platform: String {
        var info = hs_platform_info()
        hs_populate_platform(&info)
        return "\(String(cString: hs_version())) tune \(info.tune) features \(info.cpu_features)"
    }

    /// The database as bytes; empty where there are no patterns.
    func serialized() -> [UInt8] {
        var bytes: UnsafeMutablePointer<CChar>?
        var count = 0
        guard let database, hs_serialize_database(database, &bytes, &count) == HS_SUCCESS, let bytes else { return [] }
        defer { free(bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    // MARK: - Scanning

    /// What vectorscan needs to scan with this database. The caller frees it.
    func makeScratch() -> OpaquePointer? {
        var scratch: OpaquePointer?
        guard let database, hs_alloc_scratch(database, &scratch) == HS_SUCCESS else { return nil }
        return scratch
    }

    static func freeScratch(_ scratch: OpaquePointer?) { hs_free_scratch(scratch) }

    /// Marks in `hits` each pattern that the text holds.
    func scan(_ text: UnsafeBufferPointer<UInt8>, scratch: OpaquePointer?, into hits: PatternHits) {
        guard let database, let scratch, text.count > 0 else { return }
        _ = text.withMemoryRebound(to: CChar.self) {
            hs_scan(
                database, $0.baseAddress, UInt32($0.count), 0, scratch,
                { number, _, _, _, context in
                    if let context { Unmanaged<PatternHits>.fromOpaque(context).takeUnretainedValue().insert(number) }
                    return 0
                }, Unmanaged.passUnretained(hits).toOpaque())
        }
    }

    /// Where one pattern first matches in a text, leftmost start. For explanations; compiles the pattern anew.
    static func firstRange(of pattern: String, in text: [UInt8]) -> Range<Int>? {
        guard
            let database = try? compile([pattern], flags: flags | UInt32(HS_FLAG_SOM_LEFTMOST)),
            case let scratch = ScratchBox(database), let pointer = scratch.pointer
        else { return nil }
        defer { hs_free_database(database) }
        var found = MatchRange(start: Int.max, end: 0)
        withUnsafeMutablePointer(to: &found) { found in
            text.withUnsafeBytes {
                _ = hs_scan(
                    database, $0.bindMemory(to: CChar.self).baseAddress, UInt32($0.count), 0, pointer,
                    { _, from, to, _, context in
                        context?.assumingMemoryBound(to: MatchRange.self).pointee.take(Int(from), Int(to))
                        return 0
                    }, found)
            }
        }
        return found.start <= found.end ? found.start..<found.end : nil
    }

    private static func withPointers<Result>(
        _ strings: [[CChar]], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        var joined: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(joined.count)
            joined += string
        }
        return joined.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}

/// The leftmost match, the longest of those that begin there.
private struct MatchRange {
    var start: Int
    var end: Int

    mutating func take(_ from: Int, _ to: Int) {
        if from < start || (from == start && to > end) { (start, end) = (from, to) }
    }
}

/// Frees a scratch at the end of its scope.
private final class ScratchBox {
    private(set) var pointer: OpaquePointer?

    init(_ database: OpaquePointer) { hs_alloc_scratch(database, &pointer) }

    deinit { hs_free_scratch(pointer) }
}

/// Which patterns one text holds. Its memory is given once and used again; not Sendable.
final class PatternHits {
    private let words: UnsafeMutableBufferPointer<UInt64>
    private let list: UnsafeMutableBufferPointer<UInt32>
    private var count = 0

    init(patternCount: Int) {
        words = .allocate(capacity: patternCount / 64 + 1)
        words.initialize(repeating: 0)
        list = .allocate(capacity: patternCount)
        list.initialize(repeating: 0)
    }

    deinit {
        words.deallocate()
        list.deallocate()
    }

    func insert(_ number: UInt32) {
        let word = Int(number / 64)
        let bit = UInt64(1) << UInt64(number % 64)
        guard word < words.count, words[word] & bit == 0, count < list.count else { return }
        words[word] |= bit
        list[count] = number
        count += 1
    }

    func contains(_ number: UInt32) -> Bool {
        words[Int(number / 64)] & (UInt64(1) << UInt64(number % 64)) != 0
    }

    /// The patterns in the order in which they were found.
    var numbers: Slice<UnsafeMutableBufferPointer<UInt32>> { list[..<count] }

    func removeAll() {
        for number in numbers { words[Int(number / 64)] = 0 }
        count = 0
    }
}
