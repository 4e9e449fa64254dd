"""The seat in a real Sendmail, with conf/sendmail's own lines in its configuration."""
import smtplib
import time
import unittest

import messages
import test_trust
from agent import Agent
from case import SCRIPT, FolderCase
from downstream import Server
from sendmail import Sendmail


class SendmailCase(FolderCase):
    """`self.sendmail`, `self.agent` and `self.downstream` are there in each test; a class may have further lines of sendmail.mc and
    options of the agent."""
    lines = ""
    agent_options = {}

    def setUp(self):
        super().setUp()
        self.downstream = self.enter(Server({**SCRIPT, "later": ("RCPT", "452 4.2.2 <%s>: mailbox is full, try again later", 2),
                                             "curt": ("RCPT", "550 Not tonight")}))
        self.sendmail = Sendmail(self.folder / "sendmail", self.downstream.port, further=self.lines)
        self.agent = self.enter(Agent(self.folder / "agent", socket=self.sendmail.socket, **self.options()))
        self.enter(self.sendmail)

    def options(self):
        """Of the agent."""
        return self.agent_options

    def log(self):
        return f"\nagent:\n{self.agent.log.read_text()[-3000:]}\nSendmail:\n{self.sendmail.log_text()[-4000:]}"

    def refuse(self, recipient, id):
        """Sends a message that the downstream server refuses."""
        self.sendmail.send("news@origin.example", [recipient], messages.ordinary(recipient, id), submission=True)


class OwnReports(SendmailCase):
    def test_a_refusal_downstream_becomes_a_local_record(self):
        self.refuse("unknown@dest.example", "own")
        record, = self.agent.wait_for_records(1, seconds=20)
        self.assertEqual(
            {name: record[name] for name in ("event", "recipient", "category", "action", "status", "reply", "command", "origin", "trust")},
            {"event": "bounce", "recipient": "unknown@dest.example", "category": "mailbox-unknown", "action": "suppress",
             "status": "5.1.1", "reply": 550, "command": "RCPT TO", "origin": "milter-dsn", "trust": "local"}, self.log())
        self.assertEqual((record["source"]["mta"], record["source"]["client"]), ("sendmail", "localhost[127.0.0.1]"))
        message = record["message"]
        self.assertEqual((message["message_id"], message["sender"]), ("own@origin.example", "news@origin.example"))
        # The queue ID under which its log has the message that failed, and the one of the report as it came in again.
        self.assertIn(f"{message['queue_id']}: to=<unknown@dest.example>", self.sendmail.log_text())
        self.assertIn(f"{record['source']['queue_id']}: from=<>", self.sendmail.log_text())

    def test_a_status_that_sendmail_made_of_the_code_suppresses_nobody(self):
        self.refuse("curt@dest.example", "curt")
        record, = self.agent.wait_for_records(1, seconds=20)
        self.assertEqual(
            {name: record[name] for name in ("recipient", "category", "action", "status", "reply", "diagnostic")},
            {"recipient": "curt@dest.example", "category": "undetermined", "action": "investigate", "status": "5.0.0", "reply": 550,
             "diagnostic": "Not tonight"}, self.log())
        self.assertIn("Status: 5.1.1", self.downstream.wait_for("news@origin.example", 20).decode())

    def test_the_report_is_delivered_once(self):
        self.refuse("content@dest.example", "delivered")
        self.assertIsNotNone(self.downstream.wait_for("news@origin.example", 20), self.log())
        time.sleep(2)  # two runs of the queue
        self.assertEqual(len(self.downstream.returned), 1, self.log())
        self.assertEqual([r["category"] for r in self.agent.records()], ["content-refused"])

    def test_a_report_waits_while_the_agent_is_away(self):
        self.agent.stop()
        # Past the filter, as a message that came in before the agent went away.
        self.sendmail.submit("news@origin.example", ["full@dest.example"], messages.ordinary("full@dest.example", "away"))
        deadline = time.monotonic() + 20
        while "mailer=bounce-milter-dsn" not in self.sendmail.log_text() and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertRegex(self.sendmail.log_text(), "mailer=bounce-milter-dsn.*stat=(Deferred|Please try again later)")
        self.assertEqual(self.downstream.returned, [])
        self.agent.start()
        record, = self.agent.wait_for_records(1, seconds=30)
        self.assertEqual((record["recipient"], record["trust"]), ("full@dest.example", "local"), self.log())
        self.assertIsNotNone(self.downstream.wait_for("news@origin.example", 20), self.log())


