// bouncectl classify: what messages, replies or log lines mean. Its output with --json and its exit status are fixed for whoever
// drives it by a program.

import Agent
import ArgumentParser
import Classification

struct Classify: LongLineReader {
    static let configuration = CommandConfiguration(
        abstract: "Say what messages, replies or log lines mean.",
        discussion: """
            A PATH is a message, an mbox, a Maildir or a folder of these; - is standard input. Without --json, a page for each \
            message shows what was taken from where, which rules hold, which won and why, and what the suppression store would do.

            Exit status: 0 when all was read (a message that is no bounce is an answer), 64 for bad usage, 65 when something \
            could not be parsed at all, 66 for a file that is not there.
            """)

    @Flag(help: "Each line of standard input is one SMTP reply or diagnostic text.")
    var reply = false

    @Flag(help: "The files are logs of Postfix or Sendmail: one record for each delivery that they tell.")
    var log = false

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var rules: RulesOption

    @Argument(help: ArgumentHelp("Messages, or logs with --log.", valueName: "path"), completion: .file())
    var paths: [String] = []

    static var list: WritableKeyPath<Self, [String]> { \.paths }

    func validate() throws {
        if reply, log { throw ValidationError("--reply and --log exclude each other") }
        if reply, !paths.isEmpty { throw ValidationError("--reply reads standard input and takes no path") }
        if !reply, paths.isEmpty { throw ValidationError("name at least one path, or - for standard input") }
    }

    func run() throws {
        let settings = try rules.settings.configuration()
        let classifier = try rules.classifier(settings)
        let examiner = Examiner(settings, classifier)
        let output = Output()
        defer { output.flush() }
        if reply {
            try ReplyClassification(examiner, classifier, output, asJSON: json).run()
        } else if log {
            try LogClassification(examiner, output, asJSON: json).run(paths)
        } else {
            try MessageClassification(examiner, classifier, output, asJSON: json).run(paths)
        }
    }
}
