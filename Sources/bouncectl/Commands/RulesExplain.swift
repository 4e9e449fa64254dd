// bouncectl rules explain: the way to the verdict on one reply.

import Agent
import ArgumentParser
import Classification
import MailSyntax

struct RulesExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show which rules hold for an SMTP reply, which wins and why.")

    @Option(
        help: ArgumentHelp(
            "The recipient's domain, as gmail.com: rules may be of one, or of a provider.", valueName: "domain"),
        transform: bouncectl.domain)
    var domain: String?

    @Option(
        help: ArgumentHelp("Who replied, as mx.google.com: rules may be of one provider.", valueName: "host"),
        transform: { Bytes(utf8: $0) })
    var remoteMTA: Bytes?

    @OptionGroup var rules: RulesOption

    @Argument(help: "The reply or diagnostic text, as \"550 5.1.1 User unknown\".")
    var reply: [String]

    private var text: String { reply.joined(separator: " ") }

    func validate() throws {
        if Bytes(utf8: text).trimmed.isEmpty {
            throw ValidationError("the reply is empty: write its text, as \"550 5.1.1 User unknown\"")
        }
    }

    func run() throws {
        let settings = try rules.settings.configuration()
        let classifier = try rules.classifier(settings)
        var (evidence, _) = Examiner(limits: settings) { classifier.classify($0) }.classify(reply: Bytes(utf8: text))
        evidence.recipientDomain = domain.map { Bytes(utf8: $0) }
        if let remoteMTA { evidence.remoteMTA = remoteMTA }
        let output = Output()
        defer { output.flush() }
        let page = Page(output)
        page.title(text)
        page.row("domain", domain ?? "not given, no rule of one domain holds: --domain names it")
        page.row("remote MTA", remoteMTA?.text)
        page.explanation(classifier.explain(evidence))
    }
}
