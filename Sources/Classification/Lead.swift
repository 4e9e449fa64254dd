// What stands before a reply's own words: the address that is answered, the server's name, "Recipient address rejected:", which Postfix
// puts before the words of any table and policy service. What a reply begins with, it begins with behind each of them.

import MailSyntax

struct Lead {
    /// Where each of its parts ends, and where something follows: the first `count` of these.
    private(set) var ends = InlineArray<4, UInt16>(repeating: 0)
    private(set) var count = 0

    /// That of a folded text.
    init(of text: UnsafeBufferPointer<UInt8>) {
        let text = Span(_unsafeElements: text)
        var start = 0
        while count < ends.count, let end = Self.end(in: text, from: start), end < min(text.count, Int(UInt16.max)) {
            ends[count] = UInt16(end)
            count += 1
            start = end
        }
    }

    func hasEnd(_ position: Int) -> Bool {
        for part in 0..<count where Int(ends[part]) == position { return true }
        return false
    }

    /// What says no more than that it was refused, in lower case.
    private static let refusals: [StaticString] = [
        "recipient address rejected: ", "requested action not taken: ", "requested mail action not taken: ",
        "requested mail action aborted: ", "delivery failed: ", "message rejected: ", "mail rejected: ", "rejected: ",
        "error: ", "sorry, ",
    ]

    /// Where the words behind one part begin: one of these, an address, a host's name, a quoted reply's code or status.
    private static func end(in text: Span<UInt8>, from start: Int) -> Int? {
        guard start < text.count else { return nil }
        let first = text[start].asciiLowercased
        if first == UInt8(ascii: "\"") { return start + 1 }
        for words in refusals where words.utf8Start.pointee == first {
            if text.extracting(start...).hasPrefix(words) { return start + words.utf8CodeUnitCount }
        }
        var (end, at, dot, isNumber) = (start, false, start, true)
        while end < text.count, text[end] != 0x20 {
            switch text[end] {
            case UInt8(ascii: "@"): at = true
            case UInt8(ascii: "."): dot = end
            default: if !text[end].isASCIIDigit { isNumber = false }
            }
            end += 1
        }
        let isCode = isNumber && (dot == start ? end - start == 3 : end - start > 4)
        guard at || isCode || isHost(text, start..<end, lastDot: dot) else { return nil }
        while end < text.count, text[end] == 0x20 { end += 1 }
        return end
    }

    /// Labels with dots between them, the last one of letters alone; a colon may stand behind.
    private static func isHost(_ text: Span<UInt8>, _ range: Range<Int>, lastDot: Int) -> Bool {
        let end = range.last.map { text[$0] == UInt8(ascii: ":") ? $0 : $0 + 1 } ?? range.upperBound
        guard lastDot > range.lowerBound, end - lastDot > 2 else { return false }
        for index in range.lowerBound..<end {
            switch text[index] {
            case UInt8(ascii: "."): continue
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): if index > lastDot { return false }
            default: if !text[index].isASCIILetter { return false }
            }
        }
        return true
    }
}
