// Which of the words that a pattern requires are looked for: those that the fewest replies hold.

/// How often runs of bytes are used in replies, as far as the rules' own samples tell: so that of all words that a pattern requires,
/// those are looked for that the fewest replies hold.
struct WordUsage {
    /// By the number of a run. Where two share one, both seem more frequent.
    private var counts = [Int](repeating: 0, count: WordRun.limit)

    init(_ replies: some Sequence<String>) {
        for reply in replies {
            var bytes: UInt32 = 0
            for byte in reply.utf8 {
                bytes = bytes >> 8 | UInt32(byte) << 24
                counts[WordRun.numberOfFour(bytes)] += 1
                counts[WordRun.numberOfThree(bytes >> 8)] += 1
            }
        }
    }

    /// Of the clause that the fewest replies satisfy, the rarest run of each word, in all cases of its letters; empty where there is no
    /// clause.
    func rarestRuns(of clauses: [[String]]) -> Set<WordRun> {
        let runs = clauses.map { Set($0.map(rarest)) }
        return runs.min { cost($0) < cost($1) }.map { Set($0.joined()) } ?? []
    }

    /// Each word costs a little by itself: the fewer are looked for, the better.
    private func cost(_ runs: Set<Set<WordRun>>) -> Int { runs.reduce(0) { $0 + 2 * count($1) + 1 } }

    private func rarest(of word: String) -> Set<WordRun> {
        WordRun.all(of: word).min { count($0) < count($1) } ?? []
    }

    private func count(_ runs: Set<WordRun>) -> Int { runs.reduce(0) { $0 + counts[$1.number] } }
}
