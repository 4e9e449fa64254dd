// The words of all patterns compiled by vectorscan: one pass over a text, in time linear in it whatever it says.

internal import CVectorscan
internal import Glibc

/// Compiled words. Case is ignored; a word may stand anywhere. One with a character outside of ASCII is compiled for UTF-8, so what is
/// scanned is always UTF-8 (`Diagnostic.normalize`).
///
/// Sendable: a compiled database is only read, which vectorscan allows from any number of threads, each with its own scratch.
final class WordDatabase: @unchecked Sendable {
    private let database: OpaquePointer

    struct Failure: Error {
        var reason: String
    }

    /// Compiles at least one word.
    init(words: [String]) throws(Failure) {
        let expressions = words.map { Array(Self.escaped($0).utf8CString) }
        let flags = words.map { word in
            UInt32(HS_FLAG_CASELESS | (word.utf8.contains { $0 >= 0x80 } ? HS_FLAG_UTF8 : 0))
        }
        let numbers = words.indices.map { UInt32($0) }
        var database: OpaquePointer?
        var failure: UnsafeMutablePointer<hs_compile_error_t>?
        let result = Self.withPointers(expressions) {
            hs_compile_multi($0, flags, numbers, UInt32(words.count), UInt32(HS_MODE_BLOCK), nil, &database, &failure)
        }
        defer { hs_free_compile_error(failure) }
        guard result == HS_SUCCESS, let database else {
            throw Failure(
                reason: failure.map { String(cString: $0.pointee.message) } ?? "hs_compile_multi: error \(result)")
        }
        self.database = database
    }

    /// Takes the database that `serialized()` gave.
    /// - Throws: where it was made by another version or for another processor, or is broken.
    init(serialized: UnsafeRawBufferPointer) throws(Failure) {
        var database: OpaquePointer?
        let result = hs_deserialize_database(
            serialized.bindMemory(to: CChar.self).baseAddress, serialized.count, &database)
        guard result == HS_SUCCESS, let database else {
            throw Failure(reason: "hs_deserialize_database: error \(result)")
        }
        self.database = database
    }

    deinit { hs_free_database(database) }

    /// A word as a pattern that matches just it.
    private static func escaped(_ word: String) -> String {
        var pattern = ""
        for scalar in word.unicodeScalars {
            if scalar.isASCII, !UInt8(ascii: scalar).isASCIIAlphanumeric, scalar != " " {
                pattern.unicodeScalars.append("\\")
            }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
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

    /// What a scan needs; for one thread at a time. `release(scratch:)` frees it.
    func makeScratch() -> OpaquePointer? {
        var scratch: OpaquePointer?
        return hs_alloc_scratch(database, &scratch) == HS_SUCCESS ? scratch : nil
    }

    static func release(scratch: OpaquePointer?) { hs_free_scratch(scratch) }

    /// Gives `marking` the number of each word that the text holds, as often as it stands there.
    func scan(_ text: UnsafeBufferPointer<UInt8>, _ scratch: OpaquePointer?, _ marking: inout WordFilter.Marking) {
        guard text.count > 0 else { return }
        _ = text.withMemoryRebound(to: CChar.self) {
            hs_scan(
                database, $0.baseAddress, UInt32($0.count), 0, scratch,
                { number, _, _, _, context in
                    context?.assumingMemoryBound(to: WordFilter.Marking.self).pointee.take(Int(number))
                    return 0
                }, &marking)
        }
    }
}
