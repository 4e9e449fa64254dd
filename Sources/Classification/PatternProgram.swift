// A pattern made ready to be matched: whether, and where, a text holds it, in time linear in the text.

/// The steps of one pattern. Matching follows the ways through them one after the other and remembers at which byte which branch was
/// tried, so that none is tried twice: at most (steps × bytes) in all, whatever text and pattern are, times the largest count of a
/// `{n,m}`.
final class PatternProgram: Sendable {
    private enum Step {
        /// A byte of the set, by where it begins in `sets`; with an open set the whole character.
        case byte(set: Int32)
        /// `least` to `most` of those.
        case run(set: Int32, least: Int32, most: Int32)
        /// One of the alternatives, by where they begin in `choices`.
        case choice(Int32)
        /// This way, else the other.
        case branch(Int32, Int32)
        case jump(Int32)
        case wordBorder(Bool)
        case start
        case end
        case match
    }

    private let steps: [Step]
    /// 256 flags for each set.
    private let sets: [Bool]
    /// For each step its row in the memory of what was tried; -1 for one that needs none.
    private let rows: [Int32]
    private let rowCount: Int
    private let choices: Choices
    /// What a match can begin with.
    private let first: [Bool]
    /// A match begins at the border of a word.
    private let beginsAtBorder: Bool

    /// Steps; more would be a pattern out of proportion.
    static let limitSteps = 20_000

    init(_ pattern: Pattern) throws(Pattern.Defect) {
        let (firstSet, matchesEmpty) = Maker.first(pattern.root)
        guard !matchesEmpty else { throw Pattern.Defect(reason: "it matches an empty text") }
        var maker = Maker()
        try maker.append(pattern.root)
        maker.steps.append(.match)
        var rows: [Int32] = []
        var rowCount = 0
        for step in maker.steps {
            switch step {
            case .branch, .choice, .run:
                rows.append(Int32(rowCount))
                rowCount += 1
            default: rows.append(-1)
            }
        }
        steps = maker.steps
        sets = maker.sets
        choices = maker.choices
        first = (0...255).map { firstSet.contains($0) }
        if case .wordBorder(true)? = maker.steps.first { beginsAtBorder = true } else { beginsAtBorder = false }
        self.rows = rows
        self.rowCount = rowCount
    }

    // MARK: - Making

    /// All places where alternatives part, each by the byte that they can begin with.
    private struct Choices {
        /// Of the choice that begins at c, the steps for byte n, 256 for the end of the text, are
        /// `targets[starts[c + n]..<starts[c + n + 1]]`, in the order of the pattern.
        private(set) var starts: [Int32] = []
        private(set) var targets: [Int32] = []

        /// Adds a choice; gives where it begins.
        mutating func append(_ choice: Choice) -> Int32 {
            let start = Int32(starts.count)
            for list in choice.lists {
                starts.append(Int32(targets.count))
                targets += list
            }
            starts.append(Int32(targets.count))
            return start
        }
    }

    /// Alternatives while they are read.
    private struct Choice {
        private(set) var lists: [[Int32]] = Array(repeating: [], count: 257)

        mutating func add(_ step: Int, for set: ByteSet, atEnd: Bool) {
            for byte in set.members { lists[Int(byte)].append(Int32(step)) }
            if atEnd { lists[256].append(Int32(step)) }
        }
    }

    private struct Maker {
        var steps: [Step] = []
        var sets: [Bool] = []
        var choices = Choices()
        private var numbers: [ByteSet: Int32] = [:]

        mutating func append(_ node: Pattern.Node) throws(Pattern.Defect) {
            guard steps.count < PatternProgram.limitSteps else {
                throw Pattern.Defect(reason: "too large: more than \(PatternProgram.limitSteps) steps")
            }
            switch node {
            case .set(let set): steps.append(.byte(set: number(of: set)))
            case .scalar(let scalar): try append(Self.expanded(scalar))
            case .sequence(let nodes): for node in nodes { try append(node) }
            case .alternatives(let nodes):
                let start = steps.count
                steps.append(.choice(0))
                var choice = Choice()
                var jumps: [Int] = []
                for node in nodes {
                    let (set, matchesEmpty) = Self.first(node)
                    choice.add(steps.count, for: matchesEmpty ? .all : set, atEnd: matchesEmpty)
                    try append(node)
                    jumps.append(steps.count)
                    steps.append(.jump(0))
                }
                steps[start] = .choice(choices.append(choice))
                for jump in jumps { steps[jump] = .jump(Int32(steps.count)) }
            case .repeated(.set(let set), let least, let most?):
                steps.append(.run(set: number(of: set), least: Int32(least), most: Int32(most)))
            case .repeated(let node, let least, let most):
                for _ in 0..<least { try append(node) }
                guard let most else {
                    let loop = steps.count
                    steps.append(.branch(Int32(loop + 1), 0))
                    try append(node)
                    steps.append(.jump(Int32(loop)))
                    steps[loop] = .branch(Int32(loop + 1), Int32(steps.count))
                    return
                }
                var branches: [Int] = []
                for _ in least..<most {
                    branches.append(steps.count)
                    steps.append(.branch(Int32(steps.count + 1), 0))
                    try append(node)
                }
                for branch in branches { steps[branch] = .branch(Int32(branch + 1), Int32(steps.count)) }
            case .wordBorder(let isBorder): steps.append(.wordBorder(isBorder))
            case .start: steps.append(.start)
            case .end: steps.append(.end)
            }
        }

