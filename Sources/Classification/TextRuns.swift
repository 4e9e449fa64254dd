// Which runs of three bytes a text holds: what tells at once of most words that they are not in it.

/// The runs of one text. They are numbered by a hash in which the cases of a letter of ASCII are the same; so a text can seem to hold a run
/// that it does not. A value that is copied is the same set; its owner calls `deallocate()` once.
struct TextRuns {
    /// Of each word so many runs are looked at.
    static let numbersOfWord = 4
    /// How many numbers there are.
    private static let limit = WordRun.limitOfThree

    /// For each number the last text that held such a run; behind them the text that was read last. So nothing is cleared for most texts.
    private let texts: UnsafeMutableBufferPointer<UInt8>

    init() {
        texts = .allocate(capacity: Self.limit + 1)
        texts.initialize(repeating: 0)
    }

    func deallocate() { texts.deallocate() }

    /// Takes those of another text in the place of the ones before; gives what `insert(_:_:)` is told it by.
    func begin() -> UInt8 {
        if texts[Self.limit] == .max { texts.update(repeating: 0) }
        texts[Self.limit] += 1
        return texts[Self.limit]
    }

    /// Takes a run of the text, by its number.
    @inline(__always)
    func insert(_ number: Int, _ text: UInt8) { texts[number] = text }

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
            return UInt16(WordRun(bytes[start...], count: WordRun.shortestBytes).number)
        }
    }
}
