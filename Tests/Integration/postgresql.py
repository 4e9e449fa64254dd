"""A private PostgreSQL on the loopback address, in a folder of its own."""
import os
import pathlib
import shutil
import subprocess

from mta import free_port

USER = "nobody"  # initdb and the server refuse to run as root


class PostgreSQL:
    """Used as a context manager. The tests are user "postgres" without a password by its socket; all others need one."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))

    def __enter__(self):
        self.folder.mkdir()
        shutil.chown(self.folder, USER)
        self.folder.chmod(0o711)
        self.run("initdb", "-D", self.folder / "data", "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8",
                 "--locale=C", "-N")
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def run(self, program, *arguments):
        done = subprocess.run([self.programs / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, cwd="/", user=USER if os.geteuid() == 0 else None,
                              extra_groups=[] if os.geteuid() == 0 else None)
        if done.returncode != 0:
            raise RuntimeError(f"{program} {arguments}: {done.stdout}")
        return done.stdout

    def start(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                 f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off", "start")

    def stop(self):
        if (self.folder / "data/postmaster.pid").exists():
            self.run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")

    def connection(self, database):
        """For libpq, as the user to whom all belongs."""
        return f"host={self.folder} port={self.port} user=postgres dbname={database}"

    def sql(self, statements, database="postgres"):
        return self.run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.connection(database), "-c", statements)
