// Which fixed words a text must hold for a pattern to match: what lets most patterns be passed over without being tried.

/// A pattern's required words, as a conjunction of clauses: from each clause the text holds at least one word.
///
/// `\b(user|mailbox)\b.{0,30}\bunknown\b` requires one of `user`, `mailbox`, and `unknown`. What this reader of patterns does not know
/// requires nothing, so that it can only be too careful.
struct RequiredLiterals {
    /// Words with ASCII letters in lower case.
    let clauses: [[String]]

    /// The most words of a clause, and the most combinations that neighbouring alternatives are multiplied out to.
    private static let limitWords = 32
    /// A shorter word is in nearly every text.
    static let shortestBytes = 3
    private static let limitDepth = 32

    init(_ pattern: String) {
        var parser = Parser(scalars: Array(pattern.unicodeScalars))
        clauses = parser.parse().map { $0.requirement().flatMap(Self.cut) } ?? []
    }

    /// Words are cut to this: the beginning and the end of a longer one tell nearly as much, and many words have them in common, so
    /// that fewer are to be looked for.
    private static let longestBytes = 6

    /// A clause with its words cut: their beginnings, and where one is longer, their ends too.
    private static func cut(_ clause: [String]) -> [[String]] {
        let beginnings = clause.map { cut($0, fromEnd: false) }
        guard clause.contains(where: { $0.utf8.count > longestBytes }) else { return [clause] }
        return [beginnings, clause.map { cut($0, fromEnd: true) }].map { Array(Set($0)).sorted() }
    }

