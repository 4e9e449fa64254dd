// What looks at 64 bytes at once, or only at the spaces of a text, against the same done byte after byte: texts of every length up to
// two runs of 64 and a bit, what is sought at every place of them.

import Testing

@testable import MailSyntax

@Suite struct ManyBytesTests {
    private static let lengths = 0...135

    private static func isPlain(_ text: [UInt8]) -> Bool {
        text.allSatisfy { (0x20...0x7E).contains($0) }
            && !zip(text, text.dropFirst()).contains { $0 == 0x20 && $1 == 0x20 }
    }

    @Test(arguments: [0x00, 0x1F, 0x20, 0x21, 0x7E, 0x7F, 0x80, 0xA0, 0xFF] as [UInt8])
    func plainText(_ byte: UInt8) {
        for length in Self.lengths {
            for place in 0..<length {
                var text = [UInt8](repeating: 0x61, count: length)
                text[place] = byte
                #expect(Diagnostic.isPlain(text[...]) == Self.isPlain(text), "\(place) of \(length)")
                if place > 0 { text[place - 1] = 0x20 }
                #expect(Diagnostic.isPlain(text[...]) == Self.isPlain(text), "behind a space, \(place) of \(length)")
            }
        }
    }

    @Test(arguments: UInt8.min...UInt8.max) func ranges(_ byte: UInt8) {
        for range in [0x20...0x7E, 0x30...0x39, 0x01...0x01, 0x01...0x7F, 0x80...0xFD, 0xFF...0xFF]
            as [ClosedRange<UInt8>]
        {
            let text = [UInt8](repeating: 0xFE, count: 70) + [byte, byte] + [UInt8](repeating: 0xFE, count: 5)
            let found = text.span.firstPair(range, range, from: 0, upTo: text.count)
            #expect(found == (range.contains(byte) ? 70 : nil), "\(range)")
        }
    }

    @Test func pairs() {
        let (digits, letters): (ClosedRange<UInt8>, ClosedRange<UInt8>) = (0x30...0x39, 0x61...0x7A)
        for (length, from) in Self.lengths.flatMap({ length in [0, 1, 2, length / 2].map { (length, min($0, length)) } }
        ) {
            for place in 0..<length {
                var text = Array(repeating: UInt8(ascii: "7"), count: length)
                text[place] = UInt8(ascii: "x")
                let before = text.span.firstPair(digits, letters, from: from, upTo: length)
                #expect(before == (place > from ? place - 1 : nil))
                let behind = text.span.firstPair(letters, digits, from: from, upTo: length)
                #expect(behind == (place >= from && place + 1 < length ? place : nil))
            }
        }
    }

    @Test func bytesOfARange() {
        for length in Self.lengths {
            for place in 0..<length {
                var text = Array(repeating: UInt8(ascii: "a"), count: length)
                text[place] = UInt8(ascii: "Z")
                for part in [0..<length, 0..<place, (place + 1)..<length, place..<(place + 1)] {
                    let isThere = text.span.contains(UInt8(ascii: "A")...UInt8(ascii: "Z"), in: part)
                    #expect(isThere == part.contains(place), "\(place) in \(part)")
                }
            }
        }
    }

    @Test func spaces() {
        for length in Self.lengths {
            for step in [1, 2, 7, 63, 64] {
                let text = (0..<length).map { $0.isMultiple(of: step) ? 0x20 : UInt8(0x21) }
                var found: [Int] = []
                text.span.forEachSpace(from: 3) { found.append($0) }
                #expect(found == (0..<length).dropFirst(3).filter { $0.isMultiple(of: step) })
            }
        }
    }

    /// RFC 3463: a status behind what only looks like one.
    @Test(arguments: ["", "3.1.1 ", "5.8.1 ", "4.97.1 ", "5.1 ", "5. ", "x5.1.2 ", "1.5.1.3 ", "version 5.0.4 "])
    func status(behind other: String) {
        for length in Self.lengths {
            let text = String(repeating: "a", count: length) + " " + other + "(#5.7.26)"
            #expect(EnhancedStatus.first(in: Bytes(utf8: text)) == EnhancedStatus(5, 7, 26), "\(text)")
            #expect(EnhancedStatus.first(in: Bytes(utf8: text.filter { $0 != "#" }).dropLast(3)) == nil, "\(text)")
        }
    }

    /// A reply that an MTA quotes, and other numbers before it.
    @Test(arguments: ["", "to 10.25.35.45 ", "on 2025-11-20 at 22:45:50 ", "5 550x 1550 ", "[port 587] "])
    func quotedReply(behind other: String) {
        for length in Self.lengths {
            let words = String(repeating: "a", count: length)
            let reply = SMTPReply.parse(Bytes(utf8: "\(words) \(other)said: 550 5.1.1 No \(words)"))
            #expect(reply.code == 550 && reply.text.text == "No \(words)".trimmedEnd, "\(length)")
        }
    }

    static let phrases: [StaticString] = [
        "host ", "in reply to ", " does not like recipient", "does not like recipient", ">>> ", "after ",
        "after initial connection", "for the recipient domain ", "é plein ",
    ]

    @Test(arguments: phrases.indices) func phrase(_ number: Int) {
        let set = SpacedPhrases(Self.phrases)
        for (before, after) in (0...20).flatMap({ before in (0...20).map { (before, $0) } }) {
            for filler in [0x61, 0x20] as [UInt8] {
                let phrase = Bytes(Self.phrases[number])
                for word in [phrase[...], Bytes(utf8: phrase.text.uppercased()), phrase.dropFirst(), phrase.dropLast()]
                {
                    let text =
                        [UInt8](repeating: filler, count: before) + word + [UInt8](repeating: filler, count: after)
                    let expected = Self.phrases.indices.filter { text[...].contains(Self.phrases[$0]) }
                    #expect(Array(set.found(in: text.span)) == expected, "\(text[...].text)")
                }
            }
        }
    }

    /// Texts of pieces of phrases, with every number of bytes cut off at both ends.
    @Test func phrasesBesideEachOther() {
        let set = SpacedPhrases(Self.phrases)
        let text = Array(
            "does not like recipienT after  host in reply >>>>> to  after initial connectio host\u{20}for the recipient domain >>> "
                .utf8)
        for (start, end) in text.indices.flatMap({ start in (start...text.count).map { (start, $0) } }) {
            let part = text[start..<end]
            let expected = Self.phrases.indices.filter { part.contains(Self.phrases[$0]) }
            #expect(Array(set.found(in: part.span)) == expected, "\(part.text)")
        }
    }
}

extension String {
    fileprivate var trimmedEnd: String { last == " " ? String(dropLast()) : self }
}
