// What the store says of one address, for people and for programs.

import Journal
import Vocabulary

/// Whether an address may be mailed, and why not.
package struct Answer: Sendable, Hashable {
    /// Whether it may be mailed; while it is `held` it may.
    package enum Verdict: String, Sendable { case clear, suppressed, held }

    /// The record that decided.
    package struct Cause: Sendable, Hashable {
        package var id: String
        package var category: String
        package var provider: String
        package var status: String?
        package var reply: Int64?
        package var rule: String
        package var diagnostic: String?
        /// The one of an alias's addresses that it is about, where the store can tell.
        package var member: String?
    }

    /// As it was asked for.
    package var address: String
    package var verdict: Verdict
    /// One sentence.
    package var reason: String
    package var ground: Ground?
    package var since: Int64?
    /// Nil for never.
    package var until: Int64?
    package var event: Cause?
    package var lastDelivery: Int64?
    /// The last bounce or deferral that is known and not forged, whatever became of it; not this site's own refusal by the store.
    package var lastFailure: Failure?
    /// The last time that an operator took a suppression of it back.
    package var release: Release?

    /// A record of a failure, and when it was.
    package struct Failure: Sendable, Hashable {
        /// Milliseconds since 1970.
        package var time: Int64
        package var cause: Cause
    }

    /// When and why a suppression was taken back.
    package struct Release: Sendable, Hashable {
        /// Milliseconds since 1970.
        package var time: Int64
        /// Who and why.
        package var reason: String
    }
}

extension Store {
    /// What holds at a time, in milliseconds since 1970. Within a transaction.
    package func answer(on address: String, at time: Int64) throws -> Answer {
        let keys = key.keys(of: address)
        let standings = try standings(of: keys)
        // Of two spellings the one that speaks against it.
        let speaking = keys.first { standings[$0].flatMap { $0.suppression ?? $0.held }?.isInForce(at: time) ?? false }
        guard let key = speaking ?? keys.first(where: { standings[$0] != nil }), let standing = standings[key] else {
            return Answer(address: address, verdict: .clear, reason: "Nothing is known of it.")
        }
        var answer = Answer(address: address, verdict: .clear, reason: "", lastDelivery: standing.lastDelivery)
        answer.release = try lastRelease(of: key)
        answer.lastFailure = try lastFailure(of: key)
        if let suppression = standing.suppression ?? standing.held, suppression.isInForce(at: time) {
            answer.verdict = standing.suppression == nil ? .held : .suppressed
            answer.ground = suppression.ground
            answer.since = suppression.since
            answer.until = suppression.until
            answer.event = try cause(suppression.cause)
            answer.reason = sentence(suppression, answer.event, standing)
        } else if let suppression = standing.suppression {
            answer.reason = "Its suppression ended by itself on \(Self.day(suppression.until ?? time))."
        } else if !standing.strikes.isEmpty {
            answer.reason = failures(standing.strikes)
        } else if let doubt = standing.doubt {
            answer.event = try cause(doubt, of: key)
            answer.reason =
                "One failure was reported on \(Self.day(doubt.time)) that nothing proves; a second, independent one would suppress it."
        } else if let release = answer.release {
            answer.reason = "It was released on \(Self.day(release.time)); nothing has spoken against it since."
        } else if let failure = answer.lastFailure, failure.time > answer.lastDelivery ?? Int64.min {
            answer.reason =
                "Nothing suppresses it, but its last mail failed on \(Self.day(failure.time)) (\(failure.cause.category))."
        } else {
            answer.reason = "Nothing speaks against it."
        }
        return answer
    }

    /// Of an address that has not failed often enough, or not for long enough.
    private func failures(_ strikes: [Strike]) -> String {
        let count =
            strikes.count < policy.softFailures ? "\(strikes.count) of \(policy.softFailures)" : "\(strikes.count)"
        let sentence = "It failed \(count) times in a row, since \(Self.day(strikes[0].time))"
        if strikes.count < policy.softFailures { return sentence + "." }
        return sentence + "; it is suppressed when it still fails \(policy.softDays) days after the first time."
    }

    private func lastFailure(of key: String) throws -> Answer.Failure? {
        let row = try database.row(
            """
            SELECT time, id FROM event WHERE address = $1 AND event IN ('bounce', 'deferral') AND disposition <> 'none'
            AND trust <> 'forged' ORDER BY time DESC, id LIMIT 1
            """, [.text(key)])
        guard let row, let time = row[0].integer, let cause = try row[1].text.flatMap(cause) else { return nil }
        return Answer.Failure(time: time, cause: cause)
    }

    private func lastRelease(of key: String) throws -> Answer.Release? {
        let row = try database.row(
            "SELECT time, diagnostic FROM event WHERE address = $1 AND event = 'reversal' ORDER BY time DESC, id LIMIT 1",
            [.text(key)])
        guard let row, let time = row[0].integer else { return nil }
        return Answer.Release(time: time, reason: row[1].text ?? "")
    }

    /// Of a failure that waits for a second one.
    private func cause(_ doubt: Strike, of key: String) throws -> Answer.Cause? {
        let row = try database.row(
            "SELECT id FROM event WHERE address = $1 AND time = $2 AND message = $3 ORDER BY id LIMIT 1",
            [.text(key), .integer(doubt.time), .text(doubt.message)])
        return try row?.first?.text.flatMap(cause)
    }

    func cause(_ id: String) throws -> Answer.Cause? {
        guard
            let row = try database.row(
                "SELECT category, provider, status, reply, rule, diagnostic, member FROM event WHERE id = $1",
                [.text(id)])
        else { return nil }
        return Answer.Cause(
            id: id, category: row[0].text ?? "", provider: row[1].text ?? "", status: row[2].text,
            reply: row[3].integer, rule: row[4].text ?? "", diagnostic: row[5].text,
            member: key.isHashed ? nil : row[6].text)
    }

    private func sentence(_ suppression: Suppression, _ cause: Answer.Cause?, _ standing: Standing) -> String {
        let who = cause.map { $0.provider.isEmpty ? "the receiver" : $0.provider } ?? "the receiver"
        let why = cause.map { " (\($0.category))" } ?? ""
        let listed = cause.flatMap { $0.rule.hasPrefix("import.") ? $0.rule.dropFirst("import.".count) : nil }
        let list = listed.map { $0 == "csv" ? "a plain list" : "a list of \($0)" } ?? ""
        let what =
            switch suppression.ground {
            case _ where listed != nil: "\(list) that was imported has it\(why)"
            case .hard: "\(who) said that the address is no good\(why)"
            case .full: "\(who) said that the mailbox is full for good"
            case .disabled: "\(who) said that the mailbox is disabled"
            case .soft: "it failed \(standing.strikes.count) times in a row, the last time at \(who)\(why)"
            case .complaint: "the recipient complained"
            }
        let held = standing.suppression == nil ? "Not suppressed, but held as it may be an outage: " : ""
        let sentence = "\(held)\(what) on \(Self.day(suppression.since))."
        return sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    private static func day(_ time: Int64) -> String { String(Timestamp.format(time).prefix(10)) }
}
