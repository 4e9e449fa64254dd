// Rules as bytes, for the cache: reading the TOML of a thousand rules with their samples takes longer than a command may take to start.

import MailSyntax
import Vocabulary

/// Appends values in little-endian order; a text or a list goes behind its count.
struct CacheWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }

    mutating func write(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    mutating func write(_ numbers: [Int32]) {
        write(UInt32(numbers.count))
        numbers.withUnsafeBytes { bytes += $0 }
    }

    mutating func write<Element>(_ list: [Element], _ body: (inout CacheWriter, Element) -> Void) {
        write(UInt32(list.count))
        for element in list { body(&self, element) }
    }

    mutating func write<Value>(_ value: Value?, _ body: (inout CacheWriter, Value) -> Void) {
        write(value.map { [$0] } ?? [], body)
    }
}

/// Reads what a `CacheWriter` wrote; nothing is believed of lengths.
struct CacheReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    struct Truncated: Error {}

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func take(_ count: Int) throws(Truncated) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - offset else { throw Truncated() }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }

    mutating func readUInt64() throws(Truncated) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    mutating func readUInt32() throws(Truncated) -> UInt32 {
        UInt32(littleEndian: try take(4).loadUnaligned(as: UInt32.self))
    }

    mutating func readString() throws(Truncated) -> String {
        String(decoding: try take(Int(try readUInt32())), as: UTF8.self)
    }

    mutating func readNumbers() throws(Truncated) -> [Int32] {
        let count = Int(try readUInt32())
        let source = try take(count * 4)
        return (0..<count).map { Int32(littleEndian: source.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
    }

    mutating func readList<Element>(
        _ body: (inout CacheReader) throws(Truncated) -> Element
    ) throws(Truncated) -> [Element] {
        var list: [Element] = []
        for _ in 0..<(try readUInt32()) { list.append(try body(&self)) }
        return list
    }

    mutating func readOptional<Value>(
        _ body: (inout CacheReader) throws(Truncated) -> Value
    ) throws(Truncated) -> Value? { try readList(body).first }

    mutating func readWord<Word: RawRepresentable>(_: Word.Type) throws(Truncated) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: try readString()) else { throw Truncated() }
        return word
    }
}

extension Rule {
    func encode(_ writer: inout CacheWriter) {
        writer.write(id)
        writer.write(category.rawValue)
        writer.write(provider) { $0.write($1) }
        writer.write(status) { writer, pattern in
            writer.write(UInt32(pattern.statusClass ?? 0))
            writer.write(UInt32(pattern.subject ?? UInt16.max))
            writer.write(UInt32(pattern.detail ?? UInt16.max))
        }
        writer.write(reply) { writer, pattern in
            writer.write(UInt32(pattern.codes.lowerBound))
            writer.write(UInt32(pattern.codes.upperBound))
        }
        for list in [command, domain, text, notText] { writer.write(list) { $0.write($1) } }
        writer.write(disposition?.rawValue) { $0.write($1) }
        writer.write(action?.rawValue) { $0.write($1) }
        writer.write(UInt32(retryAfter ? 1 : 0))
        writer.write(UInt32(expiresDays ?? 0))
        writer.write(place.file)
        writer.write(UInt32(place.line))
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Truncated) {
        let id = try reader.readString()
        let category = try reader.readWord(Category.self)
        self.init(id: id, category: category, place: RulePlace(file: "", line: 0))
        provider = try reader.readOptional { (reader) throws(CacheReader.Truncated) in try reader.readString() }
        status = try reader.readList { (reader) throws(CacheReader.Truncated) in
            let statusClass = UInt8(truncatingIfNeeded: try reader.readUInt32())
            let subject = UInt16(truncatingIfNeeded: try reader.readUInt32())
            let detail = UInt16(truncatingIfNeeded: try reader.readUInt32())
            return StatusPattern(
                statusClass: statusClass == 0 ? nil : statusClass, subject: subject == UInt16.max ? nil : subject,
                detail: detail == UInt16.max ? nil : detail)
        }
        reply = try reader.readList { (reader) throws(CacheReader.Truncated) in
            let lower = UInt16(truncatingIfNeeded: try reader.readUInt32())
            let upper = UInt16(truncatingIfNeeded: try reader.readUInt32())
            guard lower >= 200, lower <= upper, upper <= 599 else { throw CacheReader.Truncated() }
            return ReplyPattern(codes: lower...upper)
        }
        command = try reader.readStrings()
        domain = try reader.readStrings()
        text = try reader.readStrings()
        notText = try reader.readStrings()
        disposition = try reader.readOptional { (reader) throws(CacheReader.Truncated) in
            try reader.readWord(Disposition.self)
        }
        action = try reader.readOptional { (reader) throws(CacheReader.Truncated) in try reader.readWord(Action.self) }
        retryAfter = try reader.readUInt32() == 1
        let days = Int(try reader.readUInt32())
        expiresDays = days == 0 ? nil : days
        place = RulePlace(file: try reader.readString(), line: Int(try reader.readUInt32()))
    }
}

extension Provider {
    func encode(_ writer: inout CacheWriter) {
        writer.write(name)
        writer.write(hosts) { $0.write($1) }
        writer.write(domains) { $0.write($1) }
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Truncated) {
        name = try reader.readString()
        hosts = try reader.readStrings()
        domains = try reader.readStrings()
    }
}

extension CacheReader {
    mutating func readStrings() throws(Truncated) -> [String] {
        try readList { (reader) throws(Truncated) in try reader.readString() }
    }
}
