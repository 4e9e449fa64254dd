// AOL's own notices of what its members do not take: no more than their screen names, below the sentence that says why.

import MailSyntax

enum AOL {
    /// Lines that are taken for the cause.
    private static let limitWords = 8

    static func read(_ notice: Notice) -> [RecipientReport] {
        guard notice.header.from.equals("mailer-daemon@aol.com"),
            let start = notice.lines.firstIndex(where: PlainWords.tellsFailure),
            let end = notice.lines[start...].firstIndex(where: { $0.last == UInt8(ascii: ":") })
        else { return [] }
        let names = notice.lines[(end + 1)...].lazy.map(\.trimmed).drop(while: \.isEmpty).prefix { line in
            !line.isEmpty
                && line.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }
        }
        return names.prefix(notice.limits.recipients).map { name in
            var recipient = RecipientReport()
            recipient.finalRecipient = (name + Bytes(utf8: "@aol.com"))[...]
            recipient.take(notice.lines[start...end].prefix(limitWords), limit: 1_000)
            return recipient
        }
    }
}
