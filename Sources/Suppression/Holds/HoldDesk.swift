// The outage hold in the store: the detectors of providers in table `provider`, the holds in table `hold`, what they hold as marks on
// the events.

import Foundation

/// Looks at the new facts of a batch in their order, within its transaction.
struct HoldDesk {
    private typealias Held = (id: String, address: String)

    /// What is known of a recipient before its next fact.
    private struct Memory {
        var lastDelivery: Int64?
        var hasFailed = false
        var isHeld = false
    }

    private let store: Store
    private var detectors: [String: OutageDetector] = [:]
    private let new: FactSet
    /// One for each address of the new facts.
    private var memories: [Memory]
    /// Where the batch's facts stand in it. Asked for only where there is a hold.
    private lazy var positions = Dictionary(
        uniqueKeysWithValues: new.facts.enumerated().map { ($1.occurrence.id, $0) })
    /// Events whose mark changes.
    private var marks: [String: Occurrence.Hold] = [:]
    /// Held in this batch, by provider.
    private var heldNow: [String: [Held]] = [:]
    /// Addresses of events from before the batch whose mark changes: to be judged anew.
    private(set) var addresses: Set<String> = []
    private(set) var notices: [HoldNotice] = []

    /// `standings` are those of the new facts' addresses.
    init(_ store: Store, _ new: FactSet, _ standings: [Standing]) throws {
        self.store = store
        self.new = new
        memories = standings.map {
            Memory(lastDelivery: $0.lastDelivery, hasFailed: $0.suppression != nil, isHeld: $0.held != nil)
        }
        let telling = new.facts.indices.filter { new.facts[$0].bearsOnHolds(store.policy) }
        try loadDetectors(Set(telling.map { new.facts[$0].provider }))
        try rememberDropped(
            Set(telling.filter { new.facts[$0].occurrence.event == .bounce }.map { new.places[$0] }))
    }

    /// Looks at all facts, marks them, and decides what is due by the last of them.
    mutating func attend() throws {
        for (index, fact) in new.facts.enumerated() {
            if fact.isImported || fact.occurrence.event == .reversal {
                if let word = HoldRecord.word(fact.occurrence.id, rule: fact.rule) {
                    try heed(word.verdict, of: word.event, at: fact.occurrence.time)
                }
            } else if fact.bearsOnHolds(store.policy) {
                try heedWords(until: fact.occurrence.time)
                try take(fact, index)
            }
        }
        if let last = new.facts.lazy.map(\.occurrence.time).max() {
            try heedWords(until: last)
            try settle(at: last)
        }
        for fact in new.facts { fact.occurrence.hold = marks.isEmpty ? nil : marks[fact.occurrence.id] }
        for (id, mark) in marks {
            try store.database.run("UPDATE event SET hold = $1 WHERE id = $2", [.text(mark.rawValue), .text(id)])
        }
        try writeDetectors()
    }

    private mutating func take(_ fact: Fact, _ index: Int) throws {
        let time = fact.occurrence.time
        let place = new.places[index]
        let isHard = fact.occurrence.event == .bounce
        var detector = detectors[fact.provider] ?? OutageDetector()
        if let decision = detector.settle(atMilliseconds: time, store.policy.hold) {
            try decide(decision, fact.provider)
        }
        let outcome = Outcome(
            timeMilliseconds: time, isHard: isHard, standing: standing(memories[place], at: time))
        switch detector.observe(outcome, store.policy.hold) {
        case .apply: break
        case .hold: hold((fact.occurrence.id, fact.address), fact.provider)
        case .open(let since):
            try open(fact.provider, since: since, at: time, before: index)
            hold((fact.occurrence.id, fact.address), fact.provider)
        case .decided(let decision): try decide(decision, fact.provider)
        }
        detectors[fact.provider] = detector
        if isHard {
            memories[place].hasFailed = true
        } else {
            if memories[place].isHeld { try dropHeld(fact.address, fact.provider) }
            memories[place] = Memory(lastDelivery: time)
        }
    }

