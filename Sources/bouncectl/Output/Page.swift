// The readable page of `classify`, `replay` and `rules explain`: labelled lines, and the way to a verdict.

import Classification
import Journal
import MailSyntax
import Suppression
import Vocabulary

/// Writes indented lines to an output.
struct Page {
    private static let labelWidth = 16
    /// More rules than these that lost are counted only.
    private static let shownRules = 8

    private let output: Output
    private let paint = Paint.forOutput()

    init(_ output: Output) {
        self.output = output
    }

    func title(_ text: String) { output.line(paint(.bold, visible(text))) }

    func blank() { output.line("") }

    /// `label   value   (note)`; nothing where there is no value.
    func row(_ label: String, _ value: String?, note: String? = nil, depth: Int = 1) {
        guard let value else { return }
        let indent = String(repeating: "  ", count: depth)
        let note = note.map { paint(.dim, "  (\(visible($0)))") } ?? ""
        output.line(indent + label.padded(to: Self.labelWidth - depth) + " " + visible(value) + note)
    }

    func section(_ text: String, depth: Int = 1) {
        output.line(String(repeating: "  ", count: depth) + paint(.bold, visible(text)))
    }

    /// What the rules were asked with, which of them hold, which won and why, and what the store would do with the recipient, which is
    /// less than the verdict's where the record has another action or proves nothing.
    func explanation(_ explanation: Explanation, of record: Record? = nil, depth: Int = 1) {
        let below = depth + 1
        section("the rules were asked with", depth: depth)
        row("status", explanation.status?.description ?? "none", depth: below)
        row("reply", explanation.reply.map { String($0) } ?? "none", depth: below)
        row("command", explanation.command, depth: below)
        row("text", explanation.text.isEmpty ? "none" : explanation.text, depth: below)
        row(
            "receiver", explanation.providers.isEmpty ? "none known" : explanation.providers.joined(separator: ", "),
            depth: below)
        row("lasts", explanation.isTemporary ? "no: temporary" : nil, depth: below)
        section("rules that hold, the first one wins", depth: depth)
        if explanation.holding.isEmpty { row("none", "the cause stays undetermined", depth: below) }
        for (index, holding) in explanation.holding.prefix(Self.shownRules).enumerated() {
            rule(holding, hasWon: index == 0, depth: below)
        }
        let more = explanation.holding.count - Self.shownRules
        if more > 0 { row("…", "and \(more) more", depth: below) }
        verdict(
            explanation.verdict, explanation.principles, of: record, isTemporary: explanation.isTemporary, depth: depth)
    }

    private func rule(_ holding: Explanation.Holding, hasWon: Bool, depth: Int) {
        let indent = String(repeating: "  ", count: depth)
        let name = "\(hasWon ? "won " : "lost") \(holding.rule)"
        output.line(
            indent + (hasWon ? paint(.bold, visible(name)) : visible(name))
                + "  \(holding.category.rawValue)" + paint(.dim, "  (\(visible("\(holding.place)")))"))
        for condition in holding.conditions { output.line("\(indent)       \(visible(condition))") }
        if let match = holding.match {
            output.line("\(indent)       text \"\(visible(match.words))\" is /\(visible(match.pattern))/")
        }
    }

    /// What it means, by which rule, and what the store would do with the recipient.
    func verdict(
        _ verdict: Verdict, _ principles: [Principle] = [], of record: Record?, isTemporary: Bool = false, depth: Int
    ) {
        let style: Paint.Style =
            switch verdict.disposition {
            case .hard: .red
            case .block: .magenta
            case .soft: .yellow
            case .none: .green
            case .unknown: .cyan
            }
        let words = "\(verdict.disposition.rawValue), \(verdict.category.rawValue), \(verdict.action.rawValue)"
        output.line(
            String(repeating: "  ", count: depth) + paint(.bold, "verdict".padded(to: Self.labelWidth - depth)) + " "
                + paint(style, words) + paint(.dim, "  (by \(visible(verdict.rule)))"))
        for principle in principles { row("because", principle.rawValue, depth: depth) }
        row("hint", verdict.hint.map { "the domain meant is probably \($0)" }, depth: depth)
        let isHeld = record?.action == Action.none && verdict.action != .none
        let isTriedAgain = record.map { $0.event == .deferral } ?? isTemporary
        let consequence = verdict.consequence(
            for: record?.recipient ?? "the address", record?.trust ?? .local, isTriedAgain: isTriedAgain)
        row("store", isHeld ? "nothing to do: its trust is not enough" : consequence, depth: depth)
    }
}

extension Verdict {
    /// What the suppression store would do, by its defaults, in words.
    func consequence(for recipient: String, _ trust: Trust, isTriedAgain: Bool) -> String {
        switch action {
        case .suppress where trust == .unverified:
            return "suppresses \(recipient) when a second, independent report says so too: nothing proves this one"
        case .suppress:
            guard let expiresAfterSeconds else { return "suppresses \(recipient) until somebody takes it back" }
            return "suppresses \(recipient) for \(expiresAfterSeconds / 86_400) days"
        case .retry, .investigate:
            var sentences: [String] = []
            if isTriedAgain {
                let wait = retryAfterSeconds.map { ", not before \($0) seconds" } ?? ""
                sentences.append("the MTA tries again\(wait)")
            }
            if action == .investigate { sentences.append("the sender's side needs a person") }
            let counts = Policy().countsAsFailure(disposition, category, trust)
            sentences.append("\(counts ? "counts" : "does not count") towards the limit of failures in a row")
            return "suppresses nothing by itself: \(sentences.joined(separator: "; "))"
        case .none, .release: return "nothing to do"
        }
    }
}
