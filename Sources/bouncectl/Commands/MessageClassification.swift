// `classify PATH…`, and `replay` without a socket: messages through the agent's own examiner.

import Agent
import ArgumentParser
import Classification
import Journal
import POSIX
import Vocabulary

struct MessageClassification {
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

    /// Throws the exit status where something was not there or could not be parsed.
    func run(_ paths: [String]) throws {
        var progress = Progress("messages", besideOutput: true)
        var hasMalformed = false
        var walk = MessageWalk { message in
            var examination = examiner.examine(message.bytes, sighting(of: message))
            let isMalformed = examination.kind == .malformed
            if isMalformed { hasMalformed = true }
            if let advice = message.adviceAsOther {
                complain(advice)
            } else if isMalformed {
                complain(message.lackOfHeader)
            }
            if asJSON {
                write(message, examination.kind, &examination.records)
            } else {
                MessagePage(message, examination, classifier).write(to: output)
            }
            progress.step()
        }
        let isComplete = try walk.walk(paths)
        progress.end()
        output.flush()
        if !isComplete { throw ExitCode.noInput }
        if hasMalformed { throw ExitCode.dataError }
    }

    private func sighting(of message: MessageInput) -> Sighting {
        var source = Record.Source()
        source.file = message.path
        let isCut = message.totalBytes > message.bytes.count
        return Sighting(
            origin: .replay, timeMilliseconds: nowMilliseconds(), source: source,
            cuts: isCut ? ["message over \(message.bytes.count) bytes"] : [])
    }

    private func write(_ message: MessageInput, _ kind: Kind, _ records: inout [Record]) {
        output.object { line in
            line.add("path", message.path)
            line.add("index", message.index)
            line.add("kind", kind.rawValue)
            line.add("events", &records)
        }
    }
}

extension MessageInput {
    /// What to do with the file where its first bytes show that it is another than one of messages; some of these have a line like a
    /// header field.
    var adviceAsOther: String? {
        guard index == 0, let mistaken = MistakenInput(start: bytes[...]), mistaken != .message else { return nil }
        return mistaken.advice(path)
    }

    /// That this is no message.
    var lackOfHeader: String { "\(path): \(bytes.isEmpty ? "empty" : "no mail message: it has no header")" }
}
