// Ten thousand forged reports of many kinds against a site that stamps its mail. The forger is a recipient: he holds what was sent to
// him, old and new, and reports that others could not be reached.

import Foundation
import Journal
import MailSyntax
import ReturnPath
import Testing
import Vocabulary

@testable import Agent

struct ForgeryTests {
    /// A forged report, and what it may and must come to.
    struct Forgery {
        var message: [UInt8]
        /// Where the report came to.
        var envelope = ["news@origin.example"]
        /// Whom the forger may speak for: himself, where he shows his own mail unchanged.
        var mayVerify: Set<String> = []
        /// Whether the false proof must be seen.
        var mustBeForged = false
    }

    private static let site = SendingSite()
    private static let own = "mallory@attacker.example"

    /// A name that differs each time, so that nothing is found by chance.
    private static func victim(_ number: Int) -> String { "victim\(number)@partner.example" }
    private static func messageID(_ number: Int) -> String { "m\(number)@origin.example" }
    private static func stamp(_ number: Int) -> String {
        site.stamp([own, "other\(number)@a.example"], messageID(number))
    }

    private static func report(
        _ number: Int, about recipient: String, stamp: String, messageID id: String? = nil, to: String = own
    ) -> DSN {
        DSN(
            recipients: [(nil, recipient)], messageID: id ?? messageID(number), returnedTo: to,
            returned: stamp.isEmpty ? "" : "Bounce-Stamp: \(stamp)\n")
    }

    /// A copy with one character of the given part replaced by another letter.
    private static func changed(_ stamp: String, after tag: String, _ number: Int) -> String {
        guard let range = stamp.range(of: tag) else { return stamp }
        let offset = stamp.index(range.upperBound, offsetBy: number % 8)
        let letter: Character = stamp[offset] == "a" ? "b" : "a"
        return stamp.replacingCharacters(in: offset...offset, with: String(letter))
    }

    typealias Kind = (name: String, make: @Sendable (Int) -> Forgery)

