import MailSyntax
import Testing

/// What an MTA prints, and the bare address in it.
struct AddressCase: Sendable, CustomTestStringConvertible {
    let printed: String
    let address: String?
    var testDescription: String { printed }

    init(_ printed: String, _ address: String?) {
        self.printed = printed
        self.address = address
    }
}

@Suite struct AddressTests {
    @Test(arguments: [
        // RFC 3464 types
        AddressCase("rfc822;a@b.example", "a@b.example"),
        AddressCase("RFC822; <a@b.example>", "a@b.example"),
        AddressCase("rfc822;\n  a@b.example", "a@b.example"),
        AddressCase("rfc822;root", nil),
        AddressCase("X400; /c=US/a= /p=Org/s=User/", nil),
        AddressCase("utf-8; \\x{4E2D}\\x{6587}@b.example", "中文@b.example"),
        AddressCase("utf-8; j\\x{F6}rg@\\x{4F8B}.example", "jörg@例.example"),
        AddressCase("utf-8; \\x{110000}a@b.example", "x{110000}a@b.example"),
        AddressCase("utf-8; 用户@例子.example", "用户@例子.example"),
        // Brackets, names, comments
        AddressCase("<a@b.example>", "a@b.example"),
        AddressCase("<<a@b.example>>", "a@b.example"),
        AddressCase("<a@b.example", "a@b.example"),
        AddressCase("Name Surname <a@b.example> (comment)", "a@b.example"),
        AddressCase("\"Surname, <Name>\" <a@b.example>", "a@b.example"),
        AddressCase("\"Name <a@b.example>", "a@b.example"),
        AddressCase("<unknown> a@b.example", "a@b.example"),
        AddressCase("(see c@d.example) a@b.example", "a@b.example"),
        AddressCase("a@b.example (see c@d.example)", "a@b.example"),
        AddressCase("'a@b.example'", "a@b.example"), AddressCase("'@b.example'", nil),
        AddressCase("[a@b.example]", "a@b.example"),
        // Source routes
        AddressCase("@relay.example:a@b.example", "a@b.example"),
        AddressCase("<@r1.example,@r2.example:a@b.example>", "a@b.example"),
        // Local parts
        AddressCase("\"quoted local\"@b.example", "\"quoted local\"@b.example"),
        AddressCase("<\"a>, relay=\"@b.example>", "\"a>, relay=\"@b.example"),
        AddressCase("\"quo\\\"ted\"@b.example", "\"quo\\\"ted\"@b.example"),
        AddressCase("\"plain.one\"@b.example", "plain.one@b.example"),
        AddressCase("\"two..dots\"@b.example", "\"two..dots\"@b.example"),
        AddressCase("two..dots.@b.example", "two..dots.@b.example"),
        AddressCase("user%d.example@b.example", "user%d.example@b.example"),
        AddressCase("bounce+user=d.example@b.example", "bounce+user=d.example@b.example"),
        AddressCase("John.Doe@B.EXAMPLE", "John.Doe@b.example"),
        AddressCase("jörg@bücher.example", "jörg@bücher.example"),
        // Exchange
        AddressCase("IMCEASMTP-a+40b+2Eexample@host.example", "a@b.example"),
        AddressCase(
            "IMCEAEX-_O=ORG_CN=RECIPIENTS_CN=USER@b.example", "IMCEAEX-_O=ORG_CN=RECIPIENTS_CN=USER@b.example"),
        // Domains
        AddressCase("a@b.example.", "a@b.example"),
        AddressCase("a@[192.0.2.1]", "a@[192.0.2.1]"),
        AddressCase("a@[IPv6:2001:db8::1]", "a@[ipv6:2001:db8::1]"),
        AddressCase("a@[192.0.2.1", nil),
        AddressCase("a@localhost", "a@localhost"),
        AddressCase("a@-b.example", nil),
        AddressCase("a@", nil),
        AddressCase("@b.example", nil),
        AddressCase("@@@", nil),
        AddressCase("root", nil),
        AddressCase("", nil),
        // Running text
        AddressCase("<a@b.example>... User unknown", "a@b.example"),
        AddressCase("a@b.example... User unknown", "a@b.example"),
        AddressCase("To: a@b.example:", "a@b.example"),
        AddressCase("to=<a@b.example>, orig_to=<c@d.example>", "a@b.example"),
        AddressCase("to=a@b.example", "a@b.example"),
        AddressCase("mailto:a@b.example", "a@b.example"),
        AddressCase("SMTP:a@b.example", "a@b.example"),
        AddressCase("I cannot deliver mail for {a@b.example}", "a@b.example"),
        AddressCase("{a@b.example", "{a@b.example"),
        AddressCase("{@b.example}", nil),
        AddressCase("宛先：user@b.exampleまで", "user@b.example"),
    ])
    func parse(_ sample: AddressCase) {
        #expect(MailAddress.parse(Bytes(utf8: sample.printed))?.text == sample.address)
    }

    @Test(arguments: [
        ("a@b.example, \"c, d\" <e@f.example>,", ["a@b.example", "e@f.example"]),
        ("Friends: a@b.example, e@f.example;", ["a@b.example", "e@f.example"]),
        ("undisclosed-recipients:;", []),
        ("a@b.example (one, two), <e@f.example>", ["a@b.example", "e@f.example"]),
        ("=?utf-8?q?x=2C_y?= <a@b.example>,\r\n e@f.example", ["a@b.example", "e@f.example"]),
        ("<@r1.example,@r2.example:a@b.example>, e@f.example", ["a@b.example", "e@f.example"]),
    ])
    func list(_ field: String, _ addresses: [String]) {
        #expect(MailAddress.list(in: Bytes(utf8: field)).map(\.text) == addresses)
    }

    @Test func addressesInRunningText() {
        let text = Bytes(
            utf8: "Could not deliver to a@b.example (alias of c@d.example), a@b.example or x@local; e@f.example")
        #expect(MailAddress.addresses(in: text, limit: 9).map(\.text) == ["a@b.example", "c@d.example", "e@f.example"])
        #expect(MailAddress.addresses(in: text, limit: 2).map(\.text) == ["a@b.example", "c@d.example"])
    }

    @Test func partsOfAnAddress() {
        let address = Bytes(utf8: "\"a@b\"@c.example")
        #expect(MailAddress.domain(of: address)?.text == "c.example")
        #expect(MailAddress.localPart(of: address)?.text == "\"a@b\"")
        #expect(MailAddress.domain(of: Bytes(utf8: "root")) == nil)
    }

    @Test func listIsBounded() {
        let field = Bytes(utf8: String(repeating: "a@b.example,", count: MailAddress.listLimit + 5))
        #expect(MailAddress.list(in: field).count == MailAddress.listLimit)
    }
}
