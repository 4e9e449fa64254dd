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
        add(name, elements) { $1 += $0 }
    }

    /// Members that `write` appends as JSON.
    mutating func add<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (borrowing Element, _ bytes: inout [UInt8]) -> Void
    ) {
        addName(name)
        bytes.append(UInt8(ascii: "["))
        for index in elements.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(elements.span[index], &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

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
