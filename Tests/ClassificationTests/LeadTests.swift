// Where a reply's own words begin.

import Testing

@testable import Classification

@Suite struct LeadTests {
    @Test(arguments: [
        ("user unknown", "user unknown"),
        ("<xxxx@xxxxxx.xxxxxxx>: Recipient address rejected: user unknown", "user unknown"),
        ("<xxxx@xxxxxx.xxxxxxx>: recipient address rejected: <xxxx@xxxxxx.xxxxxxx> unknown", "unknown"),
        ("<xxxx@xxxxxx.xxxxxxx>: Sender address rejected: user unknown", "Sender address rejected: user unknown"),
        ("xxxx@xxxxxx.xxxxxxx... user unknown", "user unknown"),
        ("mx-1.client.example: user unknown", "user unknown"),
        ("MX.client.example xxxx@xxxxxx.xxxxxxx  user unknown", "user unknown"),
        ("\"user unknown\"", "user unknown\""),
        ("Requested action not taken: mailbox unavailable", "mailbox unavailable"),
        ("Delivery failed: sorry, no such user", "no such user"), ("Error: user unknown", "user unknown"),
        ("Error: ", "Error: "), ("a.b.c. d", "a.b.c. d"), ("47 later", "47 later"), ("4.7.1 later", "later"),
        ("192.0.2.7: blocked", "192.0.2.7: blocked"),
        ("unavailable... later", "unavailable... later"), ("mx.1a b", "mx.1a b"),
        // Nothing behind them: they are the words.
        ("mx.client.example", "mx.client.example"), ("<xxxx@xxxxxx.xxxxxxx>", "<xxxx@xxxxxx.xxxxxxx>"), ("\"", "\""),
        ("", ""),
        ("a@b a@b a@b a@b a@b c", "a@b c"),
    ])
    func words(_ text: String, _ words: String) {
        let lead = Array(text.utf8).withUnsafeBufferPointer { Lead(of: $0) }
        #expect(text.utf8.dropFirst(lead.count > 0 ? Int(lead.ends[lead.count - 1]) : 0).elementsEqual(words.utf8))
    }

    static let rules = """
        [[rule]]
        id = "a.error"
        category = "system-error"
        text = ['^error\\b', '^xxxxx@\\S{1,40} error$', '(^|x )no[.]$']
        [[rule]]
        id = "a.unknown"
        category = "mailbox-unknown"
        text = ['\\bunknown\\b']
        """

    @Test(arguments: [
        ("550 Error: user unknown", "a.error"),
        ("550 5.1.1 <anna@client.example>: Recipient address rejected: Error: user unknown", "a.error"),
        ("550 mx.\(String(repeating: "a", count: 70)).example error, user unknown", "a.error"),
        ("550 mx.client.example no.", "a.error"),
        ("550 Delivery failed: error@client.example: error", "a.error"),
        ("550 mx.client.example https://client.example/ error: user unknown", "a.unknown"),
        ("550 <anna@client.example> user unknown: error", "a.unknown"),
    ])
    func beginning(_ reply: String, _ rule: String) throws {
        #expect(try Rules.winner(of: reply, among: Self.rules) == rule)
    }
}
