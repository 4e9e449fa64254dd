// Which lines are a notice's own: up to the message that came back, however it is set apart from them.

import MailSyntax

/// Reads the lines, and says what they are recognized as.
struct NoticeReading: ~Copyable {
    let isFromGoogle: Bool
    /// The message that came back is no part of its own, and may stand below the notice.
    let mayHoldLetter: Bool
    var places: [Range<Int>] = []
    var marks: Marks = []
    var returned: Bytes = []
    var isCut = false
    /// As many runs of header fields are looked at, and as many lines that may be salutations.
    private var headersLeft = 4
    private var salutationsLeft = 4

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
        guard run.fieldCount >= 3, headersLeft > 0 else { return false }
        headersLeft -= 1
        let header = text[run.start..<max(run.start, end)]
        let below = text[header.endIndex...]
        var to: [Bytes] = []
        for case .field(let name, let value) in header.fieldLines
        where header.equals("to", at: name) || header.equals("an", at: name) {
            to += MailAddress.addresses(in: header[value], limit: 8)
        }
        let above = Above(places[..<run.line].lazy.map { text[$0] })
        let isNamed = above.named.contains { named in to.prefix(8).contains { $0.equals(named) } }
        guard isNamed && (above.hasReply || above.hasCause) || run.isWholeHeader && above.tellsFailure else {
            return false
        }
        return !below.linePlaces.lazy.filter { !$0.isEmpty }.prefix(3).contains { place in
            let line = below[place]
            let tells =
                Explanation.isRefusal(line)
                || !above.hasReply && !(run.isWholeHeader && above.hasCause) && FailureWords.causes.isAny(in: line)
            return tells && above.names(allOf: line)
        }
    }

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
    /// it speaks of the same address, or of nobody by name and of a failure: in another language, perhaps.
    private mutating func beginsLetter(_ line: Int, in text: Bytes, below end: Int) -> Bool {
        guard salutationsLeft > 0 else { return false }
        salutationsLeft -= 1
        let above = Above(places[..<line].lazy.map { text[$0] })
        guard above.tellsFailure else { return false }
        let below = text[end...]
        var (namesOthers, goesOn) = (false, false)
        for place in below.linePlaces.lazy.filter({ !$0.isEmpty }).prefix(8) {
            let line = below[place]
            let named = MailAddress.addresses(in: line, limit: 4)
            if named.contains(where: { again in above.named.contains { $0.equals(again) } }) { return false }
            namesOthers = namesOthers || !named.isEmpty
            goesOn = goesOn || Self.isOfNotice(line)
        }
        return namesOthers || !goesOn
    }

    /// The line tells a failure or a delay, or is in a known program's words.
    private static func isOfNotice(_ line: Bytes) -> Bool {
        !PhraseTable.shared.marks(of: line).isEmpty || Explanation.isRefusal(line)
            || PlainWords.tellsFailure(line) || DelayWords.tell(line)
            || FailureWords.ownMailWords.isAny(in: line) && FailureWords.causes.isAny(in: line)
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

/// Lines below a blank one that are fields of a message's header, as far as they follow each other.
struct HeaderRun {
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
        // Outlook's.
        "sent:", "von:", "gesendet:", "an:", "betreff:",
    ]
    private static let seldomShown: [StaticString] = ["received:", "message-id:", "mime-version:", "return-path:"]
}
