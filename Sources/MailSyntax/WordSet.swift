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
    /// A bit for each three bytes that a word begins with, five bits of each; a word of two bytes has one for each third.
    private let keys: [UInt64]

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
        var keys = [UInt64](repeating: 0, count: Self.keyCount * 32 / 64)
        for word in words {
            let bytes = Bytes(word)
            for third in 0..<32 where bytes.count == 2 || Int(bytes[bytes.startIndex + 2] & 31) == third {
                let key = Self.key(bytes[bytes.startIndex], bytes[bytes.startIndex + 1]) << 5 | third
                keys[key >> 6] |= 1 << UInt64(key & 63)
            }
        }
        self.keys = keys
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

    /// Calls `body` with each word and the offset at which it stands, in the order of the text, until it says true.
    @inline(__always)
    private func search(_ text: Bytes, _ body: (_ number: Int, _ place: Int) -> Bool) {
        text.withUnsafeBufferPointer { text in
            guard text.count >= 2 else { return }
            var run = UInt32(Self.key(text[0], text[1]))
            var end = 2
            while let place = nextPlace(in: text, &run, &end) {
                let key = Int(run >> 5)
                for index in starts[key]..<starts[key + 1]
                where stands(numbers[index], at: place, in: text) && body(numbers[index], place) {
                    return
                }
            }
        }
    }

    /// The next place at which three bytes stand that a word begins with. `run` holds five bits of each of the last bytes before `end`.
    /// Apart from what is done with a word, which would take the few registers that this needs.
    @inline(never)
    private func nextPlace(in text: UnsafeBufferPointer<UInt8>, _ run: inout UInt32, _ end: inout Int) -> Int? {
        keys.withUnsafeBufferPointer { keys in
            var last = run
            for next in end..<max(text.count, end) {
                last = (last & 1023) &<< 5 | UInt32(text[next] & 31)
                if keys[Int(last &>> 6)] &>> UInt64(last & 63) & 1 != 0 {
                    (run, end) = (last, next + 1)
                    return next - 2
                }
            }
            // Behind the end stands nothing that a word of three bytes could begin with and fit.
            guard end <= text.count else { return nil }
            run = (last & 1023) &<< 5
            end = text.count + 1
            return keys[Int(run &>> 6)] &>> UInt64(run & 63) & 1 != 0 ? text.count - 2 : nil
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
