// `classify --reply`: one SMTP reply or diagnostic text a line.

import Agent
import Classification
import MailSyntax

struct ReplyClassification {
    /// What is read of one line; a reply has 512 bytes a line (RFC 5321, 4.5.3.1.5), a diagnostic some more.
    static let lineLimitBytes = 64 << 10

    private let examiner: Examiner
    private let classifier: Classifier
    private let output: Output
    private let asJSON: Bool

    init(_ examiner: Examiner, _ classifier: Classifier, _ output: Output, asJSON: Bool) {
        self.examiner = examiner
        self.classifier = classifier
        self.output = output
        self.asJSON = asJSON
    }

    /// A line gives an answer at once where more input has to be waited for.
    func run() throws {
        var lines = LineReader(try Descriptor(reading: "-"), beforeReading: output.flush)
        while let (line, isCut) = try lines.nextLine(limitBytes: Self.lineLimitBytes) {
            if isCut { complain("standard input: a line over \(Self.lineLimitBytes) bytes was cut") }
            let (evidence, verdict) = examiner.classify(reply: line)
            if asJSON {
                write(evidence, verdict)
            } else if !line.trimmed.isEmpty {
                let page = Page(output)
                page.title(line.text)
                page.explanation(classifier.explain(evidence))
                page.blank()
            }
        }
    }

    private func write(_ evidence: Evidence, _ verdict: Verdict) {
        output.object { line in
            line.add("disposition", verdict.disposition.rawValue)
            line.add("category", verdict.category.rawValue)
            line.add("action", verdict.action.rawValue)
            line.add("status", evidence.status?.description)
            line.add("reply", evidence.reply.map(Int.init))
            line.add("rule", verdict.rule)
        }
    }
}
