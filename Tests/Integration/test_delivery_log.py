"""The MTA's log under the agent: each answer of another server once, whoever tells of it first, over rotations and crashes."""
import collections
import contextlib
import json
import os
import sqlite3
import subprocess
import time

import messages
from agent import Agent
from case import FolderCase, PostfixCase
from store import Store

ALIASES = {"alias@origin.example": "unknown@dest.example", "team@origin.example": "full@dest.example later@dest.example",
           "staff@origin.example": "unknown@dest.example good@dest.example"}


class LogCase(PostfixCase):
    """The agent follows the log of the Postfix that is started after it: the log is not there yet."""
    log_options = {}
    postfix_parameters = {"virtual_alias_maps": "inline:{%s}" % ", ".join("{%s = %s}" % pair for pair in ALIASES.items())}

    @property
    def agent_options(self):
        return {"delivery_log.path": str(self.folder / "postfix/maillog"), **self.log_options}

    def setUp(self):
        super().setUp()
        self.downstream.script = {
            **self.downstream.script,
            "later": ("RCPT", "452 4.2.2 <%s>: mailbox is full, try again later", 2),
            "never": ("RCPT", "450 4.7.1 <%s>: not today"),
        }

    def of(self, event, records=None):
        return [r for r in (self.agent.records() if records is None else records) if r["event"] == event]

    def send(self, name, *recipients):
        self.postfix.send("news@origin.example", list(recipients), messages.ordinary(recipients[0], name))


class OnlyTheLog(LogCase):
    """No milter sees Postfix's own reports."""
    log_options = {"delivery_log.record_deliveries": True}
    postfix_parameters = {**LogCase.postfix_parameters, "non_smtpd_milters": ""}

    def test_what_servers_answer_becomes_records(self):
        self.send("answers", "unknown@dest.example", "later@dest.example", "good@dest.example")
        # Postfix's report of unknown@dest.example is delivered too, and no record is made of that.
        records = self.agent.wait_for_records(lambda records: len(self.of("delivery", records)) >= 2, seconds=40)
        first = {(r["event"], r["recipient"].split("@")[0]): r for r in reversed(records)}
        bounce = first["bounce", "unknown"]
        self.assertEqual((bounce["status"], bounce["reply"], bounce["command"], bounce["category"], bounce["action"]),
                         ("5.1.1", 550, "RCPT TO", "mailbox-unknown", "suppress"), self.log())
        self.assertEqual((bounce["origin"], bounce["trust"], bounce["source"]["mta"]), ("delivery-log", "local", "postfix"))
        self.assertEqual(bounce["diagnostic"],
                         "<unknown@dest.example>: Recipient address rejected: User unknown in virtual mailbox table")
        deferral = first["deferral", "later"]
        self.assertEqual((deferral["status"], deferral["reply"], deferral["action"]), ("4.2.2", 452, "retry"))
        self.assertEqual(collections.Counter((r["event"], r["recipient"].split("@")[0]) for r in records), {
            ("bounce", "unknown"): 1, ("deferral", "later"): 2, ("delivery", "later"): 1, ("delivery", "good"): 1}, self.log())
        self.assertEqual(len({r["id"] for r in records}), len(records))
        self.assert_verified()

    def test_lines_written_while_the_agent_is_away_over_a_rotation(self):
        self.send("one", "unknown@dest.example")
        self.agent.wait_for_records(1)
        self.agent.kill()
        # The message waits for the filter; the log goes on meanwhile.
        log = self.postfix.log
        self.postfix.command("postconf", "-e", "smtpd_milters=")
        # Not a reload: a server that has not heard of it yet would ask for the filter.
        for command in ("stop", "start"):
            self.postfix.command("postfix", command)
        self.postfix.wait_for_port()
        self.send("two", "unknown2@dest.example")
        self.assertTrue(self.postfix.wait_until_empty(20), self.log())
        log.rename(f"{log}.1")
        log.touch(mode=0o644)  # as logrotate's "create"; Postfix alone would make it for root
        self.postfix.command("postfix", "reload")
        self.send("three", "full@dest.example")
        self.assertTrue(self.postfix.wait_until_empty(20), self.log())
        self.agent.start()
        records = self.agent.wait_for_records(lambda records: len(self.of("bounce", records)) >= 3)
        self.assertEqual([r["recipient"].split("@")[0] for r in self.of("bounce", records)], ["unknown", "unknown2", "full"], self.log())


