// Which lines of the MTA's log become records.

import Foundation
import Glibc
import Journal
import POSIX
import Testing
import Vocabulary

@testable import Agent
@testable import DeliveryLog

struct FollowedLogTests {
    /// A message to anna alone, then two that bert's server takes after a deferral and refuses, one to him under another address, and
    /// one that is forwarded from dora, and reports (from the null reverse-path) to carl and her; she has failed before.
    private static let lines = """
        Nov 21 04:40:00 mx1 postfix/qmgr[1]: 4A: from=<news@origin.example>, size=1, nrcpt=1 (queue active)
        Nov 21 04:40:01 mx1 postfix/smtp[1]: 4A: to=<anna@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=30, delays=30/0/0/0, dsn=2.0.0, status=sent (250 ok)
        Nov 21 04:40:00 mx1 postfix/qmgr[1]: 4B: from=<news@origin.example>, size=1, nrcpt=1 (queue active)
        Nov 21 04:40:01 mx1 postfix/smtp[1]: 4B: to=<bert@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=4.2.0, status=deferred (host mx.a.example[192.0.2.1] said: 450 4.2.0 Busy (in reply to RCPT TO command))
        Nov 21 04:40:02 mx1 postfix/smtp[1]: 4B: to=<Bert@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=2, dsn=2.0.0, status=sent (250 ok)
        Nov 21 04:42:00 mx1 postfix/qmgr[1]: 4C: from=<news@origin.example>, size=1, nrcpt=1 (queue active)
        Nov 21 04:42:01 mx1 postfix/smtp[1]: 4C: to=<bert@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
        Nov 21 04:43:00 mx1 postfix/qmgr[1]: 4D: from=<news@origin.example>, size=1, nrcpt=1 (queue active)
        Nov 21 04:43:01 mx1 postfix/smtp[1]: 4D: to=<bert@a.example>, orig_to=<ceo@b.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=5.2.2, status=bounced (host mx.a.example[192.0.2.1] said: 552 5.2.2 Mailbox full (in reply to RCPT TO command))
        Nov 21 04:44:00 mx1 postfix/qmgr[1]: 4E: from=<news@origin.example>, size=1, nrcpt=1 (queue active)
        Nov 21 04:44:01 mx1 postfix/smtp[1]: 4E: to=<bert@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
        Nov 21 04:44:02 mx1 postfix/smtp[1]: 4E: to=<bert@a.example>, orig_to=<ceo@b.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
        Nov 21 04:45:00 mx1 postfix/qmgr[1]: 4F: from=<news@origin.example>, size=1, nrcpt=1 (queue active)
        Nov 21 04:45:01 mx1 postfix/local[1]: 4F: to=<dora@a.example>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (forwarded as 4G)
        Nov 21 04:46:00 mx1 postfix/qmgr[1]: 4R: from=<>, size=1, nrcpt=1 (queue active)
        Nov 21 04:46:01 mx1 postfix/smtp[1]: 4R: to=<carl@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=361, dsn=2.0.0, status=sent (250 ok)
        Nov 21 04:46:00 mx1 postfix/qmgr[1]: 4S: from=<>, size=1, nrcpt=1 (queue active)
        Nov 21 04:46:01 mx1 postfix/smtp[1]: 4S: to=<dora@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)

        """

