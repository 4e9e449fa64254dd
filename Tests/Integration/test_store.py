"""From a refusal to the next RCPT: Postfix refuses whom the store suppresses, by the example tables, and takes whom it does not."""
import smtplib

import messages
from agent import Agent
from case import SCRIPT, FolderCase
from downstream import Server
from postfix import Postfix
from store import Store

CLEAR, SUPPRESSED, UNAVAILABLE = 0, 1, 69


class SuppressedRecipients(FolderCase):

    def setUp(self):
        super().setUp()
        self.downstream = self.enter(Server(SCRIPT))
        self.agent = self.enter(Agent(self.folder / "agent", refused_recipients=True))
        self.store = Store(self.folder / "store", self.agent.journal)
        self.follow()  # makes the store: Postfix does not speak with anybody before its table can be opened
        folder = self.folder / "postfix"
        folder.mkdir()
        self.postfix = self.enter(Postfix(
            folder, self.downstream.port, self.agent.milter, smtpd_recipient_restrictions=self.store.restrictions()))

    def follow(self):
        done = self.store.bouncectl("store follow", "--once")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check(self, *addresses):
        return self.store.bouncectl("check", *addresses)

    def assert_state(self, expected):
        for address, state in expected.items():
            done = self.check(address)
            self.assertEqual(done.returncode, state, f"{address}: {done.stdout}{done.stderr}")

    def rcpt(self, *recipients):
        """The replies to RCPT for each, in a session that ends without mail."""
        with smtplib.SMTP("127.0.0.1", self.postfix.submission_port, timeout=30) as client:
            client.ehlo("app.origin.example")
            client.mail("news@origin.example")
            return [(code, text.decode()) for code, text in map(client.rcpt, recipients)]

    def suppress(self, *names):
        """Mails those who are refused, and applies the journal."""
        for name in names:
            self.postfix.send("news@origin.example", [f"{name}@dest.example"], messages.ordinary(name, name), submission=True)
        records = self.agent.wait_for_records(len(names))
        self.assertEqual({r["recipient"] for r in records}, {f"{name}@dest.example" for name in names}, self.postfix.log_text())
        self.follow()

    def test_refused_downstream_then_suppressed_then_refused_at_rcpt(self):
        self.suppress("unknown", "full", "blocked")
        self.assert_state({"unknown@dest.example": SUPPRESSED, "Full@Dest.Example": SUPPRESSED, "blocked@dest.example": CLEAR,
                           "never.mailed@dest.example": CLEAR})
        self.assertEqual(self.check("blocked@dest.example", "full@dest.example").returncode, SUPPRESSED)
        replies = self.rcpt("UNKNOWN@dest.example", "full@DEST.example", "blocked@dest.example", "good@dest.example",
                            "o'neil@dest.example")
        self.assertEqual([code for code, _ in replies], [550, 550, 250, 250, 250], replies)
        for (_, text), category in zip(replies, ("mailbox-unknown", "mailbox-full")):
            self.assertRegex(text, rf"^5\.7\.1 .*Recipient suppressed since 20\d\d-\d\d-\d\d: {category}$")

    def test_a_refusal_by_the_store_suppresses_nobody(self):
        self.suppress("full")
        before = self.check("--json", "full@dest.example").stdout
        self.assertEqual(self.rcpt("full@dest.example")[0][0], 550)
        refusal = self.agent.wait_for_records(2)[-1]
        self.assertEqual((refusal["origin"], refusal["rule"], refusal["action"]), ("milter-rcpt", "sender.suppressed-here", "none"))
        self.follow()
        self.assertEqual(self.check("--json", "full@dest.example").stdout, before)
        self.assertIn("no incident", self.store.bouncectl("store incidents").stdout.lower())

    def test_a_released_address_is_taken_again(self):
        self.suppress("unknown")
        self.assertEqual(self.rcpt("unknown@dest.example")[0][0], 550)
        done = self.store.bouncectl("store release", "unknown@dest.example")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.follow()
        self.assert_state({"unknown@dest.example": CLEAR})
        self.assertEqual(self.rcpt("unknown@dest.example")[0][0], 250)

    def test_asking_a_store_that_is_not_there(self):
        self.store.path.unlink()
        self.assert_state({"anna@dest.example": UNAVAILABLE})
