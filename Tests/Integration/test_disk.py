"""The disk fails: the MTA is told to try again, and the agent recovers by itself."""
import smtplib
import subprocess

import messages
from agent import DAEMON
from case import PostfixCase


class DiskFull(PostfixCase):
    def journal_folder(self, stack):
        folder = self.folder / "small"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            self.skipTest(f"no tmpfs can be mounted here: {done.stderr.strip()}")
        stack.callback(subprocess.run, ["umount", "--lazy", folder])
        return folder

    def fill(self):
        """The file that leaves no room for another byte."""
        filler = self.agent.journal.parent / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        return filler

    def test_full_then_free(self):
        filler = self.fill()
        tested = subprocess.run([DAEMON, "-n", "-c", self.agent.configuration], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(tested.returncode, 0, tested.stderr)
        self.assertIn(f"warning: journal: {self.agent.journal}: its file system is full", tested.stderr)
        report = messages.report(["full@faraway.example"], "diskfull")
        with self.assertRaises(smtplib.SMTPDataError) as refusal:
            self.postfix.send("", ["news@origin.example"], report)
        self.assertEqual(refusal.exception.smtp_code, 451, self.log())
        self.assertIn("4.3.", refusal.exception.smtp_error.decode())
        self.assertEqual(self.agent.records(), [])
        filler.unlink()
        self.postfix.send("", ["news@origin.example"], report)
        self.assertEqual([r["recipient"] for r in self.agent.records()], ["full@faraway.example"], self.log())
        self.assert_verified()
        self.agent.stop()
        subprocess.run(["mount", "-o", "remount,ro", self.agent.journal.parent], check=True)
        tested = subprocess.run([DAEMON, "-n", "-c", self.agent.configuration], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(tested.returncode, 73, tested.stderr)
        self.assertIn(f"{self.agent.journal.parent}: Read-only file system; under systemd, a line ReadWritePaths=", tested.stderr)


class SyncFails(PostfixCase):
    def test_eio_then_well(self):
        report = messages.report(["eio@faraway.example"], "eio")
        strace = subprocess.Popen(
            ["strace", "-f", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-o", "/dev/null",
             "-p", str(self.agent.process.pid)], stderr=subprocess.PIPE, text=True)
        try:
            self.assertIn("attached", strace.stderr.readline())
            for _ in range(2):
                with self.assertRaises(smtplib.SMTPDataError) as refusal:
                    self.postfix.send("", ["news@origin.example"], report)
                self.assertEqual(refusal.exception.smtp_code, 451, self.log())
        finally:
            strace.terminate()
            strace.communicate(timeout=20)
        self.postfix.send("", ["news@origin.example"], report)
        self.assertEqual([(r["seq"], r["recipient"]) for r in self.agent.records()], [(1, "eio@faraway.example")], self.log())
        self.assert_verified()


class AcceptingWhenFull(DiskFull):
    agent_options = {"on_journal_failure": "accept"}

    def test_full_then_free(self):
        self.fill()
        self.postfix.send("", ["news@origin.example"], messages.report(["full@faraway.example"], "accepted"))
        self.assertEqual(self.agent.records(), [])
        self.assertIn("No space left", self.agent.log.read_text())
