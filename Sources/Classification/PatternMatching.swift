// Whether, and where, a text holds a pattern: the steps of its program gone one way after the other.

import MailSyntax

extension PatternProgram {
    /// The first match, from its leftmost beginning; its end is that of the first way that is found.
    ///
    /// - Parameter least: It begins there or behind; where that is not 0, no text does.
    func firstMatch(in text: MatchedText, from least: Int = 0) -> Range<Int>? {
        let matching = Matching(
            program: tables, bytes: text.bytes, isASCII: text.isASCII, lead: text.lead, borders: text.borders,
            tried: text.cleared(rows: rowCount))
        if beginning == .text {
            return least > 0 ? nil : matching.firstMatch(from: firstStep, of: first, &text.waiting)
        }
        for block in (least / 64)...(matching.bytes.count / 64) {
            var places = matching.places(in: places(text, block), block, of: first)
            if block == least / 64 { places &= .max &<< UInt64(truncatingIfNeeded: least) }
            while places != 0 {
                let start = block * 64 + places.trailingZeroBitCount
                places &= places &- 1
                if let end = matching.match(from: firstStep, start, &text.waiting) { return start..<end }
            }
        }
        return nil
    }

    /// Where in 64 bytes of a text a match may begin.
    private func places(_ text: MatchedText, _ block: Int) -> UInt64 {
        switch beginning {
        case .word: text.wordStarts[block]
        case .anywhere, .text: .max
        }
    }

    /// One text against one program.
    private struct Matching {
        let program: Tables
        let bytes: UnsafeBufferPointer<UInt8>
        let isASCII: Bool
        let lead: Lead?
        let borders: UnsafeBufferPointer<UInt64>
        let tried: UnsafeMutableBufferPointer<UInt64>

        /// Those of the places in 64 bytes at which a byte of the set stands.
        @inline(__always)
        func places(in places: UInt64, _ block: Int, of set: UInt16) -> UInt64 {
            let first = block &<< 6
            let count = bytes.count &- first
            var rest = count < 64 ? places & (1 &<< UInt64(truncatingIfNeeded: count) &- 1) : places
            var found: UInt64 = 0
            // Without a branch for each place: it would be guessed wrong too often.
            while rest != 0 {
                let place = rest.trailingZeroBitCount
                rest &= rest &- 1
                found |= program.bit(set, bytes[first | place]) &<< UInt64(truncatingIfNeeded: place)
            }
            return found
        }

        /// Where the text begins, at its first byte or behind a part of its lead.
        func firstMatch(from step: Int, of set: UInt16, _ waiting: inout WaitingWays) -> Range<Int>? {
            if isIn(set, at: 0), let end = match(from: step, 0, &waiting) { return 0..<end }
            guard let lead else { return nil }
            for part in 0..<lead.count {
                let start = Int(lead.ends[part])
                if isIn(set, at: start), let end = match(from: step, start, &waiting) { return start..<end }
            }
            return nil
        }

        /// The end of a match that begins with a step at `start`.
        @inline(__always)
        func match(from step: Int, _ start: Int, _ waiting: inout WaitingWays) -> Int? {
            waiting.removeAll()
            var next: Way? = Way(step: Int32(truncatingIfNeeded: step), position: Int32(truncatingIfNeeded: start))
            while let way = next {
                if let end = go(way, &waiting) { return end }
                next = waiting.popLast()
            }
            return nil
        }

        /// Goes one way to its end; where it branches, the other way is put to those that wait. Gives the end of a match.
        @inline(__always)
        private func go(_ way: Way, _ waiting: inout WaitingWays) -> Int? {
            var number = Int(way.step)
            var position = Int(way.position)
            while true {
                let step = program.steps[number]
                number = Int(step.next)
                switch step.kind {
                case .word:
                    guard stands(step, at: position) else { return nil }
                    position &+= Int(step.second)
                case .byte:
                    guard isIn(step.first, at: position) else { return nil }
                    position &+= 1
                case .character:
                    guard isIn(step.first, at: position) else { return nil }
                    position = character(behind: position)
                case .branch:
                    guard isNew(step, position) else { return nil }
                    if canGo(Int(step.first), position) { waiting.append(Int(step.first), position) }
                case .choice:
                    guard isNew(step, position), let chosen = choose(Int(step.first), position, &waiting) else {
                        return nil
                    }
                    number = chosen
                case .run:
                    if isNew(step, position) { run(step, position, &waiting) }
                    return nil
                case .wordBorder: guard isBorder(position) else { return nil }
                case .noWordBorder: if isBorder(position) { return nil }
                case .start: guard position == 0 || lead?.hasEnd(position) == true else { return nil }
                case .end:
                    guard position == bytes.count || lead != nil && Advice.follows(position, in: bytes) else {
                        return nil
                    }
                case .match: return position
                }
            }
        }

