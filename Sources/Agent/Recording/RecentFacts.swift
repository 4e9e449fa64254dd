// The facts that were recorded lately, by their ids: bounded, however many there are.

import Journal
import Vocabulary

/// What was recorded of each id. Remembers at least the last `limit` ids, and at most twice as many.
struct RecentFacts {
    let limit: Int
    // When the newer generation is full, the older one is forgotten.
    private var newer: [UInt128: UInt8] = [:]
    private var older: [UInt128: UInt8] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    /// What the best record of this id said; nil where none is remembered.
    func worth(of id: UInt128) -> UInt8? { newer[id] ?? older[id] }

    mutating func remember(_ id: UInt128, worth: UInt8) {
        if newer.count >= limit, newer[id] == nil {
            swap(&older, &newer)
            // Its room is kept, so that memory does not come and go.
            newer.removeAll(keepingCapacity: true)
        }
        newer[id] = max(worth, self.worth(of: id) ?? 0)
    }
}

extension Record {
    /// The id as a number; nil where it is none of this program's.
    var idNumber: UInt128? { id.utf8.count == 32 ? UInt128(id, radix: 16) : nil }

    /// Of two records of one fact the later one is written only where it is worth more.
    var worth: UInt8 { trust.worth(of: category) }
}
