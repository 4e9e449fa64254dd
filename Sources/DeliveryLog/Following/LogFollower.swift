// Follows a log as it is written: each line once, over rotations by renaming or by copying and cutting, restarts and torn lines.

import MailSyntax
import POSIX

/// What happened to a log that a postmaster should find in the agent's.
package enum LogNotice: Sendable, Hashable, CustomStringConvertible {
    case notThere(path: String)
    case begun(path: String, offset: Int)
    /// The earlier file was read to its end.
    case rotated(to: String)
    /// The file was cut, and no copy of what it held was found.
    case cut(path: String)
    /// The file in which the checkpoint lies is gone, or compressed: its rest was not read.
    case missed(path: String)
    case longLine(path: String)

    /// Whether something is not recorded.
    package var isWarning: Bool {
        switch self {
        case .notThere, .begun, .rotated: false
        case .cut, .missed, .longLine: true
        }
    }

    package var description: String {
        switch self {
        case .notThere(let path): "\(path): not there yet"
        case .begun(let path, let offset): "\(path): followed from byte \(offset) on"
        case .rotated(let path): "\(path): rotated, goes on with the next file"
        case .cut(let path): "\(path): cut, and no copy found: what was not read before is not recorded"
        case .missed(let path):
            "\(path): the file that was read last is gone or compressed: its rest is not recorded; \"bouncectl classify --log\" shows what a log tells"
        case .longLine(let path): "\(path): a line over \(LogLines.limitBytes) bytes passed over"
        }
    }
}

