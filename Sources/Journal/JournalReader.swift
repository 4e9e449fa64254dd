// Reads a journal over all its files, from a place in it (JournalStart.swift), while it may be written and rotated.

import POSIX

/// Hands out whole and undamaged records in order, and tells what is wrong between them. Used by one thread at a time.
package final class JournalReader {
    /// The file that is read.
    struct OpenFile {
        let scanner: LineScanner
        let identity: FileStatus
        /// From its name, or from its first record; nil while it has none.
        var firstSeq: UInt64?
        /// No more will be written to it.
        var isComplete: Bool

        init(_ file: JournalFile) {
            scanner = LineScanner(file.descriptor)
            identity = file.identity
            firstSeq = file.namedSeq
            isComplete = file.namedSeq != nil
        }

        var path: String { scanner.descriptor.path }
    }

    let folder: JournalFolder
    private let calls: SystemCalls
    var file: OpenFile?
    /// The rotated files that are still to be read, as they were last listed.
    private var listed: ArraySlice<RotatedFile> = []
    var sequence = SequenceCheck()
    /// An entry whose finding was handed out first.
    private var held: (entry: JournalEntry, checkpoint: Checkpoint)?
    /// Records up to this one are passed over: they were handed out before.
    var passUpTo: UInt64 = 0

    /// Where the last entry that was handed out ends.
    package internal(set) var checkpoint: Checkpoint

    /// Asked for the last record that may be handed out, with whether to look anew; nil for no limit.
    private let durableSeq: ((_ anew: Bool) -> UInt64?)?

    /// Fails with `notAllowed` where the journal's folder cannot be read, with `checkpointUnknown` where the journal has not
    /// the checkpoint's record. A journal without a file is read as an empty one.
    package convenience init(
        path: String, from position: JournalPosition = .beginning, calls: SystemCalls = SystemCalls()
    ) throws(JournalError) {
        try self.init(path: path, from: position, calls: calls, durableSeq: nil)
    }

    init(
        path: String, from position: JournalPosition, calls: SystemCalls, durableSeq: ((_ anew: Bool) -> UInt64?)?
    ) throws(JournalError) {
        self.calls = calls
        self.durableSeq = durableSeq
        folder = JournalFolder(path: path, calls: calls)
        checkpoint = .start
        switch position {
        case .beginning: break
        case .checkpoint(let checkpoint): try start(after: checkpoint)
        case .last(let count): try start(atLast: count)
        case .time(let milliseconds): try start(at: milliseconds)
        }
    }

    /// The next record or finding; nil where the journal ends for now.
    package func next() throws(JournalError) -> JournalItem? {
        try asJournalError { () throws(SystemFailure) in
            if let held {
                self.held = nil
                checkpoint = held.checkpoint
                return .entry(held.entry)
            }
            while true {
                guard let file else {
                    if try openNextFile() { continue }
                    return nil
                }
                switch try file.scanner.next() {
                case .line(let line, let offset):
                    switch item(line, at: offset, in: file) {
                    case .item(let item): return item
                    case .pass: continue
                    case .again: file.scanner.seek(to: offset)
                    case .notYet:
                        file.scanner.seek(to: offset)
                        return nil
                    }
                case .tooLong(let offset, _):
                    return .finding(JournalFinding(kind: .damaged(.tooLong), path: file.path, offset: offset))
                case .end(let unfinished):
                    switch try atEnd(of: file, unfinished: unfinished) {
                    case .goOn: continue
                    case .finding(let kind):
                        return .finding(JournalFinding(kind: kind, path: file.path, offset: file.scanner.offset))
                    case .wait: return nil
                    }
                }
            }
        }
    }

    private enum LineResult {
        case item(JournalItem)
        case pass
        /// Read before it was known to be on disk: what is there now may be another line.
        case again
        /// Not yet known to be on disk.
        case notYet
    }

    private func item(_ line: UnsafeRawBufferPointer, at offset: Int, in file: OpenFile) -> LineResult {
        let decoded: (seq: UInt64, record: Record)
        do {
            decoded = try Record.decode(line)
        } catch {
            // What is not yet synced may still be changed by the writer: a damaged line is one only before that.
            return unlessOnDisk(checkpoint.seq &+ 1)
                ?? .item(.finding(JournalFinding(kind: .damaged(error), path: file.path, offset: offset)))
        }
        if file.firstSeq == nil { self.file?.firstSeq = decoded.seq }
        if decoded.seq <= passUpTo { return .pass }
        if let result = unlessOnDisk(decoded.seq) { return result }
        passUpTo = 0
        let entry = JournalEntry(seq: decoded.seq, record: decoded.record, line: Array(line))
        let checkpoint = Checkpoint(
            seq: decoded.seq, crc: Seal(line)?.checksum ?? 0, fileFirstSeq: file.firstSeq ?? decoded.seq,
            offset: offset + line.count + 1)
        if let kind = sequence.check(decoded.seq) {
            held = (entry, checkpoint)
            return .item(.finding(JournalFinding(kind: kind, path: file.path, offset: offset)))
        }
        self.checkpoint = checkpoint
        return .item(.entry(entry))
    }

    /// Nil where the record was on disk before it was read. Looked up anew where what is known does not reach to `seq`.
    private func unlessOnDisk(_ seq: UInt64) -> LineResult? {
        guard let durableSeq, let known = durableSeq(false), known < seq, let present = durableSeq(true) else {
            return nil
        }
        return present < seq ? .notYet : .again
    }

    private enum EndResult {
        case goOn
        case finding(JournalFinding.Kind)
        case wait
    }

    private func atEnd(of file: OpenFile, unfinished: Int) throws(SystemFailure) -> EndResult {
        if file.isComplete {
            // The last look came after the file had got its final name, so this was its end.
            let opened = try openNextFile()
            if opened && unfinished > 0 { return .finding(.torn(bytes: unfinished)) }
            return opened ? .goOn : .wait
        }
        if try file.scanner.descriptor.status().size < file.scanner.offset {
            file.scanner.seek(to: 0)
            passUpTo = checkpoint.seq
            return .finding(.truncated)
        }
        if try calls.statusIfPresent(of: folder.path)?.isSameFile(as: file.identity) == true { return .wait }
        self.file?.isComplete = true
        return .goOn
    }

    /// Goes to the file behind the one that is read; false where there is none yet.
    private func openNextFile() throws(SystemFailure) -> Bool {
        let mark = file.map { $0.firstSeq ?? checkpoint.seq } ?? 0
        let current = file?.identity
        guard let next = try folder.openFile(behind: mark, current: current, listed: &listed) else { return false }
        file = OpenFile(next)
        return true
    }
}
