// Where a consumer of the journal stands.

/// The last record that was taken. `seq` and `crc` say which record it is, whatever became of the files; `fileFirstSeq` and
/// `offset` only save the search. A consumer keeps it in the same transaction as what it made of the record.
package struct Checkpoint: Sendable, Hashable {
    /// 0 before the first record.
    package var seq: UInt64
    /// The checksum of that record's line.
    package var crc: UInt32
    /// The number of the first record in the file that holds it: a file keeps it when it is rotated, copied or restored.
    package var fileFirstSeq: UInt64
    /// The end of that record's line in the file.
    package var offset: Int

    package init(seq: UInt64, crc: UInt32, fileFirstSeq: UInt64, offset: Int) {
        self.seq = seq
        self.crc = crc
        self.fileFirstSeq = fileFirstSeq
        self.offset = offset
    }

    /// Before the first record.
    package static let start = Checkpoint(seq: 0, crc: 0, fileFirstSeq: 0, offset: 0)
}
