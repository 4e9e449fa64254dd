// What the tests of trust share: a site with keys, the mail that it sent, and reports about it.

import Foundation
import MailSyntax
import ReturnPath
import Vocabulary

@testable import Agent

/// A site that stamps its mail, at a fixed time.
struct SendingSite {
    static let now = 1_795_255_530
    let keys: Keyring
    var configuration = Configuration()

    /// With these keys; the first one signs.
    init(keys names: [String] = ["2026b", "2026a"]) {
        keys = Keyring(
            names.compactMap { SecretKey(($0 + String(repeating: "k", count: SecretKey.minimumBytes)).utf8) })
    }

    func examiner(sentMail: SentMail? = nil) -> Examiner {
        let simple = Examiner.simple(configuration)
        return Examiner(
            limits: configuration, trust: TrustPolicy(configuration, keys: keys, sentMail: sentMail),
            verdict: simple.verdict)
    }

    /// The field of a message to these recipients, as it stands in a header.
    func stamp(_ recipients: [String], _ messageID: String?, at seconds: Int = now) -> String {
        let value = keys.stamp(
            recipients: recipients.map { Bytes(utf8: $0) }, messageID: messageID.map { Bytes(utf8: $0) },
            timeSeconds: seconds)
        return value.map { $0[...].text } ?? ""
    }

    func returnPath(_ recipient: String, at seconds: Int = now) -> String {
        let address = keys.sign(
            returnPath: Bytes("news@origin.example"), recipient: Bytes(utf8: recipient), delimiter: UInt8(ascii: "+"),
            timeSeconds: seconds)
        return address.map { $0[...].text } ?? ""
    }

    /// A report that came by SMTP, to these addresses.
    static func sighting(to recipients: [String] = ["news@origin.example"]) -> Sighting {
        var sighting = Sighting(origin: .milterDSN, timeMilliseconds: Int64(now + 3_600) * 1_000)
        sighting.hasNullReversePath = true
        sighting.recipients = recipients.map { Bytes(utf8: $0) }
        return sighting
    }
}

/// A delivery status notification, field by field.
struct DSN {
    var header = ""
    var to = "news@origin.example"
    var reportingMTA = "relay.elsewhere.example"
    var statusFields = ""
    /// Pairs of original and final recipient.
    var recipients: [(original: String?, final: String)]
    var messageID: String? = "m1@origin.example"
    var returnedTo = "reader@partner.example"
    /// Fields of the returned header beside the usual ones.
    var returned = ""
    /// In place of the returned header.
    var attachment: String?

    var text: String {
        var groups = ""
        for recipient in recipients {
            if let original = recipient.original { groups += "\nOriginal-Recipient: rfc822;\(original)" }
            groups += "\nFinal-Recipient: rfc822; \(recipient.final)\nAction: failed\nStatus: 5.1.1\n"
            groups += "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n"
        }
        let identifier = messageID.map { "Message-ID: <\($0)>\n" } ?? ""
        let attached =
            attachment ?? """
                Content-Type: text/rfc822-headers

                From: News <news@origin.example>
                To: \(returnedTo)
                \(identifier)\(returned)Subject: News
                """
        return """
            From: MAILER-DAEMON@relay.elsewhere.example
            To: \(to)
            \(header)Message-ID: <\(UInt64.random(in: 0...UInt64.max))@relay.elsewhere.example>
            Content-Type: multipart/report; report-type=delivery-status; boundary="outer"

            --outer
            Content-Type: text/plain

            It could not be delivered.

            --outer
            Content-Type: message/delivery-status

            Reporting-MTA: dns; \(reportingMTA)
            \(statusFields)\(groups)
            --outer
            \(attached)

            --outer--

            """
    }

    var bytes: [UInt8] { Array(text.utf8) }
}
