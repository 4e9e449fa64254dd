// A text pattern of a rule as a tree: the part of PCRE's grammar that can be matched in linear time.

import MailSyntax

/// Literals, `.`, classes (`[a-f]`, `[^>]`, `\d \w \s` and their opposites), groups, alternatives, `? * + {n,m}`, `\b \B ^ $`. No
/// look-around, no back-references. Letters match in both their cases, those beyond ASCII too; `.` and a negated class match one
/// character.
struct Pattern {
    let root: Node

    indirect enum Node {
        case set(ByteSet)
        /// A character beyond ASCII, in both its cases.
        case scalar(Unicode.Scalar)
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, least: Int, most: Int?)
        /// `\b`; false: `\B`.
        case wordBorder(Bool)
        case start
        case end
    }

    /// What is wrong with a pattern.
    struct Defect: Error {
        var reason: String
    }

    /// Nested groups; repeats of repeats.
    private static let limitDepth = 32
    /// `{n,m}`.
    private static let limitRepeats = 1_000

    init(_ text: String) throws(Defect) {
        var parser = Parser(scalars: Array(text.unicodeScalars))
        root = try parser.parseWhole()
    }

    private struct Parser {
        let scalars: [Unicode.Scalar]
        var index = 0
        var depth = 0

        private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

        mutating func parseWhole() throws(Defect) -> Node {
            // In TOML's double quotes \b is one.
            guard !scalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
                throw Defect(reason: "a control character, which no text has; in single quotes a backslash is itself")
            }
            let node = try parseAlternatives()
            guard index == scalars.count else { throw Defect(reason: "a ) without its (") }
            return node
        }

        private mutating func parseAlternatives() throws(Defect) -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Pattern.limitDepth else { throw Defect(reason: "groups nested too deep") }
            var alternatives = [try parseSequence()]
            while next == "|" {
                index += 1
                alternatives.append(try parseSequence())
            }
            return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
        }

        private mutating func parseSequence() throws(Defect) -> Node {
            var nodes: [Node] = []
            while let scalar = next, scalar != "|", scalar != ")" {
                index += 1
                nodes.append(try parseQuantifiers(of: try parseAtom(scalar)))
            }
            return nodes.count == 1 ? nodes[0] : .sequence(nodes)
        }

        private mutating func parseAtom(_ scalar: Unicode.Scalar) throws(Defect) -> Node {
            switch scalar {
            case "(": return try parseGroup()
            case "[": return try parseClass()
            case ".": return .set(.all)
            case "^": return .start
            case "$": return .end
            case "\\": return try parseEscape()
            case "*", "+", "?", "{": throw Defect(reason: "\(scalar) with nothing before it")
            default: return Self.literal(scalar)
            }
        }

        private mutating func parseGroup() throws(Defect) -> Node {
            if next == "?" {
                guard index + 1 < scalars.count, scalars[index + 1] == ":" else {
                    throw Defect(reason: "of groups (…) and (?:…) are known; no look-around, no names, no flags")
                }
                index += 2
            }
            let node = try parseAlternatives()
            guard next == ")" else { throw Defect(reason: "a ( without its )") }
            index += 1
            return node
        }

        private mutating func parseEscape() throws(Defect) -> Node {
            guard let scalar = next else { throw Defect(reason: "a \\ at the end") }
            index += 1
            switch scalar {
            case "b": return .wordBorder(true)
            case "B": return .wordBorder(false)
            default:
                if let set = Self.escapedClass(scalar) { return .set(set) }
                guard !Self.isAlphanumeric(scalar) else {
                    throw Defect(reason: "\\\(scalar) is not known; known are \\b \\B \\d \\D \\w \\W \\s \\S")
                }
                return Self.literal(scalar)
            }
        }

        private static func escapedClass(_ scalar: Unicode.Scalar) -> ByteSet? {
            switch scalar {
            case "d": .digits
            case "D": ByteSet.digits.inverted
            case "w": .wordBytes
            case "W": ByteSet.wordBytes.inverted
            case "s": .spaces
            case "S": ByteSet.spaces.inverted
            default: nil
            }
        }

        /// `[…]`: one set of ASCII, and where it names other characters, these as alternatives.
        private mutating func parseClass() throws(Defect) -> Node {
            var set = ByteSet()
            var others: [Node] = []
            let isNegated = next == "^"
            if isNegated { index += 1 }
            var isFirst = true
            while let scalar = next, scalar != "]" || isFirst {
                isFirst = false
                index += 1
                if scalar == "[", next == ":" { throw Defect(reason: "[:…:] is not known") }
                guard let member = try parseMember(scalar, &set) else { continue }
                if next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" {
                    index += 1
                    guard let last = next else { break }
                    index += 1
                    guard member.isASCII, last.isASCII, member.value <= last.value else {
                        throw Defect(reason: "\(member)-\(last) is no range of ASCII")
                    }
                    for value in member.value...last.value { set.insertFolded(UInt8(value)) }
                } else if member.isASCII {
                    set.insertFolded(UInt8(member.value))
                } else {
                    others.append(Self.literal(member))
                }
            }
            guard next == "]" else { throw Defect(reason: "a [ without its ]") }
            index += 1
            if isNegated {
                guard others.isEmpty else { throw Defect(reason: "[^…] with characters beyond ASCII") }
                return .set(set.inverted)
            }
            guard !others.isEmpty else { return .set(set) }
            return .alternatives(set.isEmpty ? others : [.set(set)] + others)
        }

        /// One character of a class; nil where it was an escape like `\d`, whose bytes are then in the set.
        private mutating func parseMember(
            _ scalar: Unicode.Scalar, _ set: inout ByteSet
        ) throws(Defect) -> Unicode.Scalar? {
            guard scalar == "\\" else { return scalar }
            guard let escaped = next else { throw Defect(reason: "a \\ at the end") }
            index += 1
            if let bytes = Self.escapedClass(escaped) {
                set.formUnion(bytes)
                return nil
            }
            guard !Self.isAlphanumeric(escaped) else { throw Defect(reason: "\\\(escaped) is not known in […]") }
            return escaped
        }

        private mutating func parseQuantifiers(of atom: Node) throws(Defect) -> Node {
            var node = atom
            var count = 0
            while let scalar = next {
                guard count < Pattern.limitDepth else { throw Defect(reason: "too many ? * + {n,m} in a row") }
                switch scalar {
                case "?": node = .repeated(node, least: 0, most: 1)
                case "*": node = .repeated(node, least: 0, most: nil)
                case "+": node = .repeated(node, least: 1, most: nil)
                case "{":
                    let (least, most) = try parseCount()
                    node = .repeated(node, least: least, most: most)
                default: return node
                }
                index += 1
                count += 1
            }
            return node
        }

        /// `{n}`, `{n,}`, `{n,m}`; stops at the closing brace.
        private mutating func parseCount() throws(Defect) -> (least: Int, most: Int?) {
            let defect = Defect(reason: "a count is {n}, {n,} or {n,m} with at most \(Pattern.limitRepeats)")
            guard let close = scalars[index...].firstIndex(of: "}") else { throw defect }
            let text = String(String.UnicodeScalarView(scalars[(index + 1)..<close]))
            index = close
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard let least = parts.first.flatMap({ Int($0) }), (0...Pattern.limitRepeats).contains(least) else {
                throw defect
            }
            if parts.count == 1 { return (least, least) }
            guard parts.count == 2 else { throw defect }
            if parts[1].isEmpty { return (least, nil) }
            guard let most = Int(parts[1]), most >= max(least, 1), most <= Pattern.limitRepeats else { throw defect }
            return (least, most)
        }

        private static func literal(_ scalar: Unicode.Scalar) -> Node {
            if scalar.isASCII {
                var set = ByteSet()
                set.insertFolded(UInt8(scalar.value))
                return .set(set)
            }
            return .scalar(scalar)
        }

        private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isASCII && UInt8(scalar.value).isASCIIAlphanumeric
        }
    }
}

