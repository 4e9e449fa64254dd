// Checks a whole journal: each line's form and checksum, the numbers over all files, the files' names and ends, and that nothing is
// missing of what its writer told to be on disk.

import Glibc

/// What `JournalVerifier` found.
package struct JournalVerification: Sendable, Hashable {
    package var files = 0
    package var records: UInt64 = 0
    package var bytes = 0
    package var firstSeq: UInt64?
    package var lastSeq: UInt64?
    /// The first ones, in the order of the journal.
    package var findings: [JournalFinding] = []
    /// All, also those that `findings` has no room for.
    package var findingCount = 0
    /// Files with what crashes have left: no fault, their bytes were never acknowledged.
    package var sideFiles: [String] = []

    package var isSound: Bool { findingCount == 0 }
}

/// Reads a journal once, and gathers what is wrong with it.
package struct JournalVerifier {
    /// More findings than these are only counted.
    package static let findingLimit = 1000

    /// How long a line without its end is waited for.
    private static let unfinishedLineMicroseconds: UInt32 = 200_000

    private let folder: JournalFolder
    private let calls: SystemCalls
    private var result = JournalVerification()
    private var sequence = SequenceCheck()
    /// Up to where the journal was read.
    private var end: (path: String, offset: Int)

    /// Checks the journal at the path, which may be written at the same time. `progress` is called now and then with the
    /// bytes that were checked and those that there are. Fails with `notAllowed` where there is no such journal.
    package static func verify(
        path: String, calls: SystemCalls = SystemCalls(), progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(JournalError) -> JournalVerification {
        var verifier = JournalVerifier(path: path, calls: calls)
        return try asJournalError { () throws(SystemFailure) in try verifier.run(progress) }
    }

    private init(path: String, calls: SystemCalls) {
        self.calls = calls
        folder = JournalFolder(path: path, calls: calls)
        end = (path, 0)
    }

    private mutating func run(_ progress: (Int, Int) -> Void) throws(SystemFailure) -> JournalVerification {
        // Before the files are read, as the writer goes on.
        let published = LockFile.published(folder)
        var rotated = try folder.rotatedFiles()[...]
        var total = try calls.statusIfPresent(of: folder.path)?.size ?? 0
        for file in rotated { total += try calls.statusIfPresent(of: file.path)?.size ?? 0 }
        if rotated.isEmpty { _ = try calls.status(of: folder.path) }
        var mark: UInt64 = 0
        while let file = try folder.openFile(behind: mark, current: nil, listed: &rotated) {
            result.files += 1
            try check(file) { done in progress(done, max(done, total)) }
            guard let namedSeq = file.namedSeq else { break }
            mark = namedSeq
        }
        if let published { check(published) }
        result.sideFiles = try folder.sideFiles()
        return result
    }

    private mutating func check(_ file: JournalFile, progress: (Int) -> Void) throws(SystemFailure) {
        let scanner = LineScanner(file.descriptor)
        let path = file.path
        var isFirst = true
        var waitedAt: Int?
        let before = result.bytes
        while true {
            switch try scanner.next() {
            case .line(let line, let offset):
                result.bytes = before + offset + line.count + 1
                do {
                    let seq = try Record.decode(line).seq
                    if isFirst, let namedSeq = file.namedSeq, namedSeq != seq {
                        add(.misnamed(firstSeq: seq), path, offset)
                    }
                    isFirst = false
                    if let kind = sequence.check(seq) { add(kind, path, offset) }
                    result.records += 1
                    result.firstSeq = result.firstSeq ?? seq
                    result.lastSeq = max(result.lastSeq ?? 0, seq)
                    if result.records % 10_000 == 0 { progress(result.bytes) }
                } catch {
                    add(.damaged(error), path, offset)
                }
            case .tooLong(let offset, let bytes):
                result.bytes = before + offset + bytes
                add(.damaged(.tooLong), path, offset)
            case .end(let unfinished):
                if unfinished > 0, file.namedSeq == nil, waitedAt != scanner.offset {
                    // A writer at work may be in the middle of a line.
                    usleep(JournalVerifier.unfinishedLineMicroseconds)
                    waitedAt = scanner.offset
                    continue
                }
                result.bytes = before + scanner.offset + unfinished
                end = (path, scanner.offset + unfinished)
                progress(result.bytes)
                if unfinished > 0 { add(.torn(bytes: unfinished), path, scanner.offset) }
                if isFirst, let namedSeq = file.namedSeq {
                    // No file is rotated without a record, and its name tells of the first.
                    let last = sequence.last ?? namedSeq
                    add(.gap((last < namedSeq ? last + 1 : namedSeq)...namedSeq), path, 0)
                    sequence.last = namedSeq
                }
                return
            }
        }
    }

    /// Finds what was on disk once and is not there.
    private mutating func check(_ published: UInt64) {
        let last = max(sequence.last ?? 0, result.lastSeq ?? 0)
        guard published > last else { return }
        // Without any record, nobody knows how many went with older files.
        add(.gap((last == 0 ? published : last + 1)...published), end.path, end.offset)
    }

    private mutating func add(_ kind: JournalFinding.Kind, _ path: String, _ offset: Int) {
        result.findingCount += 1
        if result.findings.count < JournalVerifier.findingLimit {
            result.findings.append(JournalFinding(kind: kind, path: path, offset: offset))
        }
    }
}
