"""A private Postfix on the loopback address, in a folder of its own: nothing of the machine's own Postfix is read or changed."""
import os
import pathlib
import re
import shutil
import subprocess
import time

from mta import MTA


MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{submission_port} inet n - n - - smtpd
  -o syslog_name=postfix/submission -o milter_macro_daemon_name=ORIGINATING {submission_options}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def default(parameter):
    """Postfix's own value of a parameter of main.cf."""
    return subprocess.run(["/usr/sbin/postconf", "-dh", parameter], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Postfix(MTA):
    """Used as a context manager. All mail goes to the downstream port; `milter` is where the agent listens, in Postfix's words;
    `submission_options` for master.cf; further parameters of main.cf as keywords."""
    name = "Postfix"

    def __init__(self, folder, downstream_port, milter, submission_options="", **parameters):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.configuration = self.folder / "etc"
        self.log = self.folder / "maillog"
        self.submission_options = submission_options
        self.parameters = {
            "compatibility_level": "3.6", "myhostname": "mail.origin.example", "mydestination": "", "alias_maps": "",
            "alias_database": "", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8",
            "disable_dns_lookups": "yes", "smtp_host_lookup": "native", "relayhost": f"[127.0.0.1]:{downstream_port}",
            "queue_directory": self.folder / "queue", "data_directory": self.folder / "data",
            "maillog_file": self.log, "maillog_file_prefixes": self.folder, "smtp_tls_security_level": "none",
            "smtpd_relay_restrictions": "permit_mynetworks, reject", "smtpd_peername_lookup": "no",
            "smtpd_milters": milter, "non_smtpd_milters": milter, "internal_mail_filter_classes": "bounce",
            "milter_default_action": "tempfail", "queue_run_delay": "1s", "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s", "smtpd_client_connection_count_limit": "0", "default_process_limit": "120",
            "smtp_destination_rate_delay": "0", "smtp_connection_cache_on_demand": "no",
            "smtpd_soft_error_limit": "1000", "smtpd_hard_error_limit": "1000", "milter_connect_timeout": "5s",
            **parameters,
        }

    def __enter__(self):
        self.folder.chmod(0o755)
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        (self.configuration / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self.parameters.items()))
        (self.configuration / "master.cf").write_text(
            MASTER.format(port=self.port, submission_port=self.submission_port, submission_options=self.submission_options))
        self.command("postfix", "start")
        self.wait_for_port()
        return self

    def __exit__(self, *_):
        self.command("postfix", "stop", check=False)

    def submit(self, sender, recipients, message):
        """Hands a message over by sendmail(1), which takes addresses that are refused at RCPT."""
        subprocess.run(["/usr/sbin/sendmail", "-C", self.configuration, "-f", sender, *recipients], input=message, text=True,
                       check=True)

    def command(self, program, *arguments, check=True):
        """Runs postfix(1), postqueue(1) or another of its commands for this instance; returns what it printed."""
        done = subprocess.run(
            [shutil.which(program, path="/usr/sbin:/usr/bin"), "-c", self.configuration, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "MAIL_CONFIG": ""})
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(arguments)}: {done.stdout}\n{self.log_text()[-2000:]}")
        return done.stdout

    def queue(self):
        """The queue IDs of what has not left."""
        return re.findall(r'"queue_id": "([^"]+)"', self.command("postqueue", "-j"))

    def flush(self):
        self.command("postqueue", "-f")

    def wait_until_empty(self, seconds=60):
        """True when the queue is empty in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.queue():
                return True
            time.sleep(0.3)
        return False
