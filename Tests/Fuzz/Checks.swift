// What must hold of each parser's result for any input. A broken promise stops the program, which libFuzzer reports as a finding.

import BounceReports
@testable import Classification
import DeliveryLog
import MailSyntax
import ReturnPath

func checkMessage(_ bytes: [UInt8]) -> Int32 {
    let message = MailMessage(bytes)
    checkTree(message)
    for part in message.parts.indices {
        checkUTF8(message.text(of: part))
        for name: StaticString in ["boundary", "charset"] { _ = message.parameter(name, of: part) }
        let body = message.body(of: part)
        for case .field(_, let value) in body.fieldLines {
            precondition(body[value].unfolded.count <= value.count)
        }
    }
    for field in message.fields {
        let value = message.value(of: field)
        checkUTF8(message.decodedWords(value))
        for address in MailAddress.list(in: value) { checkAddress(address) }
    }
    return 0
}

private func checkTree(_ message: MailMessage) {
    precondition(message.parts.first?.endIndex == message.parts.count)
    precondition(message.parts.count <= message.limits.parts && message.fields.count <= message.limits.fields)
    for (index, part) in message.parts.enumerated() {
        precondition(part.depth < message.limits.depth && part.parent ?? -1 < index)
        precondition(part.endIndex > index && part.endIndex <= message.parts[part.parent ?? 0].endIndex)
        precondition(part.headerRange.upperBound <= part.bodyRange.lowerBound)
        precondition(part.bodyRange.upperBound <= message.bytes.count)
        precondition(message.fields[part.fields].allSatisfy { $0.value.count <= message.limits.fieldBytes })
    }
}

func checkReply(_ bytes: [UInt8]) -> Int32 {
    let text = bytes[...]
    let diagnostic = Diagnostic.normalize(text)
    checkUTF8(diagnostic)
    precondition(Diagnostic.normalize(diagnostic) == diagnostic)
    precondition(diagnostic.text.unicodeScalars.count <= Diagnostic.limitCharacters)
    let reply = SMTPReply.parse(text)
    precondition(reply.text.count <= diagnostic.count)
    precondition(reply.code.map { (200..<600).contains($0) } ?? true)
    _ = EnhancedStatus(text)
    if let address = MailAddress.parse(text) { checkAddress(address) }
    for address in MailAddress.addresses(in: text, limit: 10) { checkAddress(address) }
    return 0
}

func checkLogLine(_ bytes: [UInt8]) -> Int32 {
    if let attempt = DeliveryLogLine.parse(bytes[...]) {
        precondition(!attempt.to.isEmpty && !attempt.queueID.isEmpty)
        attempt.to.forEach(checkAddress)
    }
    return 0
}

func checkReport(_ bytes: [UInt8]) -> Int32 {
    let report = ReportReader().read(MailMessage(bytes))
    for recipient in report.recipients {
        if let address = recipient.finalRecipient ?? recipient.originalRecipient { checkAddress(address) }
        if let diagnostic = recipient.diagnostic { precondition(Diagnostic.normalize(diagnostic) == diagnostic) }
    }
    return 0
}

/// A file is read, with its problems, or refused with at least one, which says what is wrong.
func checkRuleFile(_ bytes: [UInt8]) -> Int32 {
    do {
        let file = try RuleFile(file: "fuzz.toml", bytes: bytes)
        precondition(file.rules.count == file.samples.count && file.problems.allSatisfy { !$0.reason.isEmpty })
    } catch {
        precondition(!error.problems.isEmpty && error.problems.allSatisfy { !$0.reason.isEmpty })
    }
    return 0
}

let fuzzKeyring = Keyring([1, 2].compactMap { SecretKey([UInt8](repeating: $0, count: 64)) })

/// Nobody proves anything without the key: what comes from outside is no valid stamp and no valid tag.
func checkProof(_ bytes: [UInt8]) -> Int32 {
    let text = bytes[...]
    for messageID in [nil, Bytes(utf8: "a@b.example")] {
        let proof = fuzzKeyring.verify(
            stamp: text, messageID: messageID, nowSeconds: 1_795_255_530, maxAgeSeconds: 1 << 40)
        if case .valid = proof { preconditionFailure("a stamp out of nothing") }
    }
    let proof = fuzzKeyring.verify(
        returnPath: text, delimiter: UInt8(ascii: "+"), nowSeconds: 1_795_255_530, maxAgeSeconds: 1 << 40)
    if case .recipient = proof { preconditionFailure("a tag out of nothing") }
    precondition(ReturnPathForms.unwrapped(text).count <= text.count)
    _ = VERPPattern("a+*@b.example")?.recipient(in: text)
    return 0
}

private func checkAddress(_ address: Bytes) {
    precondition(address.contains(UInt8(ascii: "@")) && MailAddress.domain(of: address)?.isEmpty == false)
    precondition(!address.contains(0x0A) && !address.contains(0x0D))
}

private func checkUTF8(_ text: Bytes) {
    precondition(String(validating: text, as: UTF8.self) != nil)
}
