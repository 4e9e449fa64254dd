"""Proof that a report answers mail of this site: what a real Postfix sends out, and what reports about it are worth when they come back."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import messages
from agent import USER, bouncectl
from case import PostfixCase


def report(recipients, header, to="news@origin.example", id="trust"):
    """A report of another site that returns this header."""
    text = messages.report(recipients, id, to=to)
    begin = text.index("From: News <news@origin.example>")
    return text[:begin] + header.strip("\n") + "\n\n--b--\n"


def header_of(message):
    return message.decode().split("\n\n", 1)[0]


def make_key(cls):
    """The path of a key of the daemon's user, which goes with the tests of the class."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bounce-milter-keys-"))
    cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    key = folder / "2026a.key"
    key.write_text(subprocess.check_output(["openssl", "rand", "-base64", "32"], text=True))
    shutil.chown(key, USER)
    key.chmod(0o400)
    return key


class Stamping(PostfixCase):
    """With a key; mail of news@ to one recipient gets a signed return path."""

    @classmethod
    def setUpClass(cls):
        key = make_key(cls)
        cls.agent_options = {"stamp.key_files": [str(key)], "return_path.sign": ["news@origin.example"],
                             "outbound_networks": ["192.0.2.0/24"]}

    def sent(self, recipients, sender="boss@origin.example", id="trust"):
        """What arrived at the first recipient, as (return path, header), of a message that was submitted."""
        self.postfix.send(sender, recipients, messages.ordinary(recipients[0], id), submission=True)
        message = self.downstream.wait_for(recipients[0], 20)
        self.assertIsNotNone(message, self.log())
        with self.downstream.arrived:
            sender = next(s for s, to, _ in self.downstream.returned if recipients[0] in to)
        return sender, header_of(message)

    def record_of(self, recipient, text, to="news@origin.example"):
        """The record of a report that came by SMTP."""
        self.postfix.send("", [to], text)
        records = self.agent.wait_for_records(lambda records: any(r["recipient"] == recipient for r in records), 20)
        found = [r for r in records if r["recipient"] == recipient]
        self.assertTrue(found, f"{records}{self.log()}")
        return found[-1]

    def test_a_foreign_report_of_our_mail_is_verified(self):
        _, header = self.sent(["good@dest.example", "good2@dest.example"])
        self.assertRegex(header, r"(?m)^Bounce-Stamp: v=1; k=[a-z2-7]{8}; t=\d+; m=1;$", header)
        record = self.record_of("good2@dest.example", report(["good2@dest.example"], header))
        self.assertEqual((record["trust"], record["action"]), ("verified", "suppress"))
        forwarded = self.record_of("good@dest.example", report(["elsewhere@new.example"], header, id="forwarded"))
        self.assertEqual((forwarded["trust"], forwarded["final_recipient"]), ("verified", "elsewhere@new.example"))

    def test_a_forged_report_is_not(self):
        _, header = self.sent(["good@dest.example"])
        header = header.replace("To: good@dest.example", "To: list@origin.example")
        other = self.record_of("victim@dest.example", report(["victim@dest.example"], header, id="other"))
        self.assertEqual((other["trust"], other["action"]), ("unverified", "suppress"))
        moved = header.replace("trust@origin.example", "another@origin.example")
        forged = self.record_of("good@dest.example", report(["good@dest.example"], moved, id="moved"))
        self.assertEqual((forged["trust"], forged["disposition"], forged["action"]), ("forged", "hard", "none"))

    def test_postfix_s_own_report_returns_the_stamp(self):
        self.postfix.send("boss@origin.example", ["unknown@dest.example"], messages.ordinary("unknown@dest.example", "own"),
                          submission=True)
        records = self.agent.wait_for_records(1)
        self.assertEqual([r["trust"] for r in records], ["local"], self.log())
        dsn = self.downstream.wait_for("boss@origin.example", 20)
        self.assertIn(b"\nBounce-Stamp: v=1;", dsn)
        # The same report from a file: nothing tells that it was the MTA's own but the stamp that it returns.
        file = self.folder / "dsn.eml"
        file.write_bytes(dsn)
        done = bouncectl("classify", "-c", self.agent.configuration, file)
        self.assertIn("verified: the returned stamp names this recipient", done.stdout, done.stderr)

    def test_mail_of_sendmail_1_is_stamped(self):
        subprocess.run(
            ["/usr/sbin/sendmail", "-C", self.postfix.configuration, "-f", "boss@origin.example", "good@dest.example"],
            input=messages.ordinary("good@dest.example", "local").encode(), check=True)
        message = self.downstream.wait_for("good@dest.example", 20)
        self.assertIsNotNone(message, self.log())
        self.assertIn("\nBounce-Stamp: v=1;", header_of(message))

    def test_replay_shows_the_stamp(self):
        file = self.folder / "letter.eml"
        file.write_text(messages.ordinary("good@dest.example", "replay"))
        options = ("--socket", self.agent.milter, "--client", "app.origin.example[192.0.2.9]", "--from", "news@origin.example", "--to",
                   "good@dest.example", file)
        changes = json.loads(bouncectl("replay", "--json", *options).stdout)["modifications"]
        self.assertEqual([change.split()[0] for change in changes], ["addheader", "chgfrom"])
        done = bouncectl("replay", *options)
        self.assertRegex(done.stdout, r"\n    addheader Bounce-Stamp: v=1;", done.stderr)
        self.assertRegex(done.stdout, r"\n    chgfrom <?news\+bs\S+@origin\.example>?")

    def test_a_signed_return_path_verifies_a_report_that_returns_nothing(self):
        path, header = self.sent(["good@dest.example"], sender="news@origin.example", id="signed")
        self.assertRegex(path, r"^news\+bs[a-z2-7]{24}=good=dest\.example@origin\.example$")
        self.assertIn("From: News <news@origin.example>", header, "what people see stays")
        text = f"""From: Mail Delivery System <MAILER-DAEMON@mx.dest.example>
To: {path}
Subject: Undelivered Mail Returned to Sender

Your message could not be delivered: 550 5.1.1 User unknown
"""
        record = self.record_of("good@dest.example", text, to=path)
        self.assertEqual((record["trust"], record["action"], record["status"]), ("verified", "suppress", "5.1.1"))
        several, _ = self.sent(["one@dest.example", "two@dest.example"], sender="news@origin.example", id="several")
        self.assertEqual(several, "news@origin.example")

    def test_mail_from_outside_is_not_stamped(self):
        self.postfix.send("someone@elsewhere.example", ["good@dest.example"], messages.ordinary("good@dest.example", "in"))
        self.assertNotIn("Bounce-Stamp", header_of(self.downstream.wait_for("good@dest.example", 20)))

    def test_reload_changes_keys(self):
        self.agent.configuration.write_text(self.agent.configuration.read_text().replace(
            "stamp.key_files", "#stamp.key_files").replace("return_path.sign", "#return_path.sign"))
        self.agent.process.send_signal(10)
        for _ in range(100):
            self.downstream.returned.clear()
            _, header = self.sent(["good@dest.example"], id="reload")
            if "Bounce-Stamp" not in header:
                return
        self.fail(self.log())

    def test_a_relay_that_strips_the_header_leaves_no_proof(self):
        _, header = self.sent(["good@dest.example"])
        stripped = re.sub(r"(?m)^Bounce-Stamp:.*\n(?:[ \t].*\n)*", "", header + "\n")
        self.assertNotIn("Bounce-Stamp", stripped)
        record = self.record_of("good@dest.example", report(["good@dest.example"], stripped))
        self.assertEqual(record["trust"], "unverified")


