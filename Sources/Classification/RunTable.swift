// Which patterns the runs of a text make worth trying.

/// For each run of bytes, by its number, the patterns that it marks. Of most runs a bit says that they mark nothing: what is read for every byte
/// of a text should stay near the processor.
struct RunTable: Sendable {
    private var isMarking = [UInt64](repeating: 0, count: WordRun.limit / 64)
    /// By the run's number, where in `patterns` stands what it marks: how many, then these.
    private var places = [Int32](repeating: 0, count: WordRun.limit)
    private var patterns: [Int32] = []

    /// A pattern that a run marks.
    struct Mark: Hashable {
        var run: Int32
        var pattern: Int32
    }

    init(_ marks: [Mark]) {
        var last: Mark?
        for mark in marks.sorted(by: { ($0.run, $0.pattern) < ($1.run, $1.pattern) }) where mark != last {
            if last?.run != mark.run {
                isMarking[Int(mark.run >> 6)] |= 1 << UInt64(mark.run & 63)
                places[Int(mark.run)] = Int32(patterns.count)
                patterns.append(0)
            }
            patterns[Int(places[Int(mark.run)])] += 1
            patterns.append(mark.pattern)
            last = mark
        }
    }

    /// Puts what the runs of a text mark to `marked`, and takes those of three bytes to `runs`.
    ///
    /// - Parameters:
    ///   - text: With `MatchedText.margin` bytes behind it.
    ///   - found: Memory for two numbers for each byte of the text.
    func mark(
        _ text: UnsafeBufferPointer<UInt8>, _ runs: TextRuns, _ found: UnsafeMutableBufferPointer<Int32>,
        _ marked: BitSet
    ) {
        guard let base = UnsafeRawPointer(text.baseAddress) else { return }
        let current = runs.begin()
        var count = 0
        isMarking.withUnsafeBufferPointer { isMarking in
            for place in text.indices {
                let bytes = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                let (three, four) = (WordRun.numberOfThree(bytes), WordRun.numberOfFour(bytes))
                runs.insert(three, current)
                // All are put there, and those that mark stay: to ask first would be guessed wrong too often.
                for run in [three, four] {
                    found[count] = Int32(truncatingIfNeeded: run)
                    count &+= Int(isMarking[run &>> 6] &>> UInt64(truncatingIfNeeded: run) & 1)
                }
            }
        }
        let (places, patterns) = (places.span, patterns.span)
        for run in found[..<count] {
            let place = Int(places[Int(run)])
            for index in (place &+ 1)...(place &+ Int(patterns[place])) { marked.insert(Int(patterns[index])) }
        }
    }
}

// MARK: - Kept in the cache

extension RunTable {
    private var marks: [Mark] {
        (0..<WordRun.limit).filter { isMarking[$0 >> 6] >> UInt64($0 & 63) & 1 != 0 }.flatMap { run in
            let place = Int(places[run])
            return patterns[(place + 1)...].prefix(Int(patterns[place])).map { Mark(run: Int32(run), pattern: $0) }
        }
    }

    func encode(_ writer: inout CacheWriter) {
        writer.write(marks.map(\.run))
        writer.write(marks.map(\.pattern))
    }

    init(_ reader: inout CacheReader, patternCount: Int) throws(CacheReader.Damage) {
        let runs: [Int32] = try reader.readNumbers(below: WordRun.limit)
        let patterns: [Int32] = try reader.readNumbers(below: patternCount)
        guard runs.count == patterns.count else { throw CacheReader.Damage() }
        self.init(zip(runs, patterns).map { Mark(run: $0, pattern: $1) })
    }
}
