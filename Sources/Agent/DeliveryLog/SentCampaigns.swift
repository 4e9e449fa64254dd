// Which campaign the messages that left lately belong to, by queue ID: the milter sees the header, the MTA's log tells the outcome.
// Bounded, and kept in two files over a restart. Losing one costs no mail, only the name of a campaign.

import Glibc
import Logging
import MailSyntax
import POSIX
import Synchronization

/// `add` may be called by any thread, the rest by the one that follows the log.
package final class SentCampaigns: Sendable {
    /// So many messages are remembered at least, and at most twice as many, where their campaigns' names are not more than `limitNameBytes`.
    static let limitMessages = 100_000
    /// Of the names of half of what is remembered: a sender may give each message a long name of its own.
    static let limitNameBytes = 8 << 20
    /// Then the file is renamed, and a new one begun: at 80 bytes a line, twice as many messages.
    static let limitFileBytes = 16 << 20
    /// Of a queue ID: longer ones are no MTA's.
    private static let limitQueueIDBytes = 64

    private struct State {
        // When the newer generation is full, the older one is forgotten.
        var newer: [String: String] = [:]
        var older: [String: String] = [:]
        /// The same campaign is kept once.
        var names: Set<String> = []
        var nameBytes = 0
        /// Lines that are not in the file yet.
        var unsaved: [UInt8] = []
        /// Of the file.
        var fileBytes = 0
        /// Said once until something is written again.
        var hasSaid = false
    }

    private let state = Mutex(State())
    private let file: String
    private let limit: Int
    private let logger: Logger

    /// Reads what the files hold, `file` and the one that it is renamed to (`file` and `.old`); they need not be there.
    package init(file: String, limit: Int = SentCampaigns.limitMessages, logger: Logger) {
        self.file = file
        self.limit = limit
        self.logger = logger
        for path in [file + ".old", file] {
            guard let bytes = try? Files.contents(of: path, limitBytes: 2 * Self.limitFileBytes) else { continue }
            // A crash can tear the last line.
            let whole = bytes[...].lastIndex(ofByte: UInt8(ascii: "\n")).map { bytes[...$0] } ?? []
            state.withLock { state in
                for line in whole.lines {
                    guard let (queueID, campaign) = line.split(atByte: UInt8(ascii: " ")) else { continue }
                    Self.insert(queueID.text, campaign.text, limit, &state)
                }
                // What is new goes behind the last one.
                guard path == file else { return state.unsaved = [] }
                state.fileBytes = bytes.count
                state.unsaved = whole.count < bytes.count ? [UInt8(ascii: "\n")] : []
            }
        }
    }

    func add(queueID: String, campaign: String) {
        guard queueID.utf8.count <= Self.limitQueueIDBytes, Bytes(utf8: queueID).allSatisfy(\.isASCIIAlphanumeric)
        else { return }
        state.withLock { Self.insert(queueID, campaign, limit, &$0) }
    }

    /// The campaign of a message that left; nil where none is remembered. One that `staysInQueue` is remembered anew, so that it is
    /// known at its next attempt.
    func campaign(ofQueueID queueID: Bytes, staysInQueue: Bool) -> String? {
        let queueID = queueID.text
        return state.withLock { state in
            if let campaign = state.newer[queueID] { return campaign }
            guard let campaign = state.older[queueID] else { return nil }
            if staysInQueue { Self.insert(queueID, campaign, limit, &state) }
            return campaign
        }
    }

    /// Writes down what is new since the last time.
    func save() {
        let (lines, fileBytes) = state.withLock { state in
            defer { state.unsaved = [] }
            return (state.unsaved, state.fileBytes)
        }
        guard !lines.isEmpty else { return }
        do throws(SystemError) {
            if fileBytes >= Self.limitFileBytes {
                do throws(SystemError) {
                    try Files.rename(file, to: file + ".old")
                } catch {
                    // Somebody took it away.
                    guard error.code == ENOENT else { throw error }
                }
                state.withLock { $0.fileBytes = 0 }
            }
            try Files.append(lines, to: file, mode: 0o640)
            state.withLock { state in
                state.fileBytes += lines.count
                state.hasSaid = false
            }
        } catch {
            let isNews = state.withLock { state in
                // A part of a line may have been written.
                state.unsaved.insert(UInt8(ascii: "\n"), at: 0)
                defer { state.hasSaid = true }
                return !state.hasSaid
            }
            if isNews { logger.warning("campaigns of sent mail are not kept over a restart: \(error)") }
        }
    }

    private static func insert(_ queueID: String, _ campaign: String, _ limit: Int, _ state: inout State) {
        let isFull = state.newer.count >= limit || state.nameBytes >= limitNameBytes
        if isFull, state.newer[queueID] == nil {
            swap(&state.older, &state.newer)
            // Its room is kept, so that memory does not come and go.
            state.newer.removeAll(keepingCapacity: true)
            state.names = []
            state.nameBytes = 0
        }
        let (isNew, name) = state.names.insert(campaign)
        if isNew { state.nameBytes += name.utf8.count }
        guard state.newer.updateValue(name, forKey: queueID) != name else { return }
        // What nobody writes down for so long is left out.
        guard state.unsaved.count < limitFileBytes else { return }
        state.unsaved += queueID.utf8
        state.unsaved.append(UInt8(ascii: " "))
        state.unsaved += campaign.utf8
        state.unsaved.append(UInt8(ascii: "\n"))
    }
}
