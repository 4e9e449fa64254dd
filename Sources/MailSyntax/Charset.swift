// Text in any charset that mail is found in, to UTF-8, by glibc's iconv. Only the charsets of a fixed table are asked
// for, so that no name from a message reaches the C library.

internal import Glibc
import Synchronization

enum Charset {
    /// U+FFFD.
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// The text in UTF-8; what the charset does not know becomes U+FFFD. Without a charset, with an unknown one, or
    /// with US-ASCII, which is written over all kinds of text, the text is taken for UTF-8 where it is that, else for
    /// windows-1252. The same slice where nothing changes.
    static func utf8(_ text: Bytes, charset: Bytes?) -> Bytes {
        guard let charset, !charset.isEmpty else { return guessed(text) }
        guard let name = iconvName(of: charset) else { return guessed(text) }
        guard name.utf8CodeUnitCount > 0 else { return isUTF8(text) ? text : UTF8Repair.repaired(text) }
        // Japanese carriers write UTF-8 and EUC-JP under the name of the 7-bit ISO-2022-JP; a stray byte among escapes
        // is just that.
        if name.hasPrefix("ISO-2022"), !isPlainASCII(text), !text.contains(0x1B) {
            return isUTF8(text)
                ? text : converted(text, from: name.hasPrefix("ISO-2022-JP") ? "EUC-JP-MS" : name) ?? guessed(text)
        }
        return converted(text, from: name) ?? guessed(text)
    }

    private static func guessed(_ text: Bytes) -> Bytes {
        isUTF8(text) ? text : converted(text, from: "WINDOWS-1252") ?? UTF8Repair.repaired(text)
    }

    private static func isUTF8(_ text: Bytes) -> Bool { UTF8Repair.firstDefect(in: text.span) == nil }

    /// iconv's name for a charset; empty for UTF-8 (and what must be treated as it), nil for an unknown one.
    private static func iconvName(of charset: Bytes) -> StaticString? {
        for (name, iconvName) in names where charset.equals(name) { return iconvName }
        return nil
    }

    /// The charsets of mail, the commonest first. Where one is a subset of a larger one that is in fact written under
    /// its name (GB2312, Shift_JIS, EUC-KR, ISO-8859-1, TIS-620), the larger one is taken.
    private static let names: [(StaticString, StaticString)] = [
        ("utf-8", ""), ("utf8", ""), ("iso-8859-1", "WINDOWS-1252"), ("iso8859-1", "WINDOWS-1252"),
        ("iso_8859-1", "WINDOWS-1252"), ("latin1", "WINDOWS-1252"), ("windows-1252", "WINDOWS-1252"),
        ("cp1252", "WINDOWS-1252"), ("iso-2022-jp", "ISO-2022-JP-3"), ("iso-2022-jp-2", "ISO-2022-JP-2"),
        ("iso-2022-jp-3", "ISO-2022-JP-3"), ("csiso2022jp", "ISO-2022-JP-3"), ("iso-2022-jp-ms", "ISO-2022-JP-3"),
        ("cp50220", "ISO-2022-JP-3"), ("cp50221", "ISO-2022-JP-3"), ("shift_jis", "CP932"), ("shift-jis", "CP932"),
        ("sjis", "CP932"), ("x-sjis", "CP932"), ("ms_kanji", "CP932"), ("windows-31j", "CP932"), ("cp932", "CP932"),
        ("euc-jp", "EUC-JP-MS"), ("eucjp", "EUC-JP-MS"), ("x-euc-jp", "EUC-JP-MS"), ("gb2312", "GB18030"),
        ("gbk", "GB18030"), ("gb18030", "GB18030"), ("cp936", "GB18030"), ("x-gbk", "GB18030"), ("euc-cn", "GB18030"),
        ("iso-2022-cn", "ISO-2022-CN"), ("big5", "BIG5-HKSCS"), ("big5-hkscs", "BIG5-HKSCS"), ("cp950", "BIG5-HKSCS"),
        ("x-x-big5", "BIG5-HKSCS"), ("euc-tw", "EUC-TW"), ("euc-kr", "UHC"), ("ks_c_5601-1987", "UHC"),
        ("ksc5601", "UHC"), ("ksc_5601", "UHC"), ("cp949", "UHC"), ("uhc", "UHC"), ("x-windows-949", "UHC"),
        ("iso-2022-kr", "ISO-2022-KR"), ("koi8-r", "KOI8-R"), ("koi8-u", "KOI8-U"), ("koi8-ru", "KOI8-U"),
        ("windows-1250", "WINDOWS-1250"), ("cp1250", "WINDOWS-1250"), ("windows-1251", "WINDOWS-1251"),
        ("cp1251", "WINDOWS-1251"), ("windows-1253", "WINDOWS-1253"), ("cp1253", "WINDOWS-1253"),
        ("windows-1254", "WINDOWS-1254"), ("cp1254", "WINDOWS-1254"), ("windows-1255", "WINDOWS-1255"),
        ("cp1255", "WINDOWS-1255"), ("windows-1256", "WINDOWS-1256"), ("cp1256", "WINDOWS-1256"),
        ("windows-1257", "WINDOWS-1257"), ("cp1257", "WINDOWS-1257"), ("windows-1258", "WINDOWS-1258"),
        ("iso-8859-2", "ISO-8859-2"), ("latin2", "ISO-8859-2"), ("iso-8859-3", "ISO-8859-3"),
        ("iso-8859-4", "ISO-8859-4"), ("iso-8859-5", "ISO-8859-5"), ("iso-8859-6", "ISO-8859-6"),
        ("iso-8859-6-i", "ISO-8859-6"), ("iso-8859-7", "ISO-8859-7"), ("iso-8859-8", "ISO-8859-8"),
        ("iso-8859-8-i", "ISO-8859-8"), ("iso-8859-9", "WINDOWS-1254"), ("latin5", "WINDOWS-1254"),
        ("iso-8859-10", "ISO-8859-10"), ("iso-8859-11", "CP874"), ("windows-874", "CP874"), ("tis-620", "CP874"),
        ("iso-8859-13", "ISO-8859-13"), ("iso-8859-14", "ISO-8859-14"), ("iso-8859-15", "ISO-8859-15"),
        ("latin9", "ISO-8859-15"), ("iso-8859-16", "ISO-8859-16"), ("utf-7", "UTF-7"), ("unicode-1-1-utf-7", "UTF-7"),
        ("utf-16", "UTF-16"), ("utf-16le", "UTF-16LE"), ("utf-16be", "UTF-16BE"), ("ibm437", "IBM437"),
        ("cp437", "IBM437"), ("ibm850", "IBM850"), ("cp850", "IBM850"), ("ibm852", "IBM852"), ("cp852", "IBM852"),
        ("ibm866", "IBM866"), ("cp866", "IBM866"), ("macintosh", "MACINTOSH"), ("x-mac-roman", "MACINTOSH"),
        ("x-mac-cyrillic", "MAC-CYRILLIC"), ("viscii", "VISCII"), ("armscii-8", "ARMSCII-8"),
    ]

