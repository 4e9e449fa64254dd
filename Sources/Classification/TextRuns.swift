// Which runs of three bytes a text holds: what tells at once of most words that they are not in it.

/// The runs of one text. They are numbered by a hash in which the cases of a letter of ASCII are the same; so a text can seem to hold a run
/// that it does not. A value that is copied is the same set; its owner calls `deallocate()` once.
struct TextRuns {
    /// Of each word so many runs are looked at.
    static let numbersOfWord = 4
    /// How many numbers there are.
    private static let limit = 1 << 12

    /// For each number the last text that held such a run; behind them the text that was read last. So nothing is cleared for most texts.
    private let texts: UnsafeMutableBufferPointer<UInt8>

    init() {
        texts = .allocate(capacity: Self.limit + 1)
        texts.initialize(repeating: 0)
    }

    func deallocate() { texts.deallocate() }

    /// Takes the runs of a text in the place of those of the one before.
    func read(_ text: UnsafeBufferPointer<UInt8>) {
        if texts[Self.limit] == .max { texts.update(repeating: 0) }
        let current = texts[Self.limit] + 1
        texts[Self.limit] = current
        guard text.count >= 3, let base = UnsafeRawPointer(text.baseAddress) else { return }
        texts[Self.number(text[0], text[1], text[2])] = current
        // With the byte before each run, so that four are read at once.
        for place in 0..<(text.count - 3) {
            let four = base.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            texts[Self.number(UInt32(littleEndian: four))] = current
        }
    }

    /// Whether the text holds the runs of a word, `numbersOfWord` from a place on, which must be there.
    @inline(__always)
    func hold(_ numbers: Span<UInt16>, _ place: Int) -> Bool {
        let current = texts[Self.limit]
        for index in place..<(place &+ Self.numbersOfWord) {
            guard texts[Int(numbers[unchecked: index]) & (Self.limit - 1)] == current else { return false }
        }
        return true
    }

    /// Runs of a word of at least three bytes, spread over its length; some of them twice where it has few.
    static func numbers(of word: String) -> [UInt16] {
        let bytes = Array(word.utf8)
        return (0..<numbersOfWord).map { place in
            let start = (bytes.count - 3) * place / (numbersOfWord - 1)
            return UInt16(number(bytes[start], bytes[start + 1], bytes[start + 2]))
        }
    }

    private static func number(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int {
        number(UInt32(third) << 24 | UInt32(second) << 16 | UInt32(first) << 8)
    }

    /// The number of a run in the upper three bytes.
    @inline(__always)
    private static func number(_ run: UInt32) -> Int { Int(((run | 0x2020_20FF) &* 0x9E37_79B1) &>> 20) }
}