/// A set of byte values.
struct ByteSet: Hashable {
    private var low: UInt128 = 0
    private var high: UInt128 = 0

    init() {}

    init(_ bytes: [UInt8]) { for byte in bytes { insert(byte) } }

    static let all = ByteSet().inverted
    static let digits = ByteSet(Array(UInt8(ascii: "0")...UInt8(ascii: "9")))
    static let wordBytes = ByteSet((0...255).filter { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") })
    static let spaces = ByteSet([0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D])

    var isEmpty: Bool { low == 0 && high == 0 }
    var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }
    /// Takes all that is beyond ASCII.
    var isOpen: Bool { contains(0x80) && contains(0xBF) }
    /// The byte that alone is in it, a letter in lower case though it is there in both.
    var onlyByte: UInt8? {
        guard count <= 2, let byte = members.last?.asciiLowercased else { return nil }
        var folded = ByteSet()
        folded.insertFolded(byte)
        return self == folded ? byte : nil
    }
    /// A bit for each byte: byte n is bit n % 64 of word n / 64.
    var words: [UInt64] {
        [low, low >> 64, high, high >> 64].map { UInt64(truncatingIfNeeded: $0) }
    }
    var members: [UInt8] {
        var members: [UInt8] = []
        for (number, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                members.append(UInt8(number << 6 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return members
    }

    func contains(_ byte: UInt8) -> Bool {
        (byte < 128 ? low >> UInt128(byte) : high >> UInt128(byte - 128)) & 1 == 1
    }

    mutating func insert(_ byte: UInt8) {
        if byte < 128 { low |= 1 << UInt128(byte) } else { high |= 1 << UInt128(byte - 128) }
    }

    /// A letter in both its cases.
    mutating func insertFolded(_ byte: UInt8) {
        insert(byte)
        let letter = byte | 0x20
        if letter >= UInt8(ascii: "a"), letter <= UInt8(ascii: "z") {
            insert(letter)
            insert(letter & ~0x20)
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        low |= other.low
        high |= other.high
    }

    var inverted: ByteSet {
        var set = ByteSet()
        set.low = ~low
        set.high = ~high
        return set
    }
}
