// Where a reader of a journal begins, and how that place is found.

/// Where a reader begins.
package enum JournalPosition: Sendable, Hashable {
    case beginning
    /// Behind the checkpoint's record.
    case checkpoint(Checkpoint)
    /// At the last so many records.
    case last(Int)
    /// At the file that holds the first record of that time (milliseconds since 1970) or later; some are earlier.
    case time(Int64)
}

extension JournalReader {
    func start(after wanted: Checkpoint) throws(JournalError) {
        if wanted.seq == 0 { return }
        sequence.last = wanted.seq
        // A rotation between the listing and the opening can hide the record once, so look again before giving up.
        for _ in 0..<3 {
            let start = try asJournalError { () throws(SystemFailure) in try find(wanted) }
            switch start {
            case .found(let file, let offset):
                file.scanner.seek(to: offset)
                self.file = file
                checkpoint = wanted
                checkpoint.fileFirstSeq = file.firstSeq ?? wanted.fileFirstSeq
                checkpoint.offset = offset
                return
            case .removed:
                // Its file is gone, all that are left come after it: the gap is told with the first record.
                checkpoint = wanted
                return
            case .unknown: continue
            }
        }
        throw .checkpointUnknown(wanted)
    }

    private enum FindResult {
        case found(OpenFile, offset: Int)
        case removed
        case unknown
    }

    private func find(_ wanted: Checkpoint) throws(SystemFailure) -> FindResult {
        let rotated = try folder.rotatedFiles()
        var candidates = rotated.filter { $0.firstSeq <= wanted.seq }.suffix(1).map { ($0.path, Optional($0.firstSeq)) }
        candidates.append((folder.path, nil))
        var oldest = rotated.first?.firstSeq
        for (path, firstSeq) in candidates.reversed() {
            guard let opened = try folder.open(path, namedSeq: firstSeq),
                let first = try opened.descriptor.firstRecord()
            else { continue }
            var file = OpenFile(opened)
            file.firstSeq = file.firstSeq ?? first.seq
            if oldest == nil { oldest = first.seq }
            if first.seq > wanted.seq { continue }
            if file.firstSeq == wanted.fileFirstSeq, try isEnd(of: wanted, in: file.scanner.descriptor) {
                return .found(file, offset: wanted.offset)
            }
            if let end = try search(wanted, in: file.scanner) { return .found(file, offset: end) }
        }
        if let oldest, oldest > wanted.seq { return .removed }
        return .unknown
    }

    /// Whether the checkpoint's record ends at its offset.
    private func isEnd(of wanted: Checkpoint, in descriptor: SystemCalls.FileDescriptor) throws(SystemFailure) -> Bool {
        guard wanted.offset > 0, try descriptor.status().size >= wanted.offset,
            let last = try descriptor.lastRecord(size: wanted.offset)
        else { return false }
        return last.range.upperBound == wanted.offset && last.seq == wanted.seq && last.crc == wanted.crc
    }

    /// The end of the checkpoint's record, looked for by its number.
    private func search(_ wanted: Checkpoint, in scanner: LineScanner) throws(SystemFailure) -> Int? {
        scanner.seek(to: 0)
        while true {
            switch try scanner.next() {
            case .line(let line, let offset):
                guard leadingSeq(of: line) == wanted.seq, let found = FoundRecord(line, at: offset) else { continue }
                return found.crc == wanted.crc ? found.range.upperBound : nil
            case .tooLong: continue
            case .end: return nil
            }
        }
    }

    func start(atLast count: Int) throws(JournalError) {
        let last = try asJournalError { () throws(SystemFailure) in try lastSeq() }
        guard let last, last > UInt64(max(count, 0)) else { return }
        let before = last - UInt64(max(count, 0))
        passUpTo = before
        file = try asJournalError { () throws(SystemFailure) in
            if let active = try folder.open(folder.path, namedSeq: nil),
                let first = try active.descriptor.firstRecord(),
                first.seq <= before
            {
                return OpenFile(active)
            }
            guard let rotated = try folder.rotatedFiles().last(where: { $0.firstSeq <= before }) else { return nil }
            return try folder.open(rotated.path, namedSeq: rotated.firstSeq).map(OpenFile.init)
        }
    }

    private func lastSeq() throws(SystemFailure) -> UInt64? {
        for path in [folder.path] + (try folder.rotatedFiles().reversed().map(\.path)) {
            guard let file = try folder.open(path, namedSeq: nil) else { continue }
            if let last = try file.descriptor.lastRecord(size: file.identity.size) { return last.seq }
        }
        return nil
    }

    func start(at milliseconds: Int64) throws(JournalError) {
        file = try asJournalError { () throws(SystemFailure) in
            if let active = try folder.open(folder.path, namedSeq: nil),
                let first = try active.descriptor.firstRecord(),
                first.timeMilliseconds < milliseconds
            {
                return OpenFile(active)
            }
            guard let rotated = try folder.rotatedFiles().last(where: { $0.startMilliseconds < milliseconds }) else {
                return nil
            }
            return try folder.open(rotated.path, namedSeq: rotated.firstSeq).map(OpenFile.init)
        }
    }
}
