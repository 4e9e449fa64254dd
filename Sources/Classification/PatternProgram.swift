// A pattern made ready to be matched in time linear in the text.

import MailSyntax

/// The steps of one pattern. Matching follows the ways through them one after the other and remembers at which byte which branch was
/// tried, so that none is tried twice: at most (steps × bytes) in all, whatever text and pattern are, times the largest count of a
/// `{n,m}`.
///
/// Sendable: its memory is written when it is made, and then only read.
final class PatternProgram: @unchecked Sendable {
    /// Numbers are kept small: what a reply's patterns are read from should stay near the processor.
    enum Step {
        /// Bytes of `words`; a letter of ASCII in either case.
        case word(start: UInt16, count: UInt16)
        /// A byte of the set with this number.
        case byte(set: UInt16)
        /// A whole character, for a set that takes all that is beyond ASCII, as `.` and `\S` do.
        case character(set: UInt16)
        /// `least` to `most` bytes or characters of the set.
        case run(set: UInt16, least: UInt16, most: UInt16)
        /// One of the alternatives, by the number of the choice.
        case choice(UInt16)
        /// This way, else the other.
        case branch(UInt16, UInt16)
        case jump(UInt16)
        case wordBorder(Bool)
        case start
        case end
        case match
    }

    /// What must stand where a step is gone to, or the way fails at once.
    struct Head {
        enum Border: UInt8 { case any, needed, excluded }

        var border = Border.any
        var set: UInt16
        /// The end of the text will do.
        var takesEnd: Bool
    }

    /// What a match reads, all of it by number: as one piece of plain memory, so that a match counts no references. Given free with the
    /// program.
    struct Tables {
        let steps: UnsafeBufferPointer<Step>
        /// Of each step.
        let heads: UnsafeBufferPointer<Head>
        /// For each step its row in the memory of what was tried; of no meaning for one that needs none.
        let rows: UnsafeBufferPointer<UInt16>
        let words: UnsafeBufferPointer<FoldedByte>
        /// The words of each set: see `ByteSet.words`.
        let sets: UnsafeBufferPointer<UInt64>
        /// See `Choices`.
        let choices: UnsafeBufferPointer<UInt16>
        let targets: UnsafeBufferPointer<UInt16>
        private let memory: UnsafeMutableRawBufferPointer

        init(steps: [Step], heads: [Head], rows: [UInt16], words: [FoldedByte], sets: [UInt64], choices: Choices) {
            func byteCount<Element>(_ table: [Element]) -> Int { table.count * MemoryLayout<Element>.stride }
            let byteCount =
                byteCount(steps) + byteCount(heads) + byteCount(rows) + byteCount(words) + byteCount(sets)
                + byteCount(choices.starts) + byteCount(choices.targets)
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
            self.sets = place(sets)
            self.steps = place(steps)
            self.heads = place(heads)
            self.rows = place(rows)
            self.choices = place(choices.starts)
            self.targets = place(choices.targets)
            self.words = place(words)
            self.memory = memory
        }

        @inline(__always)
        func isIn(_ set: UInt16, _ byte: UInt8) -> Bool {
            sets[Int(set) &<< 2 &+ Int(byte &>> 6)] &>> UInt64(byte) & 1 != 0
        }

        func deallocate() { memory.deallocate() }
    }

    let tables: Tables
    let rowCount: Int
    /// The set that a match can begin with.
    let first: UInt16
    /// A match begins where a word does.
    let beginsWithWord: Bool

    /// Steps; more would be a pattern out of proportion.
    static let limitSteps = 20_000

    init(_ pattern: Pattern) throws(Pattern.Defect) {
        let (firstSet, matchesEmpty) = Maker.first(pattern.root)
        guard !matchesEmpty else { throw Pattern.Defect(reason: "it matches an empty text") }
        var maker = Maker()
        try maker.append(pattern.root)
        maker.steps.append(.match)
        first = maker.number(of: firstSet)
        var rows: [UInt16] = []
        var rowCount = 0
        for step in maker.steps {
            rows.append(UInt16(rowCount))
            switch step {
            case .branch, .choice, .run: rowCount += 1
            default: break
            }
        }
        if case .wordBorder(true)? = maker.steps.first {
            beginsWithWord = firstSet.members.allSatisfy(ByteSet.wordBytes.contains)
        } else {
            beginsWithWord = false
        }
        self.rowCount = rowCount
        let heads = maker.heads()
        tables = Tables(
            steps: maker.steps, heads: heads, rows: rows, words: maker.words.map(FoldedByte.init), sets: maker.sets,
            choices: maker.choices)
    }

    deinit { tables.deallocate() }
}
