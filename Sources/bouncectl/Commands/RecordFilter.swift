// The filters of `tail`: which records are shown.

import ArgumentParser
import Journal
import Vocabulary

struct RecordFilter: ParsableArguments {
    @Option(help: "bounce, deferral, delivery, complaint, auto-reply, reversal.")
    var event: [Event] = []

    @Option(help: "hard, soft, block, none, unknown.")
    var disposition: [Disposition] = []

    @Option(help: "A category, as mailbox-unknown.")
    var category: [Category] = []

    @Option(
        help: "The recipient's domain; with a dot before it, all domains below.",
        transform: {
            let name = $0.drop { $0 == "@" }
            return name.first == "."
                ? "." + (try bouncectl.domain(String(name.dropFirst()))) : try bouncectl.domain(String(name))
        })
    var domain: [String] = []

    @Option(help: "The recipient, original or final.", transform: mailbox)
    var address: [String] = []

    var isEmpty: Bool {
        event.isEmpty && disposition.isEmpty && category.isEmpty && domain.isEmpty && address.isEmpty
    }

    func passes(_ record: Record) -> Bool {
        let addresses = [record.recipient, record.finalRecipient].compactMap { $0?.lowercased() }
        return (event.isEmpty || event.contains(record.event))
            && (disposition.isEmpty || disposition.contains(record.disposition))
            && (category.isEmpty || category.contains(record.category))
            && (address.isEmpty || address.contains { addresses.contains($0.lowercased()) })
            && (domain.isEmpty
                || domain.contains { wanted in addresses.contains { Self.isIn(wanted, $0) } })
    }

    private static func isIn(_ domain: String, _ address: String) -> Bool {
        address.hasSuffix(domain.hasPrefix(".") ? domain : "@" + domain)
    }
}
