"""The agent and its tool as a postmaster runs them: the built programs, a configuration file, a journal in a folder of its own."""
import atexit
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD_DIR", ROOT / ".build/debug"))
DAEMON, TOOL = BUILD / "bounce-milter", BUILD / "bouncectl"
USER = "nobody"

# What the daemon needs when it has given up root, which a checkout in somebody's home would not let it read: the rules, and a folder
# for their compiled form, so that a debug build compiles them once for all tests.
SHARED = pathlib.Path(tempfile.mkdtemp(prefix="bounce-milter-rules-"))
atexit.register(shutil.rmtree, SHARED, ignore_errors=True)
RULES, CACHE = SHARED / "rules", SHARED / "cache"
shutil.copytree(ROOT / "conf/rules", RULES)
(CACHE / "bounce-milter").mkdir(parents=True)
for folder in (SHARED, RULES, CACHE):
    folder.chmod(0o755)
if os.geteuid() == 0:
    shutil.chown(CACHE / "bounce-milter", USER)


class Agent:
    """Used as a context manager. `wrapper` goes before the daemon's command line (strace …); `socket` is where it listens, where the MTA
    does not take any path; options of bounce-milter.toml as keywords."""

    def __init__(self, folder, wrapper=(), journal_folder=None, socket=None, **options):
        self.folder = pathlib.Path(folder)
        self.socket = socket or self.folder / "run/agent.sock"
        self.journal = pathlib.Path(journal_folder or self.folder / "journal") / "journal"
        self.configuration = self.folder / "bounce-milter.toml"
        self.log = self.folder / "agent.log"
        self.wrapper = list(wrapper)
        self.options = {
            "socket": f"unix:{self.socket}", "socket_group": "" if socket else "postfix", "user": USER, "journal": str(self.journal), "rules_dir": str(RULES),
            "bounce_addresses": ["news@origin.example"], **options}
        self.process = None

    @property
    def milter(self):
        """Where it listens, as Postfix names it."""
        return f"unix:{self.socket}"

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        for folder in (self.socket.parent, self.journal.parent):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.chown(folder, USER)
            folder.chmod(0o755)
        self.configuration.write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in self.options.items()))
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, DAEMON, "-f", "-c", self.configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "XDG_CACHE_HOME": str(CACHE)})
        deadline = time.monotonic() + 120  # a debug build compiles its rules slowly
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(str(self.socket))
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the agent does not listen:\n{self.log.read_text()[-2000:]}") from None
                time.sleep(0.05)

    def daemon_pid(self):
        """The daemon's own process ID, also behind a wrapper."""
        if not self.wrapper:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def kill(self):
        """As a crash would."""
        os.kill(self.daemon_pid(), signal.SIGKILL)
        self.process.wait(timeout=20)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return None
        os.kill(self.daemon_pid(), signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def records(self):
        """All whole lines of all files of the journal, in order, as objects."""
        files = sorted(p for p in self.journal.parent.glob("journal-*") if p.is_file() and "torn" not in p.name and "lock" not in p.name)
        lines = []
        for file in [*files, self.journal]:
            if file.exists():
                lines += [line for line in file.read_bytes().split(b"\n") if line]
        return [json.loads(line) for line in lines]

    def wait_for_records(self, enough, seconds=60):
        """The records, when `enough` (a count, or a question about the list) holds; what there is after so many seconds."""
        holds = enough if callable(enough) else lambda records: len(records) >= enough
        deadline = time.monotonic() + seconds
        while True:
            records = self.records()
            if holds(records) or time.monotonic() > deadline:
                return records
            time.sleep(0.1)


@functools.cache
def programs_for_all():
    """A folder with the tool and Swift's libraries where every user reaches them, as none does a checkout or a Swift in root's home."""
    folder = SHARED / "programs"
    folder.mkdir()
    folder.chmod(0o755)
    libraries = re.findall(r"=> (\S+)", subprocess.run(["ldd", TOOL], stdout=subprocess.PIPE, text=True, check=True).stdout)
    for path in [TOOL, *(path for path in libraries if not path.startswith(("/lib/", "/usr/lib/")))]:
        shutil.copy(path, folder)
    return folder


def bouncectl(*arguments, **options):
    """Runs the tool, as another user too; returns the finished process with its output as text."""
    tool = TOOL
    if "user" in options:
        tool = programs_for_all() / TOOL.name
        options["env"] = {**os.environ, "LD_LIBRARY_PATH": str(tool.parent)}
    return subprocess.run([tool, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