class Failures(LogCase):
    """Deliveries are not recorded, but what ends failures is: somebody who takes each message in the end never failed in a row."""
    # Nothing is tried again before the test says so.
    postfix_parameters = {**LogCase.postfix_parameters, "minimal_backoff_time": "60s", "maximal_backoff_time": "60s"}

    def test_the_delivery_after_failures_is_recorded(self):
        self.downstream.script["busy"] = ("RCPT", "450 4.2.0 <%s>: mailbox busy, try again", 1)
        self.send("busy", "busy@dest.example", "good@dest.example")
        self.agent.wait_for_records(lambda records: self.of("deferral", records))
        store = Store(self.folder / "store", self.agent.journal)
        self.assertEqual(self.failures(store), 1, self.log())
        self.agent.stop()
        self.agent.start()
        self.postfix.flush()
        self.assertTrue(self.postfix.wait_until_empty(20), self.log())
        records = self.agent.wait_for_records(lambda records: self.of("delivery", records))
        told = [(r["event"], r["recipient"], r["trust"]) for r in records]
        self.assertEqual(told, [(event, "busy@dest.example", "local") for event in ("deferral", "delivery")], self.log())
        self.assertEqual(self.failures(store), 0)
        self.downstream.refused.clear()
        self.downstream.script["busy"] = ("RCPT", "552 5.2.2 <%s>: mailbox full", 1)
        for message in ("full", "again", "once more"):
            self.send(message, "busy@dest.example", "good@dest.example")
            self.assertTrue(self.postfix.wait_until_empty(20), self.log())
        self.agent.wait_for_records(lambda records: len(self.of("delivery", records)) == 2)
        self.assertEqual(self.failures(store), 0)

    def test_an_alias_with_a_member_who_is_gone(self):
        store = Store(self.folder / "store", self.agent.journal)
        for message in ("first", "second"):
            self.send(message, "staff@origin.example", "alias@origin.example")
            self.assertTrue(self.postfix.wait_until_empty(20), self.log())
        self.agent.wait_for_records(lambda records: self.of("delivery", records) and len(self.of("bounce", records)) == 4)
        self.assertEqual({r["final_recipient"] for r in self.of("delivery")}, {"good@dest.example"}, self.log())
        done = store.bouncectl("store follow", "--once")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(store.bouncectl("check", "staff@origin.example").returncode, 0, self.log())
        alone = store.bouncectl("check", "alias@origin.example")
        self.assertEqual(alone.returncode, 1, self.log())
        self.assertRegex(alone.stdout, r"\n  why +Dest\.example said .*\n(.*\n)+  final recipient +unknown@dest\.example\n")

    def failures(self, store):
        """How many failures in a row the store knows of the one address."""
        done = store.bouncectl("store follow", "--once")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with contextlib.closing(sqlite3.connect(store.path)) as database:
            [(strikes,)] = database.execute("SELECT strikes FROM address WHERE address = 'busy@dest.example'").fetchall()
        return len((strikes or "").splitlines())


class ContentFilter(LogCase):
    """Each message goes by SMTP to the second port, and from there on under another queue ID."""
    log_options = {"delivery_log.record_deliveries": True}
    postfix_parameters = {"submission_options": "-o content_filter="}

    def test_what_goes_to_the_filter_is_no_delivery(self):
        self.postfix.command("postconf", "-e", f"content_filter=smtp:[127.0.0.1]:{self.postfix.submission_port}")
        for command in ("stop", "start"):
            self.postfix.command("postfix", command)
        self.postfix.wait_for_port()
        # Of the first message the log may tell only afterwards that it went on.
        self.send("first", "good@dest.example")
        self.assertTrue(self.postfix.wait_until_empty(), self.log())
        time.sleep(0.5)
        first = len(self.agent.records())
        for name in ("one", "two"):
            self.send(name, "unknown@dest.example", "good@dest.example")
        self.agent.wait_for_records(first + 4, seconds=40)
        self.assertTrue(self.postfix.wait_until_empty(), self.log())
        time.sleep(0.5)
        records = self.agent.records()[first:]
        self.assertEqual(self.postfix.log_text().count("queued as"), 5)
        self.assertEqual(collections.Counter((r["event"], r["recipient"].split("@")[0]) for r in records), {
            ("bounce", "unknown"): 2, ("delivery", "good"): 2}, self.log())
        self.assertEqual(len({r["message"]["queue_id"] for r in records}), 2)


