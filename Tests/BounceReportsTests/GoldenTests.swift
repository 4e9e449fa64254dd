// Each sample gives what its golden file says, with either line end. WRITE_GOLDEN=1 in the environment writes the files that are
// missing; they are to be read before they are committed.

import BounceReports
import Foundation
import MailSyntax
import Testing

@Suite struct GoldenTests {
    @Test(arguments: Sample.all) func sampleReadsAsItsGoldenFile(_ sample: Sample) throws {
        let found = rendering(ReportReader().read(MailMessage(try sample.bytes())))
        if ProcessInfo.processInfo.environment["WRITE_GOLDEN"] == "1",
            !FileManager.default.fileExists(atPath: sample.expectationURL.path)
        {
            try found.write(to: sample.expectationURL, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: sample.expectationURL, encoding: .utf8)
        #expect(found == expected)
    }

    @Test func thereAreSamples() { #expect(Sample.withLF.count > 100) }

    /// A null reverse-path that only the envelope tells makes the same of a message as a Return-Path field.
    @Test func envelopeStandsForReturnPath() {
        let text =
            "From: relay@example.net\nSubject: Delivery failure\n\nDelivery failed for a@example.org: 550 5.1.1 user unknown\n"
        let message = MailMessage(Array(text.utf8))
        #expect(ReportReader().read(message).kind == .notABounce)
        #expect(ReportReader().read(message, hasNullReversePath: true).kind == .bounce)
    }
}
