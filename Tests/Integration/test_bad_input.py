"""Messages made to hurt, by SMTP: the mail passes, in bounded time and memory, and the log says what was cut."""
import pathlib
import time

from case import PostfixCase
from test_trust import make_key

HEADER = (b"From: MAILER-DAEMON@relay.elsewhere.example\r\nTo: news@origin.example\r\nSubject: Undelivered Mail\r\n"
          b"Message-ID: <%s@relay.elsewhere.example>\r\nMIME-Version: 1.0\r\n")
REPORT = b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
STATUS = b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.elsewhere.example\r\n\r\n"
GROUP = b"Final-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
MEBIBYTE = 1 << 20


def report(content, id=b"bad"):
    return HEADER % id + REPORT + content


def nested(depth):
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="n%d"\r\n\r\n--n%d\r\n' % (n, n) for n in range(depth))
    return HEADER % b"nested" + opened + b"Content-Type: text/plain\r\n\r\nbottom\r\n"


def report_in_report(depth):
    message = report(STATUS + GROUP % b"inner@faraway.example" + b"--b--\r\n", b"inner")
    for level in range(depth):
        message = HEADER % (b"level%d" % level) + (
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="l%d"\r\n\r\n--l%d\r\n'
            b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; r%d.example\r\n\r\n" % (level, level, level)
            + GROUP % (b"outer%d@faraway.example" % level)
            + b"--l%d\r\nContent-Type: message/rfc822\r\n\r\n" % level + message + b"\r\n--l%d--\r\n" % level)
    return message


def long_field():
    line = b" " + b"x" * 990 + b"\r\n"
    field = b"X-Long: begins\r\n" + line * (50 * MEBIBYTE // len(line))
    return HEADER % b"long" + field + REPORT + STATUS + GROUP % b"behind@faraway.example" + b"--b--\r\n"


class BadInput(PostfixCase):
    # Postfix has limits of its own, which would keep these messages from the agent.
    postfix_parameters = {"message_size_limit": 200 << 20, "disable_mime_input_processing": "yes", "header_size_limit": 100 << 20}
    growth_limit_bytes = 96 * MEBIBYTE
    seconds_limit = 60

    def peak_bytes(self):
        status = pathlib.Path(f"/proc/{self.agent.daemon_pid()}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def passes(self, message, cut=None, recipients=None):
        before = self.peak_bytes()
        start = time.monotonic()
        self.postfix.send("", ["news@origin.example"], message)
        self.assertLess(time.monotonic() - start, self.seconds_limit)
        self.assertIsNotNone(self.downstream.wait_for("news@origin.example", 60), self.log())
        self.assertIsNone(self.agent.process.poll(), self.log())
        self.assertLess(self.peak_bytes() - before, self.growth_limit_bytes)
        records = self.agent.records()
        if cut:
            self.assertIn(cut, self.agent.log.read_text())
        if recipients is not None:
            self.assertEqual([r["recipient"] for r in records], recipients, self.log())
        self.assert_verified()
        return records

    def test_parts_10000_deep(self):
        self.passes(nested(10_000), cut="max_nesting_depth", recipients=[])

    def test_header_field_of_50_megabytes(self):
        # Of which Postfix hands on 60 kB.
        self.passes(long_field(), recipients=["behind@faraway.example"])

    def test_a_million_recipients(self):
        groups = b"".join(b"Final-Recipient: rfc822; r%d@faraway.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n" % n
                          for n in range(1_000_000))
        records = self.passes(report(STATUS + groups + b"--b--\r\n"), cut="over")
        self.assertGreater(len(records), 1000)
        self.assertEqual(records[0]["recipient"], "r0@faraway.example")

    def test_nul_bytes_and_lone_cr(self):
        content = STATUS.replace(b"dns; relay", b"dns; \x00relay") + GROUP % b"nul\x00@faraway.example" + GROUP % b"good@faraway.example"
        records = self.passes(report(content + b"\x00" * 5000 + b"\r" * 5000 + b"--b--\r\n"))
        self.assertIn("good@faraway.example", [r["recipient"] for r in records])

    def test_boundaries_without_end(self):
        self.passes(report(STATUS + GROUP % b"open@faraway.example" + b"--b\r\n" * 50_000), recipients=["open@faraway.example"])

    def test_base64_without_end(self):
        self.passes(report(b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                           + b"QUJD" * 19 * 200_000 + b"\r\n"))

    def test_a_report_in_a_report_in_a_report(self):
        self.passes(report_in_report(3), recipients=["outer2@faraway.example"])


class WithoutHeader(PostfixCase):
    # As a client elsewhere sees it, to whose mail Postfix adds nothing.
    postfix_parameters = {"local_header_rewrite_clients": "", "milter_content_timeout": "10s"}

    def test_messages_without_a_header_pass(self):
        for number, message in enumerate((b"", b"\r\n", b"\r\nno header here\r\n", b"one line\r\n")):
            for sender in ("", "somebody@elsewhere.example"):
                recipient = f"r{number}{len(sender)}@origin.example"
                with self.subTest(message=message, sender=sender):
                    self.postfix.send(sender, [recipient], message)
                    self.assertIsNotNone(self.downstream.wait_for(recipient, 20), self.log())


class WithoutHeaderToBeStamped(WithoutHeader):
    @classmethod
    def setUpClass(cls):
        cls.agent_options = {"stamp.key_files": [str(make_key(cls))]}
