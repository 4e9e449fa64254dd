// From a pattern as a tree to the steps of its program.

import MailSyntax

extension PatternProgram {
    /// All places where alternatives part, each by the kind of byte that they can begin with.
    struct Choices {
        /// Of choice n for bytes of kind k, at n * kindCount + k: the one step, or where in `targets` stand how many and these, in the order of
        /// the pattern.
        var entries: [UInt16] = []
        var targets: [UInt16] = []

        /// Bytes are of few kinds: letters in both cases, digits and signs, with them what is not ASCII. The last is the end of the text.
        static let kindCount = 65
        static let end = kindCount - 1
        /// An entry where nothing can begin.
        static let none = UInt16.max
        /// Of entries that are places in `targets`.
        static let isPlace: UInt16 = 0x8000

        @inline(__always)
        static func kind(_ byte: UInt8) -> Int { Int(byte & 31) | (byte >= 0x40 ? 32 : 0) }

        /// Adds a choice, for each kind the steps.
        mutating func append(_ lists: [[UInt16]]) throws(Pattern.Defect) {
            for list in lists {
                switch list.count {
                case 0: entries.append(Self.none)
                case 1: entries.append(list[0])
                default:
                    guard targets.count < Int(Self.isPlace) - 1 else {
                        throw Pattern.Defect(reason: "too large: too many alternatives")
                    }
                    entries.append(Self.isPlace | UInt16(targets.count))
                    targets += [UInt16(list.count)] + list
                }
            }
        }
    }

    /// Alternatives while they are read.
    struct Choice {
        private(set) var lists: [[UInt16]] = Array(repeating: [], count: Choices.kindCount)

        mutating func add(_ step: Int, for set: ByteSet, atEnd: Bool) {
            for byte in set.members {
                let kind = Choices.kind(byte)
                if lists[kind].last != UInt16(step) { lists[kind].append(UInt16(step)) }
            }
            if atEnd { lists[Choices.end].append(UInt16(step)) }
        }
    }

    /// A step while the pattern is gone through; steps are known by their places.
    enum DraftStep {
        /// So many bytes, from a piece of a word on.
        case word(piece: UInt16, count: UInt16)
        case byte(set: UInt16)
        case character(set: UInt16)
        case run(set: UInt16, least: UInt16, most: UInt16)
        case choice(UInt16)
        /// The step behind it, else the other.
        case branch(UInt16)
        case jump(UInt16)
        case wordBorder(Bool)
        case start
        case end
        case match
    }

    /// A program while its pattern is gone through.
    struct Maker {
        var steps: [DraftStep] = []
        private(set) var words: [WordPiece] = []
        private(set) var sets: [UInt64] = []
        private var choices: [Choice] = []
        /// What the alternatives of each choice can begin with.
        private var choiceHeads: [Head] = []
        private var numbers: [ByteSet: UInt16] = [:]

        mutating func append(_ node: Pattern.Node) throws(Pattern.Defect) {
            guard steps.count + words.count < PatternProgram.limitSteps else {
                throw Pattern.Defect(reason: "too large: more than \(PatternProgram.limitSteps) steps")
            }
            switch node {
            case .set(let set): append(set)
            case .scalar(let scalar): try append(Self.expanded(scalar))
            case .sequence(let nodes): try append(sequence: nodes)
            case .alternatives(let alternatives):
                let start = steps.count
                steps.append(.choice(0))
                var choice = Choice()
                var jumps: [Int] = []
                for alternative in alternatives {
                    let (set, matchesEmpty) = Self.first(alternative)
                    choice.add(steps.count, for: matchesEmpty ? .all : set, atEnd: matchesEmpty)
                    try append(alternative)
                    jumps.append(steps.count)
                    steps.append(.jump(0))
                }
                steps[start] = .choice(UInt16(choices.count))
                choices.append(choice)
                let (set, matchesEmpty) = Self.first(node)
                choiceHeads.append(Head(takesEnd: matchesEmpty, set: number(of: matchesEmpty ? .all : set)))
                for jump in jumps { steps[jump] = .jump(UInt16(steps.count)) }
            case .repeated(.set(let set), let least, let most?):
                steps.append(.run(set: number(of: set), least: UInt16(least), most: UInt16(most)))
            case .repeated(let node, let least, let most):
                for _ in 0..<least {
                    let known = steps.count
                    try append(node)
                    // Nothing, as often as one likes, is nothing.
                    if steps.count == known { break }
                }
                guard let most else {
                    let loop = steps.count
                    steps.append(.branch(0))
                    try append(node)
                    steps.append(.jump(UInt16(loop)))
                    steps[loop] = .branch(UInt16(steps.count))
                    return
                }
                var branches: [Int] = []
                for _ in least..<most {
                    branches.append(steps.count)
                    steps.append(.branch(0))
                    try append(node)
                }
                for branch in branches { steps[branch] = .branch(UInt16(steps.count)) }
            case .wordBorder(let isBorder): steps.append(.wordBorder(isBorder))
            case .start: steps.append(.start)
            case .end: steps.append(.end)
            }
        }

