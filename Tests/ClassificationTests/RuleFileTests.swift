// A rule file is refused whole, with file, line, reason and what would be right.

import Testing

@testable import Classification

@Suite struct RuleFileTests {
    static let head = "[[rule]]\nid = \"a.b\"\ncategory = \"policy\"\n"

    static let defects: [(String, String)] = [
        ("rule = [[\n", "shipped.toml:1: "),
        ("[[rule]]\nid = \"a.b\"\nid = \"a.c\"\n", "shipped.toml:3: "),
        ("\n[[rules]]\n", "shipped.toml:2: unknown key rules; a rule file holds [[provider]] and [[rule]]"),
        ("rule = 5\n", "shipped.toml:1: rule must stand in two brackets: [[rule]]"),
        ("\n[rule]\nid = \"a.b\"\n", "shipped.toml:2: rule must stand in two brackets: [[rule]]"),
        (head, "shipped.toml:1: rule a.b has no condition; give one of provider, status"),
        (
            head + "text = [\"x\"]\ntexts = [\"y\"]\n",
            "shipped.toml:5: unknown key texts in [[rule]]; known are id, category"
        ),
        ("\n[[rule]]\n", "shipped.toml:2: an empty [[rule]]: give it an id, a category and a condition, as text ="),
        (
            "[[rule]]\ncategory = \"policy\"\n",
            "shipped.toml:1: a [[rule]] has no condition; give one of provider, status"
        ),
        ("[[rule]]\ncategory = \"policy\"\ntext = [\"x\"]\n", "shipped.toml:1: a [[rule]] without id"),
        ("[[rule]]\nid = \"a.b\"\ntext = [\"x\"]\n", "shipped.toml:1: a [[rule]] without category"),
        ("[[rule]]\nid = \"A b\"\n", "shipped.toml:2: an id is provider.what"),
        (
            "[[rule]]\nid = \"a.b\"\ncategory = \"poliy\"\ntext = [\"x\"]\n",
            "shipped.toml:3: unknown category poliy; known are"
        ),
        (
            "[[rule]]\nid = \"a.b\"\ncategory = \"reversal\"\ntext = [\"x\"]\n",
            "shipped.toml:3: reversal is an operator's"
        ),
        (
            head + "status = [\"5.1\"]\n",
            "shipped.toml:4: \"5.1\" is no status; right are \"5.1.1\", \"5.1.*\", \"*.1.1\""
        ),
        (head + "status = [\"3.1.1\"]\n", "\"3.1.1\" is no status"),
        (head + "status = []\n", "status must be a list of texts with at least one entry"),
        (head + "reply = [\"5x0\"]\n", "shipped.toml:4: \"5x0\" is no reply; right are \"550\", \"55x\", \"5xx\""),
        (head + "reply = [550]\n", "reply must be a list of texts in quotes"),
        (head + "reply = [\"650\"]\n", "\"650\" is no reply"),
        (head + "domain = [\"a@example.com\"]\n", "is no domain; right is a domain name as \"example.com\""),
        (head + "domain = [\"..example.com\"]\n", "\"..example.com\" is no domain; right is a domain name"),
        (head + "domain = [\"example..com\"]\n", "\"example..com\" is no domain"),
        (head + "domain = [\"example.com.\"]\n", "\"example.com.\" is no domain"),
        (head + "text = \"x\"\n", "text must be a list of texts"),
        (
            head + "text = [\"x\"]\ndisposition = \"harsh\"\n",
            "shipped.toml:5: unknown disposition harsh; known are hard, soft"
        ),
        (
            head + "text = [\"x\"]\naction = \"suppress\"\n",
            "shipped.toml:5: rule a.b suppresses with disposition block"
        ),
        (head + "text = [\"x\"]\naction = \"release\"\n", "release is an operator's action"),
        (head + "text = [\"x\"]\nretry_after = 1\n", "retry_after must be true or false"),
        (head + "text = [\"x\"]\nexpires_days = 0\n", "expires_days must be a number from 1 to 3650"),
        (head + "text = [\"x\"]\nexpires_days = 3\n", "expires_days without action = \"suppress\""),
        (
            head + "text = [\"x\"]\nmatch = [\n  { reply = \"550 x\" },\n]\n",
            "shipped.toml:6: a sample says where it was seen"
        ),
        (
            head
                + "text = [\"x\"]\nmatch = [\n  { reply = \"550 x\", seen = \"y\" },\n  { reply = \"\\\"x\" },\n  { reply = \"551 x\" },\n]\n",
            "shipped.toml:8: a sample says where it was seen"
        ),
        (
            head + "text = [\"x\"]\nmatch = [{ reply = \"550 x\", seen = \"y\", host = \"z\" }]\n",
            "unknown key host in a sample"
        ),
        (
            head + "text = [\"x\"]\nmatch = [{ reply = \"x\", seen = \"y\", code = 900 }]\n",
            "code of a sample must be a number"
        ),
        (
            head + "text = [\"x\"]\nmatch = [{ reply = \"x\", seen = \"y\", status = \"5\" }]\n",
            "status of a sample must be as"
        ),
        (head + "provider = \"nobody\"\n", "shipped.toml:1: rule a.b: unknown provider nobody; known are none"),
        (
            head + "text = [\"x\"]\n" + head + "text = [\"y\"]\n",
            "shipped.toml:5: the id a.b is taken by the rule at shipped.toml:1"
        ),
        ("[[provider]]\nname = \"A\"\nhosts = [\"a.example\"]\n", "shipped.toml:2: a provider's name is one word"),
        ("[[provider]]\nname = \"a\"\n", "shipped.toml:1: provider a has neither hosts nor domains"),
        ("[[provider]]\nname = \"a\"\nhosts = [\"*.a.example\"]\n", "shipped.toml:3: \"*.a.example\" is no hosts"),
        ("[[provider]]\nname = \"a\"\nhosts = [\".a.example\"]\n", "shipped.toml:3: \".a.example\" is no hosts"),
        ("[[provider]]\nname = \"a\"\nhost = [\"a.example\"]\n", "shipped.toml:3: unknown key host in [[provider]]"),
        (head + "text = ['(unended']\n", "shipped.toml:1: rule a.b: bad pattern '(unended': "),
        (head + "text = ['a(?=b)']\n", "bad pattern 'a(?=b)': "),
        (head + "text = ['x', '(y)\\1']\n", "bad pattern '(y)\\1': "),
        (head + "text = ['x*']\n", "bad pattern 'x*': "),
        (head + "text = [\"\\bx\"]\n", "a control character, which no text has; in single quotes a backslash"),
        (head + "text = [\"x\u{0}\"]\n", "NUL"),
    ]

