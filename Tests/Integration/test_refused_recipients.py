"""Recipients that Postfix itself refuses: those of our own mail are recorded, those of strangers never."""
import smtplib

import messages
from case import PostfixCase


class RefusedRecipients(PostfixCase):
    agent_options = {"refused_recipients": True}
    postfix_parameters = {
        # The answers of the downstream server, passed on at RCPT.
        "smtpd_recipient_restrictions": "check_recipient_access inline:{{gone@origin.example=550 5.1.1 No such person here}}, "
                                        "reject_unverified_recipient, permit",
        "unverified_recipient_reject_code": "550", "unverified_recipient_defer_code": "450", "address_verify_poll_count": "20",
        "address_verify_poll_delay": "1s", "address_verify_map": "",
    }

    def setUp(self):
        super().setUp()
        self.downstream.script["later"] = ("RCPT", "451 4.3.0 <%s>: Temporary lookup failure")

    def refused(self, recipients, submission=True, sender="news@origin.example"):
        """Says RCPT for each in one session, then DATA where one was taken; returns the replies."""
        port = self.postfix.submission_port if submission else self.postfix.port
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.ehlo("app.origin.example")
            client.mail(sender)
            replies = [client.rcpt(recipient) for recipient in recipients]
            if any(code == 250 for code, _ in replies):
                client.data(messages.ordinary("list", "refused"))
        return replies

    def test_what_the_downstream_server_refuses_at_verification(self):
        replies = self.refused(["unknown@dest.example", "good@dest.example", "full@dest.example", "later@dest.example"])
        self.assertEqual([code for code, _ in replies], [550, 250, 550, 450], replies)
        records = {r["recipient"].split("@")[0]: r for r in self.agent.wait_for_records(3)}
        self.assertEqual({name: (r["event"], r["category"], r["action"], r["status"], r["origin"], r["trust"])
                          for name, r in records.items()}, {
            "unknown": ("bounce", "mailbox-unknown", "suppress", "5.1.1", "milter-rcpt", "local"),
            "full": ("bounce", "mailbox-full", "suppress", "5.2.2", "milter-rcpt", "local"),
            "later": ("deferral", "system-error", "retry", "4.3.0", "milter-rcpt", "local"),
        }, self.log())
        unknown = records["unknown"]
        self.assertEqual((unknown["reply"], unknown["command"], unknown["message"], unknown["source"]["mta"]),
                         (550, "RCPT TO", {"sender": "news@origin.example"}, "postfix"))
        self.assertEqual(unknown["diagnostic"],
                         "<unknown@dest.example>: Recipient address rejected: User unknown in virtual mailbox table")
        self.assertIsNotNone(self.downstream.wait_for("good@dest.example", 20), self.log())
        self.assert_verified()

    def test_a_session_in_which_nobody_is_left(self):
        self.assertEqual([code for code, _ in self.refused(["gone@origin.example", "unknown@dest.example"])], [550, 550])
        records = self.agent.wait_for_records(2)
        self.assertEqual([(r["recipient"], r["status"], r["category"]) for r in records], [
            ("gone@origin.example", "5.1.1", "mailbox-unknown"), ("unknown@dest.example", "5.1.1", "mailbox-unknown")], self.log())

    def test_refusals_to_strangers_are_not_recorded(self):
        replies = self.refused(["gone@origin.example", "unknown@dest.example", "good@dest.example"], submission=False,
                               sender="someone@elsewhere.example")
        self.assertEqual([code for code, _ in replies], [550, 550, 250], replies)
        self.assertEqual(self.refused(["gone@origin.example"], submission=False, sender="")[0][0], 550)
        self.assertIsNotNone(self.downstream.wait_for("good@dest.example", 20), self.log())
        self.assertEqual(self.agent.records(), [], self.log())
