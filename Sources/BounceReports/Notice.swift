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
            text = Self.withPlainApostrophes(isHTML ? HTMLText.plainText(of: text)[...] : text)
        }
        var reading = Reading(isFromGoogle: header.isFromGoogle, mayHoldLetter: !message.returnsMessage)
        reading.read(text, limits)
        lines = NoticeLines(text: text, places: NoticeLines.singleSpaced(reading.places))
        marks = reading.marks
        returned = reading.returned
        isCut = reading.isCut || whole.count > limits.noticeBytes
    }

    /// Typographic apostrophes as ASCII has them, so that a phrase is written in one way ("couldn’t", "n’a pas pu").
    private static func withPlainApostrophes(_ text: Bytes) -> Bytes {
        guard var apostrophe = text.firstRange(of: "’") else { return text }
        var plain: [UInt8] = []
        plain.reserveCapacity(text.count)
        var rest = text
        while true {
            plain += rest[..<apostrophe.lowerBound]
            plain.append(UInt8(ascii: "'"))
            rest = rest[apostrophe.upperBound...]
            guard let next = rest.firstRange(of: "’") else { break }
            apostrophe = next
        }
        return (plain + rest)[...]
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
            header.subjectTellsFailure && header.isFromProgram ? FailureWords.mailWords : FailureWords.ownMailWords
        return mailWords.isAny(in: sentence) && PlainWords.tellsFailure(sentence)
    }

    /// The text is about one message: it opens with its failure, it says that it is the reader's, it is in a known program's words, or the
    /// message came back. Monitors and logs, whose mail may have an empty reverse-path, too, do nothing of that.
    var tellsOfOneMessage: Bool {
        !marks.isEmpty || message.returnsMessage || tellsOfOwnMail
            || lines.first(where: { !$0.withoutRulers.isEmpty }).map(PlainWords.tellsFailure) ?? false
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

    /// What comes of the lines while they are read.
    private struct Reading: ~Copyable {
        let isFromGoogle: Bool
        /// The message that came back is no part of its own, and may stand below the notice.
        let mayHoldLetter: Bool
        var places: [Range<Int>] = []
        var marks: Marks = []
        var returned: Bytes = []
        var isCut = false
        /// As many runs of header fields, and lines that may be salutations, are looked at.
        private var beginningsLeft = 4

        init(isFromGoogle: Bool, mayHoldLetter: Bool) {
            self.isFromGoogle = isFromGoogle
            self.mayHoldLetter = mayHoldLetter
        }

        /// Marks that are no words of one language: qmail's `<a@b>:` at the margin, Exchange's `#550 5.1.1 …` and
        /// `<mx.example.com #5.1.1>`, Google's `** heading **` and the address of Google Groups' help pages.
        private func shape(of line: Bytes) -> Marks {
            if Exchange.isDiagnostic(line) { return Marks(.exchangeDiagnostics) }
            if Exchange.isHostLine(line) { return Marks(.exchangeList) }
            if line.first == UInt8(ascii: "<") {
                if line.hasPrefix("<<< ") { return [] }
                return line.contains(UInt8(ascii: "@")) && (line.hasSuffix(">:") || line.prefix(320).contains(">: "))
                    ? Marks(.addressParagraphs) : []
            }
            guard isFromGoogle else { return [] }
            if line.hasPrefix("** "), line.hasSuffix(" **") { return Marks(.googleResponse) }
            return line.contains("groups.google.com/support") ? Marks(.googleGroups) : []
        }

        mutating func read(_ text: Bytes, _ limits: ReportLimits) {
            let table = PhraseTable.shared
            let bytes = text.span
            places.reserveCapacity(64)
            var hasText = false
            var run: HeaderRun?
            for place in text.linePlaces {
                if places.count == limits.noticeLines {
                    isCut = true
                    return
                }
                let line = bytes.extracting(place.prefix(limits.lineBytes).shifted(by: -text.startIndex))
                let found = table.marks(of: line)
                if found.contains(.returned), hasText {
                    marks.insert(Marks(.returned))
                    returned = text[place.lowerBound...]
                    return
                }
                marks.formUnion(found)
                var count = line.count
                while count > 0, Self.isTrailingSpace(line[count - 1]) { count -= 1 }
                places.append(place.prefix(count))
                guard count > 0 else {
                    if let run, returnsMessage(run, in: text, upTo: place.lowerBound) {
                        marks.insert(Marks(.returned))
                        returned = text[run.start...]
                        places.removeLast(places.count - run.line)
                        return
                    }
                    run = hasText ? HeaderRun(line: places.count) : nil
                    continue
                }
                if let run, run.line == places.count - 1, mayBeSalutation(text[place.prefix(count)]),
                    beginsLetter(run.line, in: text, below: place.upperBound)
                {
                    places.removeLast()
                    return
                }
                hasText = true
                if run?.takes(text[place.prefix(count)]) == false { run = nil }
                if mayHaveShape(line[0]) { marks.formUnion(shape(of: text[place.prefix(count)])) }
            }
        }

        /// Whether the fields begin a message that came back without a word of announcement: the text above has told a cause and named an
        /// address of its To field, or the header is whole. Words above may be a guess, below which a notice shows some fields and then
        /// gives the cause.
        private mutating func returnsMessage(_ run: HeaderRun, in text: Bytes, upTo end: Int) -> Bool {
            guard run.fieldCount >= 3, beginningsLeft > 0 else { return false }
            beginningsLeft -= 1
            let header = text[run.start..<max(run.start, end)]
            let below = text[header.endIndex...]
            var to: [Bytes] = []
            for case .field(let name, let value) in header.fieldLines where header.equals("to", at: name) {
                to += MailAddress.addresses(in: header[value], limit: 8)
            }
            let above = Above(places[..<run.line].lazy.map { text[$0] })
            let isNamed = above.named.contains { named in to.prefix(8).contains { $0.equals(named) } }
            guard isNamed && (above.hasReply || above.hasCause) || run.isWholeHeader && above.tellsFailure else {
                return false
            }
            return !above.goesOn(in: below, mayGuess: !run.isWholeHeader)
        }

        /// Lines below fields or a salutation in which a notice would go on.
        private static let linesBelow = 8

        /// What the lines above a place tell.
        private struct Above {
            /// The addresses, some of many.
            private(set) var named: [Bytes] = []
            private(set) var hasReply = false
            private(set) var hasCause = false
            private(set) var hasStatement = false

            init(_ lines: some Sequence<Bytes>) {
                for line in lines {
                    if named.count < 64, !FailureWords.contacts.isAny(in: line) {
                        named += MailAddress.addresses(in: line, limit: 4)
                    }
                    hasReply = hasReply || SMTPReply.parse(line).code != nil
                    hasCause = hasCause || FailureWords.causes.isAny(in: line)
                    hasStatement = hasStatement || FailureWords.statements.isAny(in: line)
                }
            }

            /// Whether the first lines of a text tell the cause, of nobody else.
            func goesOn(in below: Bytes, mayGuess: Bool) -> Bool {
                below.linePlaces.lazy.filter { !$0.isEmpty }.prefix(3).contains { place in
                    let line = below[place]
                    let tells =
                        (SMTPReply.parse(line).code ?? 0) >= 400
                        || !hasReply && mayGuess && FailureWords.causes.isAny(in: line)
                    return tells && names(allOf: line)
                }
            }

            /// Whether the line names nobody else.
            func names(allOf line: Bytes) -> Bool {
                MailAddress.addresses(in: line, limit: 4).allSatisfy { address in
                    named.contains { $0.equals(address) }
                }
            }

            /// Who failed is said.
            var tellsFailure: Bool { !named.isEmpty && (hasReply || hasCause || hasStatement) }
        }

        /// "Hi Anna,", "Grüß Gott, Frau Muster!" below a notice that has said who failed: what follows is the message that came back, unless
        /// it speaks of the same address.
        private mutating func beginsLetter(_ line: Int, in text: Bytes, below end: Int) -> Bool {
            guard beginningsLeft > 0 else { return false }
            beginningsLeft -= 1
            let above = Above(places[..<line].lazy.map { text[$0] })
            let below = text[end...]
            guard above.tellsFailure, above.hasReply || !above.goesOn(in: below, mayGuess: false) else { return false }
            return !below.linePlaces.lazy.filter { !$0.isEmpty }.prefix(Self.linesBelow).contains { line in
                MailAddress.addresses(in: below[line], limit: 4).contains { again in
                    above.named.contains { $0.equals(again) }
                }
            }
        }

        private func mayBeSalutation(_ line: Bytes) -> Bool {
            guard mayHoldLetter, line.count <= 60, let last = line.last else { return false }
            return
                (last == UInt8(ascii: ",") || last == UInt8(ascii: "!") || line.hasSuffix("，") || line.hasSuffix("！"))
                && line.firstIndex(ofByte: UInt8(ascii: "@")) == nil
        }

        private static func isTrailingSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

        /// Whether a line that begins with the byte may have one of the shapes.
        private func mayHaveShape(_ first: UInt8) -> Bool {
            isFromGoogle || first == UInt8(ascii: "<") || first == 0x20 || first == 0x09
                || Exchange.mayBeginDiagnostic(first)
        }
    }
}