    @Test(arguments: defects)
    func defect(text: String, message: String) {
        let error = #expect(throws: RuleError.self) { try Rules.classifier(text) }
        #expect(error.map { $0.description.contains(message) } == true, "\(error.map(\.description) ?? "")")
    }

    @Test func everyProblemIsTold() {
        let site = "[[rule]]\nid = \"b.c\"\ntext = ['x']\n\n[[rule]]\nid = \"B\"\n[[rule]]\nid = \"C\"\ntext = ['*']\n"
        let shipped =
            Self.head
            + "status = [\"x\"]\nreply = [\"y\"]\ntext = ['(']\nnot_text = ['z', '+']\nprovider = \"p\"\n"
        let error = #expect(throws: RuleError.self) { try Rules.classifier(shipped, site: site) }
        let told = error?.problems.map { "\($0.place): \($0.reason.prefix(24))" }
        #expect(
            told == [
                "site.toml:1: a [[rule]] without categ", "site.toml:5: a [[rule]] without categ",
                "site.toml:5: a [[rule]] has no condit", "site.toml:6: an id is provider.what i",
                "site.toml:7: a [[rule]] without categ", "site.toml:7: a [[rule]]: bad pattern ",
                "site.toml:8: an id is provider.what i", "shipped.toml:1: rule a.b: unknown provid",
                "shipped.toml:1: rule a.b: bad pattern '(", "shipped.toml:1: rule a.b: bad pattern '+",
                "shipped.toml:4: \"x\" is no status; right ", "shipped.toml:5: \"y\" is no reply; right a",
            ])
    }

    /// What a file that cannot be read would give is missing to the others through no fault of theirs.
    @Test(arguments: ["[[provider]\n", "[[provider]]\nname = \"P Q\"\nhosts = [\"p.example\"]\n"])
    func providersOfABrokenFile(site: String) {
        let error = #expect(throws: RuleError.self) {
            try Rules.classifier(Self.head + "provider = \"p\"\n", site: site)
        }
        #expect(error?.problems.map(\.place.file) == ["site.toml"])
    }

    @Test func problemsBeyondTheLimitAreCounted() {
        let rules = String(repeating: "[[rule]]\n", count: 60)
        let error = #expect(throws: RuleError.self) { try Rules.classifier(rules, site: rules) }
        #expect(
            error?.problems.dropFirst(50).map(\.description) == ["site.toml: and 10 more", "shipped.toml: and 60 more"])
    }

    /// Each is found without looking through the file again.
    @Test(arguments: ["", "[[rule]]\nid = \"a.b\"\ncategory = \"policy\"\ntext = [\"x\"]\n"])
    func manyMistakes(head: String) {
        let text = head + (10_000..<70_000).map { "k\($0) = 1\n" }.joined()
        let error = #expect(throws: RuleError.self) { try Rules.classifier(text) }
        let line = head.split(separator: "\n").count + 50
        #expect(error?.problems[49].description.hasPrefix("shipped.toml:\(line): unknown key k10049") == true)
        #expect(error?.problems[50].reason == "and 59950 more")
    }

    @Test func notUTF8() {
        let bytes = Array("# one\n# ".utf8) + [0xFF, 0x0A]
        let error = #expect(throws: RuleError.self) { try RuleFile(file: "x.toml", bytes: bytes) }
        #expect(error?.description == "x.toml:2: not UTF-8")
    }

    @Test func tooLarge() {
        let folder = TemporaryFolder()
        folder.write("x.toml", String(repeating: "#", count: RuleFile.limitBytes + 1))
        let error = #expect(throws: RuleError.self) { try RuleSource(shipped: folder.path) }
        #expect(error?.description == "\(folder.path)/x.toml: larger than \(RuleFile.limitBytes) bytes")
    }

    @Test(arguments: [nil, "/nonexistent/rules"])
    func folders(site: String?) throws {
        let folder = TemporaryFolder()
        let empty = #expect(throws: RuleError.self) { try RuleSource(site: site, shipped: folder.path) }
        #expect(empty?.description.contains("no rule file (*.toml) in this folder") == true)
        folder.write("b.toml", Self.head + "text = [\"x\"]\n")
        folder.write("a.toml", "")
        folder.write(".hidden.toml", "broken")
        folder.write("a.txt", "broken")
        let source = try RuleSource(site: site, shipped: folder.path)
        #expect(source.files.map(\.path) == ["\(folder.path)/a.toml", "\(folder.path)/b.toml"])
        #expect(throws: RuleError.self) { try RuleSource(shipped: folder.path + "/missing") }
    }
}
