// Which words a pattern requires: too few only costs time, one too many would hide a match.

import Testing

@testable import Classification

@Suite struct RequiredLiteralsTests {
    static let patterns: [(String, [[String]])] = [
        ("user", [["user"]]), ("USER", [["user"]]), ("\\buser\\b", [["user"]]), ("(user|host)", [["host", "user"]]),
        ("(?:no|any) one", [["any one", "no one"]]),
        ("non (esiste|.{1,4} valido)", [["non "], [" valido", "esiste"]]),
        ("users?", [["user"]]), ("user.{0,30}gone", [["user"], ["gone"]]), ("user\\S+", [["user"]]),
        ("mailbox is unavailable", [["mailbox is unavailable"]]), ("(abc)+", [["abc"]]), ("(abc)*", []),
        ("abc|.", []), ("ab", []), ("a.c", []), ("gr[ea]y", [["gray", "grey"]]), ("[a-z]bcd", [["bcd"]]),
        ("[^a]bcd", [["bcd"]]), ("a\\.b\\.c", [["a.b.c"]]), ("\\d\\d\\d", []), ("(abc){2}", [["abc"]]),
        ("(abc){0,2}", []), ("(abc|def.ghi)", [["abc", "def"]]), ("日本", [["日本"]]),
        ("[日本]で", [["日で", "本で"]]), ("ПОЧТ", [["почт"]]), ("c=(re|po\\S+)", [["c=po", "c=re"]]),
        ("c=(re|\\S+)", []), ("c=(re|po){2}x+", [["c=po", "c=re"]]),
        ("größe", [["gröSSe", "größe"]]), ("sınır", [["sInIr", "sInır", "sınIr", "sınır"]]),
        ("(é|e\u{301})tat", [["état", "e\u{301}tat"]]),
    ]

    @Test(arguments: patterns)
    func clauses(pattern: String, clauses: [[String]]) throws {
        #expect(try RequiredLiterals(Pattern(pattern)).clauses == clauses)
    }
}
