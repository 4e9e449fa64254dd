// Load on one milter: threads that are MTA processes, each with its connection.

import Glibc
import MilterClient
import Synchronization

/// How the MTA's processes connect.
struct Shape: Sendable {
    let name: String
    let connections: Int
    /// A new connection for each message, as with SMTP clients that send one and go.
    let oneMessageEach: Bool

    static let all = [
        Shape(name: "1 connection kept", connections: 1, oneMessageEach: false),
        Shape(name: "16 connections kept", connections: 16, oneMessageEach: false),
        Shape(name: "64 connections kept", connections: 64, oneMessageEach: false),
        Shape(name: "16 connections of one message", connections: 16, oneMessageEach: true),
    ]
}

/// When a load is over.
enum Extent: Sendable {
    case duration(Duration)
    /// At least so many messages, over all connections.
    case messages(Int)
}

struct LoadResult {
    var messages = 0
    var duration = Duration.zero
    /// Answers that were none of a good milter's, and lost connections.
    var failures: [String] = []

    var perSecond: Double { Double(messages) / (duration / .seconds(1)) }
}

enum Load {
    private final class State: Sendable {
        let total = Atomic<Int>(0)
        let ready = Atomic<Int>(0)
        let hasStarted = Atomic<Bool>(false)
        let failures = Mutex<[String]>([])
    }

    /// Puts load on the milter at `path`. `start` is called when all connections stand and the first message is about to go.
    static func run(
        path: String, _ traffic: Traffic, _ shape: Shape, _ extent: Extent, start: () -> Void = {}
    ) -> LoadResult {
        let state = State()
        let threads = (0..<shape.connections).map { number in
            Thread { work(number, path, traffic, shape, extent, state) }
        }
        while state.ready.load(ordering: .acquiring) < shape.connections { usleep(200) }
        start()
        let begin = ContinuousClock.now
        state.hasStarted.store(true, ordering: .releasing)
        for thread in threads { thread.join() }
        return LoadResult(
            messages: state.total.load(ordering: .acquiring), duration: ContinuousClock.now - begin,
            failures: state.failures.withLock { $0 })
    }

    private static func work(
        _ number: Int, _ path: String, _ traffic: Traffic, _ shape: Shape, _ extent: Extent, _ state: State
    ) {
        var count = 0
        var isReady = false
        do throws(MilterClientError) {
            var client = shape.oneMessageEach ? nil : try connect(path, traffic)
            isReady = true
            state.ready.add(1, ordering: .acquiringAndReleasing)
            while !state.hasStarted.load(ordering: .acquiring) { usleep(200) }
            let begin = ContinuousClock.now
            while !isOver(extent, shape, count, begin) {
                let connection = if let client { client } else { try connect(path, traffic) }
                let message = traffic.messages[(number * 7 + count) % traffic.messages.count]
                connection.macros["i"] = message.queueID
                var transaction = message.transaction
                if let serial = traffic.serial {
                    write(serials.add(1, ordering: .relaxed).newValue, serial, &transaction.body)
                }
                let step = try connection.send(transaction)
                guard step.answer == .accept || step.answer == .continue else {
                    state.failures.withLock { $0.append("\(step.stage): \(step.answer)") }
                    break
                }
                if shape.oneMessageEach { try connection.quit() }
                count += 1
            }
            try client?.quit()
            client = nil
        } catch {
            state.failures.withLock { $0.append("\(error)") }
        }
        if !isReady { state.ready.add(1, ordering: .acquiringAndReleasing) }
        state.total.add(count, ordering: .acquiringAndReleasing)
    }

    private static let serials = Atomic<Int>(0)

    private static func write(_ number: Int, _ digits: Range<Int>, _ body: inout [UInt8]) {
        var rest = number
        for index in digits.reversed() {
            body[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    private static func connect(_ path: String, _ traffic: Traffic) throws(MilterClientError) -> MilterClient {
        let client = try MilterClient(.unix(path: path))
        try client.negotiate()
        client.macros = traffic.macros
        try client.connect(traffic.hostName, traffic.peer)
        return client
    }

    private static func isOver(_ extent: Extent, _ shape: Shape, _ count: Int, _ begin: ContinuousClock.Instant) -> Bool
    {
        switch extent {
        case .duration(let duration): ContinuousClock.now - begin >= duration
        case .messages(let total): count * shape.connections >= total
        }
    }
}
