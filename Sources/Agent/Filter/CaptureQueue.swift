// Writes captured messages on a thread of its own, so that the folder never delays or fails mail: what does not fit into the queue, or
// cannot be written, is not kept, and the log says so.

import Glibc
import Journal
import Logging
import Synchronization

/// Messages on their way to `capture_dir`. Its thread starts with the first one. All functions may be called by any thread.
package final class CaptureQueue: Sendable {
    /// What may wait to be written.
    static let limitMessages = 64
    static let limitBytes = 16 << 20

    private struct Item {
        var message: [UInt8]
        var queueID: String?
        var folder: Settings
    }

    private struct Settings: Equatable {
        var path: String
        var maxBytes: Int
        var maxAgeSeconds: Int
    }

    private struct State {
        var waiting: [Item] = []
        var waitingBytes = 0
        var thread: pthread_t?
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wakeUp = Semaphore()
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    /// Hands a message over to be kept in the configuration's folder.
    func keep(_ message: [UInt8], queueID: String?, _ configuration: Configuration) {
        let settings = Settings(
            path: configuration.captureDir, maxBytes: configuration.captureMaxBytes,
            maxAgeSeconds: configuration.captureMaxAgeDays * 86_400)
        let isTaken = state.withLock { state in
            guard !state.isStopping, state.waiting.count < Self.limitMessages,
                state.waitingBytes + message.count <= Self.limitBytes
            else { return false }
            if state.thread == nil {
                state.thread = startThread { self.write() }
                guard state.thread != nil else { return false }
            }
            state.waiting.append(Item(message: message, queueID: queueID, folder: settings))
            state.waitingBytes += message.count
            return true
        }
        if isTaken { wakeUp.post() } else { log(queueID, "not captured: too many messages wait to be written") }
    }

    /// Writes what waits, and ends the thread.
    package func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            return state.thread
        }
        wakeUp.post()
        if let thread { pthread_join(thread, nil) }
    }

    /// The thread.
    private func write() {
        var folder: CaptureFolder?
        var settings: Settings?
        while true {
            wakeUp.wait(milliseconds: 3_600_000)
            let (items, isStopping) = state.withLock { state in
                defer {
                    state.waiting = []
                    state.waitingBytes = 0
                }
                return (state.waiting, state.isStopping)
            }
            do throws(SystemError) {
                // Age goes on when no message comes.
                if items.isEmpty { try folder?.tidy(nowMilliseconds: SystemCalls.nowMilliseconds()) }
            } catch {
                log(nil, "capture folder not tidied: \(error)")
            }
            for item in items {
                do throws(SystemError) {
                    if folder == nil || settings != item.folder {
                        folder = try CaptureFolder(
                            path: item.folder.path, maxBytes: item.folder.maxBytes,
                            maxAgeSeconds: item.folder.maxAgeSeconds)
                        settings = item.folder
                    }
                    let name = try folder?.keep(
                        item.message, queueID: item.queueID, nowMilliseconds: SystemCalls.nowMilliseconds())
                    log(item.queueID, name.map { "captured as \($0)" } ?? "not captured: over capture_max_bytes")
                } catch {
                    folder = nil
                    log(item.queueID, "not captured: \(error)")
                }
            }
            if isStopping { return }
        }
    }

    private func log(_ queueID: String?, _ text: String) {
        logger.notice("\(queueID ?? "NOQUEUE"): \(text)")
    }
}
