// The agent's memory: idle, busy, and whether it grows.

import Glibc

struct Memory {
    private static let idleKilobytes = 24 << 10
    private static let busyKilobytes = 64 << 10
    private static let growthMessages = 200_000
    /// What the allocator may still be settling after the first messages.
    private static let growthKilobytes = 1 << 10

    /// Measures a freshly started agent; returns whether it keeps within the limits.
    func run(_ agent: Milter) throws(BenchError) -> Bool {
        sleep(1)
        let idle = agent.resident.now
        let shape = Shape(name: "", connections: 64, oneMessageEach: false)
        // As many ids as are remembered, and more.
        try load(agent, shape, .messages(Self.growthMessages / 10 * 11))
        let before = agent.resident
        try load(agent, shape, .messages(Self.growthMessages))
        let after = agent.resident
        var holds = line("idle", idle, limit: Self.idleKilobytes)
        holds = line("64 connections busy, peak", after.peak, limit: Self.busyKilobytes) && holds
        let growth = after.now - before.now
        return line("growth over \(Self.growthMessages) messages", growth, limit: Self.growthKilobytes) && holds
    }

    private func load(_ agent: Milter, _ shape: Shape, _ extent: Extent) throws(BenchError) {
        let result = Load.run(path: agent.socketPath, .dsn, shape, extent)
        if let failure = result.failures.first { throw BenchError(description: "\(agent.name): \(failure)") }
    }

    private func line(_ what: String, _ kilobytes: Int, limit: Int) -> Bool {
        let holds = kilobytes < limit
        report("  " + what.padded(to: 31) + "\(kilobytes) kB (under \(limit) kB)" + (holds ? "" : "   MISSED"))
        return holds
    }
}