        private mutating func number(of set: ByteSet) -> Int32 {
            if let number = numbers[set] { return number }
            let number = Int32(sets.count)
            numbers[set] = number
            sets += (0...255).map { set.contains($0) }
            return number
        }

        /// The bytes of a character in each of its cases.
        private static func expanded(_ scalar: Unicode.Scalar) -> Pattern.Node {
            let properties = scalar.properties
            let forms = Set([String(scalar), properties.lowercaseMapping, properties.uppercaseMapping]).sorted()
            return .alternatives(forms.map { .sequence($0.utf8.map { .set(ByteSet([$0])) }) })
        }

        /// The bytes that a node's match can begin with, and whether it can match without any.
        static func first(_ node: Pattern.Node) -> (set: ByteSet, matchesEmpty: Bool) {
            switch node {
            case .set(let set): return (set, false)
            case .scalar(let scalar): return first(expanded(scalar))
            case .wordBorder, .start, .end: return (ByteSet(), true)
            case .sequence(let nodes):
                var set = ByteSet()
                for node in nodes {
                    let part = first(node)
                    set.formUnion(part.set)
                    if !part.matchesEmpty { return (set, false) }
                }
                return (set, true)
            case .alternatives(let nodes):
                let parts = nodes.map(first)
                return (
                    parts.reduce(into: ByteSet()) { $0.formUnion($1.set) }, parts.contains { $0.matchesEmpty }
                )
            case .repeated(let node, let least, _):
                let part = first(node)
                return (part.set, least == 0 || part.matchesEmpty)
            }
        }

    }

    // MARK: - Matching

    /// What one match works in; given once, used again.
    final class Memory {
        fileprivate var tried = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 256)
        fileprivate var waiting: [Way] = []

        init() { waiting.reserveCapacity(256) }

        deinit { tried.deallocate() }

