// Trend Micro InterScan: "The following mail could not be delivered. Reason: Unable to deliver message to <a@b> (and other recipients in
// the same domain)." Older ones name no address.

import MailSyntax

enum InterScan {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let start = notice.lines.firstIndex(where: { $0.hasPrefix("reason:") }) else { return [] }
        let reason = Array(notice.lines[start...].prefix { !$0.isEmpty }.prefix(8))
        guard let address = reason.lazy.flatMap({ MailAddress.addresses(in: $0, limit: 1) }).first else { return [] }
        var recipient = RecipientReport()
        recipient.finalRecipient = address
        recipient.take([reason[0].dropFirst(7)] + reason.dropFirst(), limit: notice.limits.replyBytes)
        return [recipient]
    }
}
