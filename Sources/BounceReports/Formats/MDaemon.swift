// Alt-N MDaemon: "The following addresses did NOT receive a copy of your message:", the addresses as `> a@b`, and the transcript of the
// session, where the server's last refusal is the cause. Later versions have the transcript alone, each line behind its time:
// "--> RCPT To:<a@b>", "<-- 550 …".

import MailSyntax

enum MDaemon {
    static func read(_ notice: Notice) -> [RecipientReport] {
        guard let heading = notice.lines.firstIndex(where: { $0.firstRange(of: "not receive a copy") != nil }) else {
            return transcript(notice)
        }
        var addresses: [Bytes] = []
        var index = heading + 1
        while index < notice.lines.count, addresses.count < notice.limits.recipients {
            let line = notice.lines[index]
            if !line.isEmpty {
                guard line.trimmed.first == UInt8(ascii: ">"), let head = AddressLine(line) else { break }
                addresses.append(head.address)
            }
            index += 1
        }
        let session = notice.lines[min(index, notice.lines.count)...]
        return addresses.map { address in
            var recipient = RecipientReport()
            recipient.finalRecipient = address
            let (command, reply) = refusal(session, of: address)
            recipient.command = command
            recipient.take(reply, limit: notice.limits.replyBytes)
            return recipient
        }
    }

    /// The recipients whose RCPT was refused; those accepted before, where a later command was.
    private static func transcript(_ notice: Notice) -> [RecipientReport] {
        var recipients: [RecipientReport] = []
        var asked: [Bytes] = []
        var command: Bytes?
        var isAsking = false
        var reply: [Bytes] = []
        func endReply() {
            defer { reply = [] }
            guard let first = reply.last?.first, first == UInt8(ascii: "4") || first == UInt8(ascii: "5") else {
                return
            }
            let refused = Array(isAsking ? asked.suffix(1) : asked[...])
            for address in refused {
                var recipient = RecipientReport()
                recipient.finalRecipient = address
                recipient.command = command
                recipient.take(reply, limit: notice.limits.replyBytes)
                recipients.append(recipient)
            }
            asked.removeLast(refused.count)
        }
        for line in notice.lines where recipients.count + asked.count < notice.limits.recipients {
            if let sent = line.firstRange(of: "--> ") {
                // The reply's last line may not have been kept.
                endReply()
                let text = line[sent.upperBound...]
                command = Explanation.command(namedBy: text)
                isAsking = text.hasPrefix("rcpt to:")
                if isAsking, let address = MailAddress.addresses(in: text, limit: 1).first { asked.append(address) }
            } else if let answered = line.firstRange(of: "<-- ") {
                let text = line[answered.upperBound...].trimmed
                reply.append(text)
                if text.dropFirst(3).first != UInt8(ascii: "-") { endReply() }
            }
        }
        endReply()
        return recipients
    }

    /// The reply to this address's RCPT, or the last one of class 4 or 5.
    private static func refusal(_ session: Slice<NoticeLines>, of address: Bytes) -> (command: Bytes?, reply: [Bytes]) {
        var command: Bytes?
        var result: (command: Bytes?, reply: [Bytes]) = (nil, [])
        var isAbout = false
        for line in session where !line.isEmpty {
            let text = line.trimmed
            if text.hasPrefix("rcpt to:") {
                command = Bytes("RCPT TO")
                isAbout = MailAddress.addresses(in: text, limit: 1).first.map { $0.equals(address) } ?? false
            } else if text.hasPrefix("mail from:") {
                command = Bytes("MAIL FROM")
            } else if text.hasPrefix("data") {
                command = Bytes("DATA")
            } else if let first = text.first, first == UInt8(ascii: "5") || first == UInt8(ascii: "4"),
                text.prefix(3).allSatisfy(\.isASCIIDigit), text.count > 3
            {
                result = (command, [text])
                if isAbout { return result }
            }
        }
        return result.reply.isEmpty ? (nil, Array(session.prefix(4))) : result
    }
}
