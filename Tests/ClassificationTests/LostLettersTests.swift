// Replies in other languages whose letters with marks did not arrive: what does not suppress with them must not without them.

import MailSyntax
import Testing

@testable import Classification

@Suite struct LostLettersTests {
    /// A letter with a mark as a gateway may leave it: as `?`, as two (a byte each), as U+FFFD, as Latin-1 reads its two bytes.
    static let losses: [@Sendable (Unicode.Scalar) -> String] = [
        { _ in "?" }, { _ in "??" }, { _ in "\u{FFFD}" },
        { String($0).utf8.map { String(Unicode.Scalar($0)) }.joined() },
    ]

    @Test(arguments: losses.indices)
    func nothingMoreSuppresses(loss: Int) {
        var tried = 0
        for sample in Rules.shippedCollection.samples.joined() {
            let garbled = sample.reply.unicodeScalars.map {
                Self.isMarkedLatin($0) ? Self.losses[loss]($0) : String($0)
            }.joined()
            if garbled == sample.reply { continue }
            var evidence = sample.evidence
            guard Rules.shipped.classify(evidence).action != .suppress else { continue }
            tried += 1
            evidence.diagnostic = Diagnostic.normalize(Bytes(utf8: garbled))
            #expect(Rules.shipped.classify(evidence).action != .suppress, "\(garbled)")
        }
        #expect(tried > 50)
    }

    /// Latin-1's letters and Latin Extended-A and B; Vietnamese has two marks on one letter, and lies elsewhere.
    private static func isMarkedLatin(_ scalar: Unicode.Scalar) -> Bool { (0xC0...0x24F).contains(scalar.value) }
}
