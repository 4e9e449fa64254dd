"""The suppression store as a postmaster keeps it: bounce-store.toml, a folder that Postfix may read, the example tables of conf/postfix."""
import json
import pathlib
import re
import shutil

from agent import ROOT, RULES, bouncectl

EXAMPLES = ROOT / "conf/postfix"


def example(pattern, file="main.cf"):
    """What the example has at the pattern's group."""
    return re.search(pattern, (EXAMPLES / file).read_text(), re.M)[1]


class Store:
    """Follows the journal at `journal`; everything lies in `folder`. In SQLite, or in a PostgreSQL that is running."""

    def __init__(self, folder, journal, rules=RULES, postgresql=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        # As conf/postfix/main.cf says: readable by Postfix, not writable, and so is what is made in it.
        shutil.chown(self.folder, group="postfix")
        self.folder.chmod(0o2750)
        self.path = self.folder / "store.sqlite"
        self.postgresql = postgresql
        if postgresql:
            postgresql.sql("CREATE DATABASE bounces")
        self.configuration = self.folder.parent / "bounce-store.toml"
        options = {"store": f"postgresql:{postgresql.connection('bounces')}" if postgresql else f"sqlite:{self.path}",
                   "journals": [str(journal)], "own_journal": str(self.folder / "reversals"), "rules_dir": str(rules)}
        self.configuration.write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items()))

    def bouncectl(self, command, *arguments):
        """Runs a command of the store's, "store follow" or "check"; returns the finished process."""
        return bouncectl(*command.split(), "-c", self.configuration, *arguments, umask=0o027)

    def table(self):
        """The example table, written beside the configuration with this store's place in it."""
        name = "suppressed.pgsql.cf" if self.postgresql else "suppressed.sqlite.cf"
        text = (EXAMPLES / name).read_text()
        if self.postgresql:
            # The role that its comment makes.
            self.postgresql.sql(example(r"^# +(CREATE ROLE .*)", name), "bounces")
            text = re.sub("(?m)^hosts = .*", f"hosts = inet:127.0.0.1:{self.postgresql.port}", text)
        else:
            text = re.sub("(?m)^dbpath = .*", f"dbpath = {self.path}", text)
        table = self.folder.parent / name
        table.write_text(text)
        return table

    def restrictions(self, line=r"^#smtpd_recipient_restrictions = (.*proxy:%s:.*)"):
        """A list of restrictions of the example, smtpd_recipient_restrictions, with this store's table."""
        table = self.table()
        kind = table.suffixes[0][1:]
        found = example(line % kind if "%s" in line else line)
        return re.sub(r"proxy:\w+:\S+?(?=,)", f"proxy:{kind}:{table}", found)
