"""bouncectl on files that are missing, unreadable, empty, binary or torn: a clear message and the right exit status."""
import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import unittest

import messages
import test_bad_input
from agent import ROOT, RULES, TOOL, bouncectl

OK, USAGE, DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, INPUT_OUTPUT, CONFIGURATION = 0, 64, 65, 66, 69, 73, 74, 78


def write_record(path, seq, record):
    """Appends a record without seq and crc to a journal."""
    line = json.dumps({"v": 1, "seq": seq, **{k: v for k, v in record.items() if k != "v"}}, separators=(",", ":"), ensure_ascii=False)
    line = line[:-1].encode()
    with open(path, "ab") as journal:
        journal.write(line + b',"crc":"%08x"}\n' % crc32c(line))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class ToolCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bouncectl-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_tool(self, status, *arguments, says="", **options):
        done = bouncectl(*arguments, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(says, done.stderr)
        return done.stdout


class BadFiles(ToolCase):
    def test_missing(self):
        for command in (["classify"], ["classify", "--log"], ["replay"], ["verify"], ["tail"]):
            self.run_tool(NO_INPUT, *command, self.folder / "nothing", says="No such file")

    def test_one_missing_does_not_hide_the_others(self):
        good = self.file("good.eml", messages.report(["a@b.example"], "one"))
        printed = self.run_tool(NO_INPUT, "classify", "--json", self.folder / "nothing", good, says="nothing")
        self.assertEqual([json.loads(line)["kind"] for line in printed.splitlines()], ["bounce"])

    def test_a_folder_without_a_message(self):
        folder = self.folder / "Maildir"
        folder.mkdir()
        self.assertEqual(self.run_tool(OK, "classify", "--json", folder, says=f"{folder}: no message in it"), "")

    def test_unreadable(self):
        path = self.file("secret.eml", "A: 1\n\n")
        path.chmod(0)
        self.folder.chmod(0o755)
        self.run_tool(NO_INPUT, "classify", "--rules", RULES, path, says="Permission denied", user="nobody", group="nogroup", extra_groups=[])

    def test_empty(self):
        path = self.file("empty", "")
        printed = self.run_tool(DATA, "classify", "--json", path, says="empty")
        self.assertEqual(json.loads(printed)["kind"], "malformed")
        self.run_tool(DATA, "classify", "--log", path, says="empty")

    def test_binary(self):
        path = self.file("binary", bytes(range(256)) * 64)
        printed = self.run_tool(DATA, "classify", "--json", path, says="binary")
        self.assertEqual(json.loads(printed)["events"], [])
        self.run_tool(DATA, "classify", "--log", path, says="NUL")
        self.assertIn("damaged", self.run_tool(DATA, "verify", path))
        self.run_tool(DATA, "tail", path, says="damaged")

    def test_compressed(self):
        path = self.file("mail.log.1.gz", gzip.compress(b"Nov 21 10:00:00 mx postfix/smtp[1]: x\n"))
        for command in (["classify"], ["classify", "--log"]):
            self.run_tool(DATA, *command, path, says="compressed by gzip: unpack it, as with zcat, and give - for standard input")
        for command in ("tail", "verify"):
            self.run_tool(DATA, command, path, says="compressed by gzip: unpack it, as with zcat, and name the file that it makes")

    def test_an_archive(self):
        letter = self.file("a.eml", messages.report(["a@b.example"], "one"))
        path = self.folder / "mails"
        with tarfile.open(path, "w") as archive:
            archive.add(letter, "a.eml")
        for command in (["classify"], ["classify", "--log"], ["verify"]):
            self.assertIn(f"{path}: this is an archive of files: unpack it with tar, and name the folder that it makes\n",
                          bouncectl(*command, path).stderr)

    def test_a_log_with_a_hole(self):
        """As a crash leaves one: it is still none of another kind."""
        path = self.file("mail.log", b"Nov 21 10:00:00 mx postfix/smtp[1]: x\n\0\0\0\n")
        self.run_tool(DATA, "classify", "--log", path, says="mail.log: no log: it has NUL bytes")

    def test_a_log_without_its_flag(self):
        """Both forms of a syslog line; the second looks like a header field."""
        for time in ("Nov 21 10:00:00", "2026-11-21T10:00:00.123456+01:00"):
            path = self.file("mail.log", f"{time} mx postfix/smtpd[1]: connect from unknown[192.0.2.1]\n" * 3)
            done = bouncectl("classify", path)
            self.assertIn("mail.log: this is an MTA's log: read it with \"bouncectl classify --log\"\n", done.stderr)
        letter = self.file("a.eml", "From: a@b.example\n\nNov 21 10:00:00 mx postfix/smtpd[1]: connect\n")
        self.assertNotIn("--log", bouncectl("classify", letter).stderr)

    def test_what_is_no_log(self):
        letter = self.file("a.eml", messages.report(["a@b.example"], "one"))
        self.run_tool(OK, "classify", "--log", letter, says='a.eml: this is mail: read it with "bouncectl classify"\n')
        journal = self.folder / "journal"
        write_record(journal, 1, {"id": "1"})
        for command in (["classify", "--log"], ["classify"]):
            done = bouncectl(*command, journal)
            self.assertIn('journal: this is a bounce journal: read it with "bouncectl tail"\n', done.stderr)

    def test_a_log_of_another_program(self):
        says = 'no line of Postfix or Sendmail in it, as "Nov 21 10:00:00 mx postfix/smtp[1234]: …"; no other logs are read\n'
        for content in ("time,to,status\n2026-11-20,a@b.example,bounced\n", "2026-11-20 10:00:00 1abcde-000000-00 == a@b.example defer (-1): 450 x\n",
                        "Nov 21 10:00:00 mx dovecot: imap-login: Login\n"):
            path = self.file("other.log", content)
            self.run_tool(OK, "classify", "--log", path, says=f"{path}: {says}")
        # One that tells of no delivery, or begins with another program's line.
        self.file("other.log", "Nov 21 10:00:00 mx kernel: x\nNov 21 10:00:01 mx postfix/smtpd[1]: connect from unknown[192.0.2.1]\n")
        self.assertEqual(bouncectl("classify", "--log", path).stderr, f"bouncectl: {path}: 0 records of deliveries in 2 lines\n")

    def test_what_is_no_journal(self):
        rule = self.file("15-partner.toml", RulesTry.RULE)
        database = self.folder / "store.sqlite"
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE a (b)")
            connection.commit()
        for path, says in ((self.file("mail.log", "Nov 21 10:00:00 mx postfix/smtp[1]: x\n"), 'an MTA\'s log: read it with "bouncectl classify --log"'),
                           (self.file("a.eml", messages.report(["a@b.example"], "one")), 'mail: read it with "bouncectl classify"'),
                           (self.file("list.csv", "email,reason\na@b.example,bounce\n"), 'a list of addresses: read it with "bouncectl store import"'),
                           (database, 'an SQLite database, as a store is: ask it with "bouncectl check"')):
            for command in (["tail"], ["tail", "-f"], ["verify"], ["rules", "try", rule]):
                done = bouncectl(*command, path)
                self.assertEqual((done.returncode, done.stdout), (DATA, ""), done.stderr)
                self.assertTrue(done.stderr.startswith(f"bouncectl: {path}: this is {says}"), done.stderr)

    def test_no_journal_where_the_configuration_has_one(self):
        path = self.file("conf.toml", f'journal = "{self.folder}/none/journal"\n')
        rule = self.file("15-partner.toml", RulesTry.RULE)
        for command in (["tail"], ["rules", "try", rule]):
            self.run_tool(NO_INPUT, *command, "-c", path, says="none/journal: No such file or directory: name the journal's file "
                          "as the last argument, or the agent's configuration with -c\n")

    def test_the_other_programs_configuration(self):
        path = self.file("bounce-store.toml", "")
        self.run_tool(CONFIGURATION, "tail", "-c", path, says="is the suppression store's configuration")
        path = self.file("bounce-milter.toml", "")
        self.run_tool(CONFIGURATION, "check", "-c", path, "a@b.example", says="is the agent's configuration")
        path = self.file("mine.toml", 'journal = "/var/lib/bounce-milter/journal"\nlog = "stderr"\n')
        for option in ("journal", "log"):
            self.run_tool(CONFIGURATION, "check", "-c", path, "a@b.example", says=f'"{option}" is an option of bounce-milter.toml')

    def test_folder_of_the_journal(self):
        for command in ("tail", "verify"):
            self.run_tool(NO_INPUT, command, self.folder, says="name the journal's file")
            self.run_tool(NO_INPUT, command, self.folder / "none", says="none: No such file or directory: name the journal's file")

    def test_header_field_of_50_megabytes(self):
        path = self.file("long.eml", test_bad_input.long_field())
        page = self.run_tool(OK, "classify", path, timeout=60)
        self.assertIn("max_field_bytes", page)
        self.assertLess(len(page), 10_000)

    def test_version(self):
        self.assertRegex(self.run_tool(OK, "--version"), r"^bouncectl \d+\.\d+\.\d+\n$")

    def test_usage(self):
        for arguments in (["classify"], ["classify", "--reply", "--log", "x"], ["classify", "--reply", "x"], ["frobnicate"],
                          ["tail", "--event", "explosion"], ["tail", "--since", "soon"], ["replay", "--from", "a@b", "x"],
                          ["replay", "--socket", "pigeon:7", "x"], ["replay", "--client", "nowhere", "x"]):
            self.run_tool(USAGE, *arguments)
        # What would have no effect.
        self.run_tool(USAGE, "replay", "--client", "mx.example[192.0.2.1]", "x", says="--client need --socket")
        self.run_tool(USAGE, "replay", "--socket", "/none.sock", "--rules", RULES, "x", says="a running agent has its own rules")
        self.run_tool(UNAVAILABLE, "replay", "--socket", "/none.sock", "x", says="/none.sock: No such file or directory; no agent listens there")
        self.run_tool(USAGE, "rules", "check", "15-partner.toml", says='"bouncectl rules try 15-partner.toml" tries a file before')
        self.run_tool(USAGE, "rules", "check", RULES, says=f"write --rules {RULES} for the rules of this folder")
        for command in ("tail", "verify"):
            self.run_tool(USAGE, command, "journal", "journal-1", says="name the one that is appended to; the rotated ones")
        for reply in ("", " "):
            self.run_tool(USAGE, "rules", "explain", reply, says="the reply is empty")
        for option in ("-n", "--lines"):
            self.run_tool(USAGE, "tail", option, "-3", says="--lines -3: write how many of the last records")

    def test_a_command_with_a_slip(self):
        for words, meant in (("tial -f", "tail"), ("Tail", "tail"), ("store imprt x", "store import"), ("import x", "store import"),
                             ("holds", "store holds"), ("explain 550", "rules explain"), ("store holds dorp google", "store holds drop"),
                             ("store verify", "verify"), ("store chekc", "store check"), ("stroe check", "store")):
            self.run_tool(USAGE, *words.split(), says=f'did you mean "bouncectl {meant}"?')
        self.run_tool(USAGE, "frobnicate", says="Unexpected argument 'frobnicate'")
        for words in ("help", "help store", "help store release", "tail --help", "store holds --help"):
            self.assertIn("USAGE: bouncectl", self.run_tool(OK, *words.split()))

    def test_addresses_that_go_into_no_envelope(self):
        message = self.file("good.eml", messages.report(["a@b.example"], "one"))
        for option, address in (("--from", "news"), ("--from", "a@b.example> SIZE=1"), ("--from", "a@b.example, c@d.example"),
                                ("--from", "a b@c.example"), ("--from", "a@b.example\r\nDATA"), ("--to", ""), ("--to", "<>"), ("--to", "@b.example"),
                                ("--to", "root"), ("--to", "a@"), ("--to", "a@b..example")):
            self.run_tool(USAGE, "replay", "--socket", f"unix:{self.folder}/none.sock", option, address, message, says=option)
        for option, address in (("--from", ""), ("--from", "<>"), ("--from", "<a@b.example>"), ("--from", '"a b"@c.example'), ("--to", "postmaster"),
                                ("--to", "<Postmaster>"), ("--to", "a@[192.0.2.1]"), ("--to", "grüße@bücher.example")):
            self.run_tool(UNAVAILABLE, "replay", "--socket", f"unix:{self.folder}/none.sock", option, address, message, says="none.sock")

    def test_a_time_that_is_still_to_come(self):
        for command in ("tail", "stats", "store incidents", "store holds"):
            self.run_tool(USAGE, *command.split(), "--since", "2099-01-01", says="--since 2099-01-01: is in the future")

    def test_what_this_user_may_not_read(self):
        self.folder.chmod(0o755)
        journal = self.file("journal", "")
        write_record(journal, 1, {"id": "1", "time": "2026-11-20T10:00:00.000Z", "event": "bounce", "recipient": "a@b.example",
                                  "disposition": "hard", "category": "mailbox-unknown", "action": "suppress", "rule": "status.5.1.1",
                                  "origin": "milter-dsn", "trust": "local", "source": {}})
        store = self.folder / "store"
        store.mkdir()
        configuration = self.file("store.toml", f'store = "sqlite:{store}/store.sqlite"\njournals = ["{journal}"]\n'
                                                f'own_journal = "{store}/reversals"\nrules_dir = "{RULES}"\n')
        self.run_tool(OK, "store", "follow", "--once", "-c", configuration)
        shutil.chown(journal, group="mail")
        journal.chmod(0o640)
        shutil.chown(store, "mail", "nogroup")
        store.chmod(0o750)
        nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        advice = f"{journal}: Permission denied; its user root and its group mail may read it: use sudo, or \"adduser nobody mail\""
        for command in ("tail", "verify"):
            self.run_tool(NO_INPUT, command, journal, says=advice, **nobody)
        # Nobody is sent into Postfix's group.
        shutil.chown(journal, group="postfix")
        advice = f"{journal}: Permission denied; its user root and its group postfix, which is Postfix's own, may read it: use sudo\n"
        self.run_tool(NO_INPUT, "tail", journal, says=advice, **nobody)
        shutil.chown(journal, group="mail")
        # In the group of a folder that it may not enter.
        store.chmod(0o700)
        advice = f"{store}: Permission denied; its user mail alone may enter it: use sudo"
        for command in ("check a@b.example", "stats", "store export"):
            self.run_tool(UNAVAILABLE, *command.split(), "-c", configuration, says=advice, **nobody)
        self.run_tool(NO_INPUT, "tail", store / "journal", says=advice, **nobody)
        # It may read, and not write.
        store.chmod(0o755)
        for file in store.glob("store.sqlite*"):
            file.chmod(0o644)
        for command in ("store follow --once", "store compact"):
            self.run_tool(UNAVAILABLE, *command.split(), "-c", configuration, **nobody,
                          says=f"store: {store}/store.sqlite: Permission denied; its user root alone may write it: use sudo")
        self.run_tool(UNAVAILABLE, "store", "release", "-c", configuration, "a@b.example", **nobody,
                      says=f"own_journal: {store}: Permission denied; its user mail alone may write it: use sudo")
        # It may write the store, and not what SQLite lays beside it.
        shutil.chown(store / "store.sqlite", group="mail")
        (store / "store.sqlite").chmod(0o660)
        for path, user in ((store / "store.sqlite-wal", "root"), (store, "mail")):
            self.run_tool(UNAVAILABLE, "store", "compact", "-c", configuration, **(nobody | {"group": "mail"}),
                          says=f"store: {path}: Permission denied; its user {user} alone may write it: use sudo")
            (store / "store.sqlite-wal").unlink(missing_ok=True)
        # Links to what is in a folder that it may not enter.
        store.chmod(0o700)
        (store / "conf.toml").write_text("")
        for number, target in enumerate((store / "conf.toml", "store/conf.toml", "1.toml")):
            link = self.folder / f"{number}.toml"
            link.symlink_to(target)
            self.run_tool(NO_INPUT, "check", "-c", link, "a@b.example", **nobody, says="/store: Permission denied; its user mail alone may enter it")
        configuration.chmod(0o600)
        self.run_tool(NO_INPUT, "check", "-c", configuration, "a@b.example", **nobody,
                      says=f"{configuration}: Permission denied; its user root alone may read it: use sudo")

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_key_is_left_to_the_daemon(self):
        """Who is told to make it his own takes it from the daemon."""
        self.folder.chmod(0o755)
        key = self.file("stamp.key", "k" * 44 + "\n")
        shutil.chown(key, "mail")
        key.chmod(0o400)
        configuration = self.file("agent.toml", f'user = "mail"\nrules_dir = "{RULES}"\nstamp.key_files = ["{key}"]\n')
        report = self.file("report.eml", messages.report(["a@b.example"], "one"))
        self.run_tool(OK, "classify", "-c", configuration, report, user="nobody", group="nogroup", extra_groups=[],
                      says=f"{key}: Permission denied; it is for mail alone: use sudo; stamps and signed return paths are not looked at")
        shutil.chown(key, "nobody")
        for options in ({"user": "nobody", "group": "nogroup", "extra_groups": []}, {"user": "mail", "group": "mail", "extra_groups": []}):
            done = bouncectl("classify", "-c", configuration, report, **options)
            self.assertEqual((done.returncode, done.stderr), (OK, "" if options["user"] == "nobody" else
                             f"bouncectl: {key}: Permission denied; it must belong to who reads it: chown mail {key}; "
                             "stamps and signed return paths are not looked at\n"))

    def test_all_that_is_wrong_with_a_configuration(self):
        path = self.file("conf.toml", 'sokket = 1\nlog = "file"\n')
        done = bouncectl("tail", "-c", path)
        self.assertEqual(done.returncode, CONFIGURATION)
        self.assertEqual(done.stderr, f'bouncectl: {path}:1: unknown option "sokket"; did you mean "socket"?\n'
                                      f'bouncectl: {path}:2: log must be "auto" or "stderr" or "syslog"\n')

    def test_bad_rules_and_configuration(self):
        rules = self.folder / "rules"
        rules.mkdir()
        (rules / "10-bad.toml").write_text('[[rule]]\nid = "a.b"\ncategory = "no-such-category"\ntext = ["x"]\n')
        self.run_tool(CONFIGURATION, "rules", "list", "--rules", rules, says="10-bad.toml:3")
        path = self.file("conf.toml", "sokket = 1\n")
        self.run_tool(CONFIGURATION, "tail", "-c", path, says="conf.toml:1")
        self.run_tool(NO_INPUT, "tail", "-c", self.folder / "none.toml", says="none.toml")

    def test_no_agent(self):
        good = self.file("good.eml", messages.report(["a@b.example"], "one"))
        self.run_tool(UNAVAILABLE, "replay", "--socket", f"unix:{self.folder}/none.sock", good, says="none.sock")


class Inputs(ToolCase):
    """Message files, mboxes, Maildirs, folders, standard input; the same message gives the same events."""

    def classify(self, *paths, **options):
        printed = self.run_tool(OK, "classify", "--json", *paths, **options)
        return [json.loads(line) for line in printed.splitlines()]

    def test_all_forms(self):
        first, second = (messages.report([f"{name}@b.example"], name) for name in ("one", "two"))
        mail = self.folder / "mail"
        for name in ("cur", "new", "tmp"):
            (mail / name).mkdir(parents=True)
        (mail / "new" / "1.a.host").write_text(first)
        (mail / "cur" / "2.b.host:2,S").write_text(second.replace("\n", "\r\n"))
        (mail / "tmp" / "3.c.host").write_text("not yet")
        separator = "From MAILER-DAEMON Sat Nov 21 04:12:43 2026\n"
        mbox = self.file("mbox", separator + first + "\n" + separator + second + "\n")
        plain = self.folder / "plain"
        plain.mkdir()
        (plain / "a.eml").write_text(first)
        (plain / "b.eml").write_text(second)
        expected = [("bounce", "one@b.example"), ("bounce", "two@b.example")]
        ids = set()
        for paths, options in (([mail], {}), ([mbox], {}), ([plain], {}), (["-"], {"input": mbox.read_text()})):
            found = self.classify(*paths, **options)
            self.assertEqual([(m["kind"], m["events"][0]["recipient"]) for m in found], expected, paths)
            ids.add(tuple(m["events"][0]["id"] for m in found))
        self.assertEqual(len(ids), 1, "one fact, one id")
        self.assertEqual([(m["path"], m["index"]) for m in self.classify(mbox)], [(str(mbox), 0), (str(mbox), 1)])

    def test_many_paths_keep_their_order(self):
        paths = [str(self.file(f"{number}.eml", messages.report([f"{number}@b.example"], str(number)))) for number in range(60)]
        for arguments in (paths, paths[:40] + ["--rules", RULES] + paths[40:], paths[:5] + ["--rules", RULES] + paths[5:]):
            self.assertEqual([m["path"] for m in self.classify(*arguments)], paths)
        self.run_tool(USAGE, "verify", *paths, says="several files")
        self.run_tool(USAGE, "classify", "--reply", *paths, says="takes no path")

    def test_blank_lines_before_a_message(self):
        path = self.file("copied.eml", "\r\n" + " " * 250 + "\n\n" + messages.report(["one@b.example"], "one"))
        [message] = self.classify(path)
        self.assertEqual((message["kind"], message["events"][0]["recipient"]), ("bounce", "one@b.example"))
        self.run_tool(DATA, "classify", self.file("blank.eml", "\n\n \n"), says="it has no header")

    def test_an_entry_that_cannot_be_read_does_not_hide_the_others(self):
        for name in ("a.eml", "z.eml"):
            self.file(name, messages.report([f"{name}@b.example"], name))
        (self.folder / "m.eml").symlink_to("nowhere")
        printed = self.run_tool(NO_INPUT, "classify", "--json", self.folder, says="m.eml: No such file")
        self.assertEqual([pathlib.Path(json.loads(line)["path"]).name for line in printed.splitlines()], ["a.eml", "z.eml"])

    def test_a_name_that_is_not_utf8(self):
        with open(bytes(self.folder) + b"/caf\xe9.eml", "w") as file:
            file.write(messages.report(["one@b.example"], "one"))
        self.assertEqual([(m["kind"], m["path"]) for m in self.classify(self.folder)], [("bounce", f"{self.folder}/caf\ufffd.eml")])

    def test_a_log_is_read_as_the_agent_follows_it(self):
        log = self.file("mail.log", "".join(f"2026-11-20T10:00:0{second}Z mx out-1/{line}\n" for second, line in enumerate([
            "qmgr[1]: 4cQ1xk2Zz5zB: from=<news@origin.example>, size=1000, nrcpt=1 (queue active)",
            "smtp[2]: 4cQ1xk2Zz5zB: to=<anna@partner.example>, relay=mx.partner.example[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=4.2.2, "
            "status=deferred (host mx.partner.example[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))",
            "qmgr[1]: 4cQ1xk2Zz5zB: from=<news@origin.example>, status=expired, returned to sender"])))
        records = [json.loads(line) for line in self.run_tool(OK, "classify", "--log", "--json", log).splitlines()]
        self.assertEqual([(r["event"], r["recipient"], r["message"]["sender"], r["time"][:19]) for r in records],
                         [(event, "anna@partner.example", "news@origin.example", "2026-11-20T10:00:01") for event in ("deferral", "bounce")])
        self.run_tool(OK, "classify", "--log", log, says="mail.log: 2 records of deliveries in 3 lines\n")

    def test_replies_answer_line_by_line(self):
        tool = subprocess.Popen([TOOL, "classify", "--reply", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for reply, category in (("550 5.1.1 User unknown", "mailbox-unknown"), ("451 4.7.1 Greylisted", "greylisted")):
            tool.stdin.write(reply + "\n")
            tool.stdin.flush()
            self.assertEqual(json.loads(tool.stdout.readline())["category"], category)
        tool.stdin.close()
        tool.stdout.close()
        self.assertEqual(tool.wait(timeout=10), OK)

    def test_a_page_for_each_reply_and_none_for_a_blank_line(self):
        pages = self.run_tool(OK, "classify", "--reply", input="550 5.1.1 User unknown\n\n  \n451 Greylisted\n")
        self.assertEqual(pages.count("verdict"), 2, pages)

    def test_rules_of_a_folder_that_cannot_be_read_to_its_end(self):
        rules = self.folder / "rules"
        rules.mkdir()
        (rules / "10-a.toml").write_text("")
        failing = ("strace", "-f", "-qq", "-e", "trace=getdents64", "-e", "inject=getdents64:error=EIO", "-o", "/dev/null")
        tool = subprocess.run([*failing, TOOL, "rules", "list", "--rules", rules], stderr=subprocess.PIPE, text=True)
        self.assertEqual((tool.returncode, tool.stderr), (CONFIGURATION, f"bouncectl: {rules}: cannot read the rule folder: Input/output error\n"))

    def test_rules_of_one_receiver(self):
        rules = self.folder / "rules"
        rules.mkdir()
        (rules / "10-a.toml").write_text('''[[provider]]
name = "a"
hosts = ["mx.a.example"]
domains = ["a.example"]

[[rule]]
id = "a.quota"
category = "mailbox-full"
provider = "a"
text = ["no"]

[[rule]]
id = "b.quota"
category = "mailbox-full"
domain = ["b.example"]
text = ["no"]
''')
        for options, receiver, rule in (("", "none known", "undetermined"), ("--domain A.example", "a", "a.quota"),
                                        ("--remote-mta in.mx.a.example", "a", "a.quota"), ("--domain b.example", "none known", "b.quota")):
            page = self.run_tool(OK, "rules", "explain", "--rules", rules, *options.split(), "550 no")
            self.assertRegex(page, rf"\n    receiver +{receiver}\n", options)
            self.assertEqual("not given" in page, "--domain" not in options, page)
            self.assertIn(f"(by {rule})\n", page, options)
        for domain in ("", "anna@a.example", "a example"):
            self.run_tool(USAGE, "rules", "explain", "--domain", domain, "550 no", says="write a domain, as gmail.com")
            self.run_tool(USAGE, "tail", "--domain", domain, says="write a domain, as gmail.com")

    def test_page_of_a_complaint(self):
        page = self.run_tool(OK, "classify", ROOT / "Tests/AgentTests/Resources/complaint.eml")
        for words in ("abuse-report, suppress", "feedback.abuse", "suppresses ", "trust"):
            self.assertIn(words, page)

    def test_page_tells_where_what_was_put_together_stands(self):
        report = messages.report(["one@b.example", "two@b.example"], "one", diagnostic="smtp; 550-5.1.1 No such user\n    here, 550 5.1.1 sorry")
        page = self.run_tool(OK, "classify", self.file("two.eml", report))
        for label, lines in (("action +failed", [21, 28]), ("status +5.1.1", [22, 29]), ("diagnostic +No such user here, sorry", [24, 31])):
            found = re.findall(rf"^    {label}  \(line (\d+), message/delivery-status\)$", page, re.M)
            self.assertEqual(found, [str(line) for line in lines], page)

    def test_page_of_an_automatic_reply(self):
        for header, told in (("Auto-Submitted: auto-replied (vacation)\nSubject: Away", ["Auto-Submitted: auto-replied (vacation)  (line 2"]),
                             ("Auto-Submitted: no\nX-Autoreply: yes", ["X-Autoreply: yes  (line 3"]),
                             ("Subject: Re: x\nPrecedence: auto_reply", ["Precedence: auto_reply  (line 3"]),
                             ("Subject: =?utf-8?q?Out_of_office=3A_x?=", ["Subject: Out of office: x  (line 2"]),
                             ("Return-Path: <>\nSubject: Hello", ["Return-Path: <>  (line 2", "Subject: Hello  (line 3"])):
            page = self.run_tool(OK, "classify", self.file("reply.eml", f"From: anna@partner.example\n{header}\n\nI am away.\n"))
            self.assertIn("auto-reply (rfc3834)", page)
            self.assertEqual(re.findall(r"^  told by +(.*), ", page, re.M), told, page)

    def test_page(self):
        path = self.file("one.eml", messages.report(["one@b.example"], "one"))
        page = self.run_tool(OK, "classify", path)
        for words in ("bounce (rfc3464)", "one@b.example", "message/delivery-status", "rules that hold", "verdict", "suppresses"):
            self.assertIn(words, page)

    def test_a_page_says_why_there_is_no_record(self):
        for name, message, says in (
                ("letter", "From: a@b.example\n\nSee you.\n", "none: nothing here is a report"),
                ("delay", "From: MAILER-DAEMON@mx.partner.example (Mail Delivery Subsystem)\nSubject: Warnung: Nachricht noch nicht zugestellt\n\n"
                          "Ihre Nachricht konnte noch nicht zugestellt werden.\n", "none: no recipient was found in it"),
                ("nobody", messages.report(["a" * 1020 + "@b.example"], "one"), "none: no recipient has an address that mail could go to")):
            self.assertIn(says, self.run_tool(OK, "classify", self.file(f"{name}.eml", message)), name)

    def test_a_page_cannot_be_steered(self):
        report = messages.report(["one@b.example"], "one", diagnostic="smtp; 550 5.1.1 \x1b[2J\x1b]0;x\x07 unknown")
        self.assertNotIn("\x1b", self.run_tool(OK, "classify", self.file("evil.eml", report)))

    def test_shipped_rules_do_what_their_samples_say(self):
        self.assertIn(" 0 failed", self.run_tool(OK, "rules", "check", "--rules", ROOT / "conf/rules"))


class RulesTry(ToolCase):
    RULE = """[[rule]]
id = "partner.gone"
category = "mailbox-disabled"
text = ["has left the company"]
"""

    def test_changes_are_listed_and_counted(self):
        replies = ["550 5.1.1 Anna has left the company", "550 5.1.1 User unknown", "550 5.1.1 Otto has left the company"]
        for number, reply in enumerate(replies):
            path = self.file(f"{number}.eml", messages.report([f"r{number}@b.example"], number, diagnostic="smtp; " + reply))
            record, = json.loads(self.run_tool(OK, "classify", "--json", path))["events"]
            write_record(self.folder / "journal", number + 1, record)
        shown = self.run_tool(OK, "rules", "try", self.file("15-partner.toml", self.RULE), self.folder / "journal").splitlines()
        self.assertEqual([line.split(":")[0] for line in shown[:2]], ["1", "3"], shown)
        self.assertRegex(shown[0], r"-> partner.gone \(mailbox-disabled, suppress\): .*has left the company")
        self.assertRegex(shown[2], r"^2 times \S+ -> partner.gone: ")
        self.assertEqual(shown[3:], ["3 bounces and deferrals tried, 2 would change"])

    def test_a_file_without_a_record(self):
        rule = self.file("15-partner.toml", self.RULE)
        for content, status, says in (("", OK, "no record in it"), ("a\nb\n", DATA, "no journal: no line of it is a record")):
            path = self.file("none", content)
            self.assertEqual(self.run_tool(status, "rules", "try", rule, path, says=f"{path}: {says}: nothing to try\n"),
                             "no bounces and deferrals to try\n")

    def test_samples_that_fail_are_shown(self):
        self.file("journal", "")
        sample = 'match = [{ reply = "550 5.1.1 Anna has moved", seen = "partner.example" }]\n'
        rule = self.file("15-partner.toml", self.RULE + sample)
        shown = self.run_tool(DATA, "rules", "try", rule, self.folder / "journal").splitlines()
        self.assertRegex(shown[0], r"15-partner.toml:5: rule partner.gone: does not hold, won by \S+.*: 550 5.1.1 Anna has moved$")

    def test_bad_rule(self):
        self.file("journal", "")
        rule = self.file("15-partner.toml", self.RULE.replace("mailbox-disabled", "mailbox-gone"))
        self.run_tool(CONFIGURATION, "rules", "try", rule, self.folder / "journal", says="15-partner.toml:3")

    def test_no_rules(self):
        none = self.folder / "none"
        self.run_tool(NO_INPUT, "rules", "try", none, self.file("journal", ""), says=f"{none}: No such file or directory")
        self.run_tool(NO_INPUT, "rules", "check", "--rules", none, says=f"{none}: No such file or directory")


class Completion(ToolCase):
    def test_scripts(self):
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("classify", self.run_tool(OK, "--generate-completion-script", shell))
