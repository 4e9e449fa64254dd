// What stands behind a reply's own words.

import Testing
import Vocabulary

@testable import Classification

@Suite struct AdviceTests {
    @Test(arguments: [
        ("user unknown", nil),
        ("user unknown. Please contact your postmaster.", "Please contact your postmaster."),
        ("user unknown, see http://mx.example/a.b for it. AUP#1", "see http://mx.example/a.b for it."),
        ("full If you think that it is not, call us", "If you think that it is not, call us"),
        ("full https://mx.example/full", nil),
        ("full. Message rejected.", "Message rejected."),
        ("full. Rejected. Please contact us", "Rejected. Please contact us"),
        ("full. Rejected mail", nil), ("full, rejected", nil), ("full rejected", nil),
        ("Please contact us", nil), ("no uncontact your", nil), ("", nil), (" ", nil), ("a for mor", nil),
    ])
    func range(_ text: String, _ advice: String?) {
        let bytes = Array(text.utf8)
        let range = bytes.withUnsafeBufferPointer { Advice.range(in: $0) }
        #expect(range.map { String(decoding: bytes[$0], as: UTF8.self) } == advice)
    }

    static let rules = """
        [[rule]]
        id = "a.gone"
        category = "mailbox-unknown"
        text = ['\\bgone$', '\\bunknown\\b']
        not_text = ['\\b(spam|you)\\b', '^please\\b', '/spam\\b', 'aup#']
        [[rule]]
        id = "a.advice"
        category = "policy"
        text = ['\\byou\\b']
        """

    @Test(arguments: [
        ("550 anna gone", "a.gone"), ("550 anna gone away", Classifier.undetermined),
        ("550 anna gone>", "a.gone"), ("550 anna gone> away", Classifier.undetermined),
        ("550 anna gone Giving up on 192.0.2.7.", "a.gone"),
        ("550 anna gone. Please see our site", "a.gone"), ("550 anna gone https://a.example/b", "a.gone"),
        ("550 anna gone https://a.example/b away", Classifier.undetermined),
        ("550 anna gone [VE1 4711]", "a.gone"), ("550 anna gone [192.0.2.7]", Classifier.undetermined),
        ("550 anna gone [VE1] away", Classifier.undetermined),
        ("550 anna gone, for details ask", Classifier.undetermined),
        ("550 anna gone.", "a.gone"), ("550 anna gone. Message rejected.", "a.gone"),
        ("550 anna gone. Mail refused. Please see our site", "a.gone"), ("550 anna gone. Rejected", "a.gone"),
        ("550 anna gone. Rejected you", "a.advice"), ("550 anna gone. Rejecteds", Classifier.undetermined),
        ("550 anna gone (Ref: 12345)", "a.gone"), ("550 anna gone [id=1a2b]. Rejected.", "a.gone"),
        ("550 anna gone (Ref: 12345", Classifier.undetermined), ("550 anna gone (Ref: abc)", Classifier.undetermined),
        ("550 anna gone. Session ID: 4kAbc1.", "a.gone"), ("550 anna gone identity 4", Classifier.undetermined),
        ("550 anna gone g12-20020a05600c3acc00b003dc4a47605fsi.135 - gsmtp", "a.gone"),
        ("550 anna gone - 4kAbc12345si1", "a.gone"), ("550 anna gone mailbox12", Classifier.undetermined),
        ("550 anna gone 192.0.2.7", Classifier.undetermined), ("550 anna gone -", Classifier.undetermined),
        ("550 anna gone (", Classifier.undetermined), ("550 anna gone (id ", Classifier.undetermined),
        ("550 unknown. Message rejected, it is spam", Classifier.undetermined),
        ("550 unknown. If you think it is spam, tell us", "a.gone"),
        ("550 unknown to you. Please contact us", "a.advice"),
        ("550 unknown. See http://a.example/spam for it", Classifier.undetermined),
        ("550 unknown. If you need help, call. AUP#7", "a.advice"),
        ("550 unknown. If you think it is spam, call. It is spam", "a.advice"),
        ("550 unknown. Please contact us of spam, see http://a.example/no-spam. No spam", Classifier.undetermined),
        ("550 unknown. Please contact us of spam. See http://a.example/no-spam", "a.gone"),
        ("550 Error: Please contact us. unknown", "a.gone"),
        ("550 away. If you need help, call", "a.advice"),
    ])
    func rule(_ reply: String, _ rule: String) throws {
        #expect(try Rules.winner(of: reply, among: Self.rules) == rule)
    }

    @Test func adviceIsOfOneText() throws {
        let classifier = try Rules.classifier(Self.rules)
        for (reply, rule) in [
            ("550 unknown. If you think it is spam, tell us", "a.gone"),
            ("550 unknown: it is all but spam", Classifier.undetermined), ("550 unknown", "a.gone"),
        ] {
            #expect(classifier.explain(Evidence(reply: reply)).verdict.rule == rule)
        }
    }
}
