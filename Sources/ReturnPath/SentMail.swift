// Which messages went to whom lately: digests on disk, bounded and rotating, so that a report can be held against what really left.
// Hash tables in files of one size, the oldest of which goes when a new one is begun. Losing one costs no mail, only a `matched`.

import Crypto
import Glibc
import MailSyntax
import POSIX
import Synchronization

/// What a message is known by.
package enum SentMessageID: Sendable, Hashable {
    /// Without angle brackets.
    case messageID(Bytes)
    case queueID(Bytes)
}

/// Why the folder cannot be used.
package struct SentMailError: Error, CustomStringConvertible {
    package var description: String
}

/// The messages that left, each with each recipient, as 128 bits of SHA-256. `contains` may be called by any thread, `add` by one.
package final class SentMail: Sendable {
    private struct State {
        /// Oldest first.
        var segments: [SentSegment]
        /// Of the newest segment.
        var entries: Int
    }

    private let folder: String
    private let limitSegments: Int
    private let maxAgeSeconds: Int
    private let state: Mutex<State>

    /// Opens what lies in the folder.
    ///
    /// - Parameters:
    ///   - maxBytes: Of all files together; at least two files are kept.
    ///   - isWritable: False to look only.
    package init(folder: String, maxBytes: Int, maxAgeSeconds: Int, isWritable: Bool = true) throws(SentMailError) {
        self.folder = folder
        limitSegments = max(maxBytes / SentSegment.bytes, 2)
        self.maxAgeSeconds = maxAgeSeconds
        let names: [String]
        do throws(SystemError) {
            names = try SentSegment.names(in: folder)
            if isWritable { try Files.access(folder, W_OK | X_OK) }
        } catch {
            throw SentMailError(description: "\(folder): \(error.reason)")
        }
        var segments: [SentSegment] = []
        for name in names {
            if let segment = try SentSegment(folder: folder, name: name, isWritable: isWritable) {
                segments.append(segment)
            }
        }
        let entries = isWritable ? try segments.last?.countEntries() ?? 0 : 0
        state = Mutex(State(segments: segments, entries: entries))
    }

    /// Whether a message of this ID left for this recipient, bare. False, too, where a file cannot be read.
    package func contains(_ id: SentMessageID, recipient: Bytes) -> Bool {
        let digest = Self.digest(id, recipient)
        let segments = state.withLock { $0.segments }
        return segments.reversed().contains { $0.contains(digest) }
    }

    /// Writes down that a message left for these recipients.
    package func add(_ id: SentMessageID, recipients: [Bytes], nowSeconds: Int) throws(SentMailError) {
        for recipient in recipients {
            let digest = Self.digest(id, recipient)
            let (newest, entries) = state.withLock { ($0.segments.last, $0.entries) }
            if let newest, entries < SentSegment.fullEntries, nowSeconds - newest.startSeconds < maxAgeSeconds / 2 {
                switch try newest.add(digest) {
                case .added:
                    state.withLock { $0.entries += 1 }
                    continue
                case .present: continue
                case .full: break
                }
            }
            let next = try SentSegment(
                folder: folder, startSeconds: max(nowSeconds, (newest?.startSeconds ?? 0) + 1))
            do throws(SentMailError) {
                _ = try next.add(digest)
            } catch {
                next.unlink()
                throw error
            }
            let removed = state.withLock { state in
                state.segments.append(next)
                state.entries = 1
                return Self.removeOld(&state.segments, limitSegments, nowSeconds - maxAgeSeconds)
            }
            for segment in removed { segment.unlink() }
        }
    }

    /// A segment holds nothing newer than the start of the next one.
    private static func removeOld(
        _ segments: inout [SentSegment], _ limit: Int, _ oldestSeconds: Int
    ) -> ArraySlice<SentSegment> {
        var count = max(segments.count - limit, 0)
        while count + 1 < segments.count, segments[count + 1].startSeconds < oldestSeconds { count += 1 }
        defer { segments.removeFirst(count) }
        return segments.prefix(count)
    }

    private static func digest(_ id: SentMessageID, _ recipient: Bytes) -> [UInt8] {
        var text: [UInt8] = []
        switch id {
        case .messageID(let id): text += [1] + id
        case .queueID(let id): text += [2] + id
        }
        // No address has a line end in it.
        text.append(0x0A)
        text += recipient.lowercased()
        return Array(SHA256.hash(data: text).prefix(SentSegment.slotBytes))
    }
}
