// From a pattern as a tree to the steps of its program.

extension PatternProgram {
    /// All places where alternatives part, each by the kind of byte that they can begin with.
    struct Choices {
        /// Of choice n the steps for bytes of kind k are `targets[starts[n * (kindCount + 1) + k]..<starts[n * (kindCount + 1) + k + 1]]`, in
        /// the order of the pattern.
        private(set) var starts: [UInt16] = []
        private(set) var targets: [UInt16] = []

        /// Bytes are of few kinds: letters in both cases, digits and signs, with them what is not ASCII. The last is the end of the text.
        static let kindCount = 65
        static let end = kindCount - 1

        @inline(__always)
        static func kind(_ byte: UInt8) -> Int { Int(byte & 31) | (byte >= 0x40 ? 32 : 0) }

        /// Adds a choice; gives its number.
        mutating func append(_ choice: Choice) throws(Pattern.Defect) -> UInt16 {
            let number = starts.count / (Self.kindCount + 1)
            for list in choice.lists {
                starts.append(UInt16(targets.count))
                targets += list
                guard targets.count <= UInt16.max else {
                    throw Pattern.Defect(reason: "too large: too many alternatives")
                }
            }
            starts.append(UInt16(targets.count))
            return UInt16(number)
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

    /// A program while its pattern is gone through.
    struct Maker {
        var steps: [Step] = []
        /// In lower case.
        var words: [UInt8] = []
        var sets: [UInt64] = []
        var choices = Choices()
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
                steps[start] = .choice(try choices.append(choice))
                let (set, matchesEmpty) = Self.first(node)
                choiceHeads.append(Head(set: number(of: matchesEmpty ? .all : set), takesEnd: matchesEmpty))
                for jump in jumps { steps[jump] = .jump(UInt16(steps.count)) }
            case .repeated(.set(let set), let least, let most?):
                steps.append(.run(set: number(of: set), least: UInt16(least), most: UInt16(most)))
            case .repeated(let node, let least, let most):
                for _ in 0..<least { try append(node) }
                guard let most else {
                    let loop = steps.count
                    steps.append(.branch(UInt16(loop + 1), 0))
                    try append(node)
                    steps.append(.jump(UInt16(loop)))
                    steps[loop] = .branch(UInt16(loop + 1), UInt16(steps.count))
                    return
                }
                var branches: [Int] = []
                for _ in least..<most {
                    branches.append(steps.count)
                    steps.append(.branch(UInt16(steps.count + 1), 0))
                    try append(node)
                }
                for branch in branches { steps[branch] = .branch(UInt16(branch + 1), UInt16(steps.count)) }
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
            var index = 0
            while index < nodes.count {
                let start = words.count
                while index < nodes.count, words.count < PatternProgram.limitSteps, case .set(let set) = nodes[index],
                    let byte = set.onlyByte
                {
                    words.append(byte)
                    index += 1
                }
                guard words.count < PatternProgram.limitSteps else {
                    throw Pattern.Defect(reason: "too large: more than \(PatternProgram.limitSteps) steps")
                }
                if words.count > start {
                    steps.append(.word(start: UInt16(start), count: UInt16(words.count - start)))
                } else {
                    try append(nodes[index])
                    index += 1
                }
            }
        }

        /// Of each step.
        mutating func heads() -> [Head] {
            let anything = Head(set: number(of: .all), takesEnd: true)
            var heads: [Head] = []
            // From the last step to the first: at a border it is that of the step behind it.
            for step in steps.reversed() {
                switch step {
                case .word(let start, _):
                    var set = ByteSet()
                    set.insertFolded(words[Int(start)])
                    heads.append(Head(set: number(of: set), takesEnd: false))
                case .byte(let set), .character(let set): heads.append(Head(set: set, takesEnd: false))
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
}
