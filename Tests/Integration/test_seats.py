"""The two seats in a real Postfix: its own reports of what another server refused, and reports that come by SMTP."""
import messages
from case import PostfixCase


class Seats(PostfixCase):
    def test_refusals_downstream_become_records(self):
        recipients = ["unknown@dest.example", "full@dest.example", "blocked@dest.example", "content@dest.example"]
        for number, recipient in enumerate(recipients):
            self.postfix.send("news@origin.example", [recipient], messages.ordinary(recipient, f"seat{number}"))
        records = self.agent.wait_for_records(4)
        self.assertEqual(sorted(r["recipient"] for r in records), sorted(recipients), self.log())
        by_name = {r["recipient"].split("@")[0]: r for r in records}
        self.assertEqual({n: (r["event"], r["category"], r["action"]) for n, r in by_name.items()}, {
            "unknown": ("bounce", "mailbox-unknown", "suppress"),
            "full": ("bounce", "mailbox-full", "suppress"),
            "blocked": ("bounce", "blocklisted", "investigate"),
            "content": ("bounce", "content-refused", "investigate"),
        })
        unknown = by_name["unknown"]
        self.assertEqual((unknown["status"], unknown["reply"], unknown["origin"], unknown["trust"]),
                         ("5.1.1", 550, "milter-dsn", "local"))
        self.assertEqual(unknown["message"]["message_id"], "seat0@origin.example")
        self.assertEqual(unknown["message"]["sender"], "news@origin.example")
        self.assertIn(unknown["message"]["queue_id"], self.postfix.log_text())
        self.assertEqual(unknown["source"]["mta"], "postfix")
        self.assertIn("expires", by_name["full"])
        self.assert_verified()

    def test_one_message_many_recipients(self):
        recipients = ["unknown@dest.example", "unknown2@dest.example", "good@dest.example"]
        self.postfix.send("news@origin.example", recipients, messages.ordinary("list", "many"))
        self.assertIsNotNone(self.downstream.wait_for("good@dest.example", 20), self.log())
        self.assertIsNotNone(self.downstream.wait_for("news@origin.example", 20), self.log())
        records = self.agent.wait_for_records(2)
        self.assertEqual({r["recipient"] for r in records}, set(recipients[:2]), self.log())

    def test_report_by_smtp(self):
        recipients = [f"person{n}@faraway.example" for n in range(3)]
        self.postfix.send("", ["news@origin.example"], messages.report(recipients, "outside"))
        records = self.agent.wait_for_records(3)
        self.assertEqual([r["recipient"] for r in records], recipients, self.log())
        for record in records:
            self.assertEqual((record["category"], record["trust"]), ("mailbox-unknown", "unverified"))
            self.assertEqual(record["report"]["reporting_mta"], "relay.elsewhere.example")
        self.assertIsNotNone(self.downstream.wait_for("news@origin.example", 20), "the report itself is still delivered")

    def test_ordinary_mail_passes_unchanged_and_unrecorded(self):
        message = messages.ordinary("good@dest.example", "plain")
        self.postfix.send("someone@elsewhere.example", ["good@dest.example"], message)
        self.postfix.send("news@origin.example", ["good2@dest.example"], message, submission=True)
        for recipient in ("good@dest.example", "good2@dest.example"):
            arrived = self.downstream.wait_for(recipient, 20)
            self.assertIsNotNone(arrived, self.log())
            self.assertTrue(arrived.decode().endswith(message[message.index("From:"):]), arrived)
        self.assertEqual(self.agent.records(), [])


class Discarding(PostfixCase):
    agent_options = {"discard_captured": True}

    def test_a_captured_report_is_dropped_once_recorded(self):
        self.postfix.send("", ["news@origin.example"], messages.report(["gone@faraway.example"], "discard"))
        self.assertEqual(len(self.agent.wait_for_records(1)), 1, self.log())
        self.assertTrue(self.postfix.wait_until_empty(20))
        self.assertIsNone(self.downstream.wait_for("news@origin.example", 1))
