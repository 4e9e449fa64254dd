// Facts in the orders in which they are applied: made by who reads, who has time while another thread applies.

/// Facts with different ids.
struct FactSet {
    /// In the journal's order.
    let facts: [Fact]
    /// Each once, in the order of their bytes, so that the database finds neighbours together.
    let addresses: [String]
    /// Where the address of each of `facts` stands among `addresses`.
    let places: [Int]
    /// How many there are of each day and kind, as rows of table `daily`.
    let counts: RowBatch
    /// By their addresses, those of one in the order in which they are judged.
    private let sorted: [Fact]
    /// Where those of each address begin in `sorted`, and where the last ones end.
    private let starts: [Int]

    init(_ facts: [Fact]) {
        self.facts = facts
        let order = facts.indices.sorted {
            let (a, b) = (facts[$0], facts[$1])
            return a.address == b.address ? Occurrence.isBefore(a.occurrence, b.occurrence) : a.address < b.address
        }
        sorted = order.map { facts[$0] }
        var addresses: [String] = []
        var starts: [Int] = []
        var places = Array(repeating: 0, count: facts.count)
        for (index, fact) in sorted.enumerated() {
            if fact.address != addresses.last {
                addresses.append(fact.address)
                starts.append(index)
            }
            places[order[index]] = addresses.count - 1
        }
        self.addresses = addresses
        self.places = places
        self.starts = starts + [facts.count]
        counts = Self.counts(facts)
    }

    /// Those of an address, in the order in which they are judged.
    func facts(at place: Int) -> ArraySlice<Fact> { sorted[starts[place]..<starts[place + 1]] }

    /// Where an address stands among `addresses`; nil where nothing is of it.
    func place(of address: String) -> Int? {
        var range = addresses.indices
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            if addresses[middle] == address { return middle }
            range = addresses[middle] < address ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    private static func counts(_ facts: [Fact]) -> RowBatch {
        var counts: [Fact.Day: Int64] = [:]
        for fact in facts where fact.isCounted { counts[Fact.Day(fact), default: 0] += 1 }
        let sorted = counts.map { (texts: $0.texts, count: $1) }.sorted { $0.texts.lexicographicallyPrecedes($1.texts) }
        var rows = Fact.Day.rows
        for (texts, count) in sorted {
            for text in texts { rows.append(text) }
            rows.append(count)
        }
        return rows
    }
}