    private static let kinds: [Kind] = [
        ("no stamp", { n in Forgery(message: report(n, about: victim(n), stamp: "").bytes) }),
        (
            "a stamp of his own mail, about another",
            { n in Forgery(message: report(n, about: victim(n), stamp: stamp(n), to: "list@origin.example").bytes) }
        ),
        (
            "the same, the victim in To",
            { n in Forgery(message: report(n, about: victim(n), stamp: stamp(n), to: victim(n)).bytes) }
        ),
        (
            "the same, himself in To: he speaks for himself",
            { n in Forgery(message: report(n, about: victim(n), stamp: stamp(n)).bytes, mayVerify: [own]) }
        ),
        (
            "an old stamp",
            { n in
                let old = site.stamp([own], messageID(n), at: SendingSite.now - 40 * 86_400 - n)
                return Forgery(message: report(n, about: own, stamp: old).bytes)
            }
        ),
        (
            "changed Message-ID",
            { n in
                let dsn = report(n, about: own, stamp: stamp(n), messageID: "x" + messageID(n))
                return Forgery(message: dsn.bytes, mustBeForged: true)
            }
        ),
        (
            "a stamp in another message, which went to the victim",
            { n in
                let dsn = report(n, about: victim(n), stamp: stamp(n), messageID: "m\(n + 1)@origin.example")
                return Forgery(message: dsn.bytes, mustBeForged: true)
            }
        ),
        (
            "a real report inside",
            { n in
                let real = report(n, about: own, stamp: stamp(n)).text
                let dsn = DSN(
                    recipients: [(nil, victim(n))],
                    attachment: "Content-Type: message/rfc822\n\n" + real.replacing("outer", with: "inner"))
                return Forgery(message: dsn.bytes)
            }
        ),
        (
            "a stamp in the report's own header",
            { n in
                var dsn = report(n, about: victim(n), stamp: "")
                dsn.header = "Bounce-Stamp: \(stamp(n))\n"
                return Forgery(message: dsn.bytes)
            }
        ),
        (
            "a stamp among the status fields",
            { n in
                var dsn = report(n, about: victim(n), stamp: "")
                dsn.statusFields = "Bounce-Stamp: \(stamp(n))\n"
                return Forgery(message: dsn.bytes)
            }
        ),
        (
            "a stamp folded into another field",
            { n in
                var dsn = report(n, about: victim(n), stamp: "")
                dsn.returned = "X-Note: hello\n Bounce-Stamp: \(stamp(n))\n"
                return Forgery(message: dsn.bytes)
            }
        ),
        (
            "two stamps, one of them changed",
            { n in
                let two = stamp(n) + "\nBounce-Stamp: " + changed(stamp(n), after: "r=", n)
                return Forgery(
                    message: report(n, about: victim(n), stamp: two, to: victim(n)).bytes, mustBeForged: true)
            }
        ),
        (
            "upper case",
            { n in
                let dsn = report(n, about: victim(n), stamp: stamp(n).uppercased(), to: victim(n))
                return Forgery(message: dsn.bytes)
            }
        ),
        (
            "cut short",
            { n in
                let whole = stamp(n)
                let text = String(whole.prefix(n % (whole.count - 1)))
                return Forgery(
                    message: report(n, about: own, stamp: text.trimmingCharacters(in: .whitespacesAndNewlines)).bytes)
            }
        ),
        (
            "a name that looks the same",
            { n in
                let alike =
                    ["mаllory@attacker.example", "mallory@attасker.example", "mallory@attacker.example."]
                    + ["mallory+\(n)@attacker.example", "mal1ory@attacker.example", "mallory@attacker.exam\u{200b}ple"]
                let dsn = report(n, about: alike[n % alike.count], stamp: stamp(n), to: alike[n % alike.count])
                return Forgery(message: dsn.bytes, mayVerify: [own])
            }
        ),
        (
            "changed seal",
            { n in
                Forgery(
                    message: report(n, about: own, stamp: changed(stamp(n), after: "b=", n)).bytes, mustBeForged: true)
            }
        ),
        (
            "one more recipient",
            { n in
                let code = site.stamp([victim(n)], "guess\(n)@origin.example").split(separator: "r=")[1].prefix(16)
                let more = stamp(n).replacing("r=", with: "r=\(code) ")
                return Forgery(message: report(n, about: victim(n), stamp: more).bytes, mustBeForged: true)
            }
        ),
        (
            "another site's key",
            { n in
                let theirs = SendingSite(keys: ["theirs"]).stamp([victim(n)], messageID(n))
                return Forgery(message: report(n, about: victim(n), stamp: theirs).bytes)
            }
        ),
        (
            "another site's stamp under our key's name",
            { n in
                let ours = stamp(n).split(separator: ";")[1]
                let theirs = SendingSite(keys: ["theirs"]).stamp([victim(n)], messageID(n))
                let text = theirs.replacing(theirs.split(separator: ";")[1], with: ours)
                return Forgery(message: report(n, about: victim(n), stamp: text).bytes, mustBeForged: true)
            }
        ),
        (
            "made younger",
            { n in
                let old = site.stamp([own], messageID(n), at: SendingSite.now - 40 * 86_400)
                let young = old.replacing("t=\(SendingSite.now - 40 * 86_400)", with: "t=\(SendingSite.now - n)")
                return Forgery(message: report(n, about: own, stamp: young).bytes, mustBeForged: true)
            }
        ),
        (
            "bound to no Message-ID",
            { n in
                let loose = stamp(n).replacing("m=1", with: "m=0")
                return Forgery(message: report(n, about: victim(n), stamp: loose).bytes, mustBeForged: true)
            }
        ),
        (
            "Message-ID left out",
            { n in
                var dsn = report(n, about: own, stamp: stamp(n))
                dsn.messageID = nil
                return Forgery(message: dsn.bytes)
            }
        ),
        (
            "the victim as original recipient",
            { n in
                var dsn = report(n, about: own, stamp: stamp(n))
                dsn.recipients = [(victim(n), own)]
                return Forgery(message: dsn.bytes, mayVerify: [own])
            }
        ),
        (
            "a bounce in plain words",
            { n in
                let text = """
                    From: MAILER-DAEMON@mx.elsewhere.example
                    Subject: failure notice

                    Hi. This is the qmail-send program at mx.elsewhere.example.
                    I'm afraid I wasn't able to deliver your message to the following addresses.

                    <\(victim(n))>:
                    Remote host said: 550 5.1.1 User unknown

                    --- Below this line is a copy of the message.

                    From: news@origin.example
                    To: \(victim(n))
                    Message-ID: <\(messageID(n))>
                    Bounce-Stamp: \(stamp(n))

                    Hello

                    """
                return Forgery(message: Array(text.utf8))
            }
        ),
        (
            "a return path of another recipient",
            { n in
                let path = site.returnPath(own).replacing(
                    "mallory=attacker.example", with: "victim\(n)=partner.example")
                return Forgery(
                    message: report(n, about: victim(n), stamp: "").bytes, envelope: [path], mustBeForged: true)
            }
        ),
        (
            "a return path without its recipient",
            { n in
                let path = site.returnPath(own).replacing("=mallory=attacker.example", with: "")
                return Forgery(message: report(n, about: victim(n), stamp: "", to: victim(n)).bytes, envelope: [path])
            }
        ),
        (
            "an old return path",
            { n in
                let path = site.returnPath(own, at: SendingSite.now - (32 + n % 100) * 86_400)
                return Forgery(message: report(n, about: own, stamp: "").bytes, envelope: [path])
            }
        ),
        (
            "this MTA's name",
            { n in
                var dsn = report(n, about: victim(n), stamp: "")
                dsn.reportingMTA = "mail.origin.example"
                return Forgery(message: dsn.bytes)
            }
        ),
    ]

