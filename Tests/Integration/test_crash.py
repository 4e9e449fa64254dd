"""The agent killed under way: what was acknowledged is on disk, what was not comes again."""
import os
import threading
import time

import messages
from case import PostfixCase


class Crash(PostfixCase):
    def refuse_many(self, count, each=None):
        """Sends so many messages to an unknown recipient; `each` is called after every tenth."""
        for number in range(count):
            recipient = f"unknown@d{number}.example"
            while True:
                try:
                    self.postfix.send("news@origin.example", [recipient], messages.ordinary(recipient, f"crash{number}"),
                                      submission=True)
                    break
                except OSError:  # smtplib's errors among them: the agent is away, the client is told to try again later
                    time.sleep(0.2)
            if each and number % 10 == 9:
                each()

    def assert_all_recorded(self, count):
        deadline = time.monotonic() + 90
        expected = {f"unknown@d{n}.example" for n in range(count)}
        while {r["recipient"] for r in self.agent.records()} != expected and time.monotonic() < deadline:
            self.postfix.flush()
            time.sleep(1)
        records = self.agent.records()
        self.assertEqual({r["recipient"] for r in records}, expected, self.log())
        self.assertEqual(len({r["id"] for r in records}), count, "one fact, one id")
        seqs = [r["seq"] for r in records]
        self.assertEqual(seqs, list(range(seqs[0], seqs[0] + len(seqs))))
        self.assert_verified()

    def test_killed_and_restarted_under_way(self):
        def restart():
            self.agent.kill()
            self.agent.start()
        self.refuse_many(60, each=restart)
        self.assert_all_recorded(60)

    def test_a_torn_last_line_is_put_aside(self):
        self.refuse_many(5)
        self.agent.wait_for_records(5)
        before = self.agent.records()
        self.agent.kill()
        with open(self.agent.journal, "ab") as journal:
            journal.write(b'{"v":1,"seq":6,"id":"half a rec')
        self.agent.start()
        self.assertEqual(self.agent.records(), before)
        self.assertIn("torn", self.agent.log.read_text())
        self.assertTrue([p for p in self.agent.journal.parent.iterdir() if "torn" in p.name], "the side file")
        self.postfix.send("news@origin.example", ["unknown@late.example"], messages.ordinary("x", "late"))
        self.assertEqual([r["seq"] for r in self.agent.wait_for_records(6)], [1, 2, 3, 4, 5, 6], self.log())
        self.assert_verified()


class CrashBeforeSync(PostfixCase):
    """Each fdatasync takes two seconds, so that a kill falls between write and answer."""
    wrapper = ("strace", "-f", "-qq", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=2000000", "-o", "/dev/null")

    def test_what_was_not_acknowledged_comes_again(self):
        recipient = "unknown@unsynced.example"
        self.postfix.send("news@origin.example", [recipient], messages.ordinary(recipient, "unsynced"), submission=True)
        deadline = time.monotonic() + 20
        while not (self.agent.journal.exists() and self.agent.journal.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.02)
        written = self.agent.journal.stat().st_size
        self.assertGreater(written, 0, self.log())
        self.agent.kill()
        # What a crash of the machine does to bytes that were never synced.
        os.truncate(self.agent.journal, 0)
        self.assertEqual(self.agent.records(), [])
        self.agent.wrapper = []
        self.agent.start()
        self.postfix.flush()
        records = self.agent.wait_for_records(1, seconds=60)
        self.assertEqual([r["recipient"] for r in records], [recipient], self.log())
        self.assert_verified()


class Load(PostfixCase):
    def test_64_connections_at_once(self):
        failures = []

        def session(number):
            try:
                for turn in range(3):
                    self.postfix.send("", ["news@origin.example"],
                                      messages.report([f"p{number}t{turn}@faraway.example"], f"c{number}t{turn}"))
            except OSError as error:
                failures.append(error)

        threads = [threading.Thread(target=session, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [], self.log())
        # Each session had its answer, so all is on disk now.
        expected = {f"p{n}t{t}@faraway.example" for n in range(64) for t in range(3)}
        self.assertEqual({r["recipient"] for r in self.agent.records()}, expected)
        self.assert_verified()
