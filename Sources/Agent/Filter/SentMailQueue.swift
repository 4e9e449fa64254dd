// Writes down what left on a thread of its own: what does not fit into the queue is not remembered, and the log says so.

import Logging
import MailSyntax
import ReturnPath
import Synchronization

/// Messages on their way to `sent_mail.folder`. All functions may be called by any thread.
package final class SentMailQueue: Sendable {
    /// Recipients that may wait to be written.
    static let limitRecipients = 100_000

    private struct Item {
        var recipients: [Bytes]
        var ids: [SentMessageID]
        var nowSeconds: Int
    }

    private let queue: WorkQueue<Item>
    private let trouble: Trouble

    package init(_ sentMail: SentMail, logger: Logger) {
        let trouble = Trouble(logger: logger)
        self.trouble = trouble
        queue = WorkQueue(limit: Self.limitRecipients) {
            { items in
                do throws(SentMailError) {
                    for item in items {
                        for id in item.ids {
                            try sentMail.add(id, recipients: item.recipients, nowSeconds: item.nowSeconds)
                        }
                    }
                    if !items.isEmpty { trouble.end() }
                } catch {
                    trouble.say("\(error)")
                }
            }
        }
    }

    /// Hands over that a message left; one without an ID or a recipient is nothing that could be found again.
    package func add(recipients: [Bytes], messageID: Bytes?, queueID: String?, nowSeconds: Int) {
        var ids: [SentMessageID] = []
        if let messageID { ids.append(.messageID(messageID)) }
        if let queueID { ids.append(.queueID(Bytes(utf8: queueID))) }
        guard !ids.isEmpty, !recipients.isEmpty else { return }
        let item = Item(recipients: recipients, ids: ids, nowSeconds: nowSeconds)
        if !queue.add(item, size: recipients.count) { trouble.say("too much waits to be written") }
    }

    /// Writes what waits.
    package func stop() { queue.stop() }

    /// Said once until something is written again.
    private final class Trouble: Sendable {
        private let hasSaid = Atomic(false)
        private let logger: Logger

        init(logger: Logger) { self.logger = logger }

        func say(_ reason: String) {
            guard !hasSaid.exchange(true, ordering: .relaxed) else { return }
            logger.warning("sent mail not remembered: \(reason)")
        }

        func end() { hasSaid.store(false, ordering: .relaxed) }
    }
}
