// What one report proves: for each of its recipients how sure it is that mail of this site went there. bounce-milter(8), "Trust".

import BounceReports
import MailSyntax
import ReturnPath
import Vocabulary

/// What is to be thought of one recipient of a report.
package struct TrustJudgement: Sendable, Equatable {
    package var trust: Trust
    /// The address that this site mailed, where the proof knows it; else the report's word holds.
    var recipient: Bytes?
    /// In words, for people.
    package var reason: String
}

/// Read once for a report, then asked for each of its recipients.
struct ReportProof: ~Copyable {
    /// As many stamps of a returned header, and as many addresses that a bounce came to, are looked at.
    private static let limitStamps = 4
    private static let limitReturnPaths = 16
    /// Of those whom the returned message names.
    private static let limitCandidates = 100
    /// Questions to what was sent lately: each reads from the disk.
    private static let limitSentQuestions = 1_000

    private let policy: TrustPolicy
    private let isLocal: Bool
    private let messageID: Bytes?
    private let queueID: Bytes?
    private var stamps: [ValidStamp] = []
    private var unnamedRecipients: [UnnamedRecipient] = []
    /// Whom return paths name, with proof.
    private var signedRecipients: [Bytes] = []
    /// Whom return paths name, without.
    private var verpRecipients: [Bytes] = []
    /// If the report names somebody else than our message went to, it was forwarded: whom it may have gone to, and for whom of them a
    /// stamp or a return path is.
    private var candidates: [Bytes] = []
    private var stampedCandidates: [Bytes] = []
    private var signedCandidates: [Bytes] = []
    private var sentQuestions = 0
    private var forgery: String?
    private var weakness = "nothing in it proves that it answers mail of this site"

    init(
        _ report: borrowing Report, _ message: borrowing MailMessage, _ sighting: borrowing Sighting,
        _ policy: TrustPolicy
    ) {
        self.policy = policy
        isLocal = sighting.trust(reportingMTA: report.reportingMTA) == .local
        messageID = report.returned.messageID
        queueID = report.queueID
        guard policy.canProve else { return }
        let nowSeconds = Int(sighting.timeMilliseconds / 1_000)
        for value in Self.stampFields(of: report.returned, in: message) { take(stamp: value, nowSeconds) }
        for address in Self.returnPaths(report, message, sighting) {
            take(returnPath: ReturnPathForms.unwrapped(address), nowSeconds)
        }
        let named = Set(
            report.recipients.flatMap { [$0.originalRecipient, $0.finalRecipient] }.compactMap { $0?.lowercased() })
        for address in (verpRecipients + report.returned.to).prefix(Self.limitCandidates)
        where !named.contains(address.lowercased()) {
            candidates.appendUnlessThere(address)
        }
        stampedCandidates = candidates.filter { isStamped($0) }
        signedCandidates = signedRecipients
        for address in candidates where isSigned(address) { signedCandidates.appendUnlessThere(address) }
    }

    /// What the report's word about a recipient is worth; the addresses are bare.
    mutating func judge(original: Bytes?, final: Bytes?) -> TrustJudgement {
        if isLocal { return TrustJudgement(trust: .local, reason: "this MTA's own report") }
        guard policy.canProve else { return TrustJudgement(trust: .unverified, reason: weakness) }
        let named = [original, final].compactMap { $0 }
        if let proven = proven(among: named) { return proven }
        if let forgery { return TrustJudgement(trust: .forged, reason: forgery) }
        if let recipient = sent(among: named) {
            return TrustJudgement(
                trust: .matched, recipient: recipient, reason: "the message that it names left for this recipient")
        }
        var judgement = TrustJudgement(trust: .unverified, reason: weakness)
        if let recipient = verpRecipients.first, !named.contains(where: { $0.equals(recipient) }) {
            judgement.recipient = recipient
        }
        return judgement
    }

    private func proven(among named: [Bytes]) -> TrustJudgement? {
        if let recipient = named.first(where: { isStamped($0) }) ?? stampedCandidates.onlyOne {
            return TrustJudgement(
                trust: .verified, recipient: recipient, reason: "the returned stamp names this recipient")
        }
        if let recipient = named.first(where: { isSigned($0) }) ?? signedCandidates.onlyOne {
            return TrustJudgement(
                trust: .verified, recipient: recipient, reason: "the signed return path is of mail to this recipient")
        }
        return nil
    }

