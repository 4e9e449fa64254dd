// Which runs of three bytes a text holds: what tells at once of most words that they are not in it.

/// Runs are numbered by a hash in which the cases of a letter of ASCII are the same; so a text can seem to hold a run that it does not.
enum TextRuns {
    /// How many numbers there are.
    static let limit = 1 << 12
    /// Of each word so many runs are looked at.
    static let numbersOfWord = 4

    /// Marks the runs of a text.
    static func mark(_ text: UnsafeBufferPointer<UInt8>, into runs: BitSet) {
        guard text.count >= 3 else { return }
        var run = UInt32(text[0] | 0x20) << 8 | UInt32(text[1] | 0x20)
        for index in 2..<text.count {
            run = run &<< 8 | UInt32(text[index] | 0x20)
            runs.insert(number(run))
        }
    }

    /// Runs of a word of at least three bytes, spread over its length; some of them twice where it has few.
    static func numbers(of word: String) -> [UInt16] {
        let bytes = word.utf8.map { UInt32($0 | 0x20) }
        return (0..<numbersOfWord).map { place in
            let start = (bytes.count - 3) * place / (numbersOfWord - 1)
            return UInt16(number(bytes[start] << 16 | bytes[start + 1] << 8 | bytes[start + 2]))
        }
    }

    /// The number of a run in the lower three bytes.
    private static func number(_ run: UInt32) -> Int { Int((run << 8 &* 0x9E37_79B1) >> 20) }
}
