// What a filter's packets say. Parsing is pure, so that it can be tested and fuzzed without a socket.

/// A filter's answer to a step.
package enum FilterAnswer: Sendable, Equatable {
    case `continue`, accept, discard, reject, tempfail, skip
    /// Close the connection to the client without a word (SMFIR_CONN_FAIL).
    case connectionFailure
    /// Answer the client with 421 (SMFIR_SHUTDOWN).
    case shutdown
    /// A whole SMTP reply, `451 4.3.0 …`.
    case reply(String)
    /// The filter did not want the step: nothing was sent.
    case notSent
    /// The filter does not answer the step: nothing was awaited.
    case notAwaited

    /// Whether the step was the last that the filter sees of the message: anything but going on with it.
    package var endsMessage: Bool {
        switch self {
        case .continue, .skip, .notSent, .notAwaited: false
        default: true
        }
    }
}

/// A change that a filter asks for at the end of a message.
package enum MilterModification: Sendable, Equatable {
    case addHeader(name: String, value: String)
    case insertHeader(index: UInt32, name: String, value: String)
    case changeHeader(index: UInt32, name: String, value: String)
    case changeSender(String, parameters: String?)
    case addRecipient(String, parameters: String?)
    case deleteRecipient(String)
    case replaceBody([UInt8])
    case quarantine(String)
}

/// What was agreed on at negotiation.
package struct MilterAgreement: Sendable, Equatable {
    package var version: UInt32
    package var actions: MilterActions
    package var `protocol`: MilterProtocol
    /// The macros that the filter asked for, by the number of their place (SMFIM_…).
    package var macros: [UInt32: [String]]
}

/// One packet of the filter's.
struct Packet {
    let command: UInt8
    let payload: ArraySlice<UInt8>
}

/// A packet's payload, taken apart from the front.
private struct Cursor {
    var rest: ArraySlice<UInt8>
    let stage: MilterStage

    mutating func number() throws(MilterClientError) -> UInt32 {
        guard rest.count >= 4 else { throw .malformed(stage, "number cut short") }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func text() throws(MilterClientError) -> String {
        guard let end = rest.firstIndex(of: 0) else { throw .malformed(stage, "text without its end") }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    func end() throws(MilterClientError) {
        guard rest.isEmpty else { throw .malformed(stage, "\(rest.count) bytes too many") }
    }
}

extension Packet {
    /// The answer to negotiation, checked against what was offered.
    func agreement(
        version: UInt32, actions: MilterActions, protocol offered: MilterProtocol
    ) throws(MilterClientError) -> MilterAgreement {
        guard command == MilterStage.negotiate.command else { throw .unexpected(.negotiate, command) }
        var cursor = Cursor(rest: payload, stage: .negotiate)
        var agreement = MilterAgreement(
            version: try cursor.number(), actions: MilterActions(rawValue: try cursor.number()),
            protocol: MilterProtocol(rawValue: try cursor.number()), macros: [:])
        guard (2...version).contains(agreement.version) else { throw .notOffered("version \(agreement.version)") }
        guard agreement.actions.isSubset(of: actions) else {
            throw .notOffered("actions 0x\(String(agreement.actions.subtracting(actions).rawValue, radix: 16))")
        }
        guard agreement.protocol.isSubset(of: offered) else {
            throw .notOffered("options 0x\(String(agreement.protocol.subtracting(offered).rawValue, radix: 16))")
        }
        while !cursor.rest.isEmpty {
            let place = try cursor.number()
            let names = try cursor.text()
            guard place <= 6 else { throw .malformed(.negotiate, "macro place \(place)") }
            agreement.macros[place] = names.split { $0 == " " || $0 == "," }.map(String.init)
        }
        return agreement
    }

    /// The final answer of a step; nil where the packet is no final answer (a modification).
    func answer(_ stage: MilterStage) throws(MilterClientError) -> FilterAnswer? {
        if command == UInt8(ascii: "y") {
            var cursor = Cursor(rest: payload, stage: stage)
            let text = try cursor.text()
            try cursor.end()
            let digits = text.utf8.prefix(3)
            guard digits.count == 3, digits.first == UInt8(ascii: "4") || digits.first == UInt8(ascii: "5"),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { throw .malformed(stage, "reply without a code of class 4 or 5") }
            return .reply(text)
        }
        let answer: FilterAnswer
        switch command {
        case UInt8(ascii: "c"): answer = .continue
        case UInt8(ascii: "a"): answer = .accept
        case UInt8(ascii: "d"): answer = .discard
        case UInt8(ascii: "r"): answer = .reject
        case UInt8(ascii: "t"): answer = .tempfail
        case UInt8(ascii: "s"): answer = .skip
        case UInt8(ascii: "f"): answer = .connectionFailure
        case UInt8(ascii: "4"): answer = .shutdown
        default: return nil
        }
        guard payload.isEmpty else { throw .malformed(stage, "\(payload.count) bytes after an answer without any") }
        return answer
    }

    /// A modification at the end of a message, that the agreed actions allow.
    func modification(_ agreed: MilterActions) throws(MilterClientError) -> MilterModification {
        var cursor = Cursor(rest: payload, stage: .endOfMessage)
        let needed: MilterActions
        let modification: MilterModification
        switch command {
        case UInt8(ascii: "h"):
            needed = .addHeader
            modification = .addHeader(name: try cursor.text(), value: try cursor.text())
        case UInt8(ascii: "i"):
            needed = .addHeader
            modification = .insertHeader(
                index: try cursor.number(), name: try cursor.text(), value: try cursor.text())
        case UInt8(ascii: "m"):
            needed = .changeHeader
            modification = .changeHeader(
                index: try cursor.number(), name: try cursor.text(), value: try cursor.text())
        case UInt8(ascii: "e"):
            needed = .changeSender
            modification = .changeSender(
                try cursor.text(), parameters: cursor.rest.isEmpty ? nil : try cursor.text())
        case UInt8(ascii: "+"):
            needed = .addRecipient
            modification = .addRecipient(try cursor.text(), parameters: nil)
        case UInt8(ascii: "2"):
            needed = .addRecipientWithParameters
            modification = .addRecipient(
                try cursor.text(), parameters: cursor.rest.isEmpty ? nil : try cursor.text())
        case UInt8(ascii: "-"):
            needed = .deleteRecipient
            modification = .deleteRecipient(try cursor.text())
        case UInt8(ascii: "b"):
            needed = .changeBody
            modification = .replaceBody(Array(cursor.rest))
            cursor.rest = []
        case UInt8(ascii: "q"):
            needed = .quarantine
            modification = .quarantine(try cursor.text())
        default:
            throw .unexpected(.endOfMessage, command)
        }
        try cursor.end()
        guard agreed.isSuperset(of: needed) else { throw .unexpected(.endOfMessage, command) }
        return modification
    }
}
