// The part of a report that is written for people, as lines, with what its lines were recognized as.

import MailSyntax

/// A notification's text up to the returned message. Lines keep their indentation and have no white space at the end. Shared by the
/// formats, which all read the same one.
final class Notice {
    let message: MailMessage
    let header: MessageHeader
    let limits: ReportLimits
    let lines: NoticeLines
    let marks: Marks
    /// The text after the line that announces the returned message; empty where that is a part of its own.
    let returned: Bytes
    /// Lines or bytes over the limits were left unread.
    let isCut: Bool

    init(_ message: borrowing MailMessage, header: MessageHeader, limits: ReportLimits) {
        self.message = copy message
        self.header = header
        self.limits = limits
        var whole: Bytes = []
        var text: Bytes = []
        if let (part, isHTML) = Self.textPart(of: message) {
            whole = message.text(of: part)
            text = whole.prefix(limits.noticeBytes)
            text = Self.withPlainSigns(isHTML ? HTMLText.plainText(of: text)[...] : text)
        }
        var reading = NoticeReading(isFromGoogle: header.isFromGoogle, mayHoldLetter: !message.returnsMessage)
        reading.read(text, limits)
        lines = NoticeLines(text: text, places: NoticeLines.singleSpaced(reading.places))
        marks = reading.marks
        returned = reading.returned
        isCut = reading.isCut || whole.count > limits.noticeBytes
    }

    /// Typographic apostrophes as ASCII has them, so that a phrase is written in one way ("couldn’t", "n’a pas pu"), and without the signs
    /// of no width that pages have in and around addresses: where a word may be broken, and in which direction it is read.
    private static func withPlainSigns(_ text: Bytes) -> Bytes {
        guard var sign = nextSign(in: text) else { return text }
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var rest = text
        while true {
            plain += rest[..<sign.place]
            if let byte = sign.plain { plain.append(byte) }
            rest = rest[(sign.place + 3)...]
            guard let next = nextSign(in: rest) else { break }
            sign = next
        }
        return (plain + rest)[...]
    }

    /// U+2019, or one of U+200B to U+200F and U+202A to U+202E.
    private static func nextSign(in text: Bytes) -> (place: Int, plain: UInt8?)? {
        var start = text.startIndex
        while let place = text.firstIndex(ofByte: 0xE2, in: start..<text.endIndex), place + 2 < text.endIndex {
            if text[place + 1] == 0x80 {
                switch text[place + 2] {
                case 0x99: return (place, UInt8(ascii: "'"))
                case 0x8B...0x8F, 0xAA...0xAE: return (place, nil)
                default: break
                }
            }
            start = place + 1
        }
        return nil
    }

    /// The addresses that the report's header names as failed, and those of the returned message's To field. Where a notice has no more
    /// than a local part, one of these is meant.
    func returnedAddresses() -> [Bytes] {
        var returnedMessage = ReturnedMessage()
        ReturnedHeader.read(message, text: returned, limits: limits, into: &returnedMessage)
        return (header.failedRecipients.map { MailAddress.list(in: $0) } ?? []) + returnedMessage.to
    }

    /// The first line that has a mark.
    func index(of mark: Mark) -> Int? {
        guard marks.contains(mark) else { return nil }
        return lines.firstIndex { PhraseTable.shared.marks(of: $0).contains(mark) }
    }

    /// The first line says that a message was not delivered: how a notice begins, and seldom anything else.
    var opensAsReport: Bool {
        if header.mayBePerson { return false }
        let words = lines.lazy.filter { !$0.withoutRulers.isEmpty }
        guard var first = words.first else { return false }
        // "Sehr geehrte Damen und Herren," by a program.
        if header.hasNullReturnPath, first.last == UInt8(ascii: ","), first.count < 80 {
            first = words.dropFirst().first ?? first
        }
        if PhraseTable.shared.marks(of: first).isKnownOpening { return true }
        // In the first sentence, that is; what follows a full stop may be about anything.
        let sentence = first.firstRange(of: ". ").map { first[..<$0.lowerBound] } ?? first
        let mailWords =
            header.subjectTellsFailure && (header.isFromProgram || announcesReply(first))
            ? FailureWords.mailWords : FailureWords.ownMailWords
        return mailWords.isAny(in: sentence) && FailureWords.tellsFailureOfMail(sentence)
    }

    /// The line announces what stands below it, and a server's refusal is there: no person's letter.
    private func announcesReply(_ line: Bytes) -> Bool {
        line.last == UInt8(ascii: ":") && lines.contains(where: Explanation.isRefusal)
    }

