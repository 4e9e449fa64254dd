// A format's words, so that the fuzzer writes something like mail rather than noise: each byte of its input is one word, and the
// last bytes of the range stand for themselves.

struct Words {
    private let words: [[UInt8]]

    init(_ words: [String]) { self.words = words.map { Array($0.utf8) } }

    func text(_ input: [UInt8]) -> [UInt8] {
        input.flatMap { byte in Int(byte) < words.count ? words[Int(byte)] : [byte] }
    }

    static let mail = Words([
        "\n", "\r\n", "\r", "\n\n", "\n ", " ", "\t", ": ", ";", ",", "\"", "\\", "(", ")", "<", ">", "@", ".", "=",
        "--", "-", "'",
        "a", "b", "0", "Content-Type: ", "Content-Transfer-Encoding: ", "base64", "quoted-printable", "multipart/",
        "mixed", "report", "digest", "message/", "rfc822", "delivery-status", "global", "feedback-report", "text/",
        "plain",
        "html", "rfc822-headers", "; boundary=", "\n--b\n", "\n--b--\n", "; charset=", "utf-8", "iso-2022-jp", "koi8-r",
        "utf-7", "euc-kr", "boundary*0*=", "%41", "=?utf-8?q?", "=?iso-2022-jp?b?", "?=", "=41", "=\n", "QUJD",
        "From: ",
        "To: ", "Subject: ", "Message-ID: ", "Auto-Submitted: auto-replied", "X-Failed-Recipients: ",
        "Reporting-MTA: dns; ",
        "Final-Recipient: rfc822; ", "Original-Recipient: rfc822;", "Action: failed", "Action: delayed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; ", "Remote-MTA: dns; ", "a@b.example", "<c@d.example>", "550 5.1.1 ", "user unknown",
        "MAILER-DAEMON", "postmaster", "Delivery Status Notification", "failure notice",
        "Undelivered Mail Returned to Sender",
        "Hi. This is the qmail-send program", "This message was created automatically by mail delivery software.",
        "host mx.b.example[192.0.2.1] said: ", "----- Transcript of session follows -----\n", "... while talking to ",
        ">>> RCPT To:<a@b.example>\n", "<<< 550 no\n", "----- Original message -----\n", "Return-Path: <>",
        "Received: from ",
        "Feedback-Type: abuse", "Original-Rcpt-To: ", "Your message\n", "\0", "\u{1B}$B", "+AGE-", "ä", "用", "{",
    ])

    static let reply = Words([
        " ", "\n", "\r\n ", "-", ":", ";", "#", "(", ")", "<", ">", "[", "]", "'", "\"", "@", ".", ",", "a", "b", "0",
        "5", "550", "421",
        "250", "550-", "550 ", "5.1.1", "4.7.1", "2.0.0", "5.1.1 ", "smtp; ", "x-postfix; ", "host ", "mx.b.example",
        "[192.0.2.1]", " said: ", "(in reply to RCPT TO command)", "(in reply to end of DATA command)", "<<< ",
        ">>> RCPT To:",
        "after ", "Remote Server returned '", "##", "<a@b.example>", "@r.example:", "\\x{41}", "utf-8; ", "\"q q\"@",
        "IMCEASMTP-a+40b", "user unknown", "kB", "does not like recipient.", "while talking to ", "ä", "用", "\0",
    ])

    static let log = Words([
        " ", ", ", "=", "<", ">", "(", ")", "[", "]", ":", "\"", "\\", "@", "/", ".", "a", "0", "Nov 21 04:48:12 mx1 ",
        "2025-11-21T05:35:05.98+01:00 mx1 ", "2025-11-21 05:35:05 mx1 ", "postfix/smtp[1]: ", "sendmail[1]: ",
        "4XyZ1bA2: ", "to=", "orig_to=",
        "relay=",
        "delay=", "00:00:01", "2.3", "dsn=", "5.1.1", "status=", "sent", "bounced", "deferred", "stat=", "reply=",
        "mailer=esmtp",
        "mx.b.example[192.0.2.1]:25", "a@b.example", "host mx[192.0.2.1] said: 550 5.1.1 no (in reply to DATA command)",
        "none",
    ])

    static let rules = Words([
        "\n", " ", ",", "=", "[", "]", "{", "}", "\"", "'", "\"\"\"", "\\", ".", "#", "a", "0", "-", "[[rule]]\n",
        "[[provider]]\n",
        "[rule]\n", "id = ", "\"a.b\"\n", "name = \"a\"\n", "hosts = [", "domains = [", "domain = [", "\"a.example\"",
        "category = ",
        "\"policy\"\n", "provider = \"a\"\n", "status = [", "\"5.1.1\"", "\"5.*.1\"", "reply = [", "\"5xx\"",
        "command = [",
        "\"RCPT TO\"", "text = [", "not_text = [", "'no (such|x) user'", "disposition = \"hard\"\n",
        "action = \"retry\"\n",
        "retry_after = true\n", "expires_days = 30\n", "match = [", "no_match = [", "{ reply = \"550 no\"",
        ", seen = \"x\" }",
        "1979-05-27T07:32:00Z", "1e400", "0xffffffffffffffffff", "\u{E4}", "\\u12", "inf", "\u{2028}", "\u{A0}",
        "\u{FEFF}", "\u{B}", "true", "_", "+", ":", "[a]\n", "\r",
    ])

    /// With the names of the keys in `checkProof`, so that what claims to be made with them is looked at further.
    static let proof = Words(
        keyNames + [
            "v=1", "; k=", "; t=1795255530", "; m=1", "; m=0", ";\n\tr=", ";\n\tb=", " ", "\n\t", ";", "=", "+", "-",
            "@",
            "gx3kq6mmv4l2wz7a", "qjw3eexk5fw2cnvh62m4yfot", "a", "b", "2", "7", "user", "b.example", "prvs=4711abcdef=",
            "SRS0=HHH=TT=", "SRS1=HHH=", "==", "srs0+", "=partner.example", "99999999999999999999",
        ])

    private static let keyNames = fuzzKeyring.keys.flatMap { key in
        let name = String(decoding: key.id, as: UTF8.self)
        return [name, "bs" + name.prefix(4)]
    }
}
