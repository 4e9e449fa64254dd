// A program from the cache is the one that was made, or none.

import MailSyntax
import Testing

@testable import Classification

@Suite struct KeptProgramsTests {
    /// Every kind of step.
    static let patterns = [
        #"\buser (is )?(unknown|disabled|gone)\b"#, "no such (user|box|e-?mail address) here", #"^550[ -]5\.1\.1"#,
        #"full.{0,20}quota$"#, #"[^<]{2,8}\Bed\b"#, "(ab|a)+c", #"Empfänger\w* (ist )?unbekannt"#,
        #"код \d+: нет такого"#,
    ]

    func bytes(_ pattern: String) throws -> [UInt8] {
        var writer = CacheWriter()
        try PatternProgram(Pattern(pattern)).encode(&writer)
        return writer.bytes
    }

    func read(_ bytes: [UInt8]) -> PatternProgram? {
        bytes.withUnsafeBytes {
            var reader = CacheReader($0)
            return try? PatternProgram(&reader)
        }
    }

    func match(_ program: PatternProgram, _ text: String) -> Range<Int>? {
        let matched = MatchedText()
        let padded = Array(text.utf8) + [UInt8](repeating: 0, count: MatchedText.margin)
        return padded.withUnsafeBufferPointer {
            matched.read(UnsafeBufferPointer(rebasing: $0[..<text.utf8.count]))
            return program.firstMatch(in: matched)
        }
    }

    @Test(arguments: patterns)
    func isReadAsItWasMade(pattern: String) throws {
        let whole = try bytes(pattern)
        let program = try #require(read(whole))
        var again = CacheWriter()
        program.encode(&again)
        #expect(again.bytes == whole)
    }

    @Test func allShippedOnesAreKept() throws {
        let folder = TemporaryFolder()
        let cache = RuleCache(folders: [folder.path])
        let made = try RuleSet.load(Rules.shippedSource, cache: cache)
        let kept = try #require(cache.read(Rules.shippedSource))
        let (first, second) = (KeptPrograms.encode(made.matcher), KeptPrograms.encode(kept.matcher))
        #expect(first.ends == second.ends)
        #expect(first.bytes == second.bytes)
        let programs = try #require(kept.matcher.kept)
        for pattern in 0..<programs.count {
            #expect((programs[pattern] == nil) == (made.matcher.program(pattern) == nil), "pattern \(pattern)")
        }
    }

    /// Wrong numbers under a right hash: refused, or a program that ends and reads nothing beyond its tables and the text.
    @Test(arguments: patterns, [0, 1, 0x41, 0xFF] as [UInt8])
    func noNumberIsBelieved(pattern: String, value: UInt8) throws {
        let whole = try bytes(pattern)
        var refused = 0
        for place in whole.indices {
            var damaged = whole
            damaged[place] = value
            guard let program = read(damaged) else {
                refused += 1
                continue
            }
            for text in [
                "550 5.1.1 <a@b.example>: user is unknown, abababc edited", "",
                "Empfänger unbekannt, код 5: нет такого",
            ] {
                if let range = match(program, text) { #expect(range.upperBound <= text.utf8.count, "byte \(place)") }
            }
        }
        #expect(refused > 0)
    }

    /// The step of `$`, behind that of the word, has itself as the next one.
    @Test func aStepThatGoesToItselfIsRefused() throws {
        var program = try bytes("quota$")
        let (start, stepBytes, next) = (20, 16, 8)
        #expect(program[start + stepBytes + next] == 2)
        program[start + stepBytes + next] = 1
        #expect(read(program) == nil)
    }

    @Test func aProgramThatIsCutIsRefused() throws {
        let whole = try bytes("no such user")
        for count in whole.indices { #expect(read(Array(whole[..<count])) == nil, "\(count) bytes") }
    }

    /// A program of an older form would be taken for one of ours: where this fails, `RuleCache` needs another sign, and this another hash.
    @Test func theSignChangesWithTheForm() throws {
        var hash = ContentHash()
        for pattern in Self.patterns { hash.add(try bytes(pattern)) }
        #expect(hash.value == 7_823_821_798_383_633_746)
    }
}
