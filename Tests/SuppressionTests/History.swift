// A short language for what happened to an address, so that tests are tables.

import Vocabulary

@testable import Journal
@testable import Suppression

/// One event: `DAYS EVENT CATEGORY [TRUST] [m=MESSAGE] [c=CAMPAIGN] [e=DAYS] [f=MEMBER] [hold=WORD]`; e is when it expires. What is left out: `local`, a message of its own,
/// disposition and action as the category has them.
///
///     0 bounce mailbox-unknown
///     1.5 deferral network-error m=a c=spring
///     3 release
func occurrence(_ line: Substring, number: Int) -> Occurrence? {
    var words = line.split(separator: " ").map(String.init)
    guard words.count >= 2, let days = Double(words.removeFirst()) else { return nil }
    let event = words.removeFirst()
    var occurrence = Occurrence(
        id: "r\(number)", time: Int64(days * Double(Milliseconds.day)), event: .reversal, disposition: .none,
        category: .reversal, action: .release, trust: .local, message: "own-\(number)", campaign: "")
    if event != "release" {
        guard let event = Event(rawValue: event), let category = Category(rawValue: words.removeFirst()) else {
            return nil
        }
        occurrence.event = event
        occurrence.category = category
        occurrence.disposition = category.defaultDisposition
        occurrence.action = category.defaultAction
    }
    for word in words {
        if let trust = Trust(rawValue: word) {
            occurrence.trust = trust
        } else if let action = Action(rawValue: word) {
            occurrence.action = action
        } else if word.hasPrefix("m=") {
            occurrence.message = String(word.dropFirst(2))
        } else if word.hasPrefix("c=") {
            occurrence.campaign = String(word.dropFirst(2))
        } else if word.hasPrefix("e="), let days = Int64(word.dropFirst(2)) {
            occurrence.expires = days * Milliseconds.day
        } else if word.hasPrefix("f=") {
            occurrence.member = String(word.dropFirst(2))
        } else if word.hasPrefix("hold="), let hold = Occurrence.Hold(rawValue: String(word.dropFirst(5))) {
            occurrence.hold = hold
        } else {
            return nil
        }
    }
    return occurrence
}

/// A line each; nil where one is not understood.
func history(_ text: String) -> [Occurrence]? {
    let lines = text.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.filter { !$0.isEmpty }
    let occurrences = lines.enumerated().compactMap { occurrence($1, number: $0) }
    return occurrences.count == lines.count ? occurrences : nil
}

/// As a record of a journal.
func record(_ occurrence: Occurrence, to recipient: String = "anna@partner.example") -> Record {
    var record = Record(
        id: occurrence.id, timeMilliseconds: occurrence.time, event: occurrence.event, recipient: recipient,
        disposition: occurrence.disposition, category: occurrence.category, action: occurrence.action,
        expiresMilliseconds: occurrence.expires, rule: "test", origin: .milterDSN, trust: occurrence.trust)
    record.finalRecipient = occurrence.member
    var message = Record.Message()
    message.messageID = occurrence.message
    message.sender = "news@example.org"
    if !occurrence.campaign.isEmpty { message.campaign = occurrence.campaign }
    record.message = message
    record.diagnostic = "550 5.1.1 <\(recipient)>: User unknown"
    return record
}

extension Standing {
    /// `clear`, `suppressed hard 0`, `suppressed full 0 to 30`, `held hard 0`: state, ground, and from which day until which.
    var words: String {
        guard let reason = suppression ?? held else { return "clear" }
        let until = reason.until.map { " to \(days($0))" } ?? ""
        return "\(state.rawValue) \(reason.ground.rawValue) \(days(reason.since))\(until)"
    }

    private func days(_ time: Int64) -> String {
        let days = Double(time) / Double(Milliseconds.day)
        return days == days.rounded() ? "\(Int(days))" : "\(days)"
    }
}