    private func standing(_ memory: Memory, at time: Int64) -> Outcome.Standing {
        if memory.isHeld { return .held }
        if memory.hasFailed { return .failed }
        guard let last = memory.lastDelivery, time - last < Int64(store.policy.hold.tookMailDays) * Milliseconds.day
        else { return .unseen }
        return .tookMailLately
    }

    // MARK: Marks

    private mutating func hold(_ event: Held, _ provider: String) {
        marks[event.id] = .open
        heldNow[provider, default: []].append(event)
        if let place = new.place(of: event.address) { memories[place].isHeld = true }
        if positions[event.id] == nil { addresses.insert(event.address) }
    }

    /// Opens a hold, and takes back into it what was applied since its evidence began.
    private mutating func open(_ provider: String, since: Int64, at time: Int64, before index: Int) throws {
        notices.append(HoldNotice(provider: provider, decision: nil))
        try store.database.run(
            "INSERT INTO hold (provider, opened, since) VALUES ($1, $2, $3) ON CONFLICT (provider, opened) DO NOTHING",
            [.text(provider), .integer(time), .integer(since)])
        var earlier: [Held] = []
        try store.database.rows(
            """
            SELECT id, address, rule FROM event WHERE time >= $1 AND provider = $2 AND event = 'bounce'
            AND disposition = 'hard' AND action = 'suppress' AND hold IS NULL ORDER BY time, id
            """, [.integer(since), .text(provider)]
        ) { row in
            guard let id = row[0].text, let address = row[1].text, let rule = row[2].text, !Fact.isOperators(rule)
            else { return }
            earlier.append((id, address))
        }
        for event in earlier where marks[event.id] == nil && (positions[event.id].map { $0 < index } ?? true) {
            hold(event, provider)
        }
    }

    private mutating func decide(_ decision: HoldDecision, _ provider: String) throws {
        notices.append(HoldNotice(provider: provider, decision: decision))
        let mark: Occurrence.Hold = decision.verdict == .applied ? .released : .dropped
        for event in try held("provider", provider) + (heldNow.removeValue(forKey: provider) ?? [])
        where marks[event.id] ?? .open == .open {
            set(mark, event)
        }
        try store.database.run(
            "UPDATE hold SET decided = $1, verdict = $2, reason = $3 WHERE provider = $4 AND decided IS NULL",
            [
                .integer(decision.timeMilliseconds), .text(decision.verdict.rawValue), .text(decision.reason.rawValue),
                .text(provider),
            ])
    }

    /// The address takes mail: what said that it is gone was wrong.
    private mutating func dropHeld(_ address: String, _ provider: String) throws {
        let now = heldNow[provider]?.filter { $0.address == address } ?? []
        heldNow[provider]?.removeAll { $0.address == address }
        for event in try held("address", address) + now where marks[event.id] ?? .open == .open { set(.dropped, event) }
    }

    private mutating func set(_ mark: Occurrence.Hold, _ event: Held) {
        marks[event.id] = mark
        if let place = new.place(of: event.address) { memories[place].isHeld = false }
        if positions[event.id] == nil { addresses.insert(event.address) }
    }

    private func held(_ column: String, _ value: String) throws -> [Held] {
        var held: [Held] = []
        try store.database.rows("SELECT id, address FROM event WHERE hold = 'open' AND \(column) = $1", [.text(value)])
        {
            if let id = $0[0].text, let address = $0[1].text { held.append((id, address)) }
        }
        return held
    }

    // MARK: Decisions that are due

    private mutating func settle(at time: Int64) throws {
        var providers: Set<String> = Set(detectors.filter { $0.value.hold != nil }.keys)
        try store.database.rows("SELECT provider FROM hold WHERE decided IS NULL", []) {
            if let provider = $0[0].text { providers.insert(provider) }
        }
        try loadDetectors(providers.filter { detectors[$0] == nil })
        for provider in providers.sorted() {
            guard let decision = detectors[provider]?.settle(atMilliseconds: time, store.policy.hold) else { continue }
            try decide(decision, provider)
        }
    }