    private func isStamped(_ address: Bytes) -> Bool { stamps.contains { $0.covers(address) } }

    private func isSigned(_ address: Bytes) -> Bool {
        signedRecipients.contains { $0.equals(address) } || unnamedRecipients.contains { $0.isRecipient(address) }
    }

    private mutating func sent(among named: [Bytes]) -> Bytes? {
        guard policy.sentMail != nil, messageID != nil || queueID != nil else { return nil }
        for address in named where isSent(address) { return address }
        var found: [Bytes] = []
        for address in candidates where isSent(address) { found.append(address) }
        return found.onlyOne
    }

    private mutating func isSent(_ recipient: Bytes) -> Bool {
        guard let sentMail = policy.sentMail, sentQuestions < Self.limitSentQuestions else { return false }
        sentQuestions += 1
        if let messageID, sentMail.contains(.messageID(messageID), recipient: recipient) { return true }
        guard let queueID else { return false }
        return sentMail.contains(.queueID(queueID), recipient: recipient)
    }

    private mutating func take(stamp value: Bytes, _ nowSeconds: Int) {
        let proof = policy.keys.verify(
            stamp: value, messageID: messageID, nowSeconds: nowSeconds, maxAgeSeconds: policy.maxAgeSeconds)
        switch proof {
        case .valid(let stamp):
            stamps.append(stamp)
            weakness = "the returned stamp does not name this recipient"
        case .expired: weakness = "the returned stamp is older than stamp.max_age_days"
        case .forged: forgery = "the returned stamp is not what this site made for the returned message"
        case .unknown: break
        }
    }

    private mutating func take(returnPath address: Bytes, _ nowSeconds: Int) {
        let proof = policy.keys.verify(
            returnPath: address, delimiter: policy.delimiter, nowSeconds: nowSeconds,
            maxAgeSeconds: policy.maxAgeSeconds)
        switch proof {
        case .recipient(let recipient): signedRecipients.appendUnlessThere(recipient)
        case .unnamed(let recipient):
            unnamedRecipients.append(recipient)
            weakness = "the signed return path is not of mail to this recipient"
        case .expired: weakness = "the signed return path is older than stamp.max_age_days"
        case .forged: forgery = "the signed return path was not made by this site"
        case .none:
            if let recipient = policy.verp.lazy.compactMap({ $0.recipient(in: address) }).first {
                verpRecipients.append(recipient)
            }
        }
    }

    /// The stamps of the message that the report is about, not those of messages inside it.
    private static func stampFields(of returned: ReturnedMessage, in message: MailMessage) -> [Bytes] {
        var fields: [Bytes] = []
        if let part = returned.part {
            fields = message.allFields(Stamp.fieldName, in: part)
        } else {
            let header = returned.header
            for case .field(let name, let value) in header.fieldLines where header.equals(Stamp.fieldName, at: name) {
                fields.append(header[value])
            }
        }
        return Array(fields.prefix(limitStamps))
    }

    /// The addresses that the report came to, and the one that it gives as the sender of the returned message. What proves something
    /// proves it wherever it stands.
    private static func returnPaths(_ report: Report, _ message: MailMessage, _ sighting: Sighting) -> [Bytes] {
        var addresses = sighting.recipients
        for name in ["delivered-to", "x-original-to", "to"] as [StaticString] {
            if let field = message.field(name) { addresses += MailAddress.list(in: field).prefix(limitReturnPaths) }
        }
        if let sender = report.returned.sender { addresses.append(sender) }
        var returnPaths: [Bytes] = []
        for address in addresses where returnPaths.count < limitReturnPaths { returnPaths.appendUnlessThere(address) }
        return returnPaths
    }
}

extension [Bytes] {
    /// Addresses of short lists only.
    fileprivate mutating func appendUnlessThere(_ address: Bytes) {
        if !contains(where: { $0.equals(address) }) { append(address) }
    }

    /// The element of an array of one.
    fileprivate var onlyOne: Bytes? { count == 1 ? first : nil }
}