/// Lines below a blank one that are fields of a message's header, as far as they follow each other.
private struct HeaderRun {
    /// The number of the first line, and where it begins in the text.
    let line: Int
    private(set) var start = 0
    private(set) var fieldCount = 0
    /// One of the fields is in messages, but seldom in what a notice shows of one.
    private(set) var isWholeHeader = false

    init(line: Int) { self.line = line }

    /// Whether a line that is not empty is one more, or goes on with the last.
    mutating func takes(_ line: Bytes) -> Bool {
        if line.first == 0x20 || line.first == 0x09 { return fieldCount > 0 }
        if Self.seldomShown.contains(where: { line.hasPrefix($0) }) {
            isWholeHeader = true
        } else if !Self.shown.contains(where: { line.hasPrefix($0) }) {
            return false
        }
        if fieldCount == 0 { start = line.startIndex }
        fieldCount += 1
        return true
    }

    private static let shown: [StaticString] = [
        "from:", "to:", "cc:", "subject:", "date:", "reply-to:", "content-type:",
    ]
    private static let seldomShown: [StaticString] = ["received:", "message-id:", "mime-version:", "return-path:"]
}

/// The lines of a notice. Each is made a slice of the text when it is asked for.
struct NoticeLines: RandomAccessCollection {
    let text: Bytes
    fileprivate let places: [Range<Int>]

