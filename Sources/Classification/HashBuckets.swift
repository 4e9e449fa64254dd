// Where in a sorted list the entries of one hash stand.

/// For entries sorted by a hash of few bits: those of the hash n stand at `self[n]`.
struct HashBuckets: Sendable {
    private let starts: [Int32]

    /// - Parameter hashes: Of each entry, below `count`.
    init(_ hashes: some Sequence<Int>, count: Int) {
        var counts = [Int32](repeating: 0, count: count)
        for hash in hashes { counts[hash] += 1 }
        starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    }

    @inline(__always)
    subscript(hash: Int) -> Range<Int> {
        let starts = starts.span
        return Int(starts[hash])..<Int(starts[hash + 1])
    }
}
