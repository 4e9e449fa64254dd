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

    mutating func write<Number: FixedWidthInteger>(_ numbers: [Number]) {
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

/// Reads what a `CacheWriter` wrote; of lengths and numbers nothing is believed.
struct CacheReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    /// Not what a `CacheWriter` wrote.
    struct Damage: Error {}

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func take(_ count: Int) throws(Damage) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - offset else { throw Damage() }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }

    /// Of all that was not read yet.
    var restHash: UInt64 { ContentHash.of(UnsafeRawBufferPointer(rebasing: bytes[offset...])) }

    mutating func readUInt64() throws(Damage) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    mutating func readUInt32() throws(Damage) -> UInt32 {
        UInt32(littleEndian: try take(4).loadUnaligned(as: UInt32.self))
    }

    mutating func readString() throws(Damage) -> String {
        String(decoding: try take(Int(try readUInt32())), as: UTF8.self)
    }

    mutating func readNumber(below limit: Int) throws(Damage) -> Int {
        let number = Int(try readUInt32())
        guard number < limit else { throw Damage() }
        return number
    }

    /// Any numbers.
    mutating func readNumbers<Number: FixedWidthInteger>() throws(Damage) -> [Number] {
        let (count, size) = (Int(try readUInt32()), MemoryLayout<Number>.size)
        let source = try take(count * size)
        return (0..<count).map {
            Number(littleEndian: source.loadUnaligned(fromByteOffset: $0 * size, as: Number.self))
        }
    }

    /// Numbers from 0 on.
    mutating func readNumbers<Number: FixedWidthInteger>(below limit: Int) throws(Damage) -> [Number] {
        let numbers: [Number] = try readNumbers()
        guard numbers.allSatisfy({ $0 >= 0 && $0 < limit }) else { throw Damage() }
        return numbers
    }

    mutating func readList<Element>(
        _ body: (inout CacheReader) throws(Damage) -> Element
    ) throws(Damage) -> [Element] {
        var list: [Element] = []
        for _ in 0..<(try readUInt32()) { list.append(try body(&self)) }
        return list
    }

    mutating func readOptional<Value>(
        _ body: (inout CacheReader) throws(Damage) -> Value
    ) throws(Damage) -> Value? {
        try readNumber(below: 2) == 1 ? try body(&self) : nil
    }

    /// A text that has a form.
    mutating func readParsed<Value>(_ parse: (String) -> Value?) throws(Damage) -> Value {
        guard let value = parse(try readString()) else { throw Damage() }
        return value
    }
}

extension Rule {
    func encode(_ writer: inout CacheWriter) {
        writer.write(id)
        writer.write(category.rawValue)
        writer.write(provider) { $0.write($1) }
        for list in [status.map(\.description), reply.map(\.description), command, domain, text, notText] {
            writer.write(list) { $0.write($1) }
        }
        writer.write(disposition?.rawValue) { $0.write($1) }
        writer.write(action?.rawValue) { $0.write($1) }
        writer.write(UInt32(retryAfter ? 1 : 0))
        writer.write(UInt32(expiresDays ?? 0))
        writer.write(place.file)
        writer.write(UInt32(place.line))
    }

    init(_ reader: inout CacheReader) throws(CacheReader.Damage) {
        let id = try reader.readString()
        let category = try reader.readParsed(Category.init(rawValue:))
        self.init(id: id, category: category, place: RulePlace(file: "", line: 0))
        provider = try reader.readOptional { (reader) throws(CacheReader.Damage) in try reader.readString() }
        status = try reader.readList { (reader) throws(CacheReader.Damage) in
            try reader.readParsed(StatusPattern.init)
        }
        reply = try reader.readList { (reader) throws(CacheReader.Damage) in
            try reader.readParsed(ReplyPattern.init)
        }
        command = try reader.readStrings()
        domain = try reader.readStrings()
        text = try reader.readStrings()
        notText = try reader.readStrings()
        disposition = try reader.readOptional { (reader) throws(CacheReader.Damage) in
            try reader.readParsed(Disposition.init(rawValue:))
        }
        action = try reader.readOptional { (reader) throws(CacheReader.Damage) in
            try reader.readParsed(Action.init(rawValue:))
        }
        retryAfter = try reader.readNumber(below: 2) == 1
        let days = try reader.readNumber(below: Self.limitExpiresDays + 1)
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

    init(_ reader: inout CacheReader) throws(CacheReader.Damage) {
        name = try reader.readString()
        hosts = try reader.readStrings()
        domains = try reader.readStrings()
    }
}

extension CacheReader {
    mutating func readStrings() throws(Damage) -> [String] {
        try readList { (reader) throws(Damage) in try reader.readString() }
    }
}