    var startIndex: Int { 0 }
    var endIndex: Int { places.count }

    subscript(index: Int) -> Bytes { text[places[index]] }

    /// Without the blank line behind each line, where a gateway or a page wrote one. It is known by the blank lines that were there
    /// before, which are three then.
    fileprivate static func singleSpaced(_ places: [Range<Int>]) -> [Range<Int>] {
        guard let first = places.firstIndex(where: { !$0.isEmpty }) else { return places }
        var last = first
        var hasThree = false
        for index in (first + 1)..<places.count where !places[index].isEmpty {
            // Lines that follow each other, and two blank ones between two lines, are in no such text.
            if (index - last) % 2 == 1 { return places }
            hasThree = hasThree || index - last == 4
            last = index
        }
        return hasThree ? stride(from: first, to: places.count, by: 2).map { places[$0] } : places
    }
}

extension Bytes {
    /// How many spaces it begins with; a tab counts as one step of eight.
    var indentation: Int {
        var count = 0
        for byte in self {
            switch byte {
            case 0x20: count += 1
            case 0x09: count += 8
            default: return count
            }
        }
        return count
    }

    /// Without white space and rulers at both ends.
    var withoutRulers: Bytes {
        guard let first = firstIndex(where: { !PhraseTable.isRuler($0) }) else { return self[endIndex...] }
        let last = lastIndex { !PhraseTable.isRuler($0) } ?? first
        return self[first...last]
    }
}
