// Programs as bytes, for the cache: to read a pattern and to make its program takes many times as long.

extension PatternProgram {
    func encode(_ writer: inout CacheWriter) {
        for number in [rowCount, Int(first), Int(beginning.rawValue), firstStep] { writer.write(UInt32(number)) }
        writer.write(tables.steps.flatMap(\.numbers))
        writer.write(tables.words.flatMap { [$0.bytes, $0.mask] })
        writer.write(Array(tables.sets))
        writer.write(Array(tables.choices))
        writer.write(Array(tables.targets))
    }

    convenience init(_ reader: inout CacheReader) throws(CacheReader.Damage) {
        let rowCount = try reader.readNumber(below: Self.limitSteps)
        let first = try reader.readNumber(below: Int(UInt16.max))
        let beginning = try reader.readNumber(below: Int(UInt8.max))
        let firstStep = try reader.readNumber(below: Self.limitSteps)
        let numbers: [UInt16] = try reader.readNumbers()
        let words: [UInt64] = try reader.readNumbers()
        let sets: [UInt64] = try reader.readNumbers()
        let entries: [UInt16] = try reader.readNumbers()
        let targets: [UInt16] = try reader.readNumbers()
        var steps: [Step] = []
        for start in stride(from: 0, to: numbers.count, by: Step.numberCount) {
            guard let step = Step(numbers[start...].prefix(Step.numberCount)) else { throw CacheReader.Damage() }
            steps.append(step)
        }
        let check = Check(
            steps: steps, wordCount: words.count / 2, setCount: sets.count / 4, rowCount: rowCount, entries: entries,
            targets: targets)
        guard let beginning = Beginning(rawValue: UInt8(beginning)), first < check.setCount, firstStep < steps.count,
            steps.indices.allSatisfy(check.isSound)
        else { throw CacheReader.Damage() }
        let pieces = (0..<(words.count / 2)).map { WordPiece(bytes: words[2 * $0], mask: words[2 * $0 + 1]) }
        self.init(
            tables: Tables(
                steps: steps, words: pieces, sets: sets, choices: Choices(entries: entries, targets: targets)),
            rowCount: rowCount, first: UInt16(first), beginning: beginning, firstStep: firstStep)
    }

    /// What the numbers of a program's steps may be.
    private struct Check {
        let steps: [Step]
        let wordCount: Int
        let setCount: Int
        let rowCount: Int
        let entries: [UInt16]
        let targets: [UInt16]

        func isSound(_ number: Int) -> Bool {
            let step = steps[number]
            guard step.head.set < setCount else { return false }
            let (first, second) = (Int(step.first), Int(step.second))
            switch step.kind {
            case .match: return true
            case .word:
                let pieces = (second + WordPiece.byteCount - 1) / WordPiece.byteCount
                guard pieces > 0, first + pieces <= wordCount else { return false }
            case .byte, .character: guard first < setCount else { return false }
            case .run: guard step.row < rowCount, first < setCount else { return false }
            case .branch: guard step.row < rowCount, leads(number, to: step.first) else { return false }
            case .choice:
                let kinds = first * Choices.kindCount..<(first + 1) * Choices.kindCount
                return step.row < rowCount && kinds.upperBound <= entries.count
                    && entries[kinds].allSatisfy { isSound(entry: $0, of: number) }
            case .wordBorder, .noWordBorder, .start, .end: break
            }
            return leads(number, to: step.next)
        }

        private func isSound(entry: UInt16, of number: Int) -> Bool {
            guard entry != Choices.none else { return true }
            guard entry >= Choices.isPlace else { return leads(number, to: entry) }
            let place = Int(entry & ~Choices.isPlace)
            guard place < targets.count, targets[place] > 0, place + Int(targets[place]) < targets.count else {
                return false
            }
            return targets[(place + 1)...].prefix(Int(targets[place])).allSatisfy { leads(number, to: $0) }
        }

        /// Backwards it goes only to branches, of which is remembered where they were tried: so each match ends.
        private func leads(_ number: Int, to next: UInt16) -> Bool {
            guard next < steps.count else { return false }
            if next > number { return true }
            if case .branch = steps[Int(next)].kind { return true }
            return false
        }
    }
}

extension PatternProgram.Step {
    fileprivate static let numberCount = 8

    fileprivate var numbers: [UInt16] {
        let takesEnd: UInt16 = head.takesEnd ? 1 : 0
        return [
            UInt16(kind.rawValue), UInt16(head.border.rawValue) << 1 | takesEnd, head.set, row, next, first, second,
            third,
        ]
    }

    fileprivate init?(_ numbers: ArraySlice<UInt16>) {
        let numbers = Array(numbers)
        guard numbers.count == Self.numberCount, let kind = UInt8(exactly: numbers[0]).flatMap(Kind.init),
            let border = UInt8(exactly: numbers[1] >> 1).flatMap(PatternProgram.Head.Border.init)
        else { return nil }
        self.init(
            kind: kind, head: PatternProgram.Head(border: border, takesEnd: numbers[1] & 1 == 1, set: numbers[2]),
            row: numbers[3], next: numbers[4], first: numbers[5], second: numbers[6], third: numbers[7])
    }
}
