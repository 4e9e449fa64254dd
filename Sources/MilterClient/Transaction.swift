// A whole message through a filter, in the order of an MTA.

/// A message as an MTA has it.
package struct MilterTransaction: Sendable {
    package var sender: String
    package var senderParameters: [String] = []
    package var recipients: [String]
    /// Names, and values with the white space after the colon.
    package var fields: [(name: [UInt8], value: [UInt8])]
    /// With CRLF line ends.
    package var body: [UInt8]

    package init(sender: String, recipients: [String], fields: [(name: [UInt8], value: [UInt8])], body: [UInt8]) {
        self.sender = sender
        self.recipients = recipients
        self.fields = fields
        self.body = body
    }
}

extension MilterClient {
    /// Sends a message up to the step where the filter has decided, and returns that step: the one at which it accepted, refused or
    /// dropped the message. A refused recipient is left out; a message without any left is aborted. `report` sees every step.
    @discardableResult
    package func send(
        _ transaction: borrowing MilterTransaction, report: (MilterStep) -> Void = { _ in }
    ) throws(MilterClientError) -> MilterStep {
        var last = try mail(transaction.sender, transaction.senderParameters)
        report(last)
        if last.answer.endsMessage { return last }
        var taken = 0
        for recipient in transaction.recipients {
            last = try rcpt(recipient)
            report(last)
            switch last.answer {
            case .accept, .discard, .connectionFailure, .shutdown: return last
            case .reject, .tempfail, .reply: continue
            case .continue, .skip, .notSent, .notAwaited: taken += 1
            }
        }
        guard taken > 0 else {
            try abort()
            return last
        }
        last = try data()
        report(last)
        if last.answer.endsMessage { return last }
        for field in transaction.fields {
            last = try header(field.name, field.value)
            report(last)
            if last.answer.endsMessage { return last }
        }
        last = try endOfHeader()
        report(last)
        if last.answer.endsMessage { return last }
        last = try body(transaction.body[...])
        report(last)
        if last.answer.endsMessage { return last }
        last = try endOfMessage()
        report(last)
        return last
    }
}
