"""Other clients of the milter protocol than Postfix: miltertest (OpenDKIM's), and bouncectl replay."""
import gzip
import json
import pathlib
import re
import shutil
import subprocess
import unittest

import messages
from agent import Agent, bouncectl
from case import FolderCase


class AgentCase(FolderCase):
    agent_options = {}

    def setUp(self):
        super().setUp()
        self.agent = self.enter(Agent(self.folder / "agent", **self.agent_options))


@unittest.skipUnless(shutil.which("miltertest"), "miltertest is not installed")
class ForeignClient(AgentCase):
    def test_a_report(self):
        script = pathlib.Path(__file__).with_name("foreign.lua")
        done = subprocess.run(
            ["miltertest", "-D", f"socket=unix:{self.agent.socket}", "-D", "recipient=lua@faraway.example", "-s", script],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + self.agent.log.read_text())
        records = self.agent.records()
        self.assertEqual([(r["recipient"], r["category"], r["source"]["queue_id"]) for r in records],
                         [("lua@faraway.example", "mailbox-unknown", "FOREIGN1")])


class Replay(AgentCase):
    def test_into_the_agent(self):
        path = self.folder / "one.eml"
        path.write_text(messages.report(["one@faraway.example"], "one"))
        done = bouncectl("replay", "--json", "--socket", self.agent.milter, "--to", "news@origin.example", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertIn(answer["answer"], ("continue", "accept"))
        self.assertEqual(answer["stage"], "end of message")
        live, = self.agent.records()
        offline, = json.loads(bouncectl("classify", "--json", path).stdout)["events"]
        for record in (live, offline):
            for place in ("time", "origin", "source", "seq", "crc"):
                record.pop(place, None)
        self.assertEqual(live, offline, "the live path and the tool say the same")

    def test_the_reverse_path_is_the_messages_own(self):
        plain = messages.ordinary("someone@origin.example", "plain")
        for field, options, sender in (
                ("Return-Path: <a@elsewhere.example>\n", [], "a@elsewhere.example"), ("Return-Path: <>\n", [], ""),
                ("Return-Path: <a@elsewhere.example>\n", ["--from", ""], "")):
            path = self.folder / "plain.eml"
            path.write_text(field + plain)
            done = bouncectl("replay", "--json", "--socket", self.agent.milter, *options, path)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            self.assertEqual((answer["from"], answer["stage"]), (sender, "body" if sender else "end of message"))
        self.assertIn("from <> to ", bouncectl("replay", "--socket", self.agent.milter, "--from", "", path).stdout)

    def test_what_is_no_message_is_not_sent(self):
        good = self.folder / "one.eml"
        good.write_text(messages.report(["one@faraway.example"], "one"))
        for name, content, says in (("a.eml.gz", gzip.compress(good.read_bytes()), "compressed by gzip"), ("empty", b"", "empty: empty"),
                                    ("binary", bytes(range(256)), "binary: no mail message: it has no header"),
                                    ("text", b"\nno header\n", "text: no mail message: it has no header")):
            path = self.folder / name
            path.write_bytes(content)
            done = bouncectl("replay", "--json", "--socket", self.agent.milter, "--from", "", path, good)
            self.assertEqual(done.returncode, 65, done.stderr)
            self.assertIn(says, done.stderr)
            self.assertEqual([json.loads(line)["path"] for line in done.stdout.splitlines()], [str(good)])

    def test_ordinary_mail_is_let_go_early(self):
        path = self.folder / "plain.eml"
        path.write_text(messages.ordinary("someone@origin.example", "plain"))
        done = bouncectl("replay", "--socket", self.agent.milter, "--from", "a@elsewhere.example", "--to", "b@origin.example", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("accept at", done.stdout)
        self.assertNotIn("end of message", done.stdout)
        self.assertEqual(self.agent.records(), [])


class MailboxCase(AgentCase):
    def replay(self, text, *options, status=0, name="mbox", socket=None):
        path = self.folder / name
        path.write_text(text)
        done = bouncectl("replay", "--socket", socket or self.agent.milter, *options, path)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done


class ReplayOfAMailbox(MailboxCase):
    """`replay --socket` of what deliveries left on disk: from whom it was, and what the agent makes of it."""

    def test_the_sender_is_told_by_what_delivery_left(self):
        letter, report = messages.ordinary("kate@origin.example", "1"), messages.report(["one@b.example"], "r1")
        mbox = (f"From ann@elsewhere.example Sat Nov 21 04:12:43 2026\n{letter}\n"
                f"From MAILER-DAEMON Sat Nov 21 04:12:44 2026\n{report}\n"
                f"From bob@elsewhere.example Sat Nov 21 04:12:45 2026\nReturn-Path: <eve@elsewhere.example>\n{letter}\n")
        senders = re.findall("from <(.*)> to ", self.replay(mbox).stdout)
        self.assertEqual(senders, ["ann@elsewhere.example", "", "eve@elsewhere.example"])
        self.assertIn(" from <> to <postmaster@localhost>: ", self.replay(report, name="report.eml").stdout)
        done = self.replay(letter, status=65, name="letter.eml")
        self.assertIn("letter.eml, message 0: not sent: nothing in it tells its sender; give it with --from", done.stderr)
        self.assertIn(" from <ann@elsewhere.example> to ", self.replay(letter, "--from", "ann@elsewhere.example", name="letter.eml").stdout)

    def test_the_verdict_is_shown_where_the_journal_is_known(self):
        report = messages.report(["one@b.example", "two@b.example"], "r2")
        self.assertNotIn("recorded", self.replay(report).stdout)
        shown = self.replay(report.replace("r2@", "r3@"), "-c", self.agent.configuration).stdout
        for name in ("one", "two"):
            self.assertRegex(shown, rf"\n    recorded +bounce <{name}@b.example>: mailbox-unknown, suppress, rule \S+, trust unverified\n")
        for socket in (self.agent.milter, self.agent.socket, f"local:{self.agent.socket}"):
            again = self.replay(report, "-c", self.agent.configuration, socket=socket).stdout
            self.assertRegex(again, r"\n    recorded +nothing new of this bounce\n")
        letter = self.replay(messages.ordinary("a@b.example", "1"), "--from", "a@b.example", "-c", self.agent.configuration).stdout
        self.assertRegex(letter, r"\n    recorded +nothing: no report\n")
        done = self.replay(report.replace("r2@", "r4@"), "--json", "-c", self.agent.configuration)
        line = json.loads(done.stdout)
        self.assertEqual([r["recipient"] for r in line["records"]], ["one@b.example", "two@b.example"])

    def test_the_recipient_is_told_by_what_delivery_left(self):
        report = messages.report(["one@b.example"], "r5")
        for fields, recipient in (
                ("X-Original-To: news@origin.example\nDelivered-To: root@mail.origin.example\n", "news@origin.example"),
                ("Delivered-To: box@origin.example\n", "box@origin.example"), ("Envelope-to: <box@origin.example>\n", "box@origin.example"),
                ("X-Original-To: nobody\n", "postmaster@localhost")):
            self.assertIn(f" from <> to <{recipient}>: ", self.replay(fields + report).stdout)
        self.assertIn(" to <a@b.example>, <b@b.example>: ", self.replay(report, "--to", "a@b.example", "--to", "b@b.example").stdout)


class ReplayAfterAnOutage(MailboxCase):
    """As the README has it where list managers of this host hand their mail to port 25."""
    agent_options = {"outbound_networks": ["127.0.0.0/8", "::1"], "return_path.verp": ["talk-bounces+*@origin.example"],
                     "bounce_addresses": ["talk-bounces+*@origin.example"]}

    def test_a_report_that_has_a_sender(self):
        report = "Return-Path: <handler@isp.example>\n" + messages.report(["one@b.example"], "r6")
        again = ("-c", self.agent.configuration)
        shown = self.replay(report, *again, "--client", "localhost[127.0.0.1]").stdout
        self.assertRegex(shown, r"\n    recorded +nothing: this bounce was let pass at (mail|body), ")
        self.assertRegex(self.replay(report, *again).stdout, r"\n    recorded +bounce <one@b.example>: ")

    def test_the_return_path_names_the_recipient(self):
        notice = ("Return-Path: <handler@isp.example>\nX-Original-To: talk-bounces+ann=b.example@origin.example\n"
                  "From: Mail Administrator <postmaster@isp.example>\nSubject: Mail System Error - Returned Mail\nMessage-ID: <r7@isp.example>\n\n"
                  "Your message could not be delivered because the user does not exist.\n")
        shown = self.replay(notice, "-c", self.agent.configuration).stdout
        self.assertRegex(shown, r"\n    recorded +bounce <ann@b.example>: mailbox-unknown, ")