    /// Decides the open hold of a provider by an operator's word; false where none is open.
    mutating func decide(_ verdict: HoldDecision.Verdict, _ provider: String, at time: Int64) throws -> Bool {
        try loadDetectors([provider])
        guard let decision = detectors[provider]?.decide(verdict, atMilliseconds: time) else { return false }
        try decide(decision, provider)
        return true
    }

    /// Heeds the words of operators that a rebuild has not come to yet.
    private mutating func heedWords(until time: Int64) throws {
        while let word = store.words.first, word.time <= time {
            store.words.removeFirst()
            try heed(word.verdict, of: word.event, at: word.time)
        }
    }

    /// Decides the hold in which a failure waits, by an operator's word.
    private mutating func heed(_ verdict: HoldDecision.Verdict, of event: String, at time: Int64) throws {
        var provider = heldNow.first { $1.contains { $0.id == event } }?.key
        if provider == nil {
            provider = try store.database.row(
                "SELECT provider FROM event WHERE id = $1 AND hold = 'open'", [.text(event)])?.first?.text
        }
        guard let provider, marks[event] ?? .open == .open else { return }
        if detectors[provider] == nil { try loadDetectors([provider]) }
        guard let decision = detectors[provider]?.decide(verdict, atMilliseconds: time) else { return }
        try decide(decision, provider)
    }

    /// Decides what is due by the clock, with no facts at hand.
    mutating func settleByClock(_ time: Int64) throws {
        try settle(at: time)
    }

    // MARK: The database

    private mutating func loadDetectors(_ providers: Set<String>) throws {
        guard !providers.isEmpty else { return }
        try store.database.rows("SELECT provider, detector FROM provider", where: "provider", in: Array(providers)) {
            _, row in
            guard let provider = row[0].text, let coded = row[1].text,
                let detector = try? JSONDecoder().decode(OutageDetector.self, from: Data(coded.utf8))
            else {
                throw StoreError(
                    .refused, "store: a row of table provider makes no sense; \"bouncectl store rebuild\" makes it anew"
                )
            }
            detectors[provider] = detector
        }
    }

    func writeDetectors() throws {
        var rows = RowBatch(
            "provider", [("provider", .text), ("detector", .text)],
            onConflict: "(provider) DO UPDATE SET detector = excluded.detector")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for (provider, detector) in detectors.sorted(by: { $0.key < $1.key }) {
            rows.append(provider)
            rows.append(String(decoding: try encoder.encode(detector), as: UTF8.self))
        }
        try store.database.insert(rows)
    }

    /// A dropped failure counts as one for the test, until the next delivery.
    private mutating func rememberDropped(_ places: Set<Int>) throws {
        guard !places.isEmpty else { return }
        let places = places.sorted()
        let dropped = "SELECT address, time FROM (SELECT address, time FROM event WHERE hold = 'dropped') AS dropped"
        try store.database.rows(dropped, where: "address", in: places.map { new.addresses[$0] }) { index, row in
            guard let time = row[1].integer else { return }
            if memories[places[index]].lastDelivery.map({ $0 < time }) ?? true {
                memories[places[index]].hasFailed = true
            }
        }
    }
}

/// A hold that opened, or was decided.
package struct HoldNotice: Sendable, Hashable {
    package var provider: String
    /// Nil where it opened.
    package var decision: HoldDecision?
}

extension Fact {
    /// A delivery or a hard bounce that this site saw itself and trusts.
    func bearsOnHolds(_ policy: Policy) -> Bool {
        guard policy.trust.contains(occurrence.trust), isCounted else { return false }
        switch occurrence.event {
        case .delivery: return true
        case .bounce: return occurrence.disposition == .hard && occurrence.action == .suppress
        default: return false
        }
    }

    /// Rules of records that an operator's commands wrote.
    static func isOperators(_ rule: String) -> Bool { rule.hasPrefix("import.") || rule == HoldRecord.rule }
}
