// The corpus beside the checkout, where there is one: kind and recipients as its truth says. It is no part of the project; the
// environment variable BOUNCE_CORPUS names another place.

import BounceReports
import Foundation
import MailSyntax
import Testing

@Suite struct CorpusTests {
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["BOUNCE_CORPUS"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../shared/corpus"
        ).standardizedFileURL
    }()
    static let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("truth.jsonl").path)

    private struct Truth: Decodable {
        struct Recipient: Decodable {
            var address: String
            var otherAddresses: [String]
        }
        var file: String
        var kind: String
        var acceptableKinds: [String]
        var recipients: [Recipient]
        var recipientsOptional: Bool
    }

    @Test(
        .enabled(if: isThere, "no corpus beside the checkout, and BOUNCE_CORPUS names none"),
        arguments: Sample.LineEnds.allCases)
    func kindsAndRecipientsAreRight(_ lineEnds: Sample.LineEnds) throws {
        let lines = try String(contentsOf: Self.folder.appendingPathComponent("truth.jsonl"), encoding: .utf8).split(
            separator: "\n")
        var wrongKinds: [String] = []
        var wrongRecipients: [String] = []
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for line in lines {
            let truth = try decoder.decode(Truth.self, from: Data(line.utf8))
            let sample = Sample(url: Self.folder.appendingPathComponent(truth.file), lineEnds: lineEnds)
            let report = ReportReader().read(MailMessage(try sample.bytes()))
            if !truth.acceptableKinds.contains(report.kind.rawValue) {
                wrongKinds.append("\(truth.file): \(report.kind)")
            }
            if ["bounce", "delay", "success", "complaint"].contains(truth.kind), !agrees(report, truth) {
                wrongRecipients.append(truth.file)
            }
        }
        #expect(wrongKinds.count * 100 <= lines.count, "\(wrongKinds)")
        #expect(wrongRecipients.count * 100 <= lines.count * 2, "\(wrongRecipients)")
    }

    private func agrees(_ report: Report, _ truth: Truth) -> Bool {
        let found = Set(report.recipients.compactMap { ($0.originalRecipient ?? $0.finalRecipient)?.text.lowercased() })
        if found.isEmpty, truth.recipientsOptional { return true }
        guard found.count == truth.recipients.count else {
            return truth.recipientsOptional && truth.kind == "complaint"
        }
        return truth.recipients.allSatisfy { recipient in
            ([recipient.address] + recipient.otherAddresses).contains { found.contains($0.lowercased()) }
        }
    }
}
