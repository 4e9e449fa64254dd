// Whether, and where, a text holds a pattern: the steps of its program gone one way after the other.

import MailSyntax

extension PatternProgram {
    /// The first match, from its leftmost beginning; its end is that of the first way that is found.
    func firstMatch(in text: MatchedText) -> Range<Int>? {
        let matching = Matching(
            program: tables, bytes: text.bytes, borders: text.borders, tried: text.cleared(rows: rowCount))
        for block in 0...(matching.bytes.count / 64) {
            var places = beginsWithWord ? text.wordStarts[block] : .max
            while places != 0 {
                let start = block * 64 + places.trailingZeroBitCount
                places &= places &- 1
                guard matching.isIn(first, at: start) else { continue }
                if let end = matching.match(from: start, &text.waiting) { return start..<end }
            }
        }
        return nil
    }

    /// One text against one program.
    private struct Matching {
        let program: Tables
        let bytes: UnsafeBufferPointer<UInt8>
        let borders: UnsafeBufferPointer<UInt64>
        let tried: UnsafeMutableBufferPointer<UInt64>

        /// The end of a match that begins at `start`.
        @inline(__always)
        func match(from start: Int, _ waiting: inout WaitingWays) -> Int? {
            waiting.removeAll()
            var next: Way? = Way(step: 0, position: Int32(truncatingIfNeeded: start))
            while let way = next {
                if let end = go(way, &waiting) { return end }
                next = waiting.popLast()
            }
            return nil
        }

        /// Goes one way to its end; where it branches, the other way is put to those that wait. Gives the end of a match.
        @inline(__always)
        private func go(_ way: Way, _ waiting: inout WaitingWays) -> Int? {
            var step = Int(way.step)
            var position = Int(way.position)
            while true {
                switch program.steps[step] {
                case .word(let start, let count):
                    guard stands(Int(start), Int(count), at: position) else { return nil }
                    position += Int(count)
                    step += 1
                case .byte(let set):
                    guard isIn(set, at: position) else { return nil }
                    position += 1
                    step += 1
                case .character(let set):
                    guard isIn(set, at: position) else { return nil }
                    position = character(behind: position)
                    step += 1
                case .branch(let one, let other):
                    guard isNew(step, position) else { return nil }
                    if canGo(Int(other), position) { waiting.append(Int(other), position) }
                    step = Int(one)
                case .choice(let choice):
                    guard isNew(step, position), let chosen = choose(Int(choice), position, &waiting) else {
                        return nil
                    }
                    step = chosen
                case .jump(let target): step = Int(target)
                case .run(let set, let least, let most):
                    if isNew(step, position) { run(step, position, set, least: least, most: most, &waiting) }
                    return nil
                case .wordBorder(let wanted):
                    guard isBorder(position) == wanted else { return nil }
                    step += 1
                case .start:
                    guard position == 0 else { return nil }
                    step += 1
                case .end:
                    guard position == bytes.count else { return nil }
                    step += 1
                case .match: return position
                }
            }
        }

        /// Whether a step that parts ways was not tried at this byte before; now it was.
        @inline(__always)
        private func isNew(_ step: Int, _ position: Int) -> Bool {
            let bit = Int(program.rows[step]) &* (bytes.count &+ 1) &+ position
            let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: bit)
            if tried[bit &>> 6] & mask != 0 { return false }
            tried[bit &>> 6] |= mask
            return true
        }

        @inline(__always)
        private func stands(_ start: Int, _ count: Int, at position: Int) -> Bool {
            guard bytes.count &- position >= count else { return false }
            var offset = 0
            while offset < count {
                guard program.words[start &+ offset].isEqual(to: bytes[position &+ offset]) else { return false }
                offset &+= 1
            }
            return true
        }

        @inline(__always)
        func isIn(_ set: UInt16, at position: Int) -> Bool {
            position < bytes.count && program.isIn(set, bytes[position])
        }

        @inline(__always)
        private func isBorder(_ position: Int) -> Bool {
            borders[position &>> 6] &>> UInt64(truncatingIfNeeded: position) & 1 != 0
        }

        /// The first alternative that can begin here; the others are put to those that wait.
        private func choose(_ choice: Int, _ position: Int, _ waiting: inout WaitingWays) -> Int? {
            let kind = position < bytes.count ? Choices.kind(bytes[position]) : Choices.end
            let index = choice &* (Choices.kindCount &+ 1) &+ kind
            let start = Int(program.choices[index])
            var next = Int(program.choices[index &+ 1])
            guard start < next else { return nil }
            while next > start &+ 1 {
                next &-= 1
                waiting.append(Int(program.targets[next]), position)
            }
            return Int(program.targets[start])
        }

        /// Puts the ways behind each length of a run to those that wait, so that the shortest is gone first.
        private func run(
            _ step: Int, _ start: Int, _ set: UInt16, least: UInt16, most: UInt16, _ waiting: inout WaitingWays
        ) {
            let isOpen = program.isIn(set, 0x80) && program.isIn(set, 0xBF)
            let known = waiting.count
            var position = start
            var length: UInt16 = 0
            while true {
                if length >= least, canGo(step + 1, position) { waiting.append(step + 1, position) }
                guard length < most, isIn(set, at: position) else { break }
                position = isOpen ? character(behind: position) : position + 1
                length += 1
            }
            waiting.reverse(from: known)
        }

        /// Where the next character begins.
        @inline(__always)
        private func character(behind position: Int) -> Int {
            var next = position + 1
            while next < bytes.count, bytes[next] & 0xC0 == 0x80 { next += 1 }
            return next
        }

        /// false where a way would fail at once.
        @inline(__always)
        private func canGo(_ step: Int, _ position: Int) -> Bool {
            let head = program.heads[step]
            if head.border != .any, isBorder(position) != (head.border == .needed) { return false }
            return position < bytes.count ? program.isIn(head.set, bytes[position]) : head.takesEnd
        }
    }
}
