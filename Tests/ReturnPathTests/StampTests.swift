// Stamps: what is written, what is proven by it, and what no change of it can prove.

import MailSyntax
import Testing

@testable import ReturnPath

struct StampTests {
    @Test func coversItsRecipientsAndNobodyElse() {
        let proof = Keys.ring.proof(Keys.ring.stamped(["anna@partner.example", "Kate+news@Shop.example"]))
        #expect(proof.word == "valid")
        #expect(proof.covers("anna@partner.example"))
        #expect(proof.covers("ANNA@Partner.example"), "case is no part of an address")
        #expect(proof.covers("kate+news@shop.example"))
        for other in [
            "kate@shop.example", "ann@partner.example", "anna@partner.exampl", "", "anna@partner.example ",
            "аnna@partner.example", "anna@partner.example\u{0}",
        ] {
            #expect(!proof.covers(other), "\(other)")
        }
    }

    @Test func formIsFixed() {
        // Written down: a change would make every stamp that is under way forged.
        let text = Keys.ring.stamped([
            "a@example.org", "b@example.org", "c@example.org", "d@example.org", "e@example.org",
        ])
        #expect(text.text == Self.fixed)
    }

    private static let fixed = """
        v=1; k=xk2mxypf; t=1795255530; m=1;
        \tr=cyiqehss4gkryxbz h3d6y22nlsqvt6vd 6eizl7lg5mwkzwv2 7nsaqptgghd53cvp
        \tonwjvs4g37ghragx;
        \tb=lscommx2525yxcdysgaoa5ld
        """

    @Test func linesAreShortEnough() {
        for count in [1, 4, 5, 1_000] {
            let value = Keys.ring.stamped((0..<count).map { "r\($0)@example.org" })
            let lines = (Array("Bounce-Stamp: ".utf8) + value).split(separator: 10)
            #expect(lines.allSatisfy { $0.count <= 78 })
            #expect(value.count <= 18_000)
            #expect(Keys.ring.proof(value).covers("r\(count - 1)@example.org"))
        }
    }

    @Test func recipientsBeyondTheLimitAreLeftOut() {
        let proof = Keys.ring.proof(Keys.ring.stamped((0..<1_002).map { "r\($0)@example.org" }))
        #expect(proof.covers("r0@example.org") && proof.covers("r999@example.org"))
        #expect(!proof.covers("r1000@example.org") && !proof.covers("r1001@example.org"))
    }

    @Test(arguments: ["\r\n ", " ", "\n\t\t ", ""])
    func foldsDoNotCount(_ fold: String) {
        let value = Keys.ring.stamped((0..<9).map { "r\($0)@example.org" }).text
        let refolded = value.replacing("\n\t", with: fold).replacing("; ", with: ";" + fold)
        #expect(Keys.ring.proof(Bytes(utf8: refolded)).covers("r8@example.org"))
    }

    @Test func keysRotate() {
        let old = Keys.ring.stamped(["a@example.org"])
        #expect(Keys.rotated.proof(old).covers("a@example.org"), "the old key still verifies")
        let new = Keys.rotated.stamped(["a@example.org"])
        #expect(Keys.ring.proof(new).word == "unknown", "the first key signs")
        #expect(Keys.strangers.proof(old).word == "unknown")
        #expect(Keyring([]).proof(old).word == "unknown")
        #expect(Keyring([]).stamp(recipients: [Bytes("a@example.org")], messageID: nil, timeSeconds: 1) == nil)
    }

    @Test(arguments: [
        (0, "valid"), (29 * 86_400, "valid"), (31 * 86_400, "expired"), (-3_600, "valid"), (-3 * 86_400, "expired"),
    ])
    func ageIsLimited(_ ageSeconds: Int, _ word: String) {
        let proof = Keys.ring.proof(Keys.ring.stamped(["a@example.org"]), nowSeconds: Clock.sent + ageSeconds)
        #expect(proof.word == word)
    }

