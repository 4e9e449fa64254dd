// Gmail's, Workspace's and old Outlook.com's notices: "Delivery to the following recipient failed permanently:", the addresses, and after
// "Technical details …" or "The response was:" what the other server said.

import MailSyntax

enum Google {
    static func read(_ notice: Notice) -> [RecipientReport] {
        var addresses: [Bytes] = []
        var words: [Bytes] = []
        var isListing = false
        var isExplaining = false
        for line in notice.lines where !line.isEmpty {
            let marks = PhraseTable.shared.marks(of: line)
            if marks.contains(.googleList) {
                isListing = true
            } else if marks.contains(.googleResponse) {
                isListing = false
                isExplaining = true
                if let start = line.firstRange(of: "wasn't delivered to ") {
                    addresses += MailAddress.addresses(in: line[start.upperBound...], limit: 1)
                } else if let colon = line.firstIndex(ofByte: UInt8(ascii: ":")) {
                    words = [line[(colon + 1)...].trimmed]
                }
            } else if isListing, let head = AddressLine(line), head.isAlone {
                if addresses.count < notice.limits.recipients { addresses.append(head.address) }
            } else if isExplaining {
                words.append(line)
            } else if !addresses.isEmpty {
                words.append(line)
                isListing = false
            }
        }
        return addresses.map { address in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.take(words.filter { !$0.isEmpty }, limit: notice.limits.replyBytes)
            recipient.remoteMTA = recipient.remoteMTA ?? host(words)
            return recipient
        }
    }

    /// "Google tried to deliver your message, but it was rejected by the server for the recipient domain example.com by
    /// mx.example.com. [192.0.2.1]."
    private static func host(_ words: [Bytes]) -> Bytes? {
        for line in words {
            guard let range = line.firstRange(of: " by mx") else { continue }
            let name = line[(range.lowerBound + 4)...].prefix { $0 > 0x20 && $0 != UInt8(ascii: "[") }
            return name.last == UInt8(ascii: ".") ? name.dropLast() : name
        }
        return nil
    }
}

/// "We're writing to let you know that the group you tried to contact (name) may not exist, or you may not have permission to post
/// messages to the group." The whole address is in the returned message only.
enum GoogleGroups {
    static func read(_ notice: Notice) -> [RecipientReport] {
        for line in notice.lines {
            guard let open = line.firstRange(of: "tried to contact ("),
                let close = line[open.upperBound...].firstIndex(ofByte: UInt8(ascii: ")")),
                let address = notice.returnedAddress(localPart: line[open.upperBound..<close])
            else { continue }
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            recipient.diagnostic = Diagnostic.normalize(line)
            return [recipient]
        }
        return []
    }
}