class Campaigns(LogCase):
    """The campaign of each record: what the milter saw leave, joined with what the log tells, counted by the store."""
    log_options = {"delivery_log.record_deliveries": True, "campaign_header": "List-ID"}

    def send(self, campaign, *recipients):
        text = messages.ordinary(recipients[0], campaign).replace("Subject:", f"List-ID: News <{campaign}.origin.example>\nSubject:")
        self.postfix.send("news@origin.example", list(recipients), text, submission=True)

    def test_sent_mail_is_counted_by_campaign(self):
        self.send("spring", "good@dest.example", "unknown@dest.example", "later@dest.example")
        self.agent.wait_for_records(lambda records: self.of("deferral", records))
        # What is known of the one that waits is known after a restart.
        self.agent.stop()
        self.agent.start()
        self.send("autumn", "good2@dest.example", "blocked@dest.example")
        self.postfix.send("boss@origin.example", ["good3@dest.example"], messages.ordinary("good3@dest.example", "none"), submission=True)
        records = self.agent.wait_for_records(lambda records: len(self.of("delivery", records)) >= 4, seconds=40)
        campaigns = {(r["recipient"].split("@")[0], r["event"]): r["message"].get("campaign") for r in records}
        spring, autumn = "spring.origin.example", "autumn.origin.example"
        self.assertEqual(campaigns, {
            ("good", "delivery"): spring, ("unknown", "bounce"): spring, ("later", "deferral"): spring, ("later", "delivery"): spring,
            ("good2", "delivery"): autumn, ("blocked", "bounce"): autumn, ("good3", "delivery"): None},
            self.log())
        store = Store(self.folder / "store", self.agent.journal)
        done = store.bouncectl("store follow", "--once")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.counts(store, "campaign"), {spring: (3, 2, 1, 0), autumn: (2, 1, 0, 1), "": (1, 1, 0, 0)})
        self.assertEqual(self.counts(store, "sending-domain"), {"origin.example": (6, 4, 1, 1)})

    def counts(self, store, group):
        done = store.bouncectl("stats", "--by", group, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["name"]: tuple(line[key] for key in ("sent", "delivered", "hard", "block")) for line in lines if "name" in line}

    def test_a_report_tells_the_campaign_of_what_it_returns(self):
        text = messages.report(["gone@faraway.example"], "campaign").replace(
            "Subject: Monthly", "List-ID: News <winter.origin.example>\nSubject: Monthly")
        self.postfix.send("", ["news@origin.example"], text)
        records = self.agent.wait_for_records(lambda records: self.of("bounce", records))
        self.assertEqual(self.of("bounce", records)[0]["message"]["campaign"], "winter.origin.example")


class OneFactOneRecord(LogCase):
    def test_log_and_report_are_one_record(self):
        self.send("aliases", "alias@origin.example", "team@origin.example", "content@dest.example", "unknown2@dest.example")
        self.assertTrue(self.postfix.wait_until_empty(40), self.log())
        time.sleep(1)
        records = self.agent.records()
        self.assertEqual(collections.Counter((r["recipient"], r.get("final_recipient")) for r in self.of("bounce", records)), {
            ("alias@origin.example", "unknown@dest.example"): 1, ("team@origin.example", "full@dest.example"): 1,
            ("content@dest.example", None): 1, ("unknown2@dest.example", None): 1}, self.log())
        self.assertEqual(len({r["id"] for r in records}), len(records))
        self.assert_verified()

    def test_a_report_that_comes_again_after_a_restart(self):
        for number in range(3):
            self.postfix.send("", ["news@origin.example"], messages.report(["again@faraway.example"], "twice"))
            self.assertTrue(self.postfix.wait_until_empty(20), self.log())
            if number == 1:
                self.agent.stop()
                self.agent.start()
        self.assertEqual(len(self.agent.records()), 1, self.log())