    @Test(arguments: [
        (
            false,
            [
                "deferral bert@a.example", "delivery Bert@a.example failure.ended", "bounce ceo@b.example",
                "delivery ceo@b.example failure.ended", "delivery dora@a.example failure.ended",
            ]
        ),
        (
            true,
            [
                "delivery anna@a.example action.delivered", "deferral bert@a.example",
                "delivery Bert@a.example action.delivered", "delivery bert@a.example action.delivered",
                "bounce ceo@b.example", "delivery bert@a.example action.delivered",
                "delivery ceo@b.example action.delivered", "delivery dora@a.example failure.ended",
            ]
        ),
    ])
    func whatEndsFailuresIsRecorded(_ recordsDeliveries: Bool, _ expected: [String]) throws {
        let folder = try TemporaryFolder()
        var settings = try folder.emptyLog()
        settings.recordDeliveries = recordsDeliveries
        let written = Fixture.Written()
        let recorder = Recorder(limit: 100) { (records) throws(JournalError) in
            written.state.withLock { $0.records += records }
        }
        // What the journal says of the time before.
        recorder.recall(Self.failure(of: "dora@a.example"))
        let followed = FollowedLog(
            settings, folder.path + "/checkpoint", campaigns: nil, failed: recorder.failed
        ) { (records) throws(JournalError) in try recorder.append(records) }
        let policy = Fixture().filter.policy
        _ = followed.step(policy)
        try Self.lines.write(toFile: settings.path, atomically: false, encoding: .utf8)
        while followed.step(policy) {}
        let told = written.all.map {
            "\($0.event.rawValue) \($0.recipient)" + ($0.event == .delivery ? " \($0.rule)" : "")
        }
        #expect(told == expected)
    }

    /// The configuration is read again while the journal cannot be written: what ends failures is read again too.
    @Test func whatCouldNotBeWrittenIsReadAgain() throws {
        let folder = try TemporaryFolder()
        let settings = try folder.emptyLog()
        let written = Fixture.Written()
        let recorder = Recorder(limit: 100) { (records) throws(JournalError) in
            written.state.withLock { $0.records += records }
        }
        recorder.recall(Self.failure(of: "dora@a.example"))
        let policy = Fixture().filter.policy
        let before = FollowedLog(
            settings, folder.path + "/checkpoint", campaigns: nil, failed: recorder.failed
        ) { (_) throws(JournalError) in throw .closed(path: "j") }
        _ = before.step(policy)
        let line =
            "Nov 21 04:46:01 mx1 postfix/smtp[1]: 4S: to=<dora@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)\n"
        try line.write(toFile: settings.path, atomically: false, encoding: .utf8)
        _ = before.step(policy)
        before.end(policy)
        let after = FollowedLog(
            settings, folder.path + "/checkpoint", campaigns: nil, failed: recorder.failed
        ) { (records) throws(JournalError) in try recorder.append(records) }
        while after.step(policy) {}
        #expect(written.all.map(\.recipient) == ["dora@a.example"])
        #expect(!recorder.failed.contains("dora@a.example".utf8))
    }

    /// As another source than the log saw it.
    private static func failure(of recipient: String) -> Record {
        Record(
            id: String(repeating: "0", count: 32), timeMilliseconds: 1, event: .bounce, recipient: recipient,
            disposition: .soft, category: .mailboxFull, action: .retry, rule: "r", origin: .milterDSN, trust: .matched)
    }

    @Test(arguments: [
        LogNotice.notThere(path: "l"), .begun(path: "l", offset: 0), .rotated(to: "l"), .cut(path: "l"),
        .missed(path: "l"),
        .longLine(path: "l"),
    ])
    func whatIsNotRecordedIsAWarning(_ notice: LogNotice) {
        let isLoss = "\(notice)".contains("not recorded") || "\(notice)".contains("passed over")
        #expect(notice.isWarning == isLoss)
    }

    /// Group adm opens the log, not the daemon's own folder.
    @Test(arguments: [
        ("/var/log/mail.log", EACCES, "add it to the group adm"),
        ("/var/log/mail.log.1", EACCES, "add it to the group adm"),
        ("/j/journal.delivery-log.new", EACCES, "the journal's folder must be the daemon's user's"),
        ("/j/journal.delivery-log", EPERM, "the journal's folder must be the daemon's user's"),
        ("/j/journal.delivery-log.new", ENOSPC, "/j/journal.delivery-log.new: No space left on device"),
    ])
    func whatIsToBeDoneIsTold(_ path: String, _ code: CInt, _ words: String) {
        var settings = DeliveryLogConfiguration()
        settings.path = "/var/log/mail.log"
        let followed = FollowedLog(
            settings, "/j/journal.delivery-log", campaigns: nil, failed: FailedRecipients()
        ) { (records) throws(JournalError) in records }
        let told = followed.words(for: SystemError("open", path, code))
        #expect(told.contains(words))
        #expect(told.contains("group adm") == path.hasPrefix("/var/log"))
    }
}
