"""From a refusal to the next RCPT: Postfix refuses whom the store suppresses, by the example tables, and takes whom it does not."""
import shutil
import smtplib
import time

import messages
from agent import RULES, USER, Agent, bouncectl
from case import SCRIPT, FolderCase
from downstream import Server
from postfix import Postfix, default
from postgresql import PostgreSQL
from store import Store, example

CLEAR, SUPPRESSED, UNAVAILABLE, AWAY = 0, 1, 69, 75


class StoreCase(FolderCase):
    """`self.store` is followed, and `self.postfix` looks into it."""

    def setUp(self):
        super().setUp()
        self.downstream = self.enter(Server(SCRIPT))
        self.agent = self.enter(Agent(self.folder / "agent", refused_recipients=True))
        self.store = Store(self.folder / "store", self.agent.journal, postgresql=self.database())
        self.follow()  # makes the store: Postfix does not speak with anybody before its table can be opened
        folder = self.folder / "postfix"
        folder.mkdir()
        self.postfix = self.enter(Postfix(folder, self.downstream.port, self.agent.milter, **self.parameters()))

    def database(self):
        """A PostgreSQL, or None for SQLite."""
        return None

    def parameters(self):
        """Of Postfix."""
        return {"smtpd_recipient_restrictions": self.store.restrictions()}

    def follow(self):
        done = self.store.bouncectl("store follow", "--once")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check(self, *addresses):
        return self.store.bouncectl("check", *addresses)

    def assert_state(self, expected):
        for address, state in expected.items():
            done = self.check(address)
            self.assertEqual(done.returncode, state, f"{address}: {done.stdout}{done.stderr}")

    def rcpt(self, *recipients, port=None):
        """The replies to RCPT for each, in a session that ends without mail; at the submission port where none is named."""
        with smtplib.SMTP("127.0.0.1", port or self.postfix.submission_port, timeout=30) as client:
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


class SuppressedRecipients(StoreCase):
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

    def test_a_typing_error_beside_an_address_does_not_suppress_that_address(self):
        mistyped = "good@dest.example'"
        self.postfix.submit("news@origin.example", [mistyped], messages.ordinary("good", "mistyped"))
        record = self.agent.wait_for_records(1)[0]
        self.assertEqual((record["recipient"], record["category"], record["action"]), (mistyped, "address-syntax", "suppress"))
        self.follow()
        self.assert_state({"good@dest.example": CLEAR, mistyped: SUPPRESSED})
        self.assertEqual(self.rcpt("good@dest.example")[0][0], 250)
        done = self.store.bouncectl("store release", mistyped)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.follow()
        self.assert_state({mistyped: CLEAR})

    def test_asking_a_store_that_is_not_there(self):
        self.store.path.unlink()
        self.assert_state({"anna@dest.example": UNAVAILABLE})


class SuppressedInPostgreSQL(SuppressedRecipients):
    def database(self):
        self.postgresql = self.enter(PostgreSQL(self.folder / "postgresql"))
        return self.postgresql

    def test_asking_a_store_that_is_not_there(self):
        self.suppress("unknown")
        self.postgresql.stop()
        self.assert_state({"unknown@dest.example": AWAY})
        self.assertEqual([code for code, _ in self.rcpt("unknown@dest.example", "good@dest.example")], [451, 451])
        self.postgresql.start()
        self.assert_state({"unknown@dest.example": SUPPRESSED})
        deadline = time.monotonic() + 90  # proxymap tries a host again after a minute
        while (replies := self.rcpt("unknown@dest.example", "good@dest.example"))[0][0] == 451 and time.monotonic() < deadline:
            time.sleep(1)
        self.assertEqual([code for code, _ in replies], [550, 250], replies)


class KnownByItsUser(FolderCase):
    """PostgreSQL of this host, made as bounce-store.toml(5) has it, which takes who connects for the role of the same name."""

    def test_root_asks_as_the_daemons_user(self):
        postgresql = self.enter(PostgreSQL(self.folder / "postgresql"))
        postgresql.sql(f"CREATE ROLE {USER} LOGIN")
        postgresql.sql(f"CREATE DATABASE bounces OWNER {USER}")
        rules = postgresql.folder / "data/pg_hba.conf"
        rules.write_text("local bounces all peer\n" + rules.read_text())
        postgresql.stop()
        postgresql.start()
        spool = self.folder / "spool"
        spool.mkdir()
        (spool / "journal").touch()
        shutil.chown(spool, USER)
        configuration = self.folder / "bounce-store.toml"
        configuration.write_text(f'store = "postgresql:host={postgresql.folder} port={postgresql.port} dbname=bounces"\n'
                                 f'journals = ["{spool}/journal"]\nown_journal = "{spool}/reversals"\nrules_dir = "{RULES}"\n')
        plain = self.folder / "list.csv"
        plain.write_text("email\nanna@dest.example\n")
        report = self.folder / "report.csv"
        for status, *command in ((0, "store", "follow", "--once"), (0, "check", "anna@dest.example"), (0, "store", "import", plain),
                                 (0, "store", "follow", "--once"), (SUPPRESSED, "check", "anna@dest.example"), (0, "stats"),
                                 (0, "store", "filter", "--report", report, plain), (0, "store", "release", "anna@dest.example"),
                                 (0, "check", "anna@dest.example")):
            done = bouncectl(*command, "-c", configuration)
            self.assertEqual(done.returncode, status, f"{command}: {done.stdout}{done.stderr}")
        self.assertEqual(report.stat().st_uid, 0)


class SubmissionAlone(StoreCase):
    """The table in the submission service of master.cf only, by a name in main.cf that proxy_read_maps has too."""

    def parameters(self):
        restrictions = self.store.restrictions(r"^# +submission_recipients = (.*)")
        return {"submission_recipients": restrictions.replace("permit_sasl_authenticated", "permit_mynetworks"),
                "proxy_read_maps": "$submission_recipients " + default("proxy_read_maps"),
                "submission_options": example(r"^# +(-o smtpd_recipient_restrictions=\$.*)")}

    def test_whom_the_submission_service_refuses(self):
        self.suppress("unknown")
        self.assertEqual(self.rcpt("unknown@dest.example", "good@dest.example")[0][0], 550, self.postfix.log_text())
        self.assertEqual([code for code, _ in self.rcpt("unknown@dest.example", port=self.postfix.port)], [250])
