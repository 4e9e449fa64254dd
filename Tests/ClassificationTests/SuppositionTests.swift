// What a reply only supposes.

import Testing

@testable import Classification

@Suite struct SuppositionTests {
    static let rules = """
        [[rule]]
        id = "a.unknown"
        category = "mailbox-unknown"
        text = ['\\b(user|mailbox) (is )?unknown\\b', '^if gone$']
        [[rule]]
        id = "a.policy"
        category = "policy"
        text = ['\\bdomain is refused\\b']
        """

    @Test(arguments: [
        ("550 If the user is unknown we tell you: domain is refused", "a.policy"),
        ("550 If this domain is refused", "a.policy"),
        ("550 We would tell you if the user is unknown", Classifier.undetermined),
        ("550 Unless mailbox unknown, it waits", Classifier.undetermined),
        ("550 5.7.1 Whenever a user is unknown we count it", Classifier.undetermined),
        ("550 ask whether user is unknown", Classifier.undetermined),
        ("550 Should the mailbox unknown", Classifier.undetermined), ("550 It should: user unknown", "a.unknown"),
        ("550 You should know that user unknown", "a.unknown"), ("550 when user unknown", Classifier.undetermined),
        ("550 failed when user unknown", "a.unknown"), ("550 failed, when user unknown", Classifier.undetermined),
        ("550 If so, user unknown", Classifier.undetermined),
        ("550 Until he logs in, for now, mailbox unknown", Classifier.undetermined),
        ("550 Once a mailbox unknown", Classifier.undetermined), ("550 seen once, user unknown", "a.unknown"),
        ("550 sorry, if so, user unknown", "a.unknown"), ("550 When asked, user unknown", Classifier.undetermined),
        ("550 Falls user unknown", Classifier.undetermined), ("550 also falls user unknown", "a.unknown"),
        ("550 user unknown?", Classifier.undetermined), ("550 user unknown to you?", Classifier.undetermined),
        ("550 user unknown in this directory What should you do?", "a.unknown"),
        ("550 user unknown, misspelt?", "a.unknown"), ("550 misspelt? user unknown", "a.unknown"),
        ("550 user unknown Need a hand? Call us", "a.unknown"), ("550 user unknown Wrong?", "a.unknown"),
        ("550 user unknown to needy?", Classifier.undetermined),
        ("550 is user unknown?", Classifier.undetermined), ("550 need we say user unknown?", Classifier.undetermined),
        ("550 user unknown - misspelt?", "a.unknown"), ("550 user unknown at re-start?", Classifier.undetermined),
        ("550 user unknown at mx/b?c#1", "a.unknown"), ("550 user unknown /b?c", "a.unknown"),
        ("550 a; if so, user unknown", Classifier.undetermined), ("550 ,if user unknown", Classifier.undetermined),
        ("550 if(user unknown)", "a.unknown"),
        ("550 If user unknown we say user unknown", Classifier.undetermined),
        ("550 If user unknown, you see this. user unknown", "a.unknown"), ("550 Notif user unknown", "a.unknown"),
        ("550 If mx.b.example says user unknown we wait", Classifier.undetermined),
        ("550 Unless v1.2 has user unknown", Classifier.undetermined),
        ("550 host if.b.example user unknown", "a.unknown"), ("550 if so. user unknown", "a.unknown"),
        ("550 if.", Classifier.undetermined),
        ("550 if gone", "a.unknown"), ("550 user unknown if you ask", "a.unknown"),
    ])
    func rule(_ reply: String, _ rule: String) throws {
        #expect(try Rules.winner(of: reply, among: Self.rules) == rule)
    }
}
