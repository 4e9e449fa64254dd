// Whatever a server says: bounded time, one thread or many, the same answer each time.

import MailSyntax
import Testing
import Vocabulary

@testable import Classification

@Suite struct HostileTextTests {
    @Test func aMegabyteIsCut() {
        let text = [UInt8](repeating: 0x61, count: 1 << 20)
        var evidence = Evidence(diagnostic: Diagnostic.normalize(Array("550 5.1.1 ".utf8)[...] + text))
        #expect(Rules.shipped.classify(evidence).rule == "status.x.1.1")
        // Also where a caller did not cut it.
        evidence.diagnostic = Array("550 5.1.1 ".utf8)[...] + text
        #expect(Rules.shipped.classify(evidence).rule == "status.x.1.1")
    }

    @Test func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let words = [
            "550 ", "5.1.1 ", "user ", "unknown ", "blocked ", "mailbox ", "\u{2019}", "日本", "gmail.com ", "-", "\r\n",
            "\0",
        ]
        for round in 0..<400 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                bytes +=
                    round.isMultiple(of: 2)
                    ? [UInt8.random(in: 0...255, using: &random)]
                    : Array((words.randomElement(using: &random) ?? "").utf8)
            }
            let evidence = Evidence(diagnostic: bytes[...])
            let verdict = Rules.shipped.classify(evidence)
            _ = Rules.shipped.classify(Evidence(reply: "550 another"))
            #expect(Rules.shipped.classify(evidence) == verdict)
        }
    }

    /// A reply that is all words that rules ask for has most patterns tried, and costs no more than that.
    @Test func everyWordAtOnce() throws {
        let patterns = Rules.shipped.rules.rules.flatMap(\.text)
        let words = Set(try patterns.flatMap { RequiredLiterals(try Pattern($0)).clauses.joined() }).sorted()
        var text = "550 "
        var worst = Duration.zero
        for word in words {
            text += word + " "
            guard text.utf8.count > 1_900 else { continue }
            let evidence = Evidence(reply: text)
            worst = max(worst, ContinuousClock().measure { _ = Rules.shipped.classify(evidence) })
            text = "550 "
        }
        // Of which most is reading each pattern once.
        #expect(worst < .seconds(5))
    }

    @Test func timeGrowsLinearly() {
        func time(_ count: Int) -> Duration {
            let evidence = Evidence(reply: "550 " + String(repeating: "user mailbox is not unknown ", count: count))
            let times = (0..<21).map { _ in
                // What is known of a text holds until another one comes.
                _ = Rules.shipped.classify(Evidence(reply: "550 another"))
                return ContinuousClock().measure { _ = Rules.shipped.classify(evidence) }
            }
            return times.min() ?? .zero
        }
        // 8 times the text, then 64 times, of which 2,000 characters are looked at.
        let (short, long, cut) = (time(8), time(64), time(512))
        #expect(long < short * 40)
        #expect(cut < long * 8)
    }

    /// A report can name thousands of recipients with one long reply.
    @Test func aReplyOfManyRecipientsIsReadOnce() {
        let rules = Rules.shipped.rules
        let workspace = Workspace(rules)
        let read = (0..<100).count { number in
            let evidence = Evidence(reply: "550 5.1.1 anna@a.example: user unknown", domain: "d\(number).example")
            return workspace.examine(evidence, Facts(evidence), rules)
        }
        #expect(read == 1)
    }

    /// What is known of a text says nothing of the status, the code, the command and the domain that come with it.
    @Test func aReplyThatComesAgainIsJudgedAnew() {
        let classifier = Classifier(rules: Rules.shipped.rules)
        let samples = Rules.shippedCollection.samples.joined().map(\.evidence)
        for index in stride(from: 0, to: samples.count, by: 7) {
            for var evidence in samples[index..<min(index + 2, samples.count)] {
                evidence.diagnostic = samples[index].diagnostic
                let again = classifier.classify(evidence)
                _ = classifier.classify(Evidence(reply: "550 another"))
                #expect(again == classifier.classify(evidence))
            }
        }
    }

    @Test func manyThreads() async {
        let samples = Rules.shippedCollection.samples.joined().map(\.evidence)
        let expected = samples.map { Rules.shipped.classify($0) }
        await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for offset in samples.indices {
                        let index = (offset + task * 37) % samples.count
                        if Rules.shipped.classify(samples[index]) != expected[index] { wrong += 1 }
                    }
                    return wrong
                }
            }
            for await wrong in group { #expect(wrong == 0) }
        }
    }
}