        /// Nothing is tried yet of so many.
        fileprivate func clear(_ bits: Int) {
            let words = bits / 64 + 1
            if tried.count < words {
                tried.deallocate()
                tried = .allocate(capacity: words)
            }
            for word in 0..<words { tried[word] = 0 }
        }
    }

    /// A way that is yet to be gone.
    fileprivate struct Way {
        var step: Int
        var position: Int
    }

    /// The first match, from its leftmost beginning; its end is that of the first way that is found.
    func firstMatch(in text: UnsafeBufferPointer<UInt8>, _ memory: Memory) -> Range<Int>? {
        var start = 0
        while start < text.count, !canBegin(text, at: start) { start += 1 }
        guard start < text.count else { return nil }
        memory.clear(rowCount * (text.count + 1))
        var waiting: [Way] = []
        swap(&waiting, &memory.waiting)
        defer { swap(&waiting, &memory.waiting) }
        return steps.withUnsafeBufferPointer { steps in
            rows.withUnsafeBufferPointer { rows in
                sets.withUnsafeBufferPointer { sets in
                    choices.starts.withUnsafeBufferPointer { choices in
                        self.choices.targets.withUnsafeBufferPointer { targets in
                            let matching = Matching(
                                text: text, steps: steps, rows: rows, sets: sets, choices: choices, targets: targets,
                                tried: memory.tried)
                            while start < text.count {
                                if canBegin(text, at: start), let end = matching.match(from: start, &waiting) {
                                    return start..<end
                                }
                                start += 1
                            }
                            return nil
                        }
                    }
                }
            }
        }
    }

    private func canBegin(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        first[Int(text[start])] && (!beginsAtBorder || Self.isWordBorder(text, start))
    }

    private static func isWordBorder(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        let before = position > 0 && isWordByte(text[position - 1])
        let behind = position < text.count && isWordByte(text[position])
        return before != behind
    }

    /// One text against one program.
    private struct Matching {
        let text: UnsafeBufferPointer<UInt8>
        let steps: UnsafeBufferPointer<Step>
        let rows: UnsafeBufferPointer<Int32>
        let sets: UnsafeBufferPointer<Bool>
        let choices: UnsafeBufferPointer<Int32>
        let targets: UnsafeBufferPointer<Int32>
        let tried: UnsafeMutableBufferPointer<UInt64>

        /// The end of a match that begins at `start`.
        func match(from start: Int, _ waiting: inout [Way]) -> Int? {
            waiting.removeAll(keepingCapacity: true)
            var way = Way(step: 0, position: start)
            while true {
                if let end = go(&way, &waiting) { return end }
                guard let next = waiting.popLast() else { return nil }
                way = next
            }
        }

        /// Goes one way to its end; where it branches, the other way is put to those that wait. Gives the end of a match.
        private func go(_ way: inout Way, _ waiting: inout [Way]) -> Int? {
            while true {
                let row = Int(rows[way.step])
                if row >= 0 {
                    let bit = row * (text.count + 1) + way.position
                    let mask = UInt64(1) << UInt64(bit & 63)
                    if tried[bit >> 6] & mask != 0 { return nil }
                    tried[bit >> 6] |= mask
                }
                switch steps[way.step] {
                case .byte(let set):
                    guard way.position < text.count, sets[Int(set) + Int(text[way.position])] else { return nil }
                    way.position = isOpen(Int(set)) ? character(behind: way.position) : way.position + 1
                    way.step += 1
                case .branch(let one, let other):
                    if canGo(Int(other), way.position) { waiting.append(Way(step: Int(other), position: way.position)) }
                    way.step = Int(one)
                case .choice(let start):
                    guard let step = choose(Int(start), way.position, &waiting) else { return nil }
                    way.step = step
                case .jump(let target): way.step = Int(target)
                case .run(let set, let least, let most):
                    run(way, Int(set), least: Int(least), most: Int(most), &waiting)
                    return nil
                case .wordBorder(let isBorder):
                    guard PatternProgram.isWordBorder(text, way.position) == isBorder else { return nil }
                    way.step += 1
                case .start:
                    guard way.position == 0 else { return nil }
                    way.step += 1
                case .end:
                    guard way.position == text.count else { return nil }
                    way.step += 1
                case .match: return way.position
                }
            }
        }

        /// The first alternative that can begin here; the others are put to those that wait.
        private func choose(_ choice: Int, _ position: Int, _ waiting: inout [Way]) -> Int? {
            let byte = position < text.count ? Int(text[position]) : 256
            let (start, end) = (Int(choices[choice + byte]), Int(choices[choice + byte + 1]))
            guard start < end else { return nil }
            for target in targets[(start + 1)..<end].reversed() {
                waiting.append(Way(step: Int(target), position: position))
            }
            return Int(targets[start])
        }

        /// Puts the ways behind each length of a run to those that wait.
        private func run(_ way: Way, _ set: Int, least: Int, most: Int, _ waiting: inout [Way]) {
            let isOpen = isOpen(set)
            let known = waiting.count
            var position = way.position
            var length = 0
            while true {
                if length >= least, canGo(way.step + 1, position) {
                    waiting.append(Way(step: way.step + 1, position: position))
                }
                guard length < most, position < text.count, sets[set + Int(text[position])] else { break }
                position = isOpen ? character(behind: position) : position + 1
                length += 1
            }
            // The shortest is gone first.
            var (low, high) = (known, waiting.count - 1)
            while low < high {
                waiting.swapAt(low, high)
                (low, high) = (low + 1, high - 1)
            }
        }

        /// Whether a set takes all that is beyond ASCII, as `.` and `\S` do: then it takes characters whole.
        private func isOpen(_ set: Int) -> Bool { sets[set + 0x80] && sets[set + 0xBF] }

        /// Where the next character begins.
        private func character(behind position: Int) -> Int {
            var next = position + 1
            while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
            return next
        }

        /// false where a way would fail at its first byte.
        private func canGo(_ step: Int, _ position: Int) -> Bool {
            var step = step
            while true {
                switch steps[step] {
                case .wordBorder: step += 1
                case .byte(let set): return position < text.count && sets[Int(set) + Int(text[position])]
                default: return true
                }
            }
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_")
    }
}
