// The words of an HTML page, for the notices that come as nothing else. Tags become line ends or nothing; no layout is kept.

import MailSyntax

enum HTMLText {
    /// The page's text: what is in `<head>`, `<style>` and `<script>` left out, block tags as line ends, the common entities decoded.
    static func plainText(of page: Bytes) -> [UInt8] {
        // Yahoo calls text HTML: its lines are all that there is.
        guard page.contains("<br") || page.contains("<p") || page.contains("<div") || page.contains("<td") else {
            return Array(page)
        }
        var text: [UInt8] = []
        text.reserveCapacity(page.count / 4)
        var index = page.startIndex
        while index < page.endIndex {
            switch page[index] {
            case UInt8(ascii: "<"):
                guard let close = page[index...].firstIndex(of: UInt8(ascii: ">")) else { return text }
                let tag = page[(index + 1)..<close]
                index = close + 1
                if let skipped = skippedElements.first(where: { tag.hasPrefix($0.open) }) {
                    guard let end = page[index...].firstRange(of: skipped.close) else { return text }
                    index = end.upperBound
                } else if endsLine(tag) {
                    text.append(0x0A)
                }
            case UInt8(ascii: "&"):
                index = appendEntity(of: page, at: index, to: &text)
            case 0x0A, 0x0D, 0x09:
                text.append(0x20)
                index += 1
            case let byte:
                text.append(byte)
                index += 1
            }
        }
        return text
    }

    private static let skippedElements: [(open: StaticString, close: StaticString)] = [
        ("head", "</head"), ("style", "</style"), ("script", "</script"), ("!--", "--"), ("title", "</title"),
    ]

    private static func endsLine(_ tag: Bytes) -> Bool {
        let name = (tag.first == UInt8(ascii: "/") ? tag.dropFirst() : tag).prefix {
            foldedASCII($0) &- 0x61 < 26 || $0 &- 0x30 < 10
        }
        return blockElements.contains { name.equals($0) }
    }

    private static let blockElements: [StaticString] = [
        "br", "p", "div", "tr", "td", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "pre", "blockquote",
        "body", "html",
    ]

    private static func appendEntity(of page: Bytes, at index: Int, to text: inout [UInt8]) -> Int {
        for (name, byte) in entities where page[index...].prefix(8).hasPrefix(name) {
            text.append(byte)
            return index + name.utf8CodeUnitCount
        }
        text.append(page[index])
        return index + 1
    }

    private static let entities: [(StaticString, UInt8)] = [
        ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")), ("&amp;", UInt8(ascii: "&")),
        ("&quot;", UInt8(ascii: "\"")),
        ("&nbsp;", 0x20), ("&#39;", UInt8(ascii: "'")), ("&apos;", UInt8(ascii: "'")), ("&#64;", UInt8(ascii: "@")),
    ]
}