        /// Whether a step that parts ways was not tried at this byte before; now it was.
        @inline(__always)
        private func isNew(_ step: Step, _ position: Int) -> Bool {
            let bit = Int(step.row) &* (bytes.count &+ 1) &+ position
            let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: bit)
            if tried[bit &>> 6] & mask != 0 { return false }
            tried[bit &>> 6] |= mask
            return true
        }

        /// Whether a word stands at a place; the text has the bytes of a piece behind it.
        @inline(__always)
        private func stands(_ step: Step, at position: Int) -> Bool {
            guard bytes.count &- position >= Int(step.second), let text = UnsafeRawPointer(bytes.baseAddress) else {
                return false
            }
            var (piece, offset) = (Int(step.first), 0)
            repeat {
                let eight = UInt64(
                    littleEndian: text.loadUnaligned(fromByteOffset: position &+ offset, as: UInt64.self))
                let word = program.words[piece]
                guard eight & word.mask == word.bytes else { return false }
                (piece, offset) = (piece &+ 1, offset &+ WordPiece.byteCount)
            } while offset < Int(step.second)
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
        @inline(__always)
        private func choose(_ choice: Int, _ position: Int, _ waiting: inout WaitingWays) -> Int? {
            let kind = position < bytes.count ? Choices.kind(bytes[position]) : Choices.end
            let entry = program.choices[choice &* Choices.kindCount &+ kind]
            guard entry >= Choices.isPlace else { return Int(entry) }
            guard entry != Choices.none else { return nil }
            let place = Int(entry & ~Choices.isPlace)
            var last = place &+ Int(program.targets[place])
            while last > place &+ 1 {
                waiting.append(Int(program.targets[last]), position)
                last &-= 1
            }
            return Int(program.targets[last])
        }

        /// Puts the ways behind each length of a run to those that wait, so that the shortest is gone first.
        private func run(_ step: Step, _ start: Int, _ waiting: inout WaitingWays) {
            let (set, least, next) = (step.first, Int(step.second), Int(step.next))
            if isASCII, program.isAll(set) {
                leap(to: next, start &+ least, min(start &+ Int(step.third), bytes.count), &waiting)
                return
            }
            let isOpen = program.isIn(set, 0x80) && program.isIn(set, 0xBF)
            let known = waiting.count
            var position = start
            var length = 0
            while true {
                if length >= least, canGo(next, position) { waiting.append(next, position) }
                guard length < Int(step.third), isIn(set, at: position) else { break }
                position = isOpen ? character(behind: position) : position + 1
                length += 1
            }
            waiting.reverse(from: known)
        }

        /// Puts the ways from a step at each of the places to those that wait, the last place first.
        private func leap(to step: Int, _ first: Int, _ last: Int, _ waiting: inout WaitingWays) {
            guard first <= last else { return }
            let isBorderNeeded = program.steps[step].head.border == .needed
            for block in stride(from: last &>> 6, through: first &>> 6, by: -1) {
                var places = isBorderNeeded ? borders[block] : .max
                if block == last &>> 6 { places &= .max &>> UInt64(truncatingIfNeeded: 63 &- last & 63) }
                if block == first &>> 6 { places &= .max &<< UInt64(truncatingIfNeeded: first) }
                while places != 0 {
                    let bit = 63 &- places.leadingZeroBitCount
                    places ^= 1 &<< UInt64(truncatingIfNeeded: bit)
                    let place = block &<< 6 | bit
                    waiting.append(step, place, if: canGo(step, place))
                }
            }
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
            let head = program.steps[step].head
            if head.border != .any, isBorder(position) != (head.border == .needed) { return false }
            return position < bytes.count ? program.isIn(head.set, bytes[position]) : head.takesEnd
        }
    }
}
