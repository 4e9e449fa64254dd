// Many words at once against one word after the other.

import MailSyntax
import Testing

@Suite struct WordSetTests {
    static let words: [StaticString] = [
        "user unknown", "unknown", "no such user", "no s", "é plein", "550 ", "UNKNOWN host",
    ]

    @Test(arguments: [
        "", "n", "no", "no s", "x no s", "xx no s", "no such", "User Unknown", "an unknown user", "UNKNOWN HOST",
        "xx550 x", "La boîte é plein", "n o550",
        "@unknown", "unknown", "xunknown", "xxunknown", "xxxunknown", "unknow",
        "no such use", "such user unknow", "NO SUCH USER: user unknown",
    ])
    func asOneByOne(_ text: String) {
        let set = WordSet(Self.words)
        let bytes = Bytes(utf8: "no" + text + "no").dropFirst(2).dropLast(2)
        let expected = Self.words.indices.lazy.compactMap { number in
            bytes.firstRange(of: Self.words[number]).map { (number, $0) }
        }.first
        let found = set.first(in: bytes)
        #expect(found?.number == expected?.0)
        #expect(found?.range == expected?.1)
        #expect(set.isAny(in: bytes) == (expected != nil))
    }
}