class Remembering(PostfixCase):
    """Without a key: what was sent is remembered."""

    def setUp(self):
        self.sent_mail = pathlib.Path(tempfile.mkdtemp(prefix="bounce-milter-sent-"))
        self.addCleanup(shutil.rmtree, self.sent_mail, ignore_errors=True)
        shutil.chown(self.sent_mail, USER)
        self.agent_options = {"sent_mail.folder": str(self.sent_mail)}
        super().setUp()

    def test_a_report_of_what_was_sent_is_matched(self):
        self.postfix.send("boss@origin.example", ["good@dest.example"], messages.ordinary("good@dest.example", "m1"),
                          submission=True)
        message = self.downstream.wait_for("good@dest.example", 20)
        self.assertNotIn("Bounce-Stamp", header_of(message))
        self.agent.stop()
        self.agent.start()
        for recipient, id in (("good@dest.example", "m1"), ("victim@dest.example", "m1"), ("good@dest.example", "m2")):
            self.postfix.send("", ["news@origin.example"], messages.report([recipient], id))
        records = self.agent.wait_for_records(3)
        self.assertEqual([(r["message"]["message_id"], r["recipient"], r["trust"])
                          for r in records], [
            ("m1@origin.example", "good@dest.example", "matched"),
            ("m1@origin.example", "victim@dest.example", "unverified"),
            ("m2@origin.example", "good@dest.example", "unverified"),
        ], self.log())