class Log(SendmailCase):
    """Its log, as syslogd writes it. Nothing is remembered, so that each sighting of a fact is a record."""

    def options(self):
        return {"delivery_log.path": str(self.sendmail.log), "delivery_log.record_deliveries": True, "recent_ids": 0}

    def test_answers_become_records_and_name_the_facts_of_the_reports(self):
        recipients = ["unknown@dest.example", "content@dest.example"]
        for number, recipient in enumerate([*recipients, "later@dest.example"]):
            self.refuse(recipient, f"log{number}")

        def of(records, event, recipient):
            return [r for r in records if (r["event"], r["recipient"]) == (event, recipient)]
        records = self.agent.wait_for_records(
            lambda records: of(records, "delivery", "later@dest.example") and all(len(of(records, "bounce", r)) == 2 for r in recipients),
            seconds=40)
        for recipient in recipients:
            log, report = sorted(of(records, "bounce", recipient), key=lambda r: r["origin"])
            self.assertEqual((log["origin"], report["origin"]), ("delivery-log", "milter-dsn"), self.log())
            for field in ("id", "trust", "category", "action", "status", "reply", "diagnostic"):
                self.assertEqual(log[field], report[field], (field, log, report))
            self.assertEqual(log["source"]["mta"], "sendmail")
        self.assertEqual(len(of(records, "deferral", "later@dest.example")), 2, self.log())
        self.assertEqual(len(of(records, "delivery", "later@dest.example")), 1, self.log())


class Reports(SendmailCase):
    def test_a_foreign_report_passes_the_filter_once(self):
        self.sendmail.send("", ["news@origin.example"], messages.report(["gone@faraway.example"], "foreign"))
        self.assertIsNotNone(self.downstream.wait_for("news@origin.example", 20), self.log())
        record, = self.agent.records()
        self.assertEqual((record["recipient"], record["trust"]), ("gone@faraway.example", "unverified"), self.log())
        self.assertNotIn("daemon=bounce-milter-dsn", self.sendmail.log_text())

    def test_a_report_in_this_hosts_name_from_outside_is_not_local(self):
        forged = messages.report(["victim@dest.example"], "forged").replace("relay.elsewhere.example", "mail.origin.example")
        for sender in ("", "news@origin.example"):
            self.sendmail.send(sender, ["news@origin.example"], forged)
        with self.downstream.arrived:
            self.assertTrue(self.downstream.arrived.wait_for(lambda: len(self.downstream.returned) == 2, timeout=20), self.log())
        records = self.agent.records()
        self.assertEqual({r["trust"] for r in records}, {"unverified"}, self.log())

    def test_mail_to_oneself_does_not_go_round(self):
        self.sendmail.send("news@origin.example", ["news@origin.example"], messages.ordinary("news@origin.example", "self"))
        arrived = self.downstream.wait_for("news@origin.example", 20)
        self.assertIsNotNone(arrived, self.log())
        self.assertEqual(arrived.count(b"Received:"), 2)
        self.assertEqual(self.agent.records(), [])


