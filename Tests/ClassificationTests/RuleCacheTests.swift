// The cache gives what was compiled, or nothing.

import Glibc
import MailSyntax
import Testing

@testable import Classification

@Suite struct RuleCacheTests {
    let folder = TemporaryFolder()
    let source = Rules.source(RuleSetTests.shipped)

    var cache: RuleCache { RuleCache(folders: [folder.path]) }

    func fill() throws -> String {
        _ = try RuleSet.load(source, cache: cache)
        return "\(folder.path)/\(RuleCache.name(of: source))"
    }

    /// Where the index of a file stands.
    static func index(of file: [UInt8]) -> Range<Int> {
        24..<(24 + file[8..<16].reversed().reduce(0) { $0 << 8 | Int($1) })
    }

    func rule(ofAnAlphaReply set: RuleSet) -> String {
        Classifier(rules: set).classify(Evidence(reply: "550 no such user", remoteMTA: "alpha.example")).rule
    }

    @Test func givesWhatWasCompiled() throws {
        let compiled = try RuleSet.load(source, cache: cache)
        let kept = try #require(cache.read(source))
        #expect(kept.rules == compiled.rules)
        #expect(kept.providers == compiled.providers)
        let (first, second) = (Classifier(rules: compiled), Classifier(rules: kept))
        for (reply, remoteMTA, command, domain, rule) in RuleSetTests.conditions {
            let evidence = Evidence(reply: reply, remoteMTA: remoteMTA, command: command, domain: domain)
            #expect(first.classify(evidence).rule == rule)
            #expect(second.classify(evidence).rule == rule)
        }
        #expect(folder.names.count == 1)
    }

    @Test func onlyTheLastAreKept() throws {
        var last = source
        for edit in 0..<(RuleCache.keptFiles + 3) {
            last = Rules.source(RuleSetTests.shipped + String(repeating: "\n", count: edit))
            _ = try RuleSet.load(last, cache: cache)
        }
        #expect(folder.names.count == RuleCache.keptFiles)
        #expect(cache.read(last) != nil)
    }

    /// As for a user without a home, whose rules root has compiled.
    @Test func whatAnyFolderHasIsTaken() throws {
        let other = TemporaryFolder()
        _ = try RuleSet.load(source, cache: RuleCache(folders: ["/nonexistent/cache", folder.path, other.path]))
        #expect((folder.names.count, other.names.count) == (1, 0))
        #expect(RuleCache(folders: [other.path, folder.path]).read(source) != nil)
    }

    @Test func otherRulesAreNotTaken() throws {
        _ = try fill()
        #expect(cache.read(Rules.source(RuleSetTests.shipped + "\n")) == nil)
    }

    /// An index of a program that looked for other runs of the same patterns would hide their matches: where this fails, `RuleCache` needs
    /// another sign, and this another hash.
    @Test func theSignStandsForWhatIsKept() throws {
        let source = Rules.source(
            """
            [[provider]]
            name = "alpha"
            hosts = ["alpha.example"]
            domains = ["alpha.example"]
            [[rule]]
            id = "alpha.full"
            category = "mailbox-full"
            provider = "alpha"
            text = ['\\b(over|exceed(s|ed)?)\\b.{0,9}\\bquota\\b', 'voll(?:er)? Empfänger', 'straße|größe', 'a{3,}b?c+']
            not_text = ['\\[no[tn]e\\]', 'İstanbul']
            match = [{ reply = "552 over your quota of 3 letters", seen = "x" }]
            [[rule]]
            id = "status.x.2.2"
            category = "mailbox-full"
            status = ["*.2.2"]
            command = ["RCPT TO"]
            domain = [".example"]
            expires_days = 3
            """)
        _ = try RuleSet.load(source, cache: cache)
        let file = TemporaryFolder.read("\(folder.path)/\(RuleCache.name(of: source))")
        #expect(String(decoding: file.prefix(8), as: UTF8.self) == "BRULERCE")
        #expect(ContentHash.of(Array(file[Self.index(of: file)])) == 2_867_507_704_231_597_780)
    }

    /// The first bytes, each of them, and some of the others: refused, or found out when it is used and compiled anew.
    @Test func damageIsFoundOut() throws {
        let path = try fill()
        let whole = TemporaryFolder.read(path)
        let places =
            Array(0..<min(400, whole.count)) + Array(stride(from: 400, to: whole.count, by: 997)) + [whole.count - 1]
        for place in places {
            var damaged = whole
            damaged[place] ^= 0x20
            TemporaryFolder.overwrite(path, damaged)
            guard let set = cache.read(source) else { continue }
            #expect(rule(ofAnAlphaReply: set) == "alpha.gone", "byte \(place)")
        }
    }

