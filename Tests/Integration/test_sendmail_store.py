"""Sendmail refuses whom the store suppresses, by the access table of conf/sendmail, and takes them again after a release."""
import re
import smtplib
import subprocess

from agent import ROOT, TOOL
from sendmail import MAKEMAP
from store import Store
from test_sendmail import SendmailCase

README = (ROOT / "conf/sendmail/README.md").read_text().partition("## Suppressed recipients")[2]
# Its blocks of lines: what goes into sendmail.mc, and what is run from time to time.
FEATURES, COMMANDS = ("\n".join(line.strip() for line in block.splitlines()) for block in re.findall(r"(?:^ {4}.*\n)+", README, re.M))


class SuppressedRecipients(SendmailCase):
    lines = FEATURES

    def setUp(self):
        super().setUp()
        self.store = Store(self.folder / "store", self.agent.journal)
        (self.sendmail.configuration / "access.local").write_text("To:closed@dest.example\tERROR:5.1.1:550 Closed here\n")

    def renew(self):
        """Applies the journal, then runs what the README says, with Sendmail's root folder for "/"."""
        done = self.store.bouncectl("store follow", "--once")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        script = f"""
            bouncectl() {{ {TOOL} "$@" -c {self.store.configuration}; }}
            makemap() {{ chroot {self.sendmail.root} {MAKEMAP} "$1" "/etc/mail/$2"; }}
            {COMMANDS.replace("cd /etc/mail", f"cd {self.sendmail.configuration}")}"""
        done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def rcpt(self, recipient):
        with smtplib.SMTP("127.0.0.1", self.sendmail.submission_port, timeout=30) as client:
            client.ehlo("app.origin.example")
            client.mail("news@origin.example")
            code, text = client.rcpt(recipient)
            return code, text.decode()

    def test_refused_by_the_table_and_taken_after_release(self):
        self.renew()
        self.assertEqual(self.rcpt("unknown@dest.example")[0], 250, self.log())
        self.assertEqual(self.rcpt("closed@dest.example"), (550, "5.1.1 <closed@dest.example>... Closed here"))
        self.refuse("unknown@dest.example", "first")
        self.agent.wait_for_records(1, seconds=30)
        self.renew()
        code, text = self.rcpt("Unknown@DEST.example")
        self.assertEqual(code, 550, self.log())
        self.assertRegex(text, r"^5\.7\.1 <Unknown@DEST\.example>\.\.\. Recipient suppressed since 20\d\d-\d\d-\d\d: mailbox-unknown$")
        self.assertEqual(self.rcpt("good@dest.example")[0], 250)
        done = self.store.bouncectl("store release", "unknown@dest.example")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.renew()
        self.assertEqual(self.rcpt("unknown@dest.example")[0], 250, self.log())
        self.assertEqual(self.rcpt("closed@dest.example")[0], 550)

    def test_mailboxes_of_this_sites_own_are_left_out(self):
        for domain in ("example.com", "example.com.example"):
            self.refuse(f"unknown@{domain}", domain)
        self.agent.wait_for_records(2, seconds=30)
        self.renew()
        self.assertEqual([self.rcpt(f"unknown@{domain}")[0] for domain in ("example.com", "example.com.example")], [250, 550], self.log())
