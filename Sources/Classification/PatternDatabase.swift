// A few patterns compiled by vectorscan: one pass over a text, in time linear in it whatever it says.

internal import CVectorscan
internal import Glibc

/// Compiled patterns.
///
/// Patterns are PCRE's without back-references and look-around. Case is ignored, `.` matches every character, a pattern may match
/// anywhere. One that holds a character outside of ASCII is compiled for UTF-8 (so that `Б` and `б` are one letter); what is scanned
/// is therefore always UTF-8 (`Diagnostic.normalize`). ASCII-only patterns are matched as bytes, which is the same and quicker.
/// Sendable: a compiled database is only read, which vectorscan allows from any number of threads, each with its own scratch.
final class PatternDatabase: @unchecked Sendable {
    private let database: OpaquePointer

    private static let flags = UInt32(HS_FLAG_CASELESS | HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH)

    /// What is wrong with a pattern.
    struct Failure: Error {
        var pattern: String?
        var reason: String
    }

    /// Compiles at least one pattern; takes some milliseconds for each.
    init(_ patterns: [String]) throws(Failure) {
        database = try Self.compile(patterns, flags: Self.flags)
    }

    /// Takes the database that `serialized()` gave.
    /// - Throws: where it was made by another version or for another processor, or is broken.
    init(serialized: UnsafeRawBufferPointer) throws(Failure) {
        var database: OpaquePointer?
        let result = hs_deserialize_database(
            serialized.bindMemory(to: CChar.self).baseAddress, serialized.count, &database)
        guard result == HS_SUCCESS, let database else {
            throw Failure(pattern: nil, reason: "hs_deserialize_database: error \(result)")
        }
        self.database = database
    }

    deinit { hs_free_database(database) }

    private static func compile(_ patterns: [String], flags: UInt32) throws(Failure) -> OpaquePointer {
        let expressions = patterns.map { Array($0.utf8CString) }
        let flags = patterns.map { flags | utf8Flag($0) }
        let numbers = patterns.indices.map { UInt32($0) }
        var database: OpaquePointer?
        var failure: UnsafeMutablePointer<hs_compile_error_t>?
        let result = withPointers(expressions) {
            hs_compile_multi(
                $0, flags, numbers, UInt32(patterns.count), UInt32(HS_MODE_BLOCK), nil, &database, &failure)
        }
        defer { hs_free_compile_error(failure) }
        guard result == HS_SUCCESS, let database else {
            let number = failure.map { Int($0.pointee.expression) } ?? -1
            throw Failure(
                pattern: patterns.indices.contains(number) ? patterns[number] : nil,
                reason: failure.map { String(cString: $0.pointee.message) } ?? "hs_compile_multi: error \(result)")
        }
        return database
    }

    private static func utf8Flag(_ pattern: String) -> UInt32 {
        pattern.utf8.contains { $0 >= 0x80 } ? UInt32(HS_FLAG_UTF8) : 0
    }

    private static func withPointers<Result>(
        _ strings: [[CChar]], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        var offsets: [Int] = []
        var joined: [CChar] = []
        for string in strings {
            offsets.append(joined.count)
            joined += string
        }
        return joined.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    /// What vectorscan says against a pattern; nil where it takes it.
    static func defect(of pattern: String) -> String? {
        var info: UnsafeMutablePointer<hs_expr_info_t>?
        var failure: UnsafeMutablePointer<hs_compile_error_t>?
        let result = hs_expression_info(pattern, flags | utf8Flag(pattern), &info, &failure)
        defer {
            free(info)
            hs_free_compile_error(failure)
        }
        guard result == HS_SUCCESS, let info else {
            return failure.map { String(cString: $0.pointee.message) } ?? "hs_expression_info: error \(result)"
        }
        return info.pointee.min_width == 0 ? "it matches an empty text" : nil
    }

    /// The version of vectorscan and the kind of processor that a serialized database is good for.
    static var platform: String {
        var info = hs_platform_info()
        hs_populate_platform(&info)
        return "\(String(cString: hs_version())) tune \(info.tune) features \(info.cpu_features)"
    }

    func serialized() -> [UInt8] {
        var bytes: UnsafeMutablePointer<CChar>?
        var count = 0
        guard hs_serialize_database(database, &bytes, &count) == HS_SUCCESS, let bytes else { return [] }
        defer { free(bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    // MARK: - Scanning

    /// Makes a scratch, or the one that is there, large enough for this database too.
    func prepare(_ scratch: inout OpaquePointer?) { hs_alloc_scratch(database, &scratch) }

    static func release(scratch: OpaquePointer?) { hs_free_scratch(scratch) }

    /// Marks in `hits`, by its number, each pattern that the text holds.
    func scan(_ text: UnsafeBufferPointer<UInt8>, _ scratch: OpaquePointer?, into hits: BitSet) {
        guard text.count > 0 else { return }
        _ = text.withMemoryRebound(to: CChar.self) {
            hs_scan(
                database, $0.baseAddress, UInt32($0.count), 0, scratch,
                { number, _, _, _, context in
                    if let context { Unmanaged<BitSet>.fromOpaque(context).takeUnretainedValue().insert(Int(number)) }
                    return 0
                }, Unmanaged.passUnretained(hits).toOpaque())
        }
    }

    /// Where one pattern first matches in a text, leftmost start. For explanations; compiles the pattern anew.
    static func firstRange(of pattern: String, in text: [UInt8]) -> Range<Int>? {
        let flags = UInt32(HS_FLAG_CASELESS | HS_FLAG_DOTALL | HS_FLAG_SOM_LEFTMOST)
        guard let database = try? compile([pattern], flags: flags) else { return nil }
        var scratch: OpaquePointer?
        defer {
            hs_free_scratch(scratch)
            hs_free_database(database)
        }
        guard hs_alloc_scratch(database, &scratch) == HS_SUCCESS else { return nil }
        var found = MatchRange(start: Int.max, end: 0)
        withUnsafeMutablePointer(to: &found) { found in
            text.withUnsafeBytes {
                _ = hs_scan(
                    database, $0.bindMemory(to: CChar.self).baseAddress, UInt32($0.count), 0, scratch,
                    { _, from, to, _, context in
                        context?.assumingMemoryBound(to: MatchRange.self).pointee.take(Int(from), Int(to))
                        return 0
                    }, found)
            }
        }
        return found.start <= found.end ? found.start..<found.end : nil
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

/// A set of small numbers whose memory is given once and used again; not Sendable.
final class BitSet {
    private let words: UnsafeMutableBufferPointer<UInt64>

    /// For numbers below `limit`; others are not taken.
    init(limit: Int) {
        words = .allocate(capacity: limit / 64 + 1)
        words.initialize(repeating: 0)
    }

    deinit { words.deallocate() }

    func insert(_ number: Int) {
        if number >> 6 < words.count { words[number >> 6] |= 1 << UInt64(number & 63) }
    }

    func contains(_ number: Int) -> Bool {
        number >> 6 < words.count && words[number >> 6] & (1 << UInt64(number & 63)) != 0
    }

    func removeAll() { words.update(repeating: 0) }

    /// Calls `body` with each number, in ascending order, until it says true; gives that number.
    func first(where body: (Int) -> Bool) -> Int? {
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                let number = index << 6 + word.trailingZeroBitCount
                if body(number) { return number }
                word &= word - 1
            }
        }
        return nil
    }
}