    /// As a copy does that is put over it.
    @Test func aFileThatIsCutShortWhileItIsReadDoesNoHarm() throws {
        let path = try fill()
        let set = try #require(cache.read(source))
        TemporaryFolder.overwrite(path, Array(TemporaryFolder.read(path).prefix(100)))
        #expect(rule(ofAnAlphaReply: set) == "alpha.gone")
    }

    /// Any number in any place of the index, under a right hash: what makes no sense is refused; what does can hide a pattern's match, and never invent
    /// one.
    @Test(arguments: [0, 1, -1, .max, .min] as [Int32])
    func noNumberIsBelieved(number: Int32) throws {
        let compiled = try RuleSet.load(source, cache: cache)
        let path = "\(folder.path)/\(RuleCache.name(of: source))"
        let whole = TemporaryFolder.read(path)
        let evidences = RuleSetTests.conditions.map { reply, remoteMTA, command, domain, _ in
            Evidence(reply: reply, remoteMTA: remoteMTA, command: command, domain: domain)
        }
        var unexcluded = compiled.rules
        for rule in unexcluded.indices { unexcluded[rule].notText = [] }
        let all = RuleSet(
            rules: unexcluded, providers: compiled.providers,
            matcher: try TextMatcher(compiling: unexcluded, samples: []))
        let holding = evidences.map { Classifier(rules: all).explain($0).holding.map(\.rule) }
        let index = Self.index(of: whole)
        var (refused, taken) = (0, 0)
        for place in (index.lowerBound + 8)...(index.upperBound - 4) {
            var damaged = whole
            withUnsafeBytes(of: number.littleEndian) { damaged.replaceSubrange(place..<(place + 4), with: $0) }
            let hash = ContentHash.of(Array(damaged[index]))
            withUnsafeBytes(of: hash.littleEndian) { damaged.replaceSubrange(16..<24, with: $0) }
            TemporaryFolder.overwrite(path, damaged)
            guard let set = cache.read(source) else {
                refused += 1
                continue
            }
            taken += 1
            let classifier = Classifier(rules: set)
            let isOfTheseRules = set.rules == compiled.rules && set.providers == compiled.providers
            for (evidence, holding) in zip(evidences, holding) {
                let rule = classifier.classify(evidence).rule
                #expect(
                    !isOfTheseRules || rule == Classifier.undetermined || holding.contains(rule), "byte \(place)")
            }
        }
        #expect(refused > 100)
        #expect(taken > 100)
    }

    @Test(arguments: [0, 1, 8, 23, 24, 100, 200])
    func aTornFileIsMadeAnew(count: Int) throws {
        let path = try fill()
        let whole = TemporaryFolder.read(path)
        TemporaryFolder.overwrite(path, Array(whole.prefix(count)))
        #expect(cache.read(source) == nil)
        _ = try RuleSet.load(source, cache: cache)
        #expect(TemporaryFolder.read(path) == whole)
    }

    /// A process in a container has the same ID each time.
    @Test func whatAKilledProcessLeftIsReplaced() throws {
        let temporary = "\("\(folder.path)/\(RuleCache.name(of: source))").\(getpid()).tmp"
        TemporaryFolder.overwrite(temporary, [1, 2, 3])
        _ = try fill()
        #expect(cache.read(source) != nil)
        #expect(folder.names.count == 1)
    }

    @Test(arguments: [0o664, 0o646, 0o666] as [mode_t])
    func writableByOthersIsNotRead(mode: mode_t) throws {
        let path = try fill()
        chmod(path, mode)
        #expect(cache.read(source) == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func anotherOwnersIsNotRead() throws {
        let path = try fill()
        chown(path, 12_345, 12_345)
        #expect(cache.read(source) == nil)
    }

    @Test func aLinkIsNotFollowed() throws {
        let path = try fill()
        rename(path, path + ".real")
        symlink(path + ".real", path)
        #expect(cache.read(source) == nil)
    }

    @Test func aFolderThatCannotBeWrittenDoesNoHarm() throws {
        let set = try RuleSet.load(source, cache: RuleCache(folders: ["/nonexistent/cache"]))
        #expect(set.rules.count == 4)
    }
}
