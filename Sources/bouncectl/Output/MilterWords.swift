// What a filter answered, and what it changed, for people.

import MilterClient

extension MilterModification {
    /// With the names of libmilter's functions.
    var words: String {
        switch self {
        case .addHeader(let name, let value): "addheader \(name): \(unfolded(value))"
        case .insertHeader(let index, let name, let value): "insheader \(index) \(name): \(unfolded(value))"
        case .changeHeader(let index, let name, let value): "chgheader \(index) \(name): \(unfolded(value))"
        case .changeSender(let sender, let parameters): "chgfrom \(sender)\(parameters.map { " " + $0 } ?? "")"
        case .addRecipient(let recipient, let parameters):
            "addrcpt \(recipient)\(parameters.map { " " + $0 } ?? "")"
        case .deleteRecipient(let recipient): "delrcpt \(recipient)"
        case .replaceBody(let body): "replacebody, \(counted(body.count, "byte"))"
        case .quarantine(let reason): "quarantine: \(reason)"
        }
    }

    private func unfolded(_ value: String) -> String {
        value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension FilterAnswer {
    /// The protocol's words.
    var words: String {
        switch self {
        case .continue: "continue"
        case .accept: "accept"
        case .discard: "discard"
        case .reject: "reject"
        case .tempfail: "tempfail"
        case .skip: "skip"
        case .connectionFailure: "close"
        case .shutdown: "421"
        case .reply(let text): text
        case .notSent: "not wanted"
        case .notAwaited: "no answer"
        }
    }
}

extension Duration {
    var microseconds: Int {
        Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000)
    }

    /// `1.234 ms`.
    var shown: String {
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) ms"
    }
}
