// Writes down what left on a thread of its own, so that the disk never delays mail: what does not fit into the queue is not remembered,
// and the log says so.

import Glibc
import Journal
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

    private struct State {
        var waiting: [Item] = []
        var waitingRecipients = 0
        var thread: pthread_t?
        var isStopping = false
        /// Said once until something is written again.
        var hasSaid = false
    }

    private let sentMail: SentMail
    private let state = Mutex(State())
    private let wakeUp = Semaphore()
    private let logger: Logger

    package init(_ sentMail: SentMail, logger: Logger) {
        self.sentMail = sentMail
        self.logger = logger
    }

    package func add(recipients: [Bytes], messageID: Bytes?, queueID: String?, nowSeconds: Int) {
        var ids: [SentMessageID] = []
        if let messageID { ids.append(.messageID(messageID)) }
        if let queueID { ids.append(.queueID(Bytes(utf8: queueID))) }
        guard !ids.isEmpty, !recipients.isEmpty else { return }
        let (isTaken, isNews) = state.withLock { state in
            if state.thread == nil, !state.isStopping { state.thread = startThread { self.write() } }
            guard state.thread != nil, !state.isStopping,
                state.waitingRecipients + recipients.count <= Self.limitRecipients
            else {
                defer { state.hasSaid = true }
                return (false, !state.hasSaid)
            }
            state.waiting.append(Item(recipients: recipients, ids: ids, nowSeconds: nowSeconds))
            state.waitingRecipients += recipients.count
            return (true, false)
        }
        if isTaken {
            wakeUp.post()
        } else if isNews {
            logger.warning("sent mail not remembered: too much waits to be written")
        }
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
        while true {
            wakeUp.wait(milliseconds: 3_600_000)
            let (items, isStopping) = state.withLock { state in
                defer {
                    state.waiting = []
                    state.waitingRecipients = 0
                }
                return (state.waiting, state.isStopping)
            }
            do throws(SentMailError) {
                for item in items {
                    for id in item.ids {
                        try sentMail.add(id, recipients: item.recipients, nowSeconds: item.nowSeconds)
                    }
                }
                if !items.isEmpty { state.withLock { $0.hasSaid = false } }
            } catch {
                let isNews = state.withLock { state in
                    defer { state.hasSaid = true }
                    return !state.hasSaid
                }
                if isNews { logger.warning("sent mail not remembered: \(error)") }
            }
            if isStopping { return }
        }
    }
}
