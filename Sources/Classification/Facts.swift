// What the fields of a report and the words of a reply say together: the evidence as the rules' conditions see it.

import MailSyntax

/// The evidence, weighed where its parts disagree:
///
/// - The status that the server itself gave, within the diagnostic, is nearer to the cause than the field of the MTA that reports, as
///   long as both are of one class or the field says nothing (x.0.0) or only that the time ran out (x.4.7).
/// - A success that comes with a failure's code is none, and the other way round; nor is it one of a delivery that failed.
/// - Anything that says "temporary" makes the evidence temporary: an MTA that gives up at last says 5.x.x over a reply of 4yz.
struct Facts {
    var status: EnhancedStatus?
    var reply: UInt16?
    var command: Bytes?
    /// The reply's own words: without code, without what the MTA put around them. All of it is UTF-8.
    var text: Bytes
    /// The server as the text names it.
    var quotedHost: Bytes?
    var isTemporary: Bool
    var isPermanent: Bool
    /// A status of class 2, or a code of 2yz without any.
    var isSuccess: Bool
    /// What was answered came before RCPT TO: it can tell nothing of a recipient, whatever its words.
    var isBeforeRecipient: Bool

    init(_ evidence: borrowing Evidence) {
        var given = evidence.reply
        var said = Self.read(evidence.diagnostic, of: given)
        // A greeting (220) answers no command; what stands behind it does: "220-mx.example 421 4.7.0 …".
        if said.code == Self.greeting { said = SMTPReply.parse(normalized: said.text) }
        if given == Self.greeting, let code = said.code { given = code }
        text = said.text
        quotedHost = said.host
        command = evidence.command ?? said.command
        reply = given ?? said.code
        status = Self.weigh(evidence.status, said.status)
        if let code = reply, let status, (code / 100 == 2) != (status.statusClass == 2) {
            if code / 100 == 2 { reply = nil } else { self.status = said.status?.statusClass == 2 ? nil : said.status }
        }
        if evidence.hasFailed {
            if self.status?.statusClass == 2 { self.status = nil }
            if reply.map({ $0 / 100 == 2 }) == true { reply = nil }
        }
        isSuccess = status.map { $0.statusClass == 2 } ?? (reply.map { $0 / 100 == 2 } == true)
        isTemporary =
            evidence.isDelayed || evidence.status?.statusClass == 4 || status?.statusClass == 4
            || reply.map { $0 / 100 == 4 } == true || Self.isExpiry(evidence.status) || Self.isExpiry(status)
        isBeforeRecipient = command.map { command in Self.earlierCommands.contains { command.equals($0) } } ?? false
        isPermanent = !isTemporary && (status?.statusClass == 5 || reply.map { $0 / 100 == 5 } == true)
    }

    /// The words of a reply whose code is known have been taken out of what stood around them, and what such words quote is another
    /// server's answer to another question: `Sender address rejected: undeliverable address: host a.example[b] said: 550 …`.
    private static func read(_ diagnostic: Bytes, of reply: UInt16?) -> SMTPReply {
        var said = SMTPReply.parse(normalized: diagnostic)
        guard let reply, reply >= 400, said.code != nil, diagnostic.first.map({ $0.isASCIIDigit }) != true else {
            return said
        }
        said.text = diagnostic
        said.code = nil
        said.status = nil
        return said
    }

    private static let greeting: UInt16 = 220

    private static let earlierCommands: [StaticString] = [
        "MAIL FROM", "EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "CONNECT",
    ]

    private static func weigh(_ field: EnhancedStatus?, _ said: EnhancedStatus?) -> EnhancedStatus? {
        guard let field else { return said }
        guard let said, said.subject != 0 else { return field }
        return said.statusClass == field.statusClass || field.subject == 0 || isExpiry(field) ? said : field
    }

    /// RFC 3463, 3.5: X.4.7, delivery time expired. Until then every answer was a temporary one.
    private static func isExpiry(_ status: EnhancedStatus?) -> Bool { status?.subject == 4 && status?.detail == 7 }
}