    /// The text is about one message: it opens with its failure, it says that it is the reader's, it is in a known program's words, or the
    /// message came back. Monitors and logs, whose mail may have an empty reverse-path, too, do nothing of that.
    var tellsOfOneMessage: Bool {
        !marks.isEmpty || message.returnsMessage || tellsOfOwnMail || tellsOfOneAddress
            || lines.first(where: { !$0.withoutRulers.isEmpty }).map(FailureWords.tellsFailureOfMail) ?? false
    }

    /// A line, or two in which a sentence was wrapped, say that a message of the reader's was not delivered.
    private var tellsOfOwnMail: Bool {
        lines.indices.contains { index in
            FailureWords.ownMailWords.isAny(in: lines[index])
                && lines[index...].prefix(2).contains {
                    PlainWords.tellsFailure($0) || FailureWords.causes.isAny(in: $0)
                }
        }
    }

    /// One address stands in the text, beside the reader's and the author's, in a line that tells a message's
    /// failure or is labelled as whom that is of.
    private var tellsOfOneAddress: Bool {
        var named: Bytes?
        var isTold = false
        for line in lines {
            let others = MailAddress.addresses(in: line, limit: 4).filter(header.isOther)
            for address in others {
                if let named, !named.equals(address) { return false }
                named = address
            }
            guard !others.isEmpty, !isTold else { continue }
            isTold =
                FailureWords.tellsFailureOfMail(line) || FailureWords.labels.contains { line.hasPrefix($0) }
        }
        return isTold
    }

    /// The lines above the first `<a@b>:`.
    var introduction: NoticeLines.SubSequence { lines.prefix { $0.first != UInt8(ascii: "<") } }

    /// The first line that begins with the code of a failure ("550 5.1.1 …", "452-…"), with the lines below it up to the next blank one.
    var quotedReply: [Bytes] {
        guard
            let start = lines.firstIndex(where: { line in
                let text = line.trimmed
                return text.count >= 5 && Explanation.hasFailureCode(text, at: text.startIndex)
            })
        else { return [] }
        return Array(lines[start...].prefix { !$0.isEmpty })
    }

    /// The text from the first field of RFC 3464 on, where these fields stand in the running text.
    var deliveryStatus: Bytes? {
        guard
            let line = lines.first(where: {
                $0.hasPrefix("reporting-mta:") || $0.hasPrefix("final-recipient:")
                    || $0.hasPrefix("original-recipient:")
            }),
            let last = lines.last
        else { return nil }
        return lines.text[line.startIndex..<max(line.startIndex, last.endIndex)]
    }

    /// The host that the notice says it is from, in its first lines or before the diagnostics for administrators.
    var reportingMTA: Bytes? {
        for line in lines.prefix(16) where !line.isEmpty {
            if let phrase = Self.hostPhrases.first(in: line) {
                return Self.hostName(line[phrase.range.upperBound...])
            }
        }
        guard marks.contains(.exchangeDiagnostics) else { return nil }
        return lines.lazy.compactMap { $0.dropping(prefix: "generating server:") }.first.flatMap {
            Self.hostName($0.trimmed)
        }
    }

    private static func hostName(_ text: Bytes) -> Bytes? {
        let name = text.prefix { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ";") }
        let end = name.lastIndex { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: ":") }
        return name.contains(UInt8(ascii: ".")) ? end.map { name[...$0] } : nil
    }

    private static let hostPhrases = WordSet([
        "mail system at host ", "program at host ", "qmail-send program at ", "mta program at ",
        "mail delivery agent at ",
        "delivery status notification from ", "mail server at ", "mail server on ",
    ])

    /// The first text that is not empty and not inside a returned message; HTML where there is nothing else.
    private static func textPart(of message: MailMessage) -> (part: Int, isHTML: Bool)? {
        var html: Int?
        var index = 0
        while index < message.parts.count {
            if message.parts[index].holdsMessage {
                index = message.parts[index].endIndex
                continue
            }
            let part = message.parts[index]
            if part.isMultipart, part.endIndex == index + 1, !message.isBlank(part.bodyRange) {
                // Its boundary is missing or is no parameter: what it holds is read as it stands.
                return (index, false)
            }
            if part.mediaType.kind == .text {
                if part.mediaType.subtype == .html {
                    html = html ?? index
                } else if !message.isBlank(part.bodyRange) {
                    return (index, false)
                }
            }
            index += 1
        }
        return html.map { ($0, true) }
    }
}
