// Signed return paths, and what others write into theirs.

import MailSyntax
import Testing

@testable import ReturnPath

struct SignedReturnPathTests {
    private static let plus = UInt8(ascii: "+")

    private static func signed(
        _ sender: String = "news@example.com", _ recipient: String = "anna@partner.example", _ ring: Keyring = Keys.ring
    ) -> String? {
        ring.sign(
            returnPath: Bytes(utf8: sender), recipient: Bytes(utf8: recipient), delimiter: plus, timeSeconds: Clock.sent
        )?[...].text
    }

    private static func proof(_ address: String, _ ring: Keyring = Keys.ring, ageDays: Int = 0) -> ReturnPathProof {
        ring.verify(
            returnPath: Bytes(utf8: address), delimiter: plus, nowSeconds: Clock.sent + ageDays * 86_400,
            maxAgeSeconds: 30 * 86_400)
    }

    private static func word(_ proof: ReturnPathProof) -> String {
        switch proof {
        case .recipient(let address): address.text
        case .unnamed: "unnamed"
        case .expired: "expired"
        case .forged: "forged"
        case .none: "none"
        }
    }

    @Test func namesItsRecipient() throws {
        let address = try #require(Self.signed())
        #expect(address == "news+bsxk2maujkfl4oixqatu5ebdrm=anna=partner.example@example.com")
        #expect(Self.word(Self.proof(address)) == "anna@partner.example")
        #expect(Self.word(Self.proof(address.uppercased())) == "ANNA@PARTNER.EXAMPLE")
        #expect(Self.word(Self.proof(address, Keys.rotated)) == "anna@partner.example")
        #expect(Self.word(Self.proof(address, Keys.strangers)) == "none")
        #expect(Self.word(Self.proof(address, Keyring([]))) == "none")
    }

    /// A tag has four characters of a key's name, which two keys may share.
    @Test func keysThatBeginAlikeAreBothTried() throws {
        var names: [String: SecretKey] = [:]
        var pair: [SecretKey] = []
        for number in 0..<20_000 where pair.isEmpty {
            let key = Keys.key("key \(number)")
            if let other = names.updateValue(key, forKey: key.id.prefix(4).text) { pair = [other, key] }
        }
        try #require(pair.count == 2)
        let ring = Keyring(pair)
        for key in pair {
            let named = try #require(Self.signed("news@example.com", "anna@partner.example", Keyring([key])))
            #expect(Self.word(Self.proof(named, ring)) == "anna@partner.example")
            #expect(Self.word(Self.proof(named.replacing("=anna=", with: "=kate="), ring)) == "forged")
            let bare = named.replacing("=anna=partner.example", with: "")
            guard case .unnamed(let tag) = Self.proof(bare, ring) else {
                Issue.record("the tag alone is one for an unnamed recipient")
                return
            }
            #expect(tag.isRecipient(Bytes("anna@partner.example")) && !tag.isRecipient(Bytes("kate@partner.example")))
        }
    }

    @Test(arguments: ["a+b@x.example", "a=b@x.example", "a.b-c@x.example"])
    func namesRecipientsWithDelimiters(_ recipient: String) throws {
        #expect(Self.word(Self.proof(try #require(Self.signed("n@example.com", recipient)))) == recipient)
    }

    @Test func keepsToTheLengthOfALocalPart() throws {
        for length in 1...60 {
            let recipient = String(repeating: "r", count: length) + "@x.example"
            let address = try #require(Self.signed("news@example.com", recipient))
            let local = try #require(address.split(separator: "@").first)
            #expect(local.utf8.count <= 64)
            let proof = Self.proof(address)
            if length <= 22 {
                #expect(Self.word(proof) == recipient)
            } else if case .unnamed(let tag) = proof {
                #expect(tag.isRecipient(Bytes(utf8: recipient)) && !tag.isRecipient(Bytes("s@x.example")))
            } else {
                Issue.record("\(address): \(proof)")
            }
        }
        #expect(Self.signed(String(repeating: "s", count: 40) + "@example.com") == nil)
    }

    @Test(arguments: ["", "news", "@example.com", "news@", "\"a b\"@example.com", "näws@example.com"])
    func leavesOtherSendersAlone(_ sender: String) {
        #expect(Self.signed(sender) == nil)
    }