        private mutating func append(_ set: ByteSet) {
            let number = number(of: set)
            steps.append(set.isOpen ? .character(set: number) : .byte(set: number))
        }

        /// Neighbouring bytes of which each is a certain one become a word.
        private mutating func append(sequence nodes: [Pattern.Node]) throws(Pattern.Defect) {
            var rest = nodes[...]
            while !rest.isEmpty {
                let word = rest.prefix { if case .set(let set) = $0 { set.onlyByte != nil } else { false } }
                guard words.count + word.count < PatternProgram.limitSteps else {
                    throw Pattern.Defect(reason: "too large: more than \(PatternProgram.limitSteps) steps")
                }
                if word.isEmpty {
                    try append(rest.removeFirst())
                } else {
                    append(word: word.compactMap { if case .set(let set) = $0 { set.onlyByte } else { nil } })
                    rest.removeFirst(word.count)
                }
            }
        }

        private mutating func append(word: [UInt8]) {
            steps.append(.word(piece: UInt16(words.count), count: UInt16(word.count)))
            for start in stride(from: 0, to: word.count, by: WordPiece.byteCount) {
                words.append(WordPiece(word[start...].prefix(WordPiece.byteCount)))
            }
        }

        /// The steps in the form that is matched, and how many need memory of what was tried.
        mutating func finishedSteps() -> (steps: [Step], rowCount: Int) {
            var rowCount = 0
            let finished = zip(steps.indices, heads()).map { index, head in
                var step = Step(kind: .match, head: head, next: resolved(index + 1))
                switch steps[index] {
                case .word(let piece, let count): (step.kind, step.first, step.second) = (.word, piece, count)
                case .byte(let set): (step.kind, step.first) = (.byte, set)
                case .character(let set): (step.kind, step.first) = (.character, set)
                case .run(let set, let least, let most):
                    (step.kind, step.first, step.second, step.third) = (.run, set, least, most)
                case .choice(let choice): (step.kind, step.first) = (.choice, choice)
                case .branch(let other): (step.kind, step.first) = (.branch, resolved(Int(other)))
                case .wordBorder(let isWanted): step.kind = isWanted ? .wordBorder : .noWordBorder
                case .start: step.kind = .start
                case .end: step.kind = .end
                // Nothing goes to a jump, but to where it leads.
                case .jump, .match: break
                }
                switch step.kind {
                case .branch, .choice, .run:
                    step.row = UInt16(rowCount)
                    rowCount += 1
                default: break
                }
                return step
            }
            return (finished, rowCount)
        }

        /// The alternatives in the form that is matched.
        func finishedChoices() throws(Pattern.Defect) -> Choices {
            var finished = Choices()
            for choice in choices { try finished.append(choice.lists.map { $0.map { resolved(Int($0)) } }) }
            return finished
        }

        /// Where a step leads that may be a jump.
        private func resolved(_ step: Int) -> UInt16 {
            var step = step
            while step < steps.count, case .jump(let target) = steps[step] { step = Int(target) }
            return UInt16(step)
        }

        /// Of each step.
        private mutating func heads() -> [Head] {
            let anything = Head(takesEnd: true, set: number(of: .all))
            var heads: [Head] = []
            // From the last step to the first: at a border it is that of the step behind it.
            for step in steps.reversed() {
                switch step {
                case .word(let piece, _):
                    var set = ByteSet()
                    set.insertFolded(UInt8(truncatingIfNeeded: words[Int(piece)].bytes))
                    heads.append(Head(takesEnd: false, set: number(of: set)))
                case .byte(let set), .character(let set): heads.append(Head(takesEnd: false, set: set))
                case .choice(let choice): heads.append(choiceHeads[Int(choice)])
                case .wordBorder(let isWanted):
                    var head = heads.last ?? anything
                    if head.border == .any { head.border = isWanted ? .needed : .excluded }
                    heads.append(head)
                default: heads.append(anything)
                }
            }
            return heads.reversed()
        }

        mutating func number(of set: ByteSet) -> UInt16 {
            if let number = numbers[set] { return number }
            let number = UInt16(numbers.count)
            numbers[set] = number
            sets += set.words
            return number
        }

        /// The bytes of a character in each of its cases.
        private static func expanded(_ scalar: Unicode.Scalar) -> Pattern.Node {
            let forms = scalar.forms.sorted { $0.lexicographicallyPrecedes($1) }
            return .alternatives(forms.map { .sequence($0.map { .set(ByteSet([$0])) }) })
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
}

extension PatternProgram.WordPiece {
    /// - Parameter word: At most eight bytes; a letter of ASCII stands for both its cases.
    fileprivate init(_ word: ArraySlice<UInt8>) {
        (bytes, mask) = (0, 0)
        for byte in word.reversed() {
            let isLetter = byte.isASCIIAlphanumeric && !byte.isASCIIDigit
            bytes = bytes << 8 | UInt64(isLetter ? byte & ~0x20 : byte)
            mask = mask << 8 | (isLetter ? 0xDF : 0xFF)
        }
    }
}
