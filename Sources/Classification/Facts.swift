// What the fields of a report and the words of a reply say together: the evidence as the rules' conditions see it.

import MailSyntax

/// The evidence, weighed where its parts disagree:
///
/// - The status that the server itself gave, within the diagnostic, is nearer to the cause than the field of the MTA that reports, as
///   long as both are of one class or the field says nothing (x.0.0) or only that the time ran out (x.4.7).
/// - A success that comes with a failure's code is none, and the other way round; nor is it one of a delivery that failed.
/// - Anything that says "temporary" makes the evidence temporary: an MTA that gives up at last says 5.x.x over a reply of 4yz.
struct Facts: ~Copyable {
    let status: EnhancedStatus?
    let reply: UInt16?
    let command: Bytes?
    let isTemporary: Bool
    let isPermanent: Bool
    /// A status of class 2, or a code of 2yz without any.
    let isSuccess: Bool
    /// It can tell nothing of a recipient, whatever its words: what was answered came before RCPT TO, or another host than the
    /// recipient's was not found.
    let isOfNoRecipient: Bool
    /// The reply's own words: without code, without what the MTA put around them. All of it is UTF-8.
    let text: Bytes
    /// The server as the text names it.
    let quotedHost: Bytes?

    init(_ evidence: borrowing Evidence) {
        let said = SMTPReply.parse(normalized: evidence.diagnostic)
        let isQuoting = Self.isQuoting(evidence, said)
        // A greeting (220) answers no command; what stands behind it does: "220-mx.example 421 4.7.0 …".
        if said.code == Self.greeting, !isQuoting {
            self.init(evidence, SMTPReply.parse(normalized: said.text), isQuoting: false)
        } else {
            self.init(evidence, said, isQuoting: isQuoting)
        }
    }

    private init(_ evidence: borrowing Evidence, _ said: borrowing SMTPReply, isQuoting: Bool) {
        text = isQuoting ? evidence.diagnostic : said.text
        quotedHost = said.host
        command = evidence.command ?? said.command
        let code = isQuoting ? nil : said.code
        let given = evidence.reply == Self.greeting ? code ?? evidence.reply : evidence.reply
        (status, reply) = Self.weigh(evidence, isQuoting ? nil : said.status, given ?? code)
        isSuccess = status.map { $0.statusClass == 2 } ?? (reply.map { $0 / 100 == 2 } == true)
        isTemporary =
            evidence.isDelayed || evidence.status?.statusClass == 4 || status?.statusClass == 4
            || reply.map { $0 / 100 == 4 } == true || Self.isExpiry(evidence.status) || Self.isExpiry(status)
        isOfNoRecipient =
            command.map { command in Self.earlierCommands.contains { command.equals($0) } } ?? false
            || MissingHost.isAnother(than: evidence.recipientDomain, in: text)
        isPermanent = !isTemporary && (status?.statusClass == 5 || reply.map { $0 / 100 == 5 } == true)
    }

    /// The words of a reply whose code is known have been taken out of what stood around them, and what such words quote is another
    /// server's answer to another question: `Sender address rejected: undeliverable address: host a.example[b] said: 550 …`.
    private static func isQuoting(_ evidence: borrowing Evidence, _ said: borrowing SMTPReply) -> Bool {
        guard let reply = evidence.reply, reply >= 400, said.code != nil else { return false }
        return evidence.diagnostic.first.map { $0.isASCIIDigit } != true
    }

    /// The status and the code that hold, of the evidence's and those that the reply itself has.
    private static func weigh(
        _ evidence: borrowing Evidence, _ said: EnhancedStatus?, _ code: UInt16?
    ) -> (EnhancedStatus?, UInt16?) {
        var status = weigh(evidence.status, said)
        var reply = code
        if let code, let known = status, (code / 100 == 2) != (known.statusClass == 2) {
            if code / 100 == 2 { reply = nil } else { status = said?.statusClass == 2 ? nil : said }
        }
        if evidence.hasFailed {
            if status?.statusClass == 2 { status = nil }
            if reply.map({ $0 / 100 == 2 }) == true { reply = nil }
        }
        return (status, reply)
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
