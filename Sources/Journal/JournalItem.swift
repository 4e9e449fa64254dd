// What is found in a journal: records, and what is wrong between them.

/// One record as it stands in the journal.
package struct JournalEntry: Sendable, Hashable {
    package let seq: UInt64
    package let record: Record
    /// The line's bytes without the `\n`.
    package let line: [UInt8]
}

/// Something that should not be in a journal.
package struct JournalFinding: Sendable, Hashable, CustomStringConvertible {
    /// What it is.
    package enum Kind: Sendable, Hashable {
        /// A line that is no record, or was damaged.
        case damaged(RecordError)
        /// These records are in none of the files.
        case gap(ClosedRange<UInt64>)
        /// A record's number is the same as that of the one before.
        case duplicate(UInt64)
        /// A record's number is lower than that of the one before.
        case outOfOrder(UInt64)
        /// The file's last bytes are not ended by a newline.
        case torn(bytes: Int)
        /// A rotated file's name tells another first record than the file has.
        case misnamed(firstSeq: UInt64)
        /// The file has become shorter while it was read.
        case truncated
    }

    package let kind: Kind
    package let path: String
    /// The byte in the file where it begins.
    package let offset: Int

    /// "path: byte N: what", for people.
    package var description: String {
        let what =
            switch kind {
            case .damaged(let error) where error.isFromNewerProgram:
                "a newer version of bounce-milter wrote this line, update this one: \(error)"
            case .damaged(let error): "damaged line: \(error)"
            case .gap(let missing) where missing.lowerBound == missing.upperBound:
                "record \(missing.lowerBound) is missing"
            case .gap(let missing): "records \(missing.lowerBound) to \(missing.upperBound) are missing"
            case .duplicate(let seq): "record number \(seq) is there twice"
            case .outOfOrder(let seq): "record \(seq) comes too late"
            case .torn(let bytes): "torn: \(bytes) bytes without a newline"
            case .misnamed(let firstSeq): "the first record is \(firstSeq), the name says another"
            case .truncated: "became shorter while it was read"
            }
        return "\(path): byte \(offset): \(what)"
    }
}

/// What a reader hands out, in the order of the journal.
package enum JournalItem: Sendable, Hashable {
    case entry(JournalEntry)
    case finding(JournalFinding)
}

/// Watches the numbers of records that come one after the other.
struct SequenceCheck {
    /// Of the record before; nil where any number may come.
    var last: UInt64?

    mutating func check(_ seq: UInt64) -> JournalFinding.Kind? {
        defer { last = seq }
        guard let last else { return nil }
        if seq == last { return .duplicate(seq) }
        if seq < last { return .outOfOrder(seq) }
        return seq == last + 1 ? nil : .gap(last + 1...seq - 1)
    }
}
