// The journal's files: the one that is appended to, and the rotated ones beside it, whose names sort by time.

import Glibc
import POSIX

struct RotatedFile: Hashable {
    var path: String
    /// The time of its first record; a later file's is later, also when the clock was set back.
    var startMilliseconds: Int64
    var firstSeq: UInt64
}

/// A file of the journal, open for reading.
struct JournalFile {
    let descriptor: SystemCalls.FileDescriptor
    let identity: FileStatus
    /// The number of its first record, from the name of a rotated file; nil for the one that is appended to.
    let namedSeq: UInt64?

    var path: String { descriptor.path }
}

struct JournalFolder: Sendable {
    /// The file that is appended to, as `/var/lib/bounce-milter/journal.jsonl`.
    let path: String
    let folder: String
    /// `journal` of `journal.jsonl`.
    private let stem: String
    /// `.jsonl` of `journal.jsonl`, or nothing.
    private let suffix: String
    let calls: SystemCalls

    init(path: String, calls: SystemCalls) {
        self.path = path
        self.calls = calls
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        folder =
            switch slash {
            case nil: "."
            case path.startIndex?: "/"
            case let slash?: String(path[..<slash])
            }
        let name = slash.map { path[path.utf8.index(after: $0)...] } ?? path[...]
        let dot = name.utf8.lastIndex(of: UInt8(ascii: "."))
        let end = dot == name.startIndex ? name.endIndex : dot ?? name.endIndex
        stem = String(name[..<end])
        suffix = String(name[end...])
    }

    var lockPath: String { path + ".lock" }

    /// The name for what is cut off an unfinished file.
    func sideFilePath(at milliseconds: Int64, afterSeq seq: UInt64) -> String {
        "\(path).torn-\(JournalFolder.compact(milliseconds))-\(padded(seq))"
    }

    func rotatedPath(startMilliseconds: Int64, firstSeq: UInt64) -> String {
        "\(folder)/\(stem)-\(JournalFolder.compact(startMilliseconds))-\(padded(firstSeq))\(suffix)"
    }

    /// The rotated files, the oldest first.
    func rotatedFiles() throws(SystemFailure) -> [RotatedFile] {
        let names = try calls.names(in: folder)
        return names.compactMap(rotatedFile(named:)).sorted {
            ($0.firstSeq, $0.startMilliseconds) < ($1.firstSeq, $1.startMilliseconds)
        }
    }

    /// The side files of all recoveries, the oldest first.
    func sideFiles() throws(SystemFailure) -> [String] {
        let start = stem + suffix + ".torn-"
        return try calls.names(in: folder).filter { $0.utf8.starts(with: start.utf8) }.sorted().map {
            "\(folder)/\($0)"
        }
    }

    /// Opens a file for reading; nil where there is none (any more).
    func open(_ path: String, namedSeq: UInt64?) throws(SystemFailure) -> JournalFile? {
        let descriptor: SystemCalls.FileDescriptor
        do {
            descriptor = try calls.open(path, O_RDONLY | O_NONBLOCK)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        let identity = try descriptor.status()
        if identity.form != .regular { throw SystemFailure(call: .open, path: path, errno: EINVAL) }
        return JournalFile(descriptor: descriptor, identity: identity, namedSeq: namedSeq)
    }

    /// Opens the file behind the one whose first record is `seq`: the next rotated one or, behind those, the one that is
    /// appended to. Nil where there is none yet, or it is `current` itself. `listed`: what an earlier listing has left, since a
    /// site may keep thousands of files; made anew where nothing is left. What comes later has a higher number.
    func openFile(
        behind seq: UInt64, current: FileStatus?, listed: inout ArraySlice<RotatedFile>
    ) throws(SystemFailure) -> JournalFile? {
        while true {
            if let rotated = try nextRotatedFile(behind: seq, listed: &listed) {
                if let file = try open(rotated.path, namedSeq: rotated.firstSeq) { return file }
                listed = []
                continue
            }
            guard let active = try open(path, namedSeq: nil) else { return nil }
            if let current, active.identity.isSameFile(as: current) { return nil }
            // Between the listing and the opening it may have been rotated, and another one begun.
            if try nextRotatedFile(behind: seq, listed: &listed) == nil { return active }
        }
    }

    private func nextRotatedFile(
        behind seq: UInt64, listed: inout ArraySlice<RotatedFile>
    ) throws(SystemFailure) -> RotatedFile? {
        listed = listed.drop { $0.firstSeq <= seq }
        if listed.isEmpty { listed = try rotatedFiles().drop { $0.firstSeq <= seq } }
        return listed.first
    }

    private func rotatedFile(named name: String) -> RotatedFile? {
        let parts = name.utf8.dropFirst(stem.utf8.count + 1).dropLast(suffix.utf8.count)
            .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let start = JournalFolder.parseCompact(parts[0]), parts[1].count >= 12,
            let firstSeq = UInt64(Substring(parts[1])),
            "\(folder)/\(name)" == rotatedPath(startMilliseconds: start, firstSeq: firstSeq)
        else { return nil }
        return RotatedFile(path: "\(folder)/\(name)", startMilliseconds: start, firstSeq: firstSeq)
    }

    private func padded(_ seq: UInt64) -> String {
        let digits = String(seq)
        return String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
    }

    /// `20261121T101530.123Z`.
    private static func compact(_ milliseconds: Int64) -> String {
        let time = Timestamp.fields(of: milliseconds)
        var bytes: [UInt8] = []
        Timestamp.appendDigits(time.year, 4, to: &bytes)
        Timestamp.appendDigits(time.month, 2, to: &bytes)
        Timestamp.appendDigits(time.day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        Timestamp.appendDigits(time.hour, 2, to: &bytes)
        Timestamp.appendDigits(time.minute, 2, to: &bytes)
        Timestamp.appendDigits(time.second, 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        Timestamp.appendDigits(time.millisecond, 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func parseCompact(_ text: Substring.UTF8View) -> Int64? {
        let bytes = Array(text)
        guard bytes.count == 20 else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        return Timestamp.parse(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<20))")
    }
}
