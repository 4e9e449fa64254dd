"""The suppression store as a postmaster keeps it: bounce-store.toml, a folder that Postfix may read, the example tables of conf/postfix."""
import json
import pathlib
import re
import shutil

from agent import ROOT, RULES, bouncectl

EXAMPLES = ROOT / "conf/postfix"


class Store:
    """Follows the journal at `journal`; everything lies in `folder`."""

    def __init__(self, folder, journal, rules=RULES):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        # As conf/postfix/main.cf says: readable by Postfix, not writable, and so is what is made in it.
        shutil.chown(self.folder, group="postfix")
        self.folder.chmod(0o2750)
        self.path = self.folder / "store.sqlite"
        self.configuration = self.folder.parent / "bounce-store.toml"
        options = {"store": f"sqlite:{self.path}", "journals": [str(journal)], "own_journal": str(self.folder / "reversals"),
                   "rules_dir": str(rules)}
        self.configuration.write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items()))

    def bouncectl(self, command, *arguments):
        """Runs a command of the store's, "store follow" or "check"; returns the finished process."""
        return bouncectl(*command.split(), "-c", self.configuration, *arguments, umask=0o027)

    def restrictions(self):
        """smtpd_recipient_restrictions of the example, with its table, which is written beside the configuration."""
        table = self.folder.parent / "suppressed.sqlite.cf"
        example = (EXAMPLES / table.name).read_text()
        table.write_text(re.sub("(?m)^dbpath = .*", f"dbpath = {self.path}", example))
        line = re.search("(?m)^#smtpd_recipient_restrictions = (.*proxy:sqlite:.*)", (EXAMPLES / "main.cf").read_text())
        return line[1].replace("/etc/postfix/suppressed.sqlite.cf", str(table))
