// Which fixed words a text must hold for a pattern to match: what lets most patterns be passed over without being tried.

import MailSyntax

/// A pattern's required words, as a conjunction of clauses: from each clause the text holds at least one word.
///
/// `\b(user|mailbox)\b.{0,30}\bunknown\b` requires one of `user`, `mailbox`, and `unknown`.
struct RequiredLiterals {
    /// Words in lower case, which stand for their capitals too; as they are where these are no simple ones (see `formsInWords`).
    let clauses: [[String]]

    /// The most words of a clause.
    private static let limitWords = 256
    /// The most combinations that neighbouring alternatives are multiplied out to.
    private static let limitCombinations = 32
    /// A shorter word is in nearly every text.
    static let shortestBytes = 3

    init(_ pattern: Pattern) {
        clauses = Part(pattern.root).requirement().map { clause in
            Self.withoutLongerForms(clause).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// A text that holds `users` holds `user`, too.
    private static func withoutLongerForms(_ words: [Word]) -> [Word] {
        var shortest: [Word] = []
        for word in words.sorted(by: { $0.count < $1.count })
        where !shortest.contains(where: { word.span.firstRange(of: $0[...], from: 0) != nil }) {
            shortest.append(word)
        }
        return words.filter(Set(shortest).contains)
    }

    /// Words are told apart by their bytes: as `String` an accented letter is the same as the letter and its accent.
    private typealias Word = [UInt8]

    /// What is known of a part of a pattern.
    private struct Part {
        /// All that the whole part can match, where that is few; nil where it is not known.
        var exact: [Word]?
        /// What it requires otherwise.
        var clauses: [[Word]] = []
        /// All that it can begin with, where that is few.
        var starts: [Word]?

        init(exact: [Word]?, clauses: [[Word]] = [], starts: [Word]? = nil) {
            self.exact = exact
            self.clauses = clauses
            self.starts = exact ?? (starts?.contains([]) == true ? nil : starts)
        }

        init(_ node: Pattern.Node) {
            switch node {
            case .set(let set):
                let letters = set.count > 20 ? [] : Part.distinct(set.members.map { [$0.asciiLowercased] })
                let isFew = (1...10).contains(letters.count) && set.members.allSatisfy { $0 < 0x80 }
                self.init(exact: isFew ? letters : nil)
            case .scalar(let scalar):
                self.init(exact: Part.distinct(Array(scalar.formsInWords)))
            case .wordBorder, .start, .end: self = .empty
            case .sequence(let nodes): self.init(sequence: nodes.map(Part.init))
            case .alternatives(let nodes):
                let parts = nodes.map(Part.init)
                self = parts.dropFirst().reduce(parts.first ?? .empty) { $0.or($1) }
            case .repeated(let node, least: 0, most: 1): self = Part(node).or(.empty)
            case .repeated(_, least: 0, _): self = .anything
            case .repeated(let node, _, _):
                let part = Part(node)
                self.init(exact: nil, clauses: part.requirement(), starts: part.starts)
            }
        }

        private init(sequence parts: [Part]) {
            var run = Part.empty
            var clauses: [[Word]] = []
            var isWhole = true
            var starts: [Word]?
            for part in parts {
                if let joined = run.joined(with: part) {
                    run = joined
                    continue
                }
                // Behind "c=" a part that begins with "re" or "pol" makes "c=re" or "c=pol".
                let begun = run.joined(with: Part(exact: part.starts)) ?? run
                if isWhole { starts = begun.exact }
                isWhole = false
                clauses += begun.requirement() + part.clauses
                run = part.exact == nil ? .empty : part
            }
            self = isWhole ? run : Part(exact: nil, clauses: clauses + run.requirement(), starts: starts)
        }

        static let empty = Part(exact: [[]])
        static let anything = Part(exact: nil)

        /// Its requirement once nothing that is next to it can make it longer.
        func requirement() -> [[Word]] {
            guard let exact else { return clauses }
            return exact.allSatisfy { $0.count >= RequiredLiterals.shortestBytes } ? [exact] : []
        }

        /// This and the next part, where all that they match together is few.
        func joined(with next: Part) -> Part? {
            guard let exact, let following = next.exact,
                exact.count * following.count <= RequiredLiterals.limitCombinations
            else { return nil }
            return Part(exact: Self.distinct(exact.flatMap { head in following.map { head + $0 } }))
        }

        func or(_ other: Part) -> Part {
            if let exact, let alternative = other.exact,
                exact.count + alternative.count <= RequiredLiterals.limitWords
            {
                return Part(exact: Self.distinct(exact + alternative))
            }
            var starts: [Word]?
            if let mine = self.starts, let others = other.starts,
                mine.count + others.count <= RequiredLiterals.limitWords
            {
                starts = Self.distinct(mine + others)
            }
            guard let mine = Self.best(requirement()), let others = Self.best(other.requirement()),
                mine.count + others.count <= RequiredLiterals.limitWords
            else { return Part(exact: nil, starts: starts) }
            return Part(exact: nil, clauses: [Self.distinct(mine + others)], starts: starts)
        }

        /// Each once, in their order.
        private static func distinct(_ words: [Word]) -> [Word] {
            guard words.count > 1 else { return words }
            let sorted = words.sorted { $0.lexicographicallyPrecedes($1) }
            return sorted.indices.filter { $0 == 0 || sorted[$0] != sorted[$0 - 1] }.map { sorted[$0] }
        }

        /// The clause that the fewest texts will satisfy.
        static func best(_ clauses: [[Word]]) -> [Word]? {
            clauses.min { RequiredLiterals.frequency($0) < RequiredLiterals.frequency($1) }
        }
    }

    /// How often a clause will be satisfied: each letter makes a word rarer, but some are in nearly every reply.
    private static func frequency(_ clause: [Word]) -> Double {
        clause.reduce(0) { sum, word in
            if common.contains(word) { return sum + 1 }
            var rarity = 1.0
            for _ in word.prefix(16) { rarity /= 1.6 }
            return sum + rarity
        }
    }

    private static let common: Set<Word> = Set(
        [
            "account", "address", "been", "block", "blocked", "client", "connection", "could", "delivery", "does",
            "domain",
            "email",
            "error", "from", "has", "host", "http", "https", "local", "mail", "mailbox", "message", "messages", "not",
            "not ",
            "please", "recipient", "recipients", "reject", "rejected", "remote", "sender", "sent", "server", "service",
            "smtp",
            "spam", "that", "the", "this", "unknown", "user", "users", "was", "with", "your",
        ].map { Word($0.utf8) })
}
