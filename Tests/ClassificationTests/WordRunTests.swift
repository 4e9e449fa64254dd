// Which runs a word is known by, and which texts have them.

import Testing

@testable import Classification

@Suite struct WordRunTests {
    /// The number of the run that a text of three or four bytes is, or begins with.
    private func number(_ text: String) -> Int {
        let bytes = text.utf8.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return text.utf8.count == 3 ? WordRun.numberOfThree(bytes) : WordRun.numberOfFour(bytes)
    }

    /// For each place where a run can begin, texts that it is found in.
    @Test(arguments: [
        ("user", [["user", "USER", "uSeR"]]), ("use", [["use", "Use"]]), ("users", [["user"], ["sers", "SERS"]]),
        ("a.b.c", [["a.b."], [".b.c", ".B.C"]]), ("満杯", [["満杯"]]), ("é12", [["é12", "É12"]]),
        ("ящик", [["ящ", "ЯЩ", "Ящ", "яЩ"], ["щи", "ЩИ"], ["ик", "ИК"]]),
    ])
    func runs(_ word: String, _ texts: [[String]]) {
        let runs = WordRun.all(of: word).map { Set($0.map(\.number)) }
        #expect(runs.count == texts.count)
        for (numbers, texts) in zip(runs, texts) { #expect(numbers.isSuperset(of: texts.map(number))) }
        #expect(!runs.joined().contains(number("zzzz")))
    }

    /// Letters whose capital is longer, shorter or two, and texts that are the same as `String`: whichever run of a word is looked for, a text
    /// that the pattern matches has it.
    @Test(arguments: [
        ("größe", "GRÖSSE"), ("sınır", "SINIR"), ("sınır", "Sınır"), ("İleti", "İLETI"), ("İleti", "i\u{307}leti"),
        ("ΐδιος", "\u{399}\u{308}\u{301}ΔΙΟς"), ("\u{212A}elvin", "\u{212A}ELVIN"), ("\u{212A}elvin", "kelvin"),
        ("ⱥbc", "ȺBC"),
        ("(é|e\u{301})tat", "e\u{301}tat"), ("(é|e\u{301})tat", "État"), ("ящик", "ЯщИк"),
    ])
    func runsOfAllCases(_ pattern: String, _ text: String) throws {
        let bytes = Array(text.utf8)
        let runs = Set(
            bytes.indices.flatMap { place in
                let four = bytes[place...].prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                return [WordRun.numberOfThree(four), WordRun.numberOfFour(four)]
            })
        for clause in RequiredLiterals(try Pattern(pattern)).clauses {
            let isHeld = clause.contains { word in
                WordRun.all(of: word).allSatisfy { $0.contains { runs.contains($0.number) } }
            }
            #expect(isHeld, "\(clause)")
        }
        #expect(try PatternProgram(Pattern(pattern)).firstMatch(in: bytes) == bytes.indices)
    }
}