    @Test(arguments: [(30, "anna@partner.example"), (31, "expired"), (-1, "anna@partner.example"), (-2, "expired")])
    func ageIsLimited(_ ageDays: Int, _ word: String) throws {
        #expect(Self.word(Self.proof(try #require(Self.signed()), ageDays: ageDays)) == word)
    }

    /// Each byte changed: the recipient of the tag is never another.
    @Test func noChangeIsUnnoticed() throws {
        let address = Array(try #require(Self.signed()).utf8)
        let at = try #require(address.firstIndex(of: UInt8(ascii: "@")))
        for index in 0..<at {
            for other in Array("a7z=+@.".utf8) where other | 0x20 != address[index] | 0x20 {
                var changed = address
                changed[index] = other
                let word = Self.word(Self.proof(String(decoding: changed, as: UTF8.self)))
                #expect(["forged", "none", "anna@partner.example", "unnamed"].contains(word))
                if index > 4 { #expect(word != "anna@partner.example") }
            }
        }
    }

    @Test func aTagOfAnotherRecipientIsForged() throws {
        let address = try #require(Self.signed())
        #expect(Self.word(Self.proof(address.replacing("=anna=", with: "=kate="))) == "forged")
        #expect(Self.word(Self.proof(address.replacing("=anna=partner.example", with: "=anna"))) == "forged")
        guard case .unnamed(let tag) = Self.proof(address.replacing("=anna=partner.example", with: "")) else {
            Issue.record("the tag alone is one for an unnamed recipient")
            return
        }
        #expect(tag.isRecipient(Bytes("anna@partner.example")) && !tag.isRecipient(Bytes("kate@partner.example")))
    }
}

struct ReturnPathFormsTests {
    @Test(arguments: [
        ("news+*@example.com", "news+anna=partner.example@example.com", "anna@partner.example"),
        ("news+*@example.com", "News+a=b=partner.example@EXAMPLE.com", "a=b@partner.example"),
        ("news+*@example.com", "news+a+b=partner.example@example.com", "a+b@partner.example"),
        ("my-list-*@example.com", "my-list-anna-maria=partner.example@example.com", "anna-maria@partner.example"),
        ("news+*@example.com", "news+4711@example.com", nil), ("news+*@example.com", "news+@example.com", nil),
        ("news+*@example.com", "news+=@example.com", nil), ("news+*@example.com", "news+a=@example.com", nil),
        ("news+*@example.com", "other+anna=partner.example@example.com", nil),
        ("news+*@example.com", "news+anna=partner.example@example.org", nil), ("news+*@example.com", "", nil),
    ])
    func verp(_ pattern: String, _ address: String, _ recipient: String?) throws {
        let found = try #require(VERPPattern(pattern)).recipient(in: Bytes(utf8: address))
        #expect(found?.text == recipient)
    }

    @Test(arguments: ["", "*@example.com", "news@example.com", "a*b@example.com", "a+*@b*", "a@b*@c", "a +*@b", "a+*@"])
    func noPatterns(_ text: String) {
        #expect(VERPPattern(text) == nil)
    }

    @Test(arguments: [
        ("prvs=2473abcdef=news@example.com", "news@example.com"),
        ("PRVS=2473ABCDEF=news+x=y@example.com", "news+x=y@example.com"),
        ("SRS0=ab12=XY=example.com=news@forward.example", "news@example.com"),
        ("srs0+ab12=XY=example.com=news+a=b@forward.example", "news+a=b@example.com"),
        ("SRS1=zz99=forward.example==ab12=XY=example.com=news@other.example", "news@example.com"),
        ("SRS0=ab12=XY=example.com=prvs=2473abcdef=news@forward.example", "news@example.com"),
        ("prvs=x=news@example.com", "prvs=x=news@example.com"), ("news@example.com", "news@example.com"),
        ("SRS0=ab12@forward.example", "SRS0=ab12@forward.example"),
        ("SRS0=ab12=XY=example.com=@forward.example", "SRS0=ab12=XY=example.com=@forward.example"),
        ("SRS1=zz99=forward.example@other.example", "SRS1=zz99=forward.example@other.example"), ("", ""),
    ])
    func wrappings(_ address: String, _ inner: String) {
        #expect(ReturnPathForms.unwrapped(Bytes(utf8: address)).text == inner)
    }

    @Test func layersAreLimited() {
        let layers = String(repeating: "prvs=2473abcdef=", count: 1_000) + "news@example.com"
        #expect(ReturnPathForms.unwrapped(Bytes(utf8: layers)).count == layers.utf8.count - 4 * 16)
    }
}
