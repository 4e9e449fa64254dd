// "Did you mean …?": the known word that a mistyped one is nearest to.

/// Compares a word with the known ones.
package enum NearMiss {
    /// The candidate that is at most two slips away (a letter wrong, missing, too many, or two swapped) and less than half the word.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        return
            candidates
            .map { (candidate: $0, slips: slips(Array(word.utf8), Array($0.utf8))) }
            .filter { $0.slips <= 2 && $0.slips * 2 < $0.candidate.utf8.count }
            .min { $0.slips < $1.slips }?.candidate
    }

    /// The optimal string alignment distance.
    private static func slips(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1..<(a.count + 1) {
            var row = [i]
            for j in 1..<(b.count + 1) {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
