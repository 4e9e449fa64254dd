// What the MTA sends: ordinary outbound mail as Postfix's smtpd(8) passes it, and Postfix's own DSN as cleanup(8) does.

import MilterClient

/// A kind of traffic: the connection's facts, and messages that differ.
struct Traffic: Sendable {
    let hostName: String
    let peer: MilterPeer
    let macros: [String: String]
    /// A queue ID where the MTA knows it at MAIL: cleanup(8) does, smtpd(8) learns it with the first recipient.
    let messages: [(queueID: String?, transaction: MilterTransaction)]
    /// In each body so many digits from this byte on are another number with each message: a report that was seen is not recorded
    /// again, so that no two may be the same.
    var serial: Range<Int>?

    /// So many different messages take turns.
    private static let variants = 64

    static let ordinary = Traffic(
        hostName: "app.example.com", peer: .inet(address: "192.0.2.10", port: 41_000),
        macros: [
            "j": "mx.example.com", "v": "Postfix 3.7.11", "{daemon_name}": "ORIGINATING",
            "{mail_addr}": "news@example.com", "{mail_host}": "example.com", "{mail_mailer}": "smtp",
        ],
        messages: (0..<variants).map { number in
            let body = Array(String(repeating: "Our offers of the week, in some words.\r\n", count: 80).utf8)
            return (
                nil,
                MilterTransaction(
                    sender: "<news@example.com>", recipients: ["<reader\(number)@example.net>"],
                    fields: fields([
                        ("From", "Example News <news@example.com>"), ("To", "reader\(number)@example.net"),
                        ("Subject", "News of the week"), ("Message-ID", "<news.\(number)@app.example.com>"),
                        ("Date", "Thu, 20 Nov 2025 10:00:00 +0000"), ("MIME-Version", "1.0"),
                        ("Content-Type", "text/plain; charset=utf-8"),
                    ]), body: body)
            )
        })

    static let dsn: Traffic = {
        var traffic = reports
        let line = Array("X-Postfix-Queue-ID: 4Xy".utf8)
        // The variants differ behind it only.
        let body = traffic.messages[0].transaction.body
        let start = (0..<body.count - line.count).first { body[$0..<$0 + line.count].elementsEqual(line) } ?? 0
        traffic.serial = start + line.count..<start + line.count + serialDigits
        return traffic
    }()

    private static let serialDigits = 9

    private static let reports = Traffic(
        hostName: "localhost", peer: .inet(address: "127.0.0.1", port: 0),
        macros: ["j": "mx.example.com", "v": "Postfix 3.7.11", "{daemon_name}": "mx.example.com"],
        // Numbers of two digits, so that all are of one size.
        messages: (10..<variants + 10).map { number in
            (
                queueID(1000 + number),
                MilterTransaction(
                    sender: "", recipients: ["bounces@example.com"],
                    fields: fields([
                        ("Date", "Thu, 20 Nov 2025 10:00:05 +0000 (UTC)"),
                        ("From", "MAILER-DAEMON@mx.example.com (Mail Delivery System)"),
                        ("Subject", "Undelivered Mail Returned to Sender"), ("To", "bounces@example.com"),
                        ("Auto-Submitted", "auto-replied"), ("MIME-Version", "1.0"),
                        (
                            "Content-Type",
                            "multipart/report; report-type=delivery-status;\r\n\tboundary=\"\(queueID(number)).1/mx\""
                        ), ("Message-Id", "<20251120100005.\(queueID(1000 + number))@mx.example.com>"),
                    ]), body: Array(dsnBody(number).utf8))
            )
        })

    private static func queueID(_ number: Int) -> String {
        "4XyZ" + String(100_000 + number, radix: 36).uppercased() + "z1b"
    }

    private static func fields(_ list: [(String, String)]) -> [(name: [UInt8], value: [UInt8])] {
        list.map { (Array($0.utf8), Array((" " + $1).utf8)) }
    }

    private static func dsnBody(_ number: Int) -> String {
        let boundary = "\(queueID(number)).1/mx"
        return """
            This is a MIME-encapsulated message.

            --\(boundary)
            Content-Description: Notification
            Content-Type: text/plain; charset=us-ascii

            This is the mail system at host mx.example.com.

            I'm sorry to have to inform you that your message could not
            be delivered to one or more recipients. It's attached below.

            For further assistance, please send mail to postmaster.

            If you do so, please include this problem report. You can
            delete your own text from the attached returned message.

                               The mail system

            <reader\(number)@example.net>: host mail.example.net[198.51.100.7] said: 550 5.1.1
                <reader\(number)@example.net>: Recipient address rejected: User unknown in virtual
                mailbox table (in reply to RCPT TO command)

            --\(boundary)
            Content-Description: Delivery report
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.com
            X-Postfix-Queue-ID: 4Xy\(String(repeating: "0", count: serialDigits))
            X-Postfix-Sender: rfc822; news@example.com
            Arrival-Date: Thu, 20 Nov 2025 10:00:00 +0000 (UTC)

            Final-Recipient: rfc822; reader\(number)@example.net
            Original-Recipient: rfc822;reader\(number)@example.net
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mail.example.net
            Diagnostic-Code: smtp; 550 5.1.1 <reader\(number)@example.net>: Recipient address
                rejected: User unknown in virtual mailbox table

            --\(boundary)
            Content-Description: Undelivered Message
            Content-Type: message/rfc822

            Return-Path: <news@example.com>
            Received: from app.example.com (app.example.com [192.0.2.10])
            \tby mx.example.com (Postfix) with ESMTP id \(queueID(number))
            \tfor <reader\(number)@example.net>; Thu, 20 Nov 2025 10:00:00 +0000 (UTC)
            From: Example News <news@example.com>
            To: reader\(number)@example.net
            Subject: News of the week
            Message-ID: <news.\(number)@app.example.com>
            Date: Thu, 20 Nov 2025 10:00:00 +0000
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8

            \(String(repeating: "Our offers of the week, in some words.\n", count: 40))
            --\(boundary)--

            """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }
}
