// A classification rule: when it holds and what follows from it. The files that rules come from: bounce-rules(5), see RuleFile.

import MailSyntax
import Vocabulary

/// One `[[rule]]`. All conditions that are given must hold; one that is a list holds when any of its entries does.
package struct Rule: Sendable, Hashable {
    /// `provider.what`, unique over all files.
    package var id: String
    package var category: Category
    /// The name of a `Provider`.
    package var provider: String?
    package var status: [StatusPattern] = []
    package var reply: [ReplyPattern] = []
    package var command: [String] = []
    package var domain: [String] = []
    /// Regular expressions as `TextMatcher` takes them.
    package var text: [String] = []
    package var notText: [String] = []
    /// What follows, where it is not the category's own.
    package var disposition: Disposition?
    package var action: Action?
    /// The text names a time to wait.
    package var retryAfter = false
    package var expiresDays: Int?
    package var place: RulePlace

    static let limitExpiresDays = 3_650

    package init(id: String, category: Category, place: RulePlace) {
        self.id = id
        self.category = category
        self.place = place
    }

    /// For a person.
    var name: String { id.isEmpty ? "a [[rule]]" : "rule \(id)" }
}

/// What follows from a rule that holds.
struct RuleOutcome: Sendable {
    var id: String
    var category: Category
    var disposition: Disposition?
    var action: Action?
    var retryAfter: Bool
    var expiresDays: Int?

    init(_ rule: Rule) {
        id = rule.id
        category = rule.category
        disposition = rule.disposition
        action = rule.action
        retryAfter = rule.retryAfter
        expiresDays = rule.expiresDays
    }

    /// It says that the recipient's address is no good, or its mailbox full. That a whole domain takes no mail may be said at once
    /// (RFC 7504).
    var isAboutRecipient: Bool {
        if category == .domainRefusesMail { return false }
        return category == .mailboxFull || (disposition ?? category.defaultDisposition) == .hard
            || (action ?? category.defaultAction) == .suppress
    }
}

/// Where a rule or a sample is written.
package struct RulePlace: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// Counted from 1; 0 where only the file is known.
    package var line: Int

    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    package var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// One `[[provider]]`: a receiver, known by the hosts that answer for it and by its recipients' domains.
package struct Provider: Sendable, Hashable {
    package var name: String
    /// Domains in lower case; a host counts when it is one of them or lies under it.
    package var hosts: [String] = []
    /// Domains in lower case, whole.
    package var domains: [String] = []

    package init(name: String) { self.name = name }
}

/// A reply that a rule must win, or must not.
package struct RuleSample: Sendable {
    package var reply: String
    /// Which program or service says it, and when.
    package var seen: String
    package var isMatch: Bool
    package var status: EnhancedStatus?
    package var code: UInt16?
    package var command: String?
    package var remoteMTA: String?
    package var domain: String?
    package var place: RulePlace

    /// What the classifier gets for it.
    package var evidence: Evidence {
        Evidence(
            diagnostic: Diagnostic.normalize(Bytes(utf8: reply)), status: status, reply: code,
            command: command.map(Bytes.init(utf8:)), remoteMTA: remoteMTA.map(Bytes.init(utf8:)),
            recipientDomain: domain.map(Bytes.init(utf8:)))
    }
}

/// `5.1.1`, `5.1.*`, `*.1.1`: a status with any part left open.
package struct StatusPattern: Sendable, Hashable, CustomStringConvertible {
    var statusClass: UInt8?
    var subject: UInt16?
    var detail: UInt16?

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let subject = Self.number(parts[1]), let detail = Self.number(parts[2]) else {
            return nil
        }
        switch parts[0] {
        case "*": statusClass = nil
        case "2", "4", "5": statusClass = UInt8(parts[0])
        default: return nil
        }
        self.subject = subject
        self.detail = detail
    }

    /// 0 to 999; `.some(nil)` is `*`.
    private static func number(_ text: Substring) -> UInt16?? {
        if text == "*" { return .some(nil) }
        guard let value = UInt16(text), value <= 999 else { return nil }
        return value
    }

    func holds(_ status: EnhancedStatus) -> Bool {
        (statusClass == nil || statusClass == status.statusClass) && (subject == nil || subject == status.subject)
            && (detail == nil || detail == status.detail)
    }

    package var description: String {
        "\(statusClass.map { "\($0)" } ?? "*").\(subject.map { "\($0)" } ?? "*").\(detail.map { "\($0)" } ?? "*")"
    }
}

/// `550`, `55x`, `5xx`.
package struct ReplyPattern: Sendable, Hashable, CustomStringConvertible {
    var codes: ClosedRange<UInt16>

    package init?(_ text: String) {
        let digits = text.prefix { $0 != "x" }
        guard text.utf8.count == 3, !digits.isEmpty, text.dropFirst(digits.count).allSatisfy({ $0 == "x" }),
            let value = UInt16(digits)
        else { return nil }
        let scale: UInt16 = digits.count == 3 ? 1 : digits.count == 2 ? 10 : 100
        codes = (value * scale)...(value * scale + scale - 1)
        guard (200...599).contains(codes.lowerBound) else { return nil }
    }

    package var description: String {
        switch codes.count {
        case 1: "\(codes.lowerBound)"
        case 10: "\(codes.lowerBound / 10)x"
        default: "\(codes.lowerBound / 100)xx"
        }
    }
}