class Stamps(SendmailCase):
    """With a key; mail of news@ to one recipient gets a signed return path."""

    @classmethod
    def setUpClass(cls):
        cls.agent_options = {"outbound_daemons": ["MSA"], "stamp.key_files": [str(test_trust.make_key(cls))],
                             "return_path.sign": ["news@origin.example"]}

    def sent(self, recipient, sender):
        """What arrived, as (return path, header)."""
        self.sendmail.send(sender, [recipient], messages.ordinary(recipient, recipient.split("@")[0]), submission=True)
        message = self.downstream.wait_for(recipient, 20)
        self.assertIsNotNone(message, self.log())
        with self.downstream.arrived:
            return next(s for s, to, _ in self.downstream.returned if recipient in to), test_trust.header_of(message)

    def trust(self, recipient, text, to="news@origin.example"):
        """Of the record of a report that comes by SMTP."""
        self.sendmail.send("", [to], text)
        records = self.agent.wait_for_records(lambda records: any(r["recipient"] == recipient for r in records), 20)
        return {r["trust"] for r in records if r["recipient"] == recipient}

    def test_a_foreign_report_of_a_stamped_message_is_verified(self):
        _, header = self.sent("good@dest.example", "boss@origin.example")
        self.assertRegex(header, r"(?m)^Bounce-Stamp: v=1; k=[a-z2-7]{8}; t=\d+; m=1;$", self.log())
        for recipient, trust in (("good@dest.example", "verified"), ("victim@elsewhere.example", "unverified")):
            report = test_trust.report([recipient], header.replace("To: good@dest.example\n", ""), id=recipient.split("@")[0])
            self.assertEqual(self.trust(recipient, report), {trust}, self.log())

    def test_a_report_to_a_signed_return_path_is_verified(self):
        sender, _ = self.sent("good2@dest.example", "news@origin.example")
        self.assertRegex(sender, r"^news\+bs[a-z2-7]{24}=good2=dest.example@origin.example$", self.log())
        report = test_trust.report(["good2@dest.example"], "From: news@origin.example")
        self.assertEqual(self.trust("good2@dest.example", report, to=sender), {"verified"}, self.log())

    def test_its_own_report_is_local(self):
        self.refuse("unknown@dest.example", "stamped")
        record, = self.agent.wait_for_records(1, seconds=20)
        self.assertEqual((record["recipient"], record["trust"]), ("unknown@dest.example", "local"), self.log())


class Filter(SendmailCase):
    def test_the_filter_has_its_flag_and_its_times(self):
        configuration = (self.sendmail.configuration / "sendmail.cf").read_text()
        self.assertIn("\nXbounce-milter, S=local:/run/bounce-milter/bounce-milter.sock, F=T, T=C:10s;S:30s;R:30s;E:2m\n", configuration)

    def test_mail_is_held_back_while_the_agent_is_away(self):
        self.agent.stop()
        with self.assertRaises(smtplib.SMTPException) as raised:
            self.sendmail.send("a@elsewhere.example", ["good@dest.example"], messages.ordinary("good@dest.example", "held"))
        self.assertIn("451", str(raised.exception))


class Accepting(SendmailCase):
    lines = "define(`BOUNCE_MILTER_FLAGS', `')dnl"

    def test_mail_passes_while_the_agent_is_away(self):
        self.agent.stop()
        self.sendmail.send("a@elsewhere.example", ["good@dest.example"], messages.ordinary("good@dest.example", "passed"))
        self.assertIsNotNone(self.downstream.wait_for("good@dest.example", 20), self.log())


class RefusedRecipients(SendmailCase):
    """Sendmail 8.17 agrees to SMFIP_RCPT_REJ, and yet tells no filter of a recipient that it refuses itself: bounce-milter(8)."""
    lines = 'LOCAL_RULE_0\nR$*<@closed.example.>$*\t$#error $@ 5.1.1 $: "550 5.1.1 User unknown at the next hop"'
    agent_options = {"outbound_daemons": ["MSA"], "refused_recipients": True}

    def test_a_refusal_stays_as_it_is_and_is_not_told(self):
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as raised:
            self.refuse("mail@closed.example", "refused")
        self.assertEqual(raised.exception.recipients["mail@closed.example"][0], 550)
        self.refuse("unknown@dest.example", "after")
        self.agent.wait_for_records(1, seconds=30)
        self.assertEqual([record["origin"] for record in self.agent.records()], ["milter-dsn"], self.log())
