// Whether, and where, a text holds a pattern: the steps of its program gone one way after the other.

import MailSyntax

extension PatternProgram {
    /// What one match works in; given once, used again.
    final class Memory {
        fileprivate var tried = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 256)
        fileprivate var waiting = WaitingWays()

        deinit {
            tried.deallocate()
            waiting.deallocate()
        }

        /// Nothing is tried yet of so many.
        fileprivate func clear(_ bits: Int) {
            let words = bits / 64 + 1
            if tried.count < words {
                tried.deallocate()
                tried = .allocate(capacity: words)
            }
            tried[..<words].update(repeating: 0)
        }
    }

    /// A way that is yet to be gone.
    fileprivate struct Way {
        var step: Int32
        var position: Int32
    }

    /// The ways that wait: the last one is gone first.
    fileprivate struct WaitingWays {
        private var ways = UnsafeMutableBufferPointer<Way>.allocate(capacity: 256)
        private(set) var count = 0

        func deallocate() { ways.deallocate() }

        mutating func removeAll() { count = 0 }

        mutating func append(_ way: Way) {
            if count == ways.count {
                let grown = UnsafeMutableBufferPointer<Way>.allocate(capacity: 2 * ways.count)
                _ = grown.initialize(fromContentsOf: ways)
                ways.deallocate()
                ways = grown
            }
            ways[count] = way
            count += 1
        }

        mutating func popLast() -> Way? {
            guard count > 0 else { return nil }
            count -= 1
            return ways[count]
        }

        /// Puts those from `start` on the other way round.
        func reverse(from start: Int) {
            var (low, high) = (start, count - 1)
            while low < high {
                ways.swapAt(low, high)
                (low, high) = (low + 1, high - 1)
            }
        }
    }

    /// The first match, from its leftmost beginning; its end is that of the first way that is found.
    func firstMatch(in text: UnsafeBufferPointer<UInt8>, _ memory: Memory) -> Range<Int>? {
        sets.withUnsafeBufferPointer { sets in
            guard var start = nextStart(in: text, from: 0, sets) else { return nil }
            memory.clear(rowCount * (text.count + 1))
            return withMatching(text, sets, memory.tried) { matching in
                var waiting = memory.waiting
                defer { memory.waiting = waiting }
                while true {
                    if let end = matching.match(from: start, &waiting) { return start..<end }
                    guard let next = nextStart(in: text, from: start + 1, sets) else { return nil }
                    start = next
                }
            }
        }
    }

    /// Where a match may begin.
    @inline(__always)
    private func nextStart(
        in text: UnsafeBufferPointer<UInt8>, from start: Int, _ sets: UnsafeBufferPointer<UInt64>
    ) -> Int? {
        var start = start
        while start < text.count {
            if Self.isIn(first, text[start], sets), !beginsAtBorder || Self.isWordBorder(text, start) { return start }
            start += 1
        }
        return nil
    }

    @inline(__always)
    private static func isIn(_ set: UInt16, _ byte: UInt8, _ sets: UnsafeBufferPointer<UInt64>) -> Bool {
        sets[Int(set) << 2 + Int(byte >> 6)] &>> UInt64(byte & 63) & 1 != 0
    }

    @inline(__always)
    private func withMatching<Result>(
        _ text: UnsafeBufferPointer<UInt8>, _ sets: UnsafeBufferPointer<UInt64>,
        _ tried: UnsafeMutableBufferPointer<UInt64>, _ body: (Matching) -> Result
    ) -> Result {
        steps.withUnsafeBufferPointer { steps in
            rows.withUnsafeBufferPointer { rows in
                words.withUnsafeBufferPointer { words in
                    choices.starts.withUnsafeBufferPointer { choices in
                        self.choices.targets.withUnsafeBufferPointer { targets in
                            body(
                                Matching(
                                    text: text, steps: steps, rows: rows, words: words, sets: sets, choices: choices,
                                    targets: targets, tried: tried))
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func isWordBorder(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        let before = position > 0 && isWordByte(text[position - 1])
        let behind = position < text.count && isWordByte(text[position])
        return before != behind
    }

    @inline(__always)
    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_")
    }

    /// One text against one program.
    private struct Matching {
        let text: UnsafeBufferPointer<UInt8>
        let steps: UnsafeBufferPointer<Step>
        let rows: UnsafeBufferPointer<UInt16>
        let words: UnsafeBufferPointer<UInt8>
        let sets: UnsafeBufferPointer<UInt64>
        let choices: UnsafeBufferPointer<UInt16>
        let targets: UnsafeBufferPointer<UInt16>
        let tried: UnsafeMutableBufferPointer<UInt64>

        /// The end of a match that begins at `start`.
        func match(from start: Int, _ waiting: inout WaitingWays) -> Int? {
            waiting.removeAll()
            var next: Way? = Way(step: 0, position: Int32(start))
            while let way = next {
                if let end = go(way, &waiting) { return end }
                next = waiting.popLast()
            }
            return nil
        }

        /// Goes one way to its end; where it branches, the other way is put to those that wait. Gives the end of a match.
        private func go(_ way: Way, _ waiting: inout WaitingWays) -> Int? {
            var step = Int(way.step)
            var position = Int(way.position)
            while true {
                switch steps[step] {
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
                    if canGo(Int(other), position) {
                        waiting.append(Way(step: Int32(other), position: Int32(position)))
                    }
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
                case .wordBorder(let isBorder):
                    guard PatternProgram.isWordBorder(text, position) == isBorder else { return nil }
                    step += 1
                case .start:
                    guard position == 0 else { return nil }
                    step += 1
                case .end:
                    guard position == text.count else { return nil }
                    step += 1
                case .match: return position
                }
            }
        }

        /// Whether a step that parts ways was not tried at this byte before; now it was.
        @inline(__always)
        private func isNew(_ step: Int, _ position: Int) -> Bool {
            let bit = Int(rows[step]) * (text.count + 1) + position
            let mask = UInt64(1) &<< UInt64(bit & 63)
            if tried[bit >> 6] & mask != 0 { return false }
            tried[bit >> 6] |= mask
            return true
        }

        @inline(__always)
        private func stands(_ start: Int, _ count: Int, at position: Int) -> Bool {
            guard text.count - position >= count else { return false }
            for offset in 0..<count where text[position + offset].asciiLowercased != words[start + offset] {
                return false
            }
            return true
        }

        @inline(__always)
        private func isIn(_ set: UInt16, at position: Int) -> Bool {
            position < text.count && PatternProgram.isIn(set, text[position], sets)
        }

        /// The first alternative that can begin here; the others are put to those that wait.
        private func choose(_ choice: Int, _ position: Int, _ waiting: inout WaitingWays) -> Int? {
            let (start, end) = alternatives(choice, position)
            guard start < end else { return nil }
            var next = end - 1
            while next > start {
                waiting.append(Way(step: Int32(targets[next]), position: Int32(position)))
                next -= 1
            }
            return Int(targets[start])
        }

        /// Where in `targets` those of a choice stand that can begin here.
        @inline(__always)
        private func alternatives(_ choice: Int, _ position: Int) -> (start: Int, end: Int) {
            let kind = position < text.count ? Choices.kind(text[position]) : Choices.end
            let index = choice * (Choices.kindCount + 1) + kind
            return (Int(choices[index]), Int(choices[index + 1]))
        }

        /// Puts the ways behind each length of a run to those that wait, so that the shortest is gone first.
        private func run(
            _ step: Int, _ start: Int, _ set: UInt16, least: UInt16, most: UInt16, _ waiting: inout WaitingWays
        ) {
            let isOpen = PatternProgram.isIn(set, 0x80, sets) && PatternProgram.isIn(set, 0xBF, sets)
            let known = waiting.count
            var position = start
            var length: UInt16 = 0
            while true {
                if length >= least, canGo(step + 1, position) {
                    waiting.append(Way(step: Int32(step + 1), position: Int32(position)))
                }
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
            while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
            return next
        }

        /// false where a way would fail at its first byte.
        private func canGo(_ step: Int, _ position: Int) -> Bool {
            switch steps[step] {
            case .wordBorder(let isBorder):
                return PatternProgram.isWordBorder(text, position) == isBorder && canGo(step + 1, position)
            case .word(let start, _): return stands(Int(start), 1, at: position)
            case .byte(let set), .character(let set): return isIn(set, at: position)
            case .choice(let choice):
                let (start, end) = alternatives(Int(choice), position)
                return start < end
            default: return true
            }
        }
    }
}
