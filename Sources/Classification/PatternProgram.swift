// A pattern made ready to be matched in time linear in the text.

/// The steps of one pattern. Matching follows the ways through them one after the other and remembers at which byte which branch was
/// tried, so that none is tried twice: at most (steps × bytes) in all, whatever text and pattern are, times the largest count of a
/// `{n,m}`.
///
/// Sendable: its memory is written when it is made, and then only read.
final class PatternProgram: @unchecked Sendable {
    /// One step. All that is read of it, and to tell whether to go there, lies together, in sixteen bytes: what a reply's patterns are read
    /// from should stay near the processor.
    struct Step {
        enum Kind: UInt8 {
            /// A word: `first` is its first piece, `second` how many bytes it has.
            case word
            /// A byte of the set `first`.
            case byte
            /// A whole character, for a set that takes all that is beyond ASCII, as `.` and `\S` do.
            case character
            /// `second` to `third` bytes or characters of the set `first`.
            case run
            /// One of the alternatives of the choice `first`.
            case choice
            /// The next step, else the step `first`.
            case branch
            case wordBorder
            case noWordBorder
            case start
            case end
            case match
        }

        var kind: Kind
        var head: Head
        /// Its row in the memory of what was tried; of no meaning for one that needs none.
        var row: UInt16 = 0
        /// The step behind it.
        var next: UInt16 = 0
        var first: UInt16 = 0
        var second: UInt16 = 0
        var third: UInt16 = 0
    }

    /// What must stand where a step is gone to, or the way fails at once.
    struct Head {
        enum Border: UInt8 { case any, needed, excluded }

        var border = Border.any
        /// The end of the text will do.
        var takesEnd: Bool
        var set: UInt16
    }

    /// Eight bytes of a word, or as many as it has left.
    struct WordPiece {
        /// Letters of ASCII as capitals, the first byte the lowest.
        var bytes: UInt64
        /// The bits that count: not that of a letter's case, none of bytes behind the word.
        var mask: UInt64

        static let byteCount = 8
    }

    /// What a match reads, all of it by number: as one piece of plain memory, so that a match counts no references. Given free with the
    /// program.
    struct Tables {
        let steps: UnsafeBufferPointer<Step>
        let words: UnsafeBufferPointer<WordPiece>
        /// The words of each set: see `ByteSet.words`.
        let sets: UnsafeBufferPointer<UInt64>
        /// See `Choices`.
        let choices: UnsafeBufferPointer<UInt16>
        let targets: UnsafeBufferPointer<UInt16>
        private let memory: UnsafeMutableRawBufferPointer

        init(steps: [Step], words: [WordPiece], sets: [UInt64], choices: Choices) {
            func byteCount<Element>(_ table: [Element]) -> Int { table.count * MemoryLayout<Element>.stride }
            let byteCount =
                byteCount(steps) + byteCount(words) + byteCount(sets) + byteCount(choices.entries)
                + byteCount(choices.targets)
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: byteCount, alignment: MemoryLayout<UInt64>.alignment)
            var rest = memory[...]
            func place<Element>(_ table: [Element]) -> UnsafeBufferPointer<Element> {
                let room = UnsafeMutableRawBufferPointer(
                    rebasing: rest.prefix(table.count * MemoryLayout<Element>.stride))
                rest = rest.dropFirst(room.count)
                return UnsafeBufferPointer(room.initializeMemory(as: Element.self, fromContentsOf: table))
            }
            // Those of large elements first, so that each lies where its elements may.
            self.words = place(words)
            self.sets = place(sets)
            self.steps = place(steps)
            self.choices = place(choices.entries)
            self.targets = place(choices.targets)
            self.memory = memory
        }

        @inline(__always)
        func isIn(_ set: UInt16, _ byte: UInt8) -> Bool { bit(set, byte) != 0 }

        /// 1 where a byte is in a set, else 0.
        @inline(__always)
        func bit(_ set: UInt16, _ byte: UInt8) -> UInt64 {
            sets[Int(set) &<< 2 &+ Int(byte &>> 6)] &>> UInt64(byte) & 1
        }

        @inline(__always)
        func isAll(_ set: UInt16) -> Bool {
            let start = Int(set) &<< 2
            return sets[start] & sets[start &+ 1] & sets[start &+ 2] & sets[start &+ 3] == .max
        }

        func deallocate() { memory.deallocate() }
    }

    /// Where a match can begin.
    enum Beginning: UInt8 {
        case anywhere
        /// Where a word does.
        case word
        /// Where the text does.
        case text
    }

    let tables: Tables
    let rowCount: Int
    /// The set that a match can begin with.
    let first: UInt16
    let beginning: Beginning
    /// The step that a match begins with: behind the border or the start that `beginning` tells.
    let firstStep: Int

    /// Steps; more would be a pattern out of proportion.
    static let limitSteps = 20_000

    init(tables: Tables, rowCount: Int, first: UInt16, beginning: Beginning, firstStep: Int) {
        (self.tables, self.rowCount) = (tables, rowCount)
        (self.first, self.beginning, self.firstStep) = (first, beginning, firstStep)
    }

    convenience init(_ pattern: Pattern) throws(Pattern.Defect) {
        let (firstSet, matchesEmpty) = Maker.first(pattern.root)
        guard !matchesEmpty else { throw Pattern.Defect(reason: "it matches an empty text") }
        var maker = Maker()
        try maker.append(pattern.root)
        maker.steps.append(.match)
        let first = maker.number(of: firstSet)
        let beginning: Beginning
        switch maker.steps[0] {
        case .wordBorder(true) where firstSet.members.allSatisfy(ByteSet.wordBytes.contains): beginning = .word
        case .start: beginning = .text
        default: beginning = .anywhere
        }
        let (steps, rowCount) = maker.finishedSteps()
        let choices = try maker.finishedChoices()
        self.init(
            tables: Tables(steps: steps, words: maker.words, sets: maker.sets, choices: choices), rowCount: rowCount,
            first: first, beginning: beginning, firstStep: beginning == .anywhere ? 0 : 1)
    }

    deinit { tables.deallocate() }
}