/// Used by one thread at a time.
package final class LogFollower {
    /// How long the earlier file is looked at once the next one has lines: more than one process may write.
    package static let lingerMilliseconds = 1_000

    private let path: String
    private let folder: LogFolder
    private let linger: Int
    private let onNotice: (LogNotice) -> Void

    private var file: LogFile?
    private var pipe: LogPipe?
    /// Where the next file is to be opened; nil before the first time.
    private var position: LogCheckpoint?
    private var chunk = [UInt8](repeating: 0, count: LogFile.chunkBytes)
    /// When the next file was first seen to have lines.
    private var successorSince: Int64?
    private var hasToldMissing = false

    /// - Parameters:
    ///   - checkpoint: Where an earlier follower stood; nil, or one of another path, is the end of the file as it is found.
    ///   - lingerMilliseconds: As the constant's.
    package init(
        path: String, from checkpoint: LogCheckpoint?, lingerMilliseconds: Int = LogFollower.lingerMilliseconds,
        onNotice: @escaping (LogNotice) -> Void = { _ in }
    ) {
        self.path = path
        folder = LogFolder(path)
        linger = lingerMilliseconds
        self.onNotice = onNotice
        position = checkpoint?.path == path ? checkpoint : nil
    }

    /// Behind the lines that were handed out; nil where nothing is known yet, and with a pipe.
    package var checkpoint: LogCheckpoint? { file.map(checkpoint(in:)) ?? position }

    /// Hands out some of the lines that are there, without their newlines; they must not be kept. False where there was nothing to be
    /// read for now. After an error the next call tries anew, from behind the lines that were handed out.
    package func read(_ body: (Bytes) -> Void) throws(SystemError) -> Bool {
        do throws(SystemError) {
            return try readOn(body)
        } catch {
            position = checkpoint
            file = nil
            pipe = nil
            throw error
        }
    }

    /// The whole lines before the checkpoint, as far as they lie in the same file and in the last `limitBytes` of it.
    package func linesBefore(limitBytes: Int, _ body: (Bytes) -> Void) throws(SystemError) {
        guard let file else { return }
        let start = max(0, file.offset - limitBytes)
        var lines = LogLines(try file.descriptor.bytes(start..<file.offset)[...])
        if start > 0 { _ = lines.next() }
        while let line = lines.next() { body(line) }
    }

    /// Opens the log where it was left, so that `checkpoint` and `linesBefore` hold; false where it is not there.
    package func open() throws(SystemError) -> Bool {
        if file != nil || pipe != nil { return true }
        if try Files.status(of: path, followsLinks: true)?.form == .pipe {
            pipe = try LogPipe(path)
            position = nil
            onNotice(.begun(path: path, offset: 0))
            return true
        }
        file = try find()
        guard let file else {
            if !hasToldMissing { onNotice(.notThere(path: path)) }
            hasToldMissing = true
            if position == nil { position = LogCheckpoint(waitingFor: path) }
            return false
        }
        hasToldMissing = false
        onNotice(.begun(path: file.descriptor.path, offset: file.offset))
        return true
    }

    private func checkpoint(in file: LogFile) -> LogCheckpoint {
        LogCheckpoint(
            path: path, device: file.identity.device, inode: file.identity.inode, offset: file.offset,
            digest: file.digest,
            time: nowMilliseconds())
    }

    private func readOn(_ body: (Bytes) -> Void) throws(SystemError) -> Bool {
        guard try open() else { return false }
        if let pipe {
            if try pipe.read(body, onLongLine: { _ in onNotice(.longLine(path: path)) }) > 0 { return true }
            guard try pipe.isReplaced() else { return false }
            self.pipe = nil
            return try open()
        }
        while var file {
            // Looked for before the reading, so that the reading comes to the end of what the writer has left behind.
            let next = try successor(of: file)
            let wasSkipping = file.skippedBytes > 0
            let taken = try file.read(into: &chunk, isComplete: next != nil, body)
            self.file = file
            if file.skippedBytes > 0, !wasSkipping { onNotice(.longLine(path: path)) }
            switch taken {
            case .bytes: return true
            case .cut: try goOnAfterCut(of: file)
            case .end:
                guard let next else { return false }
                onNotice(.rotated(to: next.descriptor.path))
                self.file = next
                successorSince = nil
            }
        }
        return false
    }

    // MARK: Files

    /// The file that holds the position, standing there; the end of the log's file where there is no position; nil where the log is
    /// not there.
    private func find() throws(SystemError) -> LogFile? {
        guard let position else {
            var file = try LogFile.open(path)
            try file?.seekToEnd()
            return file
        }
        if let file = try LogFile.open(path, at: position), file.isFile(of: position) { return file }
        var copy: LogFile?
        for path in try folder.rotatedPaths().reversed() {
            guard let file = rotated(path, at: position) else { continue }
            if file.isFile(of: position) { return file }
            copy = copy ?? file
        }
        if let copy { return copy }
        if let file = try LogFile.open(path, at: position) { return file }
        // What was written to since then was not read.
        let later = try folder.rotatedPaths(changedAfter: position.time).first
        guard let file = try LogFile.open(later ?? path) else { return nil }
        if position.inode != 0 { onNotice(.missed(path: path)) }
        return file
    }

    /// A rotated file that stands where the position says. Another thing with such a name, or one that cannot be read, is none.
    private func rotated(_ path: String, at position: LogCheckpoint) -> LogFile? {
        try? LogFile.open(path, at: position)
    }

    /// The file that the writer has gone on to; nil while it has not, or may still write to this one.
    private func successor(of file: LogFile) throws(SystemError) -> LogFile? {
        let current = try Files.status(of: path, followsLinks: true)
        if let current, current.isSameFile(as: file.identity) { return nil }
        var later: [String] = []
        var isFound = false
        for path in try folder.rotatedPaths() {
            guard let status = try Files.status(of: path, followsLinks: true), status.form == .regular else { continue }
            if status.isSameFile(as: file.identity) {
                isFound = true
                later = []
            } else {
                later.append(path)
            }
        }
        if !isFound {
            // Removed or compressed, which happens to the oldest: those behind it were written to later.
            later = try folder.rotatedPaths(changedAfter: try file.descriptor.status().modified)
        }
        if let next = later.first { return try LogFile.open(next) }
        guard let current, current.size > 0 else { return nil }
        let now = uptimeMilliseconds()
        let since = successorSince ?? now
        successorSince = since
        return now - since >= Int64(linger) ? try LogFile.open(path) : nil
    }

    /// Goes on in the copy that was made before the cut, else at the beginning of what is there now.
    private func goOnAfterCut(of file: LogFile) throws(SystemError) {
        let position = checkpoint(in: file)
        for path in try folder.rotatedPaths().reversed() {
            guard let copy = rotated(path, at: position) else { continue }
            self.file = copy
            successorSince = nil
            return
        }
        onNotice(.cut(path: file.descriptor.path))
        self.file = try LogFile(file.descriptor, file.identity)
    }
}

extension LogFile {
    fileprivate func isFile(of checkpoint: LogCheckpoint) -> Bool {
        identity.device == checkpoint.device && identity.inode == checkpoint.inode
    }
}
