import MailSyntax
import Testing

/// A message of one part, made of its header and its body's bytes.
private func message(_ header: String, _ body: [UInt8]) -> MailMessage {
    MailMessage(Array((header + "\n\n").utf8) + body)
}

@Suite struct TransferEncodingTests {
    @Test(arguments: [
        ("QUJD", "ABC"), ("QUI=", "AB"), ("QQ==QUI=", "AAB"), ("Q U\r\nJ\tD", "ABC"), ("QUJ", "AB"), ("Q", ""),
        ("=QUJD", "ABC"), ("****", ""), ("", ""),
    ])
    func base64(_ encoded: String, _ decoded: String) {
        let message = message("Content-Transfer-Encoding: Base64", Array(encoded.utf8))
        #expect(message.body(of: 0).text == decoded)
    }

    @Test(arguments: [
        ("a=3Db", "a=b"), ("a=3db", "a=b"), ("a=\nb", "ab"), ("a= \t\r\nb", "ab"), ("a=\rb", "ab"), ("a=", "a"),
        ("a=zz", "a=zz"),
        ("a=4", "a=4"), ("a b ", "a b "), ("=C3=A4", "ä"),
    ])
    func quotedPrintable(_ encoded: String, _ decoded: String) {
        let message = message("Content-Transfer-Encoding: quoted-printable (mostly)", Array(encoded.utf8))
        #expect(message.body(of: 0).text == decoded)
    }

    @Test func identityIsASlice() {
        let message = message("Content-Transfer-Encoding: 8bit", [0x61, 0xFF])
        #expect(message.body(of: 0) == message.bytes.suffix(2))
        #expect(message.body(of: 0).startIndex == message.bytes.count - 2)
    }

    @Test func decodingIsBounded() {
        var limits = MailMessage.Limits()
        limits.decodedBytes = 10
        let text = Array("Content-Transfer-Encoding: base64\n\n".utf8) + Array(String(repeating: "QUJD", count: 9).utf8)
        let message = MailMessage(text, limits: limits)
        #expect(message.body(of: 0).count == 10)
        #expect(message.cuts == .decodedBytes)
    }
}

@Suite struct CharsetTests {
    @Test(
        arguments: [
            ("windows-1252", [0x80, 0x20, 0xE9], "€ é"), ("iso-8859-1", [0xE9], "é"), ("ISO-8859-2", [0xB1], "ą"),
            ("iso-8859-15", [0xA4], "€"), ("koi8-r", [0xD0, 0xD2, 0xC9], "при"),
            ("windows-1251", [0xEF, 0xF0, 0xE8], "при"),
            ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x24, 0x22, 0x24, 0x2B, 0x1B, 0x28, 0x42], "あか"),
            ("ISO-2022-JP", [0x1B, 0x24, 0x42, 0x24, 0x2B], "か"), ("shift_jis", [0x82, 0xA0, 0x87, 0x40], "あ①"),
            ("euc-jp", [0xA4, 0xA2], "あ"), ("gb2312", [0xD3, 0xC3, 0xBB, 0xA7], "用户"), ("gbk", [0x81, 0x40], "丂"),
            ("big5", [0xA5, 0xCE, 0xA4, 0xE1], "用戶"), ("euc-kr", [0xBE, 0xC8], "안"),
            ("ks_c_5601-1987", [0xBE, 0xC8], "안"),
            ("utf-7", Array("+AOk-x".utf8), "éx"), ("utf-16le", [0x61, 0x00, 0xE9, 0x00], "aé"),
            ("utf-8", [0xC3, 0xA9], "é"),
            ("UTF8", [0x61, 0xC3], "a\u{FFFD}"), ("tis-620", [0xA1], "ก"), ("iso-8859-8-i", [0xE0], "א"),
            // Labels that say nothing, or something else than the text.
            ("us-ascii", [0xC3, 0xA9], "é"), ("us-ascii", [0xE9], "é"), ("x-no-such", [0xE9], "é"),
            ("x-no-such", [0xC3, 0xA9], "é"),
            // What the charset does not know.
            ("windows-1252", [0x61, 0x81, 0x62], "a\u{FFFD}b"), ("euc-kr", [0x61, 0xFF, 0x62], "a\u{FFFD}b"),
            ("iso-2022-jp", [0xC3, 0xA9], "é"), ("iso-2022-jp", [0xA4, 0xA2], "あ"),
            ("iso-2022-jp", [0xFF, 0x1B, 0x24, 0x42, 0x24, 0x22, 0x1B, 0x28, 0x42], "\u{FFFD}あ"),
            ("shift_jis", [0x61, 0x82], "a\u{FFFD}"), ("iso-2022-jp", [0x61, 0xFF, 0x62], "a\u{FFFD}b"),
        ] as [(String, [UInt8], String)])
    func text(_ charset: String, _ bytes: [UInt8], _ expected: String) {
        let message = message("Content-Type: text/plain; charset=\"\(charset)\"", bytes)
        #expect(String(validating: message.text(of: 0), as: UTF8.self) == expected)
    }

    @Test func textWithoutCharset() {
        #expect(message("Subject: x", [0xE9]).text(of: 0).text == "é")
        #expect(message("Subject: x", [0xC3, 0xA9]).text(of: 0).text == "é")
    }

    /// More than one chunk of output, with a character over the border.
    @Test func longText() {
        let message = message("Content-Type: text/plain; charset=koi8-r", Array(repeating: 0xD0, count: 9_999))
        #expect(message.text(of: 0).text == String(repeating: "п", count: 9_999))
    }
}

@Suite struct EncodedWordTests {
    @Test(arguments: [
        ("plain", "plain"), ("=?utf-8?q?caf=C3=A9_x?=", "café x"), ("=?UTF-8?B?w6k=?= y", "é y"),
        ("a =?iso-8859-1?Q?=E9?= =?iso-8859-1?Q?=E8?= b", "a éè b"), ("=?utf-8?b?w?= =?utf-8?b?6k=?=", "\u{FFFD}"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"), ("=?utf-8*de?q?=C3=A4?=", "ä"), ("=?x?=", "=?x?="),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="), ("=?utf-8?q?a", "=?utf-8?q?a"), ("=?koi8-r?B?0A==?=", "п"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"), ("a\r\n b", "a b"),
        ("=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"),
    ])
    func decode(_ value: String, _ expected: String) {
        let message = MailMessage([])
        #expect(message.decodedWords(Bytes(utf8: value)).text == expected)
    }
}

@Suite struct ParameterTests {
    @Test(
        arguments: [
            ("text/plain; charset=utf-8", "utf-8"), ("text/plain;CHARSET=\"utf-8\"", "utf-8"),
            ("text/plain; x=\"a;charset=b\"; charset=c", "c"), ("text/plain; charset = utf-8 ; x=y", "utf-8"),
            ("text/plain; charset=\"a\\\"b\"", "a\"b"), ("text/plain; charset=\"un\r\n ended", "un ended"),
            ("text/plain (charset=x); charset=y (z)", "y"), ("text/plain", nil), ("text/plain; charset", nil),
            ("text/plain; charset*=us-ascii'en'a%20b", "a b"), ("text/plain; charset*0=\"a\"; charset*1=b", "ab"),
            ("text/plain; charset*1*=%62; charset*0*=utf-8''%C3%A4", "äb"), ("text/plain; charset=", ""),
            ("text/plain; charset=a=b/c", "a=b/c"),
        ] as [(String, String?)])
    func parameter(_ contentType: String, _ value: String?) {
        let message = message("Content-Type: \(contentType)", [])
        #expect(message.parameter("charset", of: 0)?.text == value)
    }
}
