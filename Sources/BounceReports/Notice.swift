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
        let (text, isTextCut) = NoticeText.read(message, header, limits)
        var reading = NoticeReading(isFromGoogle: header.isFromGoogle, mayHoldLetter: !message.returnsMessage)
        reading.read(text, limits)
        lines = NoticeLines(text: text, places: NoticeLines.singleSpaced(reading.places))
        marks = reading.marks
        returned = reading.returned
        isCut = reading.isCut || isTextCut
    }

    private init(_ other: Notice, lines: NoticeLines) {
        message = other.message
        header = other.header
        limits = other.limits
        self.lines = lines
        marks = other.marks
        returned = other.returned
        isCut = other.isCut
    }

    /// With wrapped sentences on one line; nil where there are none.
    func unwrapped() -> Notice? { lines.unwrapped().map { Notice(self, lines: $0) } }

    /// With wrapped lists of addresses on one line; nil where there are none.
    func withWholeLists() -> Notice? { lines.withWholeLists().map { Notice(self, lines: $0) } }

    /// The addresses that the report's header names as failed, and those of the returned message's To field. Where a notice has no more
    /// than a local part, one of these is meant.
    func returnedAddresses() -> [Bytes] {
        var returnedMessage = ReturnedMessage()
        ReturnedHeader.read(message, text: returned, limits: limits, into: &returnedMessage)
        return (header.failedRecipients ?? []) + returnedMessage.to
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
        // "Sehr geehrte Damen und Herren," by a program; OpenSMTPD's "Hi!".
        if header.hasNullReturnPath, first.last == UInt8(ascii: ",") || first.last == UInt8(ascii: "!"),
            first.count < 80
        {
            first = words.dropFirst().first ?? first
        }
        if PhraseTable.shared.marks(of: first).isKnownOpening { return true }
        if header.isFromMonitor { return false }
        if tellsFailureBelowFields(first, words) { return true }
        // In the first sentence, that is; what follows a full stop may be about anything.
        let sentence = first.firstRange(of: ". ").map { first[..<$0.lowerBound] } ?? first
        let mailWords =
            header.subjectTellsFailure && (header.isFromProgram || announcesReply(first))
            ? FailureWords.mailWords : FailureWords.ownMailWords
        return mailWords.isAny(in: sentence) && FailureWords.tellsFailureOfMail(sentence)
    }

    /// The first paragraph tells a failure or a delay of a message, or begins with a reply or a known program's words; the second where
    /// the first says only whose words these are. Above a
    /// report that somebody shows, an application or a person, stand other words; an application's list begins with addresses.
    var beginsAsReport: Bool {
        if opensAsReport { return true }
        let words = lines.drop { $0.withoutRulers.isEmpty }
        let paragraph = words.prefix(4).prefix { !$0.withoutRulers.isEmpty }
        guard let first = paragraph.first else { return false }
        if AddressLine(first) != nil { return message.returnsMessage }
        if reports(paragraph) { return true }
        guard header.hasNullReturnPath, FailureWords.introduce(first) else { return false }
        let below = words.drop { !$0.withoutRulers.isEmpty }.drop { $0.withoutRulers.isEmpty }
        return reports(below.prefix(4).prefix { !$0.withoutRulers.isEmpty })
    }

    private func reports(_ paragraph: NoticeLines.SubSequence) -> Bool {
        guard let first = paragraph.first else { return false }
        return !PhraseTable.shared.marks(of: first).isEmpty
            || Explanation.hasFailureCode(first, at: first.startIndex)
            || paragraph.contains { line in
                FailureWords.tellsFailureOfMail(line) && AddressLine(line) == nil
                    || FailureWords.ownMailWords.isAny(in: line) && PlainWords.tellsFailure(line)
            }
    }

    /// "Your message", its fields, "did not reach the following recipient(s):", as Exchange and Domino write.
    private func tellsFailureBelowFields(_ first: Bytes, _ words: some Sequence<Bytes>) -> Bool {
        guard header.hasNullReturnPath, first.count < 40, FailureWords.ownMailWords.isAny(in: first) else {
            return false
        }
        return words.dropFirst().prefix(6).first { $0.indentation == 0 }.map { FailureWords.tellsFailureOfMail($0) }
            ?? false
    }

    /// The first words are of several messages, none of them the reader's: a list of what failed, for whoever keeps the system.
    var tellsOfSeveralMessages: Bool {
        lines.lazy.filter { !$0.withoutRulers.isEmpty }.prefix(2).contains {
            FailureWords.severalMessages.isAny(in: $0) && !FailureWords.ownMailWords.isAny(in: $0)
        }
    }

    /// The line announces what stands below it, and a server's refusal is there: no person's letter.
    private func announcesReply(_ line: Bytes) -> Bool {
        line.last == UInt8(ascii: ":") && lines.contains(where: Explanation.isRefusal)
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
}
