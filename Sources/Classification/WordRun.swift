// A short run of a word's bytes: what a text is looked through for instead of the whole word.

/// Four bytes of a word, or three where it has no more. Case is folded by the bit that the cases of a letter of ASCII differ in, so that runs
/// can seem the same that are not.
struct WordRun: Hashable {
    /// Folded, the first the lowest.
    private let bytes: UInt32
    private let count: Int

    static let longestBytes = 4
    static let shortestBytes = 3

    /// The first three or four of these.
    init(_ bytes: some Sequence<UInt8>, count: Int) {
        self.bytes = bytes.prefix(count).enumerated().reduce(0) { folded, byte in
            folded | (UInt32(byte.element) | 0x20) << UInt32(8 * byte.offset)
        }
        self.count = count
    }

    /// A number below `limit`, by a hash: those of three bytes before those of four.
    var number: Int { count == Self.shortestBytes ? Self.numberOfThree(bytes) : Self.numberOfFour(bytes) }

    static let limit = limitOfThree + (1 << bitsOfFour)
    static let limitOfThree = 1 << bitsOfThree
    private static let bitsOfFour = 17
    private static let bitsOfThree = 12

    /// Of the four bytes of a text from a place on, the first the lowest.
    @inline(__always)
    static func numberOfFour(_ bytes: UInt32) -> Int {
        limitOfThree &+ Int(((bytes | 0x2020_2020) &* 0x9E37_79B1) &>> UInt32(32 - bitsOfFour))
    }

    /// Of the lower three.
    @inline(__always)
    static func numberOfThree(_ bytes: UInt32) -> Int {
        Int(((bytes &<< 8 | 0x2020_2000) &* 0x9E37_79B1) &>> UInt32(32 - bitsOfThree))
    }

    /// All runs of a word, which has at least three bytes: for each place where one can begin, it and the others that letters beyond ASCII make
    /// of it as capitals (see `formsInRuns`).
    static func all(of word: String) -> [Set<WordRun>] {
        let count = min(word.utf8.count, longestBytes)
        let bytes = Array(word.utf8)
        if bytes.allSatisfy({ $0 < 0x80 }) {
            return bytes.indices.dropLast(count - 1).map { [WordRun(bytes[$0...], count: count)] }
        }
        var runs: [Set<WordRun>] = []
        var left = word.utf8.count
        var scalars = word.unicodeScalars[...]
        while left >= count, let first = scalars.first {
            runs.append(beginnings(of: scalars, count))
            left -= first.utf8.count
            scalars.removeFirst()
        }
        return runs
    }

    private static func beginnings(of scalars: Substring.UnicodeScalarView, _ count: Int) -> Set<WordRun> {
        var beginnings: Set<[UInt8]> = [[]]
        for scalar in scalars.prefix(count) {
            let forms = scalar.formsInRuns
            beginnings = Set(beginnings.flatMap { known in known.count < count ? forms.map { known + $0 } : [known] })
        }
        return Set(beginnings.map { WordRun($0, count: count) })
    }
}
