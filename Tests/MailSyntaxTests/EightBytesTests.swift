// What looks at eight or more bytes at once against the same done byte after byte.

import MailSyntax
import Testing

@Suite struct EightBytesTests {
    /// Every byte, at each place of a run of letters of each length up to two words and a bit.
    static let runs: [[UInt8]] = (0...18).flatMap { length in
        (0..<length).flatMap { place in
            (UInt8.min...UInt8.max).map { byte in
                var run = Array("aZ5.-mXy~Q_b@cR/dE".utf8.prefix(length))
                run[place] = byte
                return run
            }
        } + [Array("aZ5.-mXy~Q_b@cR/dE".utf8.prefix(length))]
    }

    @Test func plainText() {
        let wrong = Self.runs.filter { run in
            let isPrintable = run.allSatisfy { (0x20...0x7E).contains($0) }
            let hasTwoSpaces = zip(run, run.dropFirst()).contains { $0 == 0x20 && $1 == 0x20 }
            return Diagnostic.isPlain(run[...]) != (isPrintable && !hasTwoSpaces)
        }
        #expect(wrong == [])
    }

    @Test func twoSpacesAnywhere() {
        for length in 2...20 {
            for place in 0..<(length - 1) {
                var run = [UInt8](repeating: 0x61, count: length)
                run[place] = 0x20
                #expect(Diagnostic.isPlain(run[...]))
                run[place + 1] = 0x20
                #expect(!Diagnostic.isPlain(run[...]))
            }
        }
    }

    /// White space and control characters at any two places of a text, and so around every eight bytes.
    @Test(arguments: [UInt8](arrayLiteral: 0x20, 0x09, 0x0A, 0x0D, 0x01, 0x7F))
    func normalizedText(_ first: UInt8) {
        for (one, other) in (0..<26).flatMap({ one in (0..<26).map { (one, $0) } }) {
            for second: UInt8 in [0x20, 0x0A, 0x01] {
                var text = Array("abcdefghijklmnopqrstuvwxyz".utf8)
                (text[one], text[other]) = (first, second)
                let kept = text.filter { $0 > 0x20 && $0 != 0x7F || $0 == 0x20 || (0x09...0x0D).contains($0) }
                let words = kept.split { $0 <= 0x20 }
                #expect(Diagnostic.normalize(text[...]) == Array(words.joined(separator: [0x20]))[...], "\(text)")
            }
        }
    }

    /// A byte that is no UTF-8, at each place of texts of each length up to two runs of 64 and a bit.
    @Test func brokenUTF8() {
        for length in 1...140 {
            let letters = [UInt8](repeating: 0x61, count: length)
            #expect(Diagnostic.normalize(letters[...]) == letters[...])
            for place in 0..<length {
                var text = letters
                text[place] = 0x80
                let expected = letters[..<place] + [0xEF, 0xBF, 0xBD] + letters[(place + 1)...]
                #expect(Diagnostic.normalize(text[...]) == expected, "\(place) of \(length)")
            }
        }
    }

    @Test func foldedComparison() {
        let wrong = Self.runs.filter { run in
            let plain = Array("Az5.-Mxy~q_B@Cr/De".utf8.prefix(run.count))
            func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }
            let found = run.withUnsafeBytes { run in
                plain.withUnsafeBytes { plain in
                    guard let one = run.baseAddress, let other = plain.baseAddress else { return true }
                    return equalsFolded(one, other, count: run.count)
                }
            }
            return found != (run.map(folded) == plain.map(folded))
        }
        #expect(wrong == [])
    }

    /// RFC 5322, 3.6.8: where a field name ends; blanks between it and its colon are let pass.
    @Test func fieldNames() {
        let wrong = Self.runs.filter { run in
            let text = run + Array(": x".utf8)
            let name = text.prefix { (0x21...0x7E).contains($0) && $0 != 0x3A }
            let behind = text[name.count...].first { $0 != 0x20 && $0 != 0x09 }
            var lines = text[...].fieldLines.makeIterator()
            if case .field(let found, _)? = lines.next() {
                return text[found] != name || name.isEmpty || behind != 0x3A
            }
            return !name.isEmpty && behind == 0x3A
        }
        #expect(wrong == [])
    }

    /// Each terminator, at each place of texts of each length up to two runs of 64 and a bit.
    @Test(arguments: ["\n", "\r", "\r\n", "\r\r\n", "\r\r", "\n\r", "\r\r\r\n"])
    func lineEnds(_ terminator: String) {
        for length in 0...140 {
            for place in 0...length {
                let (head, tail) = (String(repeating: "a", count: place), String(repeating: "b", count: length - place))
                let text = head + terminator + tail
                // As a byte at a time would be read: CR CR LF, CRLF, LF and CR, in this order.
                let expected =
                    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
                        String(decoding: $0, as: UTF8.self)
                    }
                #expect(Bytes(utf8: text).lines.map(\.text) == Self.lines(expected), "\(place) of \(length)")
            }
        }
    }

    /// What stands between LFs, each but the last ended by one, in lines.
    private static func lines(_ pieces: [String]) -> [String] {
        var lines: [String] = []
        for (index, piece) in pieces.enumerated() {
            var bytes = Array(piece.utf8)
            let isEnded = index < pieces.count - 1
            if isEnded, bytes.last == 0x0D { bytes.removeLast() }
            if isEnded, bytes.count < piece.utf8.count, bytes.last == 0x0D { bytes.removeLast() }
            var parts = bytes.split(separator: 0x0D, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            if !isEnded, parts.last == "" { parts.removeLast() }
            lines += parts
        }
        return lines
    }

    /// A delimiter behind bodies of each length up to two runs of 64 and a bit, with dashes at each place of them.
    @Test(arguments: ["\n", "\r", "\r\n", "\r\r\n"]) func delimiters(_ terminator: String) {
        for length in 0...140 {
            for place in 0...length {
                let body = String(repeating: "a", count: place) + "--b" + String(repeating: "c", count: length - place)
                let text = ["Content-Type: multipart/mixed; boundary=b", "", "--b", "", "a" + body, "--b--", ""]
                let message = MailMessage(Array(text.joined(separator: terminator).utf8))
                #expect(message.parts.count == 2 && message.body(of: 1).text == "a" + body, "\(place) of \(length)")
            }
        }
    }

    /// A word at each place of texts of each length up to two runs of 64 and a bit, behind what only begins as it does.
    @Test func wordsInText() {
        for length in 0...140 {
            for place in 0...length {
                let head = String(repeating: "n", count: place)
                let text = Bytes(utf8: head + "No such" + String(repeating: "o", count: length - place))
                #expect(text.firstRange(of: "no SUCH") == place..<(place + 7), "\(place) of \(length)")
                #expect(text.firstRange(of: "no such user") == nil)
                #expect(text.dropFirst(place).firstRange(of: "H") == (place + 6)..<(place + 7))
            }
        }
        #expect(Bytes(utf8: "abc").firstRange(of: "") == 0..<0)
        #expect(Bytes().firstRange(of: "a") == nil)
    }
}
