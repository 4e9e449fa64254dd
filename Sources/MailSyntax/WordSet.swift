// Many fixed words looked for at once: one pass over the text, whatever their number, that looks at few of its bytes.

/// Fixed words of at least four bytes. ASCII letters compare without regard to case.
package struct WordSet: Sendable {
    /// Every word's bytes, in lower case, one word behind the other.
    private let letters: [UInt8]
    /// Word n is `letters[ends[n]..<ends[n + 1]]`.
    private let ends: [Int]
    /// The words that begin with the pair of bytes of key n are `numbers[starts[n]..<starts[n + 1]]`, in ascending order.
    private let starts: [UInt16]
    private let numbers: [UInt16]
    /// How far apart the places are at which the text is looked at: in each word, three bytes stand at one of them.
    private let stride: Int
    /// A bit for the hash of each three bytes at the first `stride` places of a word.
    private let samples: [UInt64]

    /// Five bits of each of two bytes: the same for a letter in both its cases.
    private static let keyCount = 1 << 10

    package init(_ words: [StaticString]) {
        var letters: [UInt8] = []
        var ends = [0]
        var byKey = [[Int]](repeating: [], count: Self.keyCount)
        for (number, word) in words.enumerated() {
            let bytes = Bytes(word).lowercased()
            precondition(bytes.count >= 4)
            letters += bytes
            ends.append(letters.count)
            byKey[Self.key(bytes[0], bytes[1])].append(number)
        }
        self.letters = letters
        self.ends = ends
        starts = byKey.reduce(into: [0]) { $0.append($0[$0.count - 1] + UInt16($1.count)) }
        numbers = byKey.joined().map { UInt16($0) }
        stride = (zip(ends, ends.dropFirst()).map { $1 - $0 }.min() ?? 4) - 2
        var samples = [UInt64](repeating: 0, count: Self.hashCount / 64)
        for start in ends.dropLast() {
            for place in start..<(start + stride) {
                let hash = Self.hash(letters[place..<(place + 3)].reversed().reduce(0) { $0 << 8 | UInt32($1) })
                samples[hash >> 6] |= 1 << UInt64(hash & 63)
            }
        }
        self.samples = samples
    }

    /// The first of the words, in their order and not in that of the text, that the text holds, and where it first stands.
    package func first(in text: Bytes) -> (number: Int, range: Range<Int>)? {
        var first: (number: Int, place: Int)?
        search(text) { number, place in
            if first.map({ number < $0.number }) ?? true { first = (number, place) }
            return first?.number == 0
        }
        return first.map { number, place in
            let start = text.startIndex + place
            return (number, start..<(start + ends[number + 1] - ends[number]))
        }
    }

    /// Whether the text holds any of the words.
    package func isAny(in text: Bytes) -> Bool {
        var isFound = false
        search(text) { _, _ in
            isFound = true
            return true
        }
        return isFound
    }

    private static func key(_ first: UInt8, _ second: UInt8) -> Int { Int(first & 31) << 5 | Int(second & 31) }

    private static let hashCount = 1 << 13

    /// Of five bits of each of the three lower bytes: the same for a letter in both its cases.
    @inline(__always)
    private static func hash(_ bytes: UInt32) -> Int { Int(((bytes & 0x1F1F1F) &* 0x9E37_79B1) &>> 19) }

    /// Calls `body` with each word and the offset at which it stands, in the order of the text, until it says true.
    @inline(__always)
    private func search(_ text: Bytes, _ body: (_ number: Int, _ place: Int) -> Bool) {
        text.withUnsafeBufferPointer { text in
            var sample = stride - 1
            while let found = nextSample(in: text, from: sample) {
                for place in (found - stride + 1)...found {
                    let key = Self.key(text[place], text[place + 1])
                    for index in Int(starts[key])..<Int(starts[key + 1]) {
                        let number = Int(numbers[index])
                        if stands(number, at: place, in: text), body(number, place) { return }
                    }
                }
                sample = found + stride
            }
        }
    }

    /// The next place to look at, from `start` on, at which three bytes stand that a word has. Apart from what is done with a word, which
    /// would take the few registers that this needs.
    @inline(never)
    private func nextSample(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = UnsafeRawPointer(text.baseAddress) else { return nil }
        return samples.withUnsafeBufferPointer { samples in
            var place = start
            while place + 3 <= text.count {
                // There is a byte before the three, which is not asked for.
                let four = base.loadUnaligned(fromByteOffset: place - 1, as: UInt32.self)
                let hash = Self.hash(UInt32(littleEndian: four) &>> 8)
                if samples[hash &>> 6] &>> UInt64(hash & 63) & 1 != 0 { return place }
                place += stride
            }
            return nil
        }
    }

    @inline(never)
    private func stands(_ number: Int, at place: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let (start, count) = (ends[number], ends[number + 1] - ends[number])
        guard place + count <= text.count, let base = text.baseAddress else { return false }
        return letters.span.extracting(start..<(start + count)).withUnsafeBytes { word in
            word.baseAddress.map { equalsFolded(base + place, $0, count: count) } ?? true
        }
    }
}
