import MailSyntax
import Testing

@Suite struct ForwardPathTests {
    @Test(arguments: [
        // As `parse` has it
        AddressCase("rfc822;a@b.example", "a@b.example"),
        AddressCase("RFC822; <a@b.example>", "a@b.example"),
        AddressCase("rfc822;\n  a@b.example", "a@b.example"),
        AddressCase("rfc822; rfc822;a@b.example", "a@b.example"), AddressCase("rfc822;SMTP:a@b.example", "a@b.example"),
        AddressCase("rfc822; &lt;a@b.example&gt;", "a@b.example"),
        AddressCase("rfc822; &lt;a@b.example", "a@b.example"),
        AddressCase("rfc822;root", nil),
        AddressCase("X400; /c=US/a= /p=Org/s=User/", nil),
        AddressCase("utf-8; \\x{4E2D}\\x{6587}@b.example", "中文@b.example"),
        AddressCase("rfc822; 用户@例子.example", "用户@例子.example"),
        AddressCase("<<a@b.example>>", "a@b.example"), AddressCase("<a@b.example", "a@b.example"),
        AddressCase("rfc822; Name Surname <a@b.example> (comment)", "a@b.example"),
        AddressCase("rfc822; <unknown> <a@b.example>", nil),
        AddressCase("rfc822; (see c@d.example) a@b.example", "a@b.example"),
        AddressCase("rfc822; a@b.example (see c@d.example)", "a@b.example"),
        AddressCase("rfc822; a@b.example(comment)", "a@b.example"),
        AddressCase("rfc822; a@b.example... User unknown", "a@b.example"),
        AddressCase("rfc822; a@b.example User unknown", "a@b.example"),
        AddressCase("rfc822; a@b.example;", "a@b.example"), AddressCase("rfc822; a@b.example>", "a@b.example"),
        AddressCase("a@B.Example.", "a@b.example"), AddressCase("<a@b.example.>", "a@b.example"),
        AddressCase("rfc822; \"a@b.example\"", "a@b.example"),
        AddressCase("<@r1.example,@r2.example:a@b.example>", "a@b.example"),
        AddressCase("\"quoted local\"@b.example", "\"quoted local\"@b.example"),
        AddressCase("<\"a>, relay=\"@b.example>", "\"a>, relay=\"@b.example"),
        AddressCase("\"quo\\\"ted\"@b.example", "\"quo\\\"ted\"@b.example"),
        AddressCase("\"plain.one\"@b.example", "plain.one@b.example"),
        AddressCase("a@[192.0.2.1]", "a@[192.0.2.1]"),
        AddressCase("IMCEASMTP-a+40b+2Eexample@host.example", "a@b.example"),
        AddressCase("rfc822; [SMTP:a@b.example]", "a@b.example"), AddressCase("rfc822; [a@b.example]", "a@b.example"),
        // Typing errors behind the address
        AddressCase("rfc822; anna@b.example'", "anna@b.example'"), AddressCase("<anna@b.example'>", "anna@b.example'"),
        AddressCase("rfc822; 'anna@b.example'", "'anna@b.example'"),
        AddressCase("rfc822; anna@b.example/", "anna@b.example/"),
        AddressCase("rfc822; anna@b.example)", "anna@b.example)"),
        AddressCase("rfc822; anna@B.example?subject=Hello", "anna@b.example?subject=hello"),
        AddressCase("<anna@b.example%20>", "anna@b.example%20"),
        AddressCase("<anna@b.example:25>", "anna@b.example:25"),
        AddressCase("<anna@b..example>", "anna@b..example"), AddressCase("<anna@b,example>", "anna@b,example"),
        AddressCase("<anna@-b.example>", "anna@-b.example"), AddressCase("<anna@#b.example>", "anna@#b.example"),
        AddressCase("<anna@b.exa mple>", nil),
        // before it
        AddressCase("rfc822; anna smith@b.example", "\"anna smith\"@b.example"),
        AddressCase("<anna smith@b.example>", "\"anna smith\"@b.example"),
        AddressCase("<anna;bob@b.example>", "\"anna;bob\"@b.example"),
        AddressCase("<anna,bob@b.example>", "\"anna,bob\"@b.example"),
        AddressCase("<anna[1]@b.example>", "\"anna[1]\"@b.example"),
        AddressCase("<mailto:anna@b.example>", "\"mailto:anna\"@b.example"),
        AddressCase("rfc822; a\"b@b.example", "\"a\\\"b\"@b.example"),
        // and two in one: the last `@` is the one that routes
        AddressCase("rfc822; anna@b.example;bob@c.example", "\"anna@b.example;bob\"@c.example"),
        AddressCase("<anna@b.example,bob@c.example>", "\"anna@b.example,bob\"@c.example"),
        AddressCase("<anna@@b.example>", "\"anna@\"@b.example"),
        // Nothing that was mailed
        AddressCase("", nil), AddressCase("<>", nil), AddressCase("<", nil), AddressCase("\"", nil),
        AddressCase("@", nil), AddressCase("<@>", nil), AddressCase("user@", nil), AddressCase("@b.example", nil),
        AddressCase("\"a@", nil), AddressCase("\"a\\", nil), AddressCase("<\"a\\", nil), AddressCase("(", nil),
        AddressCase("rfc822;", nil), AddressCase("rfc822;rfc822;", nil), AddressCase("[]", nil),
        AddressCase("rfc822;[", nil), AddressCase("rfc822;[]", nil), AddressCase("rfc822;[smtp:]", nil),
        AddressCase("a\u{1}b@c.example", nil),
    ])
    func `A forward-path is never cut to an address inside it`(_ given: AddressCase) {
        #expect(MailAddress.forwardPath(Bytes(utf8: given.printed))?.text == given.address)
    }

    @Test func `A list of forward-paths is parted outside of their brackets`() {
        let paths = MailAddress.forwardPaths(in: Bytes(utf8: "<a@b.example>,<anna;bob@c.example>,d@e.example'"))
        #expect(paths.map(\.text) == ["a@b.example", "\"anna;bob\"@c.example", "d@e.example'"])
    }

    @Test func `A path over the limit is none`() {
        let long = String(repeating: "a", count: 2_000)
        #expect(MailAddress.forwardPath(Bytes(utf8: "<\(long) b@c.example>")) == nil)
    }
}