class EachSighting(LogCase):
    """Nothing is remembered: both sources are recorded, and give the same id."""
    log_options = {"recent_ids": 0}
    postfix_parameters = {
        **LogCase.postfix_parameters, "maximal_queue_lifetime": "4s", "bounce_queue_lifetime": "4s", "queue_run_delay": "1s"}

    def test_log_and_report_have_the_same_id(self):
        self.send("each", "alias@origin.example", "full@dest.example", "never@dest.example", "content@dest.example")
        self.assertTrue(self.postfix.wait_until_empty(60), self.log())
        records = self.agent.wait_for_records(lambda records: len(self.of("bounce", records)) >= 8, seconds=10)
        seen = collections.defaultdict(set)
        for record in self.of("bounce", records):
            seen[record["recipient"], record["id"]].add(record["origin"])
        self.assertEqual(sorted((recipient, sorted(origins)) for (recipient, _), origins in seen.items()), [
            (recipient, ["delivery-log", "milter-dsn"]) for recipient in
            ("alias@origin.example", "content@dest.example", "full@dest.example", "never@dest.example")], self.log())
        # What the log says is what the report says.
        verdicts = {(r["recipient"], r["category"], r["action"], r.get("status"), r.get("reply"), r.get("diagnostic"))
                    for r in self.of("bounce", records)}
        self.assertEqual(len(verdicts), 4, verdicts)


class Pipe(FolderCase):
    """A log that comes through a named pipe, from a program that follows something, as "journalctl -f" does: here tail(1)."""

    def setUp(self):
        super().setUp()
        self.pipe, self.source = self.folder / "log", self.folder / "source"
        self.source.touch()
        self.make_pipe()
        self.agent = self.enter(Agent(self.folder / "agent", **{"delivery_log.path": str(self.pipe)}))

    def make_pipe(self):
        os.mkfifo(self.pipe)
        self.pipe.chmod(0o644)

    def start_writer(self):
        """Only opens the pipe when the agent reads it."""
        with open(self.source, "w"):
            pass
        return subprocess.Popen(["sh", "-c", f"exec tail -f -n 0 {self.source} >{self.pipe}"])

    def kill(self, writer):
        writer.kill()
        writer.wait(timeout=10)

    def refuse(self, name):
        """A line for the writer; it may not have come to the end of its source yet."""
        line = (f"Nov 21 10:00:00 mx postfix/smtp[1]: 4{name}: to=<{name}@dest.example>, relay=mx.dest.example[192.0.2.1]:25, delay=1, "
                "dsn=5.1.1, status=bounced (host mx.dest.example[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))\n")
        time.sleep(0.5)
        with open(self.source, "a") as source:
            source.write(line)

    def assert_recorded(self, *names):
        records = self.agent.wait_for_records(len(names), seconds=20)
        self.assertEqual([r["recipient"].split("@")[0] for r in records], list(names), self.agent.log.read_text())

    def test_its_writer_is_killed_and_started_again(self):
        for number in range(3):
            writer = self.start_writer()
            self.refuse(f"r{number}")
            self.assert_recorded(*(f"r{n}" for n in range(number + 1)))
            if number == 1:
                # Killed within a line.
                with open(self.source, "a") as source:
                    source.write("Nov 21 10:00:00 mx postfix/smtp[1]: 4torn: to=<torn@dest.exa")
                time.sleep(1.5)
            self.kill(writer)
            # A service manager waits as well: the end of the one is seen before the other begins.
            time.sleep(1)
        self.assertEqual(self.agent.log.read_text().count("followed from"), 1)

    def test_it_is_made_anew(self):
        for number in range(3):
            writer = self.start_writer()
            self.refuse(f"r{number}")
            self.assert_recorded(*(f"r{n}" for n in range(number + 1)))
            self.kill(writer)
            self.pipe.unlink()
            time.sleep(0.5)
            self.make_pipe()

    def test_the_agent_is_started_again(self):
        writer = self.start_writer()
        self.refuse("one")
        self.assert_recorded("one")
        self.agent.stop()
        self.agent.start()
        # The writer ended with the pipe's reader, at the latest with its next line: a service manager starts it again.
        self.kill(writer)
        writer = self.start_writer()
        self.refuse("two")
        self.assert_recorded("one", "two")
        self.kill(writer)
