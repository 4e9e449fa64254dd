// What a page tells of the store is what the store does.

import Classification
import Journal
import Suppression
import Testing
import Vocabulary

@testable import bouncectl

@Suite struct ConsequenceTests {
    @Test(arguments: Category.allCases.filter { $0.defaultAction == .retry || $0.defaultAction == .investigate })
    func failuresCountAsThePageSays(_ category: Vocabulary.Category) {
        let verdict = Verdict(category: category, rule: "r")
        let words = verdict.consequence(for: "a@b.example", .local, isTriedAgain: false)
        var standing = Standing()
        for day in [0, 3, 6] as [Int64] {
            standing.fold(
                in: Occurrence(
                    Record(
                        id: "\(day)", timeMilliseconds: day * Milliseconds.day, event: .bounce,
                        recipient: "a@b.example",
                        disposition: verdict.disposition, category: category, action: verdict.action, rule: "r",
                        origin: .milterDSN, trust: .local)), Policy())
        }
        #expect(words.contains("does not count") == (standing.suppression == nil))
        #expect(!words.contains("tries again"))
        let deferred = verdict.consequence(for: "a@b.example", .local, isTriedAgain: true)
        #expect(deferred.contains("the MTA tries again"))
    }
}
