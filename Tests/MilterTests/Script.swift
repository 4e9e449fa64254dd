// A filter whose answers a test sets, and whose sessions write down what they see.

import Glibc
import Synchronization

@testable import Milter

/// The answers of a session, stage by stage.
struct Script: Sendable {
    var mail = MilterAnswer.continue
    var endOfHeader = MilterAnswer.continue
    var body = MilterBodyAnswer.continue
    var endOfMessage = MilterMessageAnswer.accept
    /// What is asked for before that answer.
    var changes: [MilterChange] = []
    /// Whether `answered` is written down.
    var notesAnswers = false
    /// Macros that are written down at these stages.
    var macros: [StaticString] = []
}

final class ScriptedFilter: MilterFilter {
    let options: MilterOptions
    let script: Script
    private let finished = Locked<[[String]]>([])
    private let made = Atomic<Int>(0)
    fileprivate let released = Atomic<Int>(0)
    let warnings = Mutex<[String]>([])

    static let everyStage: MilterStages = [.connect, .helo, .mail, .rcpt, .data, .header, .endOfHeader, .body]

    init(_ options: MilterOptions = MilterOptions(stages: everyStage), _ script: Script = Script()) {
        self.options = options
        self.script = script
    }

    func makeSession() -> any MilterSession {
        made.add(1, ordering: .relaxed)
        return ScriptedSession(self)
    }

    func descriptorsRunLow(inUse: Int, limit: Int) {
        warnings.withLock { $0.append("\(inUse >= limit / 10 * 9)") }
    }

    func finish(_ events: [String]) { finished.withLock { $0.append(events) } }

    var sessionsMade: Int { made.load(ordering: .relaxed) }

    /// Whether, within ten seconds, `count` sessions are gone from memory.
    func releases(_ count: Int) -> Bool {
        for _ in 0..<1000 where released.load(ordering: .relaxed) < count { usleep(10_000) }
        return released.load(ordering: .relaxed) == count
    }

    /// What the first `count` closed sessions saw, once so many are closed; what there is after ten seconds.
    func sessions(_ count: Int) -> [[String]] {
        for _ in 0..<1000 {
            let events = finished.withLock { $0 }
            if events.count >= count { return events }
            usleep(10_000)
        }
        return finished.withLock { $0 }
    }
}

/// Its state has no lock, as a real session's has none: the thread sanitizer would tell if one were needed.
final class ScriptedSession: MilterSession {
    private let filter: ScriptedFilter
    private var events: [String] = []
    private var bodyBytes = 0

    init(_ filter: ScriptedFilter) { self.filter = filter }

    deinit { filter.released.add(1, ordering: .relaxed) }

    private func text(_ bytes: Span<UInt8>) -> String { String(decoding: [UInt8](bytes), as: UTF8.self) }

    private func note(_ event: String, _ context: borrowing MilterContext) {
        var event = event
        for name in filter.script.macros {
            if let value = context.macro(name) { event += " \(name)=\(value)" }
        }
        events.append(event)
    }

    func connect(_ client: borrowing MilterClientAddress, _ context: borrowing MilterContext) -> MilterAnswer {
        note("connect \(client.hostName) \(client.address ?? "-") \(client.port)", context)
        return .continue
    }

    func helo(_ name: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer {
        note("helo \(text(name))", context)
        return .continue
    }

    func mail(_ sender: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer {
        note("mail [\(text(sender))]", context)
        return filter.script.mail
    }

    func rcpt(_ recipient: Span<UInt8>, _ context: borrowing MilterContext) -> MilterAnswer {
        note("rcpt [\(text(recipient))]", context)
        return .continue
    }

    func data(_ context: borrowing MilterContext) -> MilterAnswer {
        note("data", context)
        return .continue
    }

    func header(
        _ name: Span<UInt8>, _ value: Span<UInt8>, _ context: borrowing MilterContext
    ) -> MilterAnswer {
        note("header \(text(name)):\(text(value))", context)
        return .continue
    }

    func endOfHeader(_ context: borrowing MilterContext) -> MilterAnswer {
        note("endOfHeader", context)
        return filter.script.endOfHeader
    }

    func body(_ chunk: Span<UInt8>, _ context: borrowing MilterContext) -> MilterBodyAnswer {
        bodyBytes += chunk.count
        note("body \(chunk.count)", context)
        return filter.script.body
    }

    func endOfMessage(_ context: borrowing MilterMessageContext) -> MilterMessageAnswer {
        var event = "endOfMessage \(bodyBytes)"
        for name in filter.script.macros {
            if let value = context.macro(name) { event += " \(name)=\(value)" }
        }
        for change in filter.script.changes {
            let isDone =
                switch change {
                case .addHeader(_, let value): context.addHeader("X-Added", value)
                case .changeSender(let sender): context.changeSender(sender)
                }
            event += isDone ? " changed" : " unchanged"
        }
        events.append(event)
        bodyBytes = 0
        return filter.script.endOfMessage
    }

    func answered() {
        if filter.script.notesAnswers { events.append("answered") }
    }

    func abort() {
        bodyBytes = 0
        events.append("abort")
    }

    func close() {
        events.append("close")
        filter.finish(events)
    }
}
