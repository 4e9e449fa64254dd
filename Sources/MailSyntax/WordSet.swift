// Many fixed words looked for at once: one pass over the text, whatever their number.

/// Fixed words of at least two bytes. ASCII letters compare without regard to case.
package struct WordSet: Sendable {
    /// Every word's bytes, in lower case, one word behind the other.
    private let letters: [UInt8]
    /// Word n is `letters[ends[n]..<ends[n + 1]]`.
    private let ends: [Int]
    /// The words that begin with the pair of bytes of key n are `numbers[starts[n]..<starts[n + 1]]`, in ascending order.
    private let starts: [Int]
    private let numbers: [Int]
    /// A bit for the hash of each three bytes that a word begins with; a word of two bytes has one for each third.
    private let beginnings: [UInt64]

    /// Five bits of each of two bytes: the same for a letter in both its cases.
    private static let keyCount = 1 << 10

    package init(_ words: [StaticString]) {
        var letters: [UInt8] = []
        var ends = [0]
        var byKey = [[Int]](repeating: [], count: Self.keyCount)
        for (number, word) in words.enumerated() {
            let bytes = Bytes(word).lowercased()
            precondition(bytes.count >= 2)
            letters += bytes
            ends.append(letters.count)
            byKey[Self.key(bytes[0], bytes[1])].append(number)
        }
        self.letters = letters
        self.ends = ends
        starts = byKey.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        numbers = byKey.flatMap { $0 }
        var beginnings = [UInt64](repeating: 0, count: Self.hashCount / 64)
        for word in words {
            let bytes = Bytes(word)
            for third in 0..<32 where bytes.count == 2 || Int(bytes[bytes.startIndex + 2] & 31) == third {
                let hash = Self.hash(
                    UInt32(bytes[bytes.startIndex]) | UInt32(bytes[bytes.startIndex + 1]) << 8 | UInt32(third) << 16)
                beginnings[hash >> 6] |= 1 << UInt64(hash & 63)
            }
        }
        self.beginnings = beginnings
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

    private static let hashCount = 1 << 15

    /// Of five bits of each of the three lower bytes.
    @inline(__always)
    private static func hash(_ bytes: UInt32) -> Int { Int(((bytes & 0x1F1F1F) &* 0x9E37_79B1) &>> 17) }

    /// Calls `body` with each word and the offset at which it stands, in the order of the text, until it says true.
    @inline(__always)
    private func search(_ text: Bytes, _ body: (_ number: Int, _ place: Int) -> Bool) {
        text.withUnsafeBufferPointer { text in
            var place = 0
            while let found = nextPlace(in: text, from: place) {
                let key = Self.key(text[found], text[found + 1])
                for index in starts[key]..<starts[key + 1]
                where stands(numbers[index], at: found, in: text) && body(numbers[index], found) {
                    return
                }
                place = found + 1
            }
        }
    }

    /// The next place at which three bytes stand that a word may begin with. Apart from what is done with a word, which would take the
    /// few registers that this needs.
    @inline(never)
    private func nextPlace(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = UnsafeRawPointer(text.baseAddress) else { return nil }
        return beginnings.withUnsafeBufferPointer { beginnings in
            func mayBegin(_ three: UInt32) -> Bool {
                let hash = Self.hash(three)
                return beginnings[hash &>> 6] &>> UInt64(hash & 63) & 1 != 0
            }
            let last = max(text.count - 3, start)
            for place in start..<last
            where mayBegin(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt32.self))) {
                return place
            }
            // What stands behind the end is taken for 0; `stands` knows better.
            return (last..<max(text.count - 1, last)).first { place in
                let third = place + 2 < text.count ? text[place + 2] : 0
                return mayBegin(UInt32(text[place]) | UInt32(text[place + 1]) << 8 | UInt32(third) << 16)
            }
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
