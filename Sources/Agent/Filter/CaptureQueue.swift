// Writes captured messages on a thread of its own: what does not fit into the queue, or cannot be written, is not kept, and the log says so.

import Logging
import POSIX

/// Messages on their way to `capture_dir`. All functions may be called by any thread.
package final class CaptureQueue: Sendable {
    /// What may wait to be written.
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

    private let queue: WorkQueue<Item>
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
        queue = WorkQueue(limit: Self.limitBytes) {
            var writer = Writer(logger: logger)
            return { writer.write($0) }
        }
    }

    /// Hands a message over to be kept in the configuration's folder.
    func keep(_ message: [UInt8], queueID: String?, _ configuration: Configuration) {
        let settings = Settings(
            path: configuration.captureDir, maxBytes: configuration.captureMaxBytes,
            maxAgeSeconds: configuration.captureMaxAgeDays * 86_400)
        let item = Item(message: message, queueID: queueID, folder: settings)
        if !queue.add(item, size: MemoryLayout<Item>.size + message.count) {
            logger.notice("\(queueID ?? "NOQUEUE"): not captured: too many messages wait to be written")
        }
    }

    /// Writes what waits.
    package func stop() { queue.stop() }

    /// The thread's side.
    private struct Writer {
        let logger: Logger
        private var folder: CaptureFolder?
        private var settings: Settings?

        init(logger: Logger) { self.logger = logger }

        mutating func write(_ items: [Item]) {
            // Age goes on when no message comes.
            if items.isEmpty { tidy() }
            for item in items {
                do throws(SystemError) {
                    if folder == nil || settings != item.folder {
                        folder = try CaptureFolder(
                            path: item.folder.path, maxBytes: item.folder.maxBytes,
                            maxAgeSeconds: item.folder.maxAgeSeconds)
                        settings = item.folder
                    }
                    let name = try folder?.keep(
                        item.message, queueID: item.queueID, nowMilliseconds: nowMilliseconds())
                    log(item.queueID, name.map { "captured as \($0)" } ?? "not captured: over capture_max_bytes")
                } catch {
                    folder = nil
                    log(item.queueID, "not captured: \(error)")
                }
            }
        }

        private mutating func tidy() {
            do throws(SystemError) {
                try folder?.tidy(nowMilliseconds: nowMilliseconds())
            } catch {
                log(nil, "capture folder not tidied: \(error)")
            }
        }

        private func log(_ queueID: String?, _ text: String) {
            logger.notice("\(queueID ?? "NOQUEUE"): \(text)")
        }
    }
}