    private static func cut(_ word: String, fromEnd: Bool) -> String {
        var scalars = word.unicodeScalars[...]
        while scalars.reduce(0, { $0 + UTF8.width($1) }) > longestBytes, scalars.count > 1 {
            if fromEnd { scalars.removeFirst() } else { scalars.removeLast() }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// What is known of a part of a pattern.
    private struct Part {
        /// All that the whole part can match, where that is few; nil where it is not known.
        var exact: [String]?
        /// What it requires otherwise.
        var clauses: [[String]] = []

        static let empty = Part(exact: [""])
        static let anything = Part(exact: nil)

        /// Its requirement once nothing that is next to it can make it longer.
        func requirement() -> [[String]] {
            guard let exact else { return clauses }
            return exact.allSatisfy { $0.utf8.count >= RequiredLiterals.shortestBytes } ? [exact] : []
        }

        /// This and the next part, where all that they match together is few.
        func joined(with next: Part) -> Part? {
            guard let exact, let following = next.exact, exact.count * following.count <= RequiredLiterals.limitWords
            else { return nil }
            return Part(exact: Array(Set(exact.flatMap { head in following.map { head + $0 } })).sorted())
        }

        func or(_ other: Part) -> Part {
            if let exact, let alternative = other.exact,
                exact.count + alternative.count <= RequiredLiterals.limitWords
            {
                return Part(exact: Array(Set(exact + alternative)).sorted())
            }
            guard let mine = Self.best(requirement()), let others = Self.best(other.requirement()),
                mine.count + others.count <= RequiredLiterals.limitWords
            else { return .anything }
            return Part(exact: nil, clauses: [Array(Set(mine + others)).sorted()])
        }

        /// The clause that the fewest texts will satisfy.
        static func best(_ clauses: [[String]]) -> [String]? {
            clauses.min { RequiredLiterals.frequency($0) < RequiredLiterals.frequency($1) }
        }
    }

    /// How often a clause will be satisfied, as far as the length of its words tells: each letter makes a word rarer.
    static func frequency(_ clause: [String]) -> Double {
        clause.reduce(0) { sum, word in
            var rarity = 1.0
            for _ in word.utf8.prefix(16) { rarity /= 1.6 }
            return sum + rarity
        }
    }

    /// Reads the part of PCRE's grammar that rules use.
    private struct Parser {
        let scalars: [Unicode.Scalar]
        var index = 0
        var depth = 0

        private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

        /// The whole pattern; nil where it holds something unknown.
        mutating func parse() -> Part? {
            guard let part = parseAlternatives(), index == scalars.count else { return nil }
            return part
        }

        private mutating func parseAlternatives() -> Part? {
            depth += 1
            defer { depth -= 1 }
            guard depth <= RequiredLiterals.limitDepth, var result = parseSequence() else { return nil }
            while next == "|" {
                index += 1
                guard let alternative = parseSequence() else { return nil }
                result = result.or(alternative)
            }
            return result
        }

        private mutating func parseSequence() -> Part? {
            var run = Part.empty
            var clauses: [[String]] = []
            var isWhole = true
            while let scalar = next, scalar != "|", scalar != ")" {
                guard let atom = parseAtom(scalar), let part = parseQuantifier(atom) else { return nil }
                if let joined = run.joined(with: part) {
                    run = joined
                } else {
                    isWhole = false
                    clauses += run.requirement()
                    run = part.exact == nil ? .empty : part
                    clauses += part.clauses
                }
            }
            return isWhole ? run : Part(exact: nil, clauses: clauses + run.requirement())
        }

        private mutating func parseAtom(_ scalar: Unicode.Scalar) -> Part? {
            index += 1
            switch scalar {
            case "(": return parseGroup()
            case "[": return parseClass()
            case ".": return .anything
            case "^", "$": return .empty
            case "\\": return parseEscape()
            case "*", "+", "?", "{": return nil
            default: return Part(exact: [Self.folded(scalar)])
            }
        }

        private mutating func parseGroup() -> Part? {
            if next == "?" {
                guard index + 1 < scalars.count, scalars[index + 1] == ":" else { return nil }
                index += 2
            }
            guard let part = parseAlternatives(), next == ")" else { return nil }
            index += 1
            return part
        }

        /// A class of a few characters is that many alternatives; any other is anything.
        private mutating func parseClass() -> Part? {
            var members: [String] = []
            var isListed = true
            if next == "^" {
                isListed = false
                index += 1
            }
            var isFirst = true
            while let scalar = next, scalar != "]" || isFirst {
                isFirst = false
                index += 1
                if scalar == "[" { return nil }
                if scalar == "\\" {
                    guard let escaped = next else { return nil }
                    if Self.isAlphanumeric(escaped) { isListed = false }
                    members.append(Self.folded(escaped))
                    index += 1
                } else if scalar == "-", !members.isEmpty, next != "]" {
                    isListed = false
                } else {
                    members.append(Self.folded(scalar))
                }
            }
            guard next == "]" else { return nil }
            index += 1
            return isListed && members.count <= 4 ? Part(exact: Array(Set(members)).sorted()) : .anything
        }

        private mutating func parseEscape() -> Part? {
            guard let scalar = next else { return nil }
            index += 1
            switch scalar {
            case "b", "B", "A", "z", "Z": return .empty
            case "d", "D", "w", "W", "s", "S": return .anything
            default: return Self.isAlphanumeric(scalar) ? nil : Part(exact: [String(scalar)])
            }
        }

        private mutating func parseQuantifier(_ atom: Part) -> Part? {
            var part = atom
            while let scalar = next {
                switch scalar {
                case "?": part = part.or(.empty)
                case "*": part = .anything
                case "+": part = Part(exact: nil, clauses: part.requirement())
                case "{":
                    guard let least = parseLeast() else { return nil }
                    part = least == 0 ? .anything : Part(exact: nil, clauses: part.requirement())
                    continue
                default: return part
                }
                index += 1
            }
            return part
        }

        /// `{n}`, `{n,}`, `{n,m}`: the least number; moves behind the brace.
        private mutating func parseLeast() -> Int? {
            guard let close = scalars[index...].firstIndex(of: "}") else { return nil }
            let text = String(String.UnicodeScalarView(scalars[(index + 1)..<close]))
            index = close + 1
            return Int(text.split(separator: ",", omittingEmptySubsequences: false)[0])
        }

        private static func folded(_ scalar: Unicode.Scalar) -> String {
            scalar.isASCII ? String(scalar).lowercased() : String(scalar)
        }

        private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        }
    }
}
