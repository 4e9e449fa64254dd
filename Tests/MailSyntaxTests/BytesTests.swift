import MailSyntax
import Testing

@Suite struct BytesTests {
    @Test func fixedWords() {
        let bytes = Bytes(utf8: "xContent-TYPEy")[1..<13]
        #expect(bytes.equals("content-type"))
        #expect(!bytes.equals("content-typ"))
        #expect(bytes.hasPrefix("CONTENT"))
        #expect(bytes.hasSuffix("type"))
        #expect(!bytes.hasSuffix("typey"))
        #expect(bytes.dropping(prefix: "content-")?.text == "TYPE")
        #expect(bytes.dropping(suffix: "-type")?.text == "Content")
        #expect(Bytes("[").equals("[") && !Bytes("[").equals("{"))
    }

    @Test func trimmedAndSplit() {
        #expect(Bytes(utf8: " \t a b\r\n").trimmed.text == "a b")
        #expect(Bytes(utf8: " \r\n").trimmed.isEmpty)
        let parts = Bytes(utf8: "a;b;c").split(atByte: UInt8(ascii: ";"))
        #expect(parts?.head.text == "a" && parts?.tail.text == "b;c")
        #expect(Bytes(utf8: "abc").split(atByte: UInt8(ascii: ";")) == nil)
    }

    @Test(arguments: [
        ("a\nb\n", ["a", "b"]), ("a\r\nb", ["a", "b"]), ("a\rb\r", ["a", "b"]), ("a\r\r\nb", ["a", "b"]),
        ("\n\n", ["", ""]), ("", []), ("a\r\n\r\nb", ["a", "", "b"]), ("a\r\rb", ["a", "", "b"]), ("\r", [""]),
        ("a\n\rb", ["a", "", "b"]),
    ])
    func lines(_ text: String, _ lines: [String]) {
        #expect(Bytes(utf8: text).lines.map(\.text) == lines)
        #expect(Bytes(utf8: "x" + text + "x").dropFirst().dropLast().lines.map(\.text) == lines)
    }

    @Test func fieldLines() {
        let block = Bytes(utf8: "Status : 5.1.1\r\nDiagnostic-Code: smtp;\r\n 550 x\r\n\r\nno field\r\nA:\r\n")
        let read = block.fieldLines.map { line in
            switch line {
            case .field(let name, let value): "\(block[name].text)=\(block[value].unfolded.text)"
            case .blank: "-"
            case .other(let text): "?\(block[text].text)"
            }
        }
        #expect(read == ["Status=5.1.1", "Diagnostic-Code=smtp; 550 x", "-", "?no field", "A="])
    }

    /// The search by memchr against the obvious one, over texts of few letters so that near misses are many.
    @Test(arguments: 0..<200)
    func firstRangeIsThatOfAPlainSearch(_ seed: UInt64) {
        var generator = SeededGenerator(seed)
        let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            "aAbBÄ".utf8.randomElement(using: &generator) ?? 0
        }
        let words: [StaticString] = ["a", "ab", "aab", "abab", "bBaA", "ä"]
        for word in words {
            let bytes = text[...].dropFirst(text.count / 4)
            #expect(bytes.firstRange(of: word) == plainSearch(bytes, word))
        }
    }

    private func plainSearch(_ bytes: Bytes, _ word: StaticString) -> Range<Int>? {
        let folded = Bytes(word).lowercased()
        guard bytes.count >= folded.count else { return nil }
        for start in bytes.startIndex...(bytes.endIndex - folded.count)
        where bytes[start..<(start + folded.count)].lowercased() == folded {
            return start..<(start + folded.count)
        }
        return nil
    }
}

/// The same numbers from the same seed (SplitMix64), so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
