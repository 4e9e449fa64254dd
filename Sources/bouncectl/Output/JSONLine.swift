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
        bytes.append(jsonName: name, isFirst: isEmpty, string: value)
        isEmpty = false
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
        addName(name)
        bytes.append(UInt8(ascii: "["))
        bytes += elements.joined(separator: CollectionOfOne(UInt8(ascii: ",")))
        bytes.append(UInt8(ascii: "]"))
    }

    /// The records stay as they are: `inout` has them read where they lie. A copy would count each of their some twenty strings again.
    mutating func add(_ name: StaticString, _ records: inout [Record]) {
        addName(name)
        bytes.append(UInt8(ascii: "["))
        for index in records.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            add(&records[index])
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func add(_ record: inout Record) { record.encodeUnsealed(to: &bytes) }

    /// The whole object.
    var closed: [UInt8] { bytes + CollectionOfOne(UInt8(ascii: "}")) }

    private mutating func addName(_ name: StaticString) {
        bytes.append(jsonName: name, isFirst: isEmpty)
        isEmpty = false
    }

    /// A string with its quotes.
    static func string(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(jsonString: text)
        return bytes
    }
}