    /// nil where iconv does not have the charset (its modules may be missing in a chroot).
    private static func converted(_ text: Bytes, from name: StaticString) -> Bytes? {
        if isPlainASCII(text), !hasShift(text, of: name) { return text }
        guard let converter = Converter.take(name) else { return nil }
        defer { converter.give() }
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 2 + 16)
        text.withUnsafeBufferPointer { convert($0, by: converter.descriptor, to: &output) }
        return output[...]
    }

    /// One of iconv's. Those that are not in use are kept: to open one loads a library and to close it lets that go.
    ///
    /// Sendable: a converter is kept or with exactly one caller, never both.
    private struct Converter: @unchecked Sendable {
        let name: StaticString
        let descriptor: iconv_t

        private static let limitKept = 32
        private static let kept = Mutex<[Converter]>([])

        static func take(_ name: StaticString) -> Converter? {
            let known = kept.withLock { kept in
                kept.lastIndex { $0.name.utf8Start == name.utf8Start }.map { kept.remove(at: $0) }
            }
            if let known { return known }
            guard let descriptor = iconv_open("UTF-8", name.description), Int(bitPattern: descriptor) != -1 else {
                return nil
            }
            return Converter(name: name, descriptor: descriptor)
        }

        /// Gives it back in its initial state, where `convert` leaves it. UTF-16's does not look for a byte order mark again.
        func give() {
            let isKept =
                !name.hasPrefix("UTF-16")
                && Self.kept.withLock { kept in
                    guard kept.count < Self.limitKept else { return false }
                    kept.append(self)
                    return true
                }
            if !isKept { iconv_close(descriptor) }
        }
    }

    /// Whether bytes below 0x80 stand for something else than ASCII: after ESC or SO in the forms of ISO 2022, after +
    /// in UTF-7, anywhere in UTF-16.
    private static func hasShift(_ text: Bytes, of name: StaticString) -> Bool {
        if name.hasPrefix("ISO-2022") { return text.contains(0x1B) || text.contains(0x0E) }
        return name.hasPrefix("UTF-") && (!name.hasPrefix("UTF-7") || text.contains(UInt8(ascii: "+")))
    }

    /// Converts all of `input` in chunks. A byte that the charset does not know is replaced and stepped over, so that
    /// each call makes progress. At the end the converter gives what it held back: ISO-2022-JP-3 and Big5-HKSCS wait
    /// whether a character combines with the next.
    private static func convert(_ input: UnsafeBufferPointer<UInt8>, by descriptor: iconv_t, to output: inout [UInt8]) {
        guard let base = input.baseAddress else { return }
        var next: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(
            to: CChar.self)
        var left = input.count
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { chunk in
            while left > 0 {
                var end = chunk.baseAddress
                var room = chunk.count
                let failure = iconv(descriptor, &next, &left, &end, &room) == -1 ? errno : 0
                output.append(contentsOf: UnsafeRawBufferPointer(chunk).prefix(chunk.count - room))
                if failure == E2BIG, room < chunk.count { continue }
                guard failure != 0, left > 0, let current = next else { break }
                output += replacement
                if failure == EINVAL { break }
                next = current + 1
                left -= 1
            }
            var end = chunk.baseAddress
            var room = chunk.count
            iconv(descriptor, nil, nil, &end, &room)
            output.append(contentsOf: UnsafeRawBufferPointer(chunk).prefix(chunk.count - room))
        }
    }

    private static func isPlainASCII(_ text: Bytes) -> Bool { UTF8Repair.firstNonASCII(in: text.span) == nil }
}

extension StaticString {
    fileprivate func hasPrefix(_ prefix: StaticString) -> Bool {
        withUTF8Buffer { word in prefix.withUTF8Buffer { word.starts(with: $0) } }
    }
}
