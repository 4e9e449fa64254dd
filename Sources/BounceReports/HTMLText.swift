// The words of an HTML page, for the notices that come as nothing else. Tags become line ends or nothing; no layout is kept.

import MailSyntax

enum HTMLText {
    /// The page's text: comments and what is in `<title>`, `<style>` and `<script>` left out, block tags as line ends, white space as one
    /// space outside of `<pre>`, entities decoded.
    static func plainText(of page: Bytes) -> [UInt8] {
        // Yahoo calls text HTML: its lines are all that there is.
        guard page.contains("<br") || page.contains("<p") || page.contains("<div") || page.contains("<td") else {
            return Array(page)
        }
        var text: [UInt8] = []
        text.reserveCapacity(page.count / 4)
        var isPreformatted = false
        var index = page.startIndex
        while index < page.endIndex {
            switch page[index] {
            case UInt8(ascii: "<"):
                if page[index...].hasPrefix("<!--") {
                    // HTML, 13.1.6; `<!-->` is whole, too.
                    guard let end = page[(index + 2)...].firstRange(of: "-->") else { return text }
                    index = end.upperBound
                    continue
                }
                guard let close = page[index...].firstIndex(of: UInt8(ascii: ">")) else { return text }
                let tag = page[(index + 1)..<close]
                index = close + 1
                if isNamed("pre", tag) { isPreformatted = tag.first != UInt8(ascii: "/") }
                if let closing = closingOfSkipped(tag) {
                    guard let end = self.end(closing, of: page, from: index) else { return text }
                    index = end
                } else if isNamed("td", tag), endsInColon(text) {
                    text.append(0x20)
                } else if endsLine(tag) {
                    text.append(0x0A)
                }
            case UInt8(ascii: "&"):
                index = appendEntity(of: page, at: index, to: &text)
            case let space where space <= 0x20:
                if isPreformatted {
                    text.append(space)
                } else if let last = text.last, last != 0x20, last != 0x0A {
                    text.append(0x20)
                }
                index += 1
            case let byte:
                text.append(byte)
                index += 1
            }
        }
        return text
    }

    /// What ends an element that holds no words for people.
    private static func closingOfSkipped(_ tag: Bytes) -> StaticString? {
        guard tag.first != UInt8(ascii: "/") else { return nil }
        let name = name(of: tag)
        return skippedElements.first { name.equals($0.open) }?.close
    }

    private static let skippedElements: [(open: StaticString, close: StaticString)] = [
        ("style", "</style"), ("script", "</script"), ("title", "</title"),
    ]

    /// Where the text goes on behind an end tag, which may hold white space and more: `</style >`.
    private static func end(_ tag: StaticString, of page: Bytes, from start: Int) -> Int? {
        var rest = page[start...]
        while let found = rest.firstRange(of: tag) {
            rest = rest[found.upperBound...]
            guard let next = rest.first, !isNameByte(next) else { continue }
            return rest.firstIndex(ofByte: UInt8(ascii: ">")).map { $0 + 1 }
        }
        return nil
    }

    private static func endsLine(_ tag: Bytes) -> Bool {
        let name = name(of: tag)
        return blockElements.contains { name.equals($0) }
    }

    private static func isNamed(_ element: StaticString, _ tag: Bytes) -> Bool { name(of: tag).equals(element) }

    /// `td` of `td class="x"` and of `/td`.
    private static func name(of tag: Bytes) -> Bytes {
        (tag.first == UInt8(ascii: "/") ? tag.dropFirst() : tag).prefix(while: isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool { foldedASCII(byte) &- 0x61 < 26 || byte &- 0x30 < 10 }

    /// The cell is the label of the next one of its row: both are one line ("Recipient address: a@b").
    private static func endsInColon(_ text: [UInt8]) -> Bool {
        let end = text.suffix(8)
        guard let last = end.lastIndex(where: { $0 != 0x20 }) else { return false }
        return end[...last].hasSuffix(":") || end[...last].hasSuffix("：")
    }

    private static let blockElements: [StaticString] = [
        "br", "p", "div", "tr", "td", "li", "ul", "ol", "table", "th", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "pre", "blockquote", "dt", "dd", "section", "header", "footer", "body", "html",
    ]

    private static func appendEntity(of page: Bytes, at index: Int, to text: inout [UInt8]) -> Int {
        let name = page[(index + 1)...].prefix(9)
        guard let end = name.firstIndex(of: UInt8(ascii: ";")), let scalar = scalar(named: name[..<end]) else {
            text.append(page[index])
            return index + 1
        }
        if scalar.value == 0xA0 || scalar.value < 0x20 {
            text.append(0x20)
        } else {
            text += Array(String(scalar).utf8)
        }
        return end + 1
    }

    /// `lt`, `#39`, `#x27`.
    private static func scalar(named name: Bytes) -> Unicode.Scalar? {
        if name.first != UInt8(ascii: "#") {
            return entities[String(decoding: name, as: UTF8.self)]
        }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first.map(foldedASCII) == UInt8(ascii: "x")
        return UInt32(
            String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self),
            radix: isHexadecimal ? 16 : 10
        ).flatMap(Unicode.Scalar.init)
    }

    private static let entities: [String: Unicode.Scalar] = [
        "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "nbsp": " ", "rsquo": "’",
        "lsquo": "‘",
        "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "auml": "ä", "ouml": "ö", "uuml": "ü", "szlig": "ß",
        "aacute": "á", "eacute": "é", "iacute": "í", "oacute": "ó", "uacute": "ú", "ntilde": "ñ",
        "Eacute": "É", "agrave": "à", "egrave": "è", "igrave": "ì", "ograve": "ò", "ugrave": "ù",
        "acirc": "â",
        "ecirc": "ê", "icirc": "î", "ocirc": "ô", "ucirc": "û", "ccedil": "ç", "atilde": "ã",
        "otilde": "õ",
        "euml": "ë", "iuml": "ï", "aring": "å", "aelig": "æ", "oslash": "ø",
    ]
}
