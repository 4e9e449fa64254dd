// `replay --socket`: messages through a running agent, as an MTA would send them.

import ArgumentParser
import BounceReports
import Glibc
import Journal
import MailSyntax
import MilterClient

/// Sends messages, and shows each answer with its time.
struct LiveReplay {
    private let endpoint: MilterEndpoint
    private let client: ReplayClient
    /// The reverse-path of all messages; nil where each has its own.
    private let from: String?
    /// The recipients of all messages; empty where each has its own.
    private let to: [String]
    /// Nil where it is not known.
    private let journal: ReplayJournal?
    private let output: Output
    private let asJSON: Bool

    init(
        _ endpoint: MilterEndpoint, _ client: ReplayClient, from: String?, to: [String], journal: ReplayJournal?,
        _ output: Output, asJSON: Bool
    ) {
        self.endpoint = endpoint
        self.client = client
        self.from = from
        self.to = to
        self.journal = journal
        self.output = output
        self.asJSON = asJSON
    }

    /// All messages over one connection. Throws the exit status where one was not taken.
    func run(_ paths: [String]) throws {
        defer { output.flush() }
        var status: ExitCode?
        var progress = Progress("messages", besideOutput: true)
        do throws(any Error) {
            let agent = try MilterClient(endpoint)
            let agreement = try agent.negotiate()
            agent.macros = ["j": "localhost", "v": "bouncectl", "{daemon_name}": "bouncectl"]
            var greeting = [try agent.connect(client.name, client.peer)]
            if greeting[0].answer == .continue || !greeting[0].answer.endsMessage {
                greeting.append(try agent.helo(client.name))
            }
            if !asJSON {
                output.line("\(endpoint): milter protocol \(agreement.version)")
                for step in greeting { output.line(Self.row(step)) }
            }
            if let refusal = greeting.last, refusal.answer.endsMessage {
                complain("\(endpoint): \(refusal.stage): \(refusal.answer.words)")
                throw ExitCode.unavailable
            }
            var count = 0
            var walk = MessageWalk { message in
                count += 1
                agent.macros["i"] = "replay\(getpid())n\(count)"
                if let failure = try send(message, agent) { status = failure }
                progress.step()
            }
            if try !walk.walk(paths) { status = .noInput }
            try agent.quit()
        } catch let error as MilterClientError {
            complain("\(error)\(Self.advice(error))")
            throw ExitCode.unavailable
        } catch let error as JournalError {
            complain("\(error)")
            throw ExitCode.noInput
        }
        progress.end()
        if let status { throw status }
    }

    private static func advice(_ error: MilterClientError) -> String {
        switch error {
        case .connect(_, ENOENT), .connect(_, ECONNREFUSED):
            "; no agent listens there: start it, or name what its configuration has as socket"
        case .connect(_, EACCES): "; use sudo"
        default: ""
        }
    }

    /// The exit status of what went wrong; nil where the agent took the message.
    private func send(_ input: MessageInput, _ agent: MilterClient) throws -> ExitCode? {
        let message = MailMessage(input.bytes)
        if ReportReader().read(message).kind == .malformed {
            complain(input.adviceAsOther ?? input.lackOfHeader)
            return .dataError
        }
        guard let sender = from ?? input.reversePath(message) else {
            complain(
                "\(input.path), message \(input.index): not sent: nothing in it tells its sender; give it with --from")
            return .dataError
        }
        let recipients = to.isEmpty ? [input.recipient(message) ?? "postmaster@localhost"] : to
        let transaction = MilterTransaction(
            sender: "<\(sender)>", recipients: recipients.map { "<\($0)>" }, fields: Self.fields(of: message),
            body: Self.body(of: message, count: input.bytes.count))
        var steps: [MilterStep] = []
        let last = try agent.send(transaction) { steps.append($0) }
        let records = try journal.map { try $0.records(ofQueueID: agent.macros["i"] ?? "") }
        if asJSON {
            show(json: input, sender, recipients, last, steps, records)
        } else {
            show(input, sender, recipients, last, steps)
            for words in records.map({ ReplayJournal.words($0, of: message, last) }) ?? [] {
                output.line("    " + "recorded".padded(to: 16) + " " + visible(words))
            }
        }
        if last.answer == .tempfail { return .temporary }
        if case .reply(let text) = last.answer, text.hasPrefix("4") { return .temporary }
        return nil
    }

    private func show(
        _ input: MessageInput, _ sender: String, _ recipients: [String], _ last: MilterStep, _ steps: [MilterStep]
    ) {
        let total = steps.reduce(Duration.zero) { $0 + $1.duration }
        output.line(
            visible(
                "\(input.path), message \(input.index), from <\(sender)> to "
                    + recipients.map { "<\($0)>" }.joined(separator: ", ")
                    + ": \(last.answer.words) at \(last.stage), \(total.shown)"))
        let fields = steps.filter { $0.stage == .header }
        for step in steps where step.stage != .header {
            if step.stage == .endOfHeader, let field = fields.last {
                let time = fields.reduce(Duration.zero) { $0 + $1.duration }
                output.line(Self.row("\(fields.count) fields", field.answer.words, time))
            }
            output.line(Self.row(step))
            for change in step.modifications { output.line("    " + visible(change.words)) }
        }
    }

    private func show(
        json input: MessageInput, _ sender: String, _ recipients: [String], _ last: MilterStep, _ steps: [MilterStep],
        _ records: [Record]?
    ) {
        var line = JSONLine()
        line.add("path", input.path)
        line.add("index", input.index)
        line.add("from", sender)
        line.add("to", recipients.map(JSONLine.string))
        line.add("answer", last.answer.words)
        line.add("stage", last.stage.description)
        let answers = steps.filter { $0.answer != .notSent }.map { step in
            var line = JSONLine()
            line.add("stage", step.stage.description)
            line.add("answer", step.answer.words)
            line.add("microseconds", step.duration.microseconds)
            return line.closed
        }
        line.add("steps", answers)
        line.add("modifications", steps.flatMap { $0.modifications.map { JSONLine.string($0.words) } })
        if var records { line.add("records", &records) }
        output.line(line.closed)
    }

    private static func row(_ step: MilterStep) -> String {
        row(step.stage.description, step.answer.words, step.duration)
    }

    private static func row(_ stage: String, _ answer: String, _ time: Duration) -> String {
        "    " + stage.padded(to: 16) + " " + visible(answer).padded(to: 12) + " " + (time == .zero ? "" : time.shown)
    }

    /// The message's own header fields; in their values a fold is a line feed, as both MTAs hand it over.
    private static func fields(of message: MailMessage) -> [(name: [UInt8], value: [UInt8])] {
        guard let whole = message.parts.first else { return [] }
        return message.fields[whole.fields].map { field in
            let afterName = message.bytes[field.name.upperBound..<field.value.upperBound]
            let value = afterName.drop { $0 != UInt8(ascii: ":") }.dropFirst()
            return (Array(message.name(of: field)), value.filter { $0 != UInt8(ascii: "\r") })
        }
    }

    private static func body(of message: MailMessage, count: Int) -> [UInt8] {
        guard let whole = message.parts.first else { return [] }
        let body = message.bytes[whole.bodyRange.clamped(to: 0..<count)]
        var converted: [UInt8] = []
        converted.reserveCapacity(body.count + body.count / 32)
        var previous: UInt8 = 0
        for byte in body {
            if byte == UInt8(ascii: "\n"), previous != UInt8(ascii: "\r") { converted.append(UInt8(ascii: "\r")) }
            converted.append(byte)
            previous = byte
        }
        return converted
    }
}
