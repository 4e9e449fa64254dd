// Where the store stands in each journal, in table `journal`.

import Journal

/// What the store knows of one journal.
package struct JournalState: Sendable, Hashable {
    package var name: String
    package var checkpoint: Checkpoint
    /// The first record that was read.
    package var firstSeq: UInt64
    /// Records that were new, and records whose `id` was there before.
    package var applied: Int64
    package var repeated: Int64
    /// Damaged lines and missing records that were passed over.
    package var damaged: Int64
    package var missing: Int64
    /// The time of the last record, milliseconds since 1970.
    package var lastTime: Int64
}

extension Store {
    private static let columns =
        "name, seq, crc, file_first_seq, file_offset, first_seq, applied, repeated, damaged, missing, last_time"

    /// All journals that were ever applied.
    package func journals() throws -> [JournalState] {
        var journals: [JournalState] = []
        try database.rows("SELECT \(Self.columns) FROM journal ORDER BY name", []) {
            if let state = JournalState($0) { journals.append(state) }
        }
        return journals
    }

    /// Before the first record for a journal that is not known yet.
    func checkpoint(of journal: String) throws -> Checkpoint {
        let row = try database.row("SELECT \(Self.columns) FROM journal WHERE name = $1", [.text(journal)])
        return row.flatMap(JournalState.init)?.checkpoint ?? .start
    }

    /// Moves the journal's checkpoint behind the batch.
    func advance(_ batch: JournalBatch, _ applied: Applied) throws {
        guard let first = batch.facts.first, let last = batch.facts.last else { return }
        try database.run(
            """
            INSERT INTO journal (\(Self.columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, crc = excluded.crc,
                file_first_seq = excluded.file_first_seq, file_offset = excluded.file_offset,
                applied = journal.applied + excluded.applied, repeated = journal.repeated + excluded.repeated,
                damaged = journal.damaged + excluded.damaged, missing = journal.missing + excluded.missing,
                last_time = excluded.last_time
            """,
            [
                .text(batch.journal), .integer(Int64(clamping: batch.to.seq)), .integer(Int64(batch.to.crc)),
                .integer(Int64(clamping: batch.to.fileFirstSeq)), Value(batch.to.offset),
                .integer(Int64(clamping: first.seq)), Value(applied.records), Value(applied.repeated),
                Value(batch.damaged), Value(batch.missing), .integer(last.occurrence.time),
            ])
    }
}

extension JournalState {
    init?(_ row: [Value]) {
        let numbers = row.dropFirst().compactMap(\.integer)
        guard let name = row.first?.text, numbers.count == 10, let crc = UInt32(exactly: numbers[1]) else { return nil }
        self.init(
            name: name,
            checkpoint: Checkpoint(
                seq: UInt64(clamping: numbers[0]), crc: crc, fileFirstSeq: UInt64(clamping: numbers[2]),
                offset: Int(numbers[3])),
            firstSeq: UInt64(clamping: numbers[4]), applied: numbers[5], repeated: numbers[6], damaged: numbers[7],
            missing: numbers[8], lastTime: numbers[9])
    }
}

extension Checkpoint {
    /// Whether both are behind the same record, wherever its file lies.
    package func isSameRecord(as other: Checkpoint) -> Bool { seq == other.seq && crc == other.crc }
}
