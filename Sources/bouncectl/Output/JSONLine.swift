// One JSON object on one line, member by member.

import Journal

/// Builds `{"name":value,…}`.
struct JSONLine {
    private var bytes: [UInt8] = []
    private var isEmpty = true

    init() {
        bytes.reserveCapacity(512)
        bytes.append(UInt8(ascii: "{"))
    }

    /// Appends an object to `bytes`, in place.
    static func append(to bytes: inout [UInt8], _ fill: (inout JSONLine) -> Void) {
        var line = JSONLine(behind: &bytes)
        fill(&line)
        swap(&bytes, &line.bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    private init(behind bytes: inout [UInt8]) {
        swap(&bytes, &self.bytes)
        self.bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        addName(name)
        Self.append(value, to: &bytes)
    }

    mutating func add(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        addName(name)
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(decimal: UInt64(value.magnitude))
    }

    /// A number that is written out already.
    mutating func add(_ name: StaticString, number: String) {
        addName(name)
        bytes += number.utf8
    }

    /// Members that are JSON already.
    mutating func add(_ name: StaticString, _ elements: [[UInt8]]) {
        add(name, elements) { $1 += $0 }
    }

    /// Members that `write` appends as JSON.
    mutating func add<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (Element, _ bytes: inout [UInt8]) -> Void
    ) {
        addName(name)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(element, &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The whole object.
    var closed: [UInt8] { bytes + CollectionOfOne(UInt8(ascii: "}")) }

    private mutating func addName(_ name: StaticString) {
        bytes.append(isEmpty ? "\"" : ",\"")
        isEmpty = false
        bytes.append(name)
        bytes.append("\":")
    }

    /// A string with its quotes.
    static func string(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return bytes
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { text in
            bytes.append(UInt8(ascii: "\""))
            if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: text)
            } else {
                for byte in text { append(escaping: byte, to: &bytes) }
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }

    private static func append(escaping byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes += [UInt8]("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: bytes.append(byte)
        }
    }
}
