"""What the integration tests share: a folder, a downstream server, an agent and a Postfix, started for a test and stopped after it."""
import contextlib
import pathlib
import shutil
import tempfile
import unittest

from agent import Agent, bouncectl
from downstream import Server
from postfix import Postfix

SCRIPT = {
    "unknown": ("RCPT", "550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table"),
    "unknown2": ("RCPT", "550 5.1.1 <%s>... User unknown"),
    "full": ("RCPT", "552 5.2.2 <%s>: Quota exceeded (mailbox for user is full)"),
    "blocked": ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
    "content": ("DATA", "554 5.6.0 Message content rejected"),
}


class FolderCase(unittest.TestCase):
    """`self.folder` is there in each test; what is entered with `enter` ends with the test, the last first."""

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bounce-milter-test-"))
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)

    def enter(self, manager):
        return self.stack.enter_context(manager)


class PostfixCase(FolderCase):
    """`self.postfix`, `self.agent` and `self.downstream` are there in each test; a class may set options of the agent and parameters of
    Postfix for all of its tests."""
    agent_options = {}
    postfix_parameters = {}
    wrapper = ()

    def setUp(self):
        super().setUp()
        self.downstream = self.enter(Server(SCRIPT))
        self.agent = self.enter(Agent(
            self.folder / "agent", wrapper=self.wrapper, journal_folder=self.journal_folder(self.stack), **self.agent_options))
        postfix_folder = self.folder / "postfix"
        postfix_folder.mkdir()
        self.postfix = self.enter(Postfix(
            postfix_folder, self.downstream.port, self.agent.milter, **self.postfix_parameters))

    def journal_folder(self, stack):
        """Where the journal lies; nil is a folder of the agent's own."""
        return None

    def log(self):
        return f"\nagent:\n{self.agent.log.read_text()[-3000:]}\nPostfix:\n{self.postfix.log_text()[-3000:]}"

    def assert_verified(self):
        """The journal has no gap, no damage, no half line."""
        done = bouncectl("verify", self.agent.journal)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