    private static let total = 10_000

    @Test(arguments: kinds.indices)
    func nothingIsVerifiedThatWasNotProven(_ kind: Int) {
        let (name, make) = Self.kinds[kind]
        let examiner = Self.site.examiner()
        var recorded = 0
        for number in 0..<(Self.total / Self.kinds.count + 1) {
            let forgery = make(number)
            let records = examiner.examine(forgery.message, SendingSite.sighting(to: forgery.envelope)).records
            recorded += records.count
            for record in records {
                switch record.trust {
                case .verified:
                    #expect(forgery.mayVerify.contains(record.recipient), "\(name) \(number): \(record.recipient)")
                case .forged: #expect(record.action == .none && record.expiresMilliseconds == nil, "\(name) \(number)")
                case .local, .matched: Issue.record("\(name) \(number): \(record.trust)")
                case .unverified: break
                }
                if forgery.mustBeForged { #expect(record.trust == .forged, "\(name) \(number)") }
            }
        }
        #expect(recorded > 0, "\(name): nothing was read of these reports, so that they show nothing")
    }

    /// The forger's reports would be taken if they were true: else the test above could not fail.
    @Test func trueReportsOfTheSameFormAreVerified() {
        let examiner = Self.site.examiner()
        for number in 0..<100 {
            let dsn = Self.report(number, about: Self.own, stamp: Self.stamp(number))
            let records = examiner.examine(dsn.bytes, SendingSite.sighting()).records
            #expect(records.map(\.trust) == [.verified] && records.map(\.action) == [.suppress])
            let path = Self.site.returnPath(Self.own)
            let bare = Self.report(number, about: Self.own, stamp: "")
            let byPath = examiner.examine(bare.bytes, SendingSite.sighting(to: [path])).records
            #expect(byPath.map(\.trust) == [.verified])
        }
    }
}
