"""Other clients of the milter protocol than Postfix: miltertest (OpenDKIM's), and bouncectl replay."""
import json
import pathlib
import shutil
import subprocess
import unittest

import messages
from agent import Agent, bouncectl
from case import FolderCase


class AgentCase(FolderCase):
    def setUp(self):
        super().setUp()
        self.agent = self.enter(Agent(self.folder / "agent"))


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
                ("Return-Path: <a@elsewhere.example>\n", [], "a@elsewhere.example"), ("Return-Path: <>\n", [], ""), ("", [], ""),
                ("Return-Path: <a@elsewhere.example>\n", ["--from", ""], "")):
            path = self.folder / "plain.eml"
            path.write_text(field + plain)
            done = bouncectl("replay", "--json", "--socket", self.agent.milter, *options, path)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            self.assertEqual((answer["from"], answer["stage"]), (sender, "body" if sender else "end of message"))
        self.assertIn("from <>: ", bouncectl("replay", "--socket", self.agent.milter, "--from", "", path).stdout)

    def test_ordinary_mail_is_let_go_early(self):
        path = self.folder / "plain.eml"
        path.write_text(messages.ordinary("someone@origin.example", "plain"))
        done = bouncectl("replay", "--socket", self.agent.milter, "--from", "a@elsewhere.example", "--to", "b@origin.example", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("accept at", done.stdout)
        self.assertNotIn("end of message", done.stdout)
        self.assertEqual(self.agent.records(), [])