    @Test func belongsToItsMessage() {
        let stamp = Keys.ring.stamped(["a@example.org"])
        #expect(Keys.ring.proof(stamp, messageID: "m2@origin.example").word == "forged")
        #expect(Keys.ring.proof(stamp, messageID: "M1@origin.example").word == "forged")
        #expect(Keys.ring.proof(stamp, messageID: nil).word == "unknown", "the header was returned without it")
        let unbound = Keys.ring.stamped(["a@example.org"], messageID: nil)
        #expect(Keys.ring.proof(unbound, messageID: "given-later@mx.example").covers("a@example.org"))
        #expect(Keys.ring.proof(unbound, messageID: nil).covers("a@example.org"))
        let text = stamp.text
        #expect(Keys.ring.proof(Bytes(utf8: text.replacing("m=1", with: "m=0"))).word == "forged")
    }

    /// Each byte of a stamp but white space, each replaced by some others, and each prefix: none is valid.
    @Test func noChangeIsUnnoticed() {
        let stamp = Keys.ring.stamped(["a@example.org", "b@example.org"])
        for index in stamp.indices where stamp[index] > 0x20 {
            for other in Array("a7zZ0;=+ \n\u{7f}".utf8) where other | 0x20 != stamp[index] | 0x20 {
                var changed = stamp
                changed[index] = other
                let proof = Keys.ring.proof(changed)
                #expect(proof.word != "valid", "\(changed.text)")
            }
            #expect(Keys.ring.proof(stamp[..<index]).word != "valid")
        }
        #expect(Keys.ring.proof(stamp + Bytes(";")).word == "forged")
        #expect(Keys.ring.proof(stamp + Bytes("; x=1")).word == "forged")
        #expect(Keys.ring.proof(stamp + stamp).word == "forged")
    }

    /// Codes of one stamp put into another, in any order: the seal tells.
    @Test func recipientsCannotBeMoved() {
        let one = Keys.ring.stamped(["a@example.org"]).text
        let other = Keys.ring.stamped(["b@example.org"]).text
        func codes(_ stamp: String) -> String { String(stamp.split(separator: "r=")[1].prefix(16)) }
        #expect(codes(one) != codes(other))
        for text in [
            one.replacing(codes(one), with: codes(other)), one.replacing(codes(one), with: codes(one) + codes(other)),
            one.replacing(codes(one), with: codes(other) + " " + codes(one)), one.replacing(codes(one), with: ""),
        ] {
            #expect(Keys.ring.proof(Bytes(utf8: text)).word == "forged")
        }
        // The same recipient in another message, or at another time, has another code.
        #expect(codes(Keys.ring.stamped(["a@example.org"], messageID: "m2@origin.example").text) != codes(one))
        #expect(codes(Keys.ring.stamped(["a@example.org"], timeSeconds: Clock.sent + 1).text) != codes(one))
    }

    @Test(arguments: [
        "", "v=1", "v=1;k=", ";;;;;", "v=1; k=\(Keys.key("first").id.text)", String(repeating: "v=1;", count: 100_000),
        "v=2; k=\(Keys.key("first").id.text); t=1; m=1; r=aaaaaaaaaaaaaaaa; b=aaaaaaaaaaaaaaaaaaaaaaaa",
        "v=1; k=\(Keys.key("first").id.text); t=99999999999999999999; m=1; r=aaaaaaaaaaaaaaaa; b=aaaaaaaaaaaaaaaaaaaaaaaa",
        "v=1; k=\(Keys.key("first").id.text); t=1; m=1; r=aaaaaaaaaaaaaaaa; b=aaaaaaaaaaaaaaaaaaaaaaaa",
        "v=1; k=\(Keys.key("first").id.text); t=-1; m=1; r=\(String(repeating: "a", count: 16_016)); b=a",
    ])
    func nonsenseProvesNothing(_ text: String) {
        let word = Keys.ring.proof(Bytes(utf8: text)).word
        #expect(word == "unknown" || word == "forged")
    }
}

struct Base32Tests {
    /// RFC 4648, 10, in lower case and without what needs padding.
    @Test func knownValues() {
        #expect(Base32.encode(Array("fooba".utf8)) == Array("mzxw6ytb".utf8))
        #expect(Base32.decode(Bytes("MZXW6YTB")) == Array("fooba".utf8))
        #expect(Base32.decode(Bytes("mzxw6yt1")) == nil)
        #expect(Base32.decode(Bytes("mzxw6yt")) == nil)
        #expect(Base32.decode([]) == [])
    }

    @Test(arguments: [0, 1, 31, 32, 20_778, 0xFFFFF])
    func numbers(_ number: Int) {
        #expect(Base32.decodeNumber(Base32.encode(number: number, characters: 4)[...]) == number)
    }
}
