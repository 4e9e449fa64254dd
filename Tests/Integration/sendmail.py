"""A private Sendmail on the loopback address, in a root folder of its own (chroot): it excludes Postfix as a package, so that it is
unpacked, not installed (.ci/unpack). What conf/sendmail has is in its configuration as it stands there."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading

from mta import MTA, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = pathlib.Path(os.environ.get("SENDMAIL_PACKAGES", ROOT / ".build/sendmail"))
PROGRAM = "/usr/libexec/sendmail/sendmail"
MAKEMAP = "/usr/libexec/sendmail/makemap"

# What a site has before it adds the agent: everything goes to one relay.
MC = """\
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mail.origin.example')dnl
define(`SMART_HOST', `relay:[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {downstream_port}')dnl
define(`confMIN_QUEUE_AGE', `1s')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr=127.0.0.1, Port={port}')dnl
DAEMON_OPTIONS(`Name=MSA, Family=inet, Addr=127.0.0.1, Port={submission_port}')dnl
{further}
define(`BOUNCE_MILTER_PORT', `{report_port}')dnl
include(`bounce-milter.m4')dnl
MAILER(`smtp')dnl
"""

ETC = {
    "hosts": f"127.0.0.1 localhost mail.origin.example {socket.gethostname()}\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "passwd": "root:x:0:0::/root:/bin/sh\nmail:x:8:8::/var/mail:/bin/false\n",
    "group": "root:x:0:\nmail:x:8:\nsmmsp:x:209:\n",
    "mail/service.switch": "hosts files\naliases files\npasswd files\n",
    "mail/local-host-names": "",
    "mail/trusted-users": "root\n",
    "mail/relay-domains": "",
}


def write_configuration(root, lines):
    """Makes etc/mail/sendmail.cf in the root from these lines of m4, with the root's own m4 and its own files."""
    configuration = root / "etc/mail"
    (configuration / "sendmail.mc").write_text("include(`m4/cf.m4')dnl\n" + lines)
    cf = root / "usr/share/sendmail/cf"
    with open(configuration / "sendmail.cf", "wb") as output:
        subprocess.run([root / "usr/bin/m4", "-I", cf, "-I", configuration, f"-D_CF_DIR_={cf}/", configuration / "sendmail.mc"],
                       stdout=output, check=True)


def copy_libraries(root, program):
    """Gives the root those shared libraries of this machine that its program needs beside its own."""
    own = ":".join(str(root / folder / f"{os.uname().machine}-linux-gnu") for folder in ("usr/lib", "lib"))
    listed = subprocess.run(["ldd", root / program], env={**os.environ, "LD_LIBRARY_PATH": own}, stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    if missing := re.findall(r"(\S+) => not found", listed):
        raise RuntimeError(f"{program} needs {' '.join(missing)}, which is neither in {PACKAGES} nor on this machine")
    for library in re.findall(r"(?:^|\s)(/\S+) \(0x", listed):
        target = root / library[1:]
        if not library.startswith(str(root)) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)


class SystemLog:
    """What syslog(3) in the root says, as syslogd would write it to a file."""

    def __init__(self, device, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(device))
        device.chmod(0o666)
        threading.Thread(target=self.write, daemon=True).start()

    def write(self):
        with open(self.path, "ab", buffering=0) as log:
            while datagram := self.socket.recv(65536):
                # "<22>Nov 21 10:00:00 sm-mta[7]: …": the host's name is syslogd's to add.
                text = datagram.rstrip(b"\0\n").partition(b">")[2]
                log.write(text[:15] + b" mail" + text[15:] + b"\n")

    def close(self):
        self.socket.shutdown(socket.SHUT_RD)
        self.socket.close()


class Sendmail(MTA):
    """Used as a context manager. Everything goes to the downstream port. `further`: more lines of sendmail.mc. The root is there, and
    the agent can listen in it, before Sendmail is started."""
    name = "Sendmail"

    def __init__(self, folder, downstream_port, further=""):
        super().__init__()
        self.root = pathlib.Path(folder) / "root"
        self.log = pathlib.Path(folder) / "maillog"
        self.configuration = self.root / "etc/mail"
        # Where conf/sendmail has the agent.
        self.socket = self.root / "run/bounce-milter/bounce-milter.sock"
        self.report_port = free_port()
        self.lines = MC.format(downstream_port=downstream_port, port=self.port, submission_port=self.submission_port,
                               report_port=self.report_port, further=further)
        self.stack = contextlib.ExitStack()
        self.make_root()

    def make_root(self):
        if not PACKAGES.exists():
            raise RuntimeError(f"{PACKAGES} is not there: `make integration` and `make demo MTA=sendmail` unpack Sendmail")
        shutil.copytree(PACKAGES, self.root, symlinks=True)
        for folder in ("dev", "tmp", "run", "var/log", "var/spool/mqueue", "var/lib/sendmail"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "var/spool/mqueue").chmod(0o700)
        for name, minor in (("null", 3), ("urandom", 9)):
            os.mknod(self.root / "dev" / name, 0o020666, os.makedev(1, minor))
            (self.root / "dev" / name).chmod(0o666)
        for program in (PROGRAM, MAKEMAP):
            copy_libraries(self.root, program[1:])
        for name, text in ETC.items():
            (self.root / "etc" / name).write_text(text)
        shutil.copy(ROOT / "conf/sendmail/bounce-milter.m4", self.configuration)
        write_configuration(self.root, self.lines)

    def __enter__(self):
        self.stack.enter_context(contextlib.closing(SystemLog(self.root / "dev/log", self.log)))
        self.process = subprocess.Popen(
            ["chroot", self.root, PROGRAM, "-bD", "-L", "sm-mta", "-q1s"], stdin=subprocess.DEVNULL, start_new_session=True)
        self.stack.callback(self.stop)
        self.wait_for_port()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def submit(self, sender, recipients, message):
        """Puts a message into the queue as a local program does: past every filter."""
        subprocess.run(["chroot", self.root, PROGRAM, "-Am", "-odq", "-f", sender, *recipients], input=message, text=True, check=True)

    def stop(self):
        """Ends the daemon and what it left in the background."""
        self.process.terminate()
        self.process.wait(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
