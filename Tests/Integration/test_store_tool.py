"""The store's commands as an operator types them: exit statuses, what is said when something is missing, and who released whom."""
import gzip
import json
import signal
import sqlite3
import subprocess
import time

import messages
from agent import RULES, TOOL, bouncectl
from test_tool import CANNOT_CREATE, DATA, INPUT_OUTPUT, NO_INPUT, OK, UNAVAILABLE, USAGE, ToolCase, write_record

SUPPRESSED = NOTHING = 1
TEMPORARY = 75
BOUNCE = {"id": "1", "time": "2026-11-20T10:00:00.000Z", "event": "bounce", "recipient": "anna@partner.example", "disposition": "hard",
          "category": "mailbox-unknown", "action": "suppress", "rule": "status.5.1.1", "origin": "milter-dsn", "trust": "local", "source": {}}


class StoreTool(ToolCase):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.journal, self.own = self.folder / "journal", self.folder / "reversals"
        options = {"store": f"sqlite:{self.folder}/store.sqlite", "journals": [str(self.journal)], "own_journal": str(self.own),
                   "rules_dir": str(RULES)}
        self.configuration = self.file("bounce-store.toml", "".join(f"{k} = {json.dumps(v)}\n" for k, v in options.items()))

    def store(self, status, command, *arguments, says=""):
        return self.run_tool(status, *command.split(), "-c", self.configuration, *arguments, says=says)

    def test_a_journal_that_is_not_there(self):
        self.store(NO_INPUT, "store follow --once", says=f"{self.journal}: there is no such journal")
        # It would let everybody pass.
        list = self.file("list.csv", "email\nanna@partner.example\n")
        for command in ("check anna@partner.example", "store export", f"store filter {list}", "store check"):
            self.assertEqual(self.store(UNAVAILABLE, command, says=f"{self.journal}: there is no such journal, and nothing was applied"), "")
        # The store's own has none before the first release.
        write_record(self.journal, 1, BOUNCE)
        self.assertIn("clear", self.store(OK, "check", "anna@partner.example", says="nothing was applied to this store yet: it suppresses nobody"))
        self.store(OK, "store follow --once")
        self.store(SUPPRESSED, "check", "Anna@partner.example")

    def test_a_check_of_a_journal_that_is_gone(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        moved = self.journal.rename(self.folder / "moved")
        self.store(DATA, "store check")
        moved.rename(self.journal)
        self.store(OK, "store check")
        self.configuration.write_text(self.configuration.read_text().replace(f'"{self.journal}"', f'"{self.journal}", "{self.folder}/other"'))
        self.store(NO_INPUT, "store check", says=f"{self.folder}/other: there is no such journal")

    def test_a_journal_that_nobody_follows(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        write_record(self.journal, 2, {**BOUNCE, "id": "2", "time": "2026-11-20T11:00:00.000Z", "recipient": "otto@partner.example",
                                       "category": "spam-content", "disposition": "block", "action": "investigate", "reply": 550,
                                       "status": "5.7.1", "diagnostic": "Message refused"})
        late = f"{self.journal}: its records since 2026-11-20T11:00:00.000Z are not applied"
        self.assertIn("clear", self.store(OK, "check otto@partner.example", says=late))
        list = self.file("list.csv", "email\notto@partner.example\n")
        self.store(OK, f"store filter {list}", says=late)
        self.store(TEMPORARY, "store check", says=late)
        self.store(OK, "store follow --once")
        self.store(OK, "store check")
        shown = self.store(OK, "check otto@partner.example")
        self.assertRegex(shown, "last failure +2026-11-20T11:00:00.000Z, spam-content\n")
        self.assertRegex(shown, "its reply +550 5.7.1 Message refused\n")
        answer = json.loads(self.store(OK, "check --json otto@partner.example"))
        self.assertEqual([answer["last_failure"], answer["last_failure_category"], answer["last_failure_reply"]],
                         ["2026-11-20T11:00:00.000Z", "spam-content", "550 5.7.1 Message refused"])

    def test_a_journal_without_a_record_yet(self):
        self.journal.write_bytes(b"")
        self.store(OK, "store follow --once")
        done = bouncectl("check", "-c", self.configuration, "anna@partner.example")
        self.assertEqual((done.returncode, done.stderr), (OK, ""))

    def test_a_list_is_not_its_own_report(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        file = self.file("list.csv", "email\nanna@partner.example\n")
        self.store(USAGE, "store filter", "--report", file, file, says="this is the list; name another file")
        self.assertEqual(file.read_text(), "email\nanna@partner.example\n")

    def test_a_journal_that_cannot_be_read(self):
        self.journal.mkdir()
        for command in ("store follow --once", "store rebuild"):
            self.store(NO_INPUT, command, says=f"bouncectl: journals: {self.journal}: is a folder: name the journal's file in it, as")

    def test_a_journal_that_is_compressed(self):
        self.journal.write_bytes(gzip.compress(b"x"))
        for command in ("store follow --once", "store rebuild"):
            self.store(DATA, command, says=f"journals: {self.journal}: compressed by gzip: unpack it, as with zcat, and name the file that it makes")

    def test_a_journal_that_is_another_file(self):
        self.journal.write_text("Nov 21 10:00:00 mx postfix/smtp[1]: x\n")
        for command in ("store follow", "store follow --once", "store rebuild"):
            done = bouncectl(*command.split(), "-c", self.configuration)
            self.assertEqual((done.returncode, done.stdout), (DATA, ""))
            self.assertEqual(done.stderr, f"bouncectl: journals: {self.journal}: this is an MTA's log: read it with \"bouncectl classify --log\"\n")

    def test_asking_before_anything_was_applied(self):
        for command in ("check anna@partner.example", "stats", "store holds", "store holds drop google", "store incidents", "store export",
                        "store check", "store release anna@partner.example"):
            self.store(UNAVAILABLE, command, says='nothing was applied yet: start "bouncectl store follow" (systemd: bounce-store.service)')
        self.assertFalse(list(self.folder.glob("store.sqlite*")))

    def test_a_release_names_what(self):
        self.store(USAGE, "store release", says="nothing is named: write addresses, or conditions")
        self.store(USAGE, "store release --rule x", "anna@partner.example", says="not both")

        self.store(USAGE, "store release --since 2026-01-02 --before 2026-01-02", says="no time lies between them")

    def test_a_release_by_a_domain_that_has_a_provider(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        for domain in ("gmx.at", "GMX.at"):
            self.store(USAGE, "store release -n", "--provider", domain, says=f'--provider {domain}: belongs to the provider "gmx": '
                                                                           f'write --provider gmx, or --domain {domain}\n')

    def test_a_release_of_a_domain(self):
        for number, address in enumerate(("anna@gmx.at", "otto@gmx.net", "eva@mx.gmx.at"), 1):
            write_record(self.journal, number, {**BOUNCE, "id": str(number), "recipient": address})
        self.store(OK, "store follow --once")
        self.store(USAGE, "store release --domain anna@gmx.at", says="write a domain, as gmail.com")
        self.store(NOTHING, "store release --domain gmx.at --since 2026-11-21", says="nothing to release")
        shown = self.store(OK, "store release --domain GMX.at")
        self.assertIn("anna@gmx.at", shown)
        self.assertTrue(shown.endswith("\n1 address released\n"), shown)
        self.store(OK, "check anna@gmx.at")
        for address in ("otto@gmx.net", "eva@mx.gmx.at"):
            self.store(SUPPRESSED, "check", address)

    def test_many_addresses(self):
        addresses = [f"user{number}@partner.example" for number in range(60)]
        for number, address in enumerate(addresses, 1):
            write_record(self.journal, number, {**BOUNCE, "id": str(number), "recipient": address})
        self.store(OK, "store follow --once")
        shown = self.store(SUPPRESSED, "check --json", *addresses[:40], "--json", *(f"Name <{address}>" for address in addresses[40:]))
        self.assertEqual([json.loads(line)["address"] for line in shown.splitlines()], addresses)
        self.store(USAGE, "check", *addresses[:30], "anna", *addresses[30:],
                   says="The value 'anna' is invalid: write local@domain")
        self.assertTrue(self.store(OK, "store release", *addresses[:-1]).endswith("\n59 addresses released\n"))
        self.store(OK, "check", *addresses[:-1])
        self.store(SUPPRESSED, "check", addresses[-1])

    def test_what_has_ended_by_itself_is_not_released(self):
        write_record(self.journal, 1, {**BOUNCE, "time": "2025-01-01T10:00:00.000Z", "disposition": "soft", "category": "mailbox-full"})
        self.store(OK, "store follow --once")
        self.assertIn("ended by itself", self.store(OK, "check anna@partner.example"))
        self.store(NOTHING, "store release -n --category mailbox-full", says="nothing to release")
        self.store(NOTHING, "store release anna@partner.example", says="anna@partner.example: is not suppressed")

    def test_a_rebuild_tells_what_it_forgets(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        self.journal.unlink()
        write_record(self.journal, 2, {**BOUNCE, "id": "2", "recipient": "otto@partner.example"})
        self.store(UNAVAILABLE, "store rebuild", says="--dry-run shows how many suppressions end by that")
        for option in ("-n", ""):
            told = self.store(OK, f"store rebuild --forget {option}", says="")
            self.assertIn("1 address suppressed\n1 address that was suppressed is so no longer", told)
            self.store(SUPPRESSED if option else OK, "check anna@partner.example")

    def test_a_check_names_a_journal_that_nobody_follows(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        other = self.folder / "other"
        write_record(other, 1, {**BOUNCE, "id": "2"})
        self.configuration.write_text(self.configuration.read_text().replace(str(self.journal), str(other)))
        told = self.store(TEMPORARY, "store check", says=f"{other}: nothing of this journal was applied yet")
        self.assertIn("not one of this host's journals", told)

    def test_an_import_tells_what_it_does_not_understand(self):
        write_record(self.journal, 1, BOUNCE)
        rows = ("421 4.7.0 try again later", "mailbox full", "550 5.7.1 blocked using zen.spamhaus.org", "dropped", "550 5.1.1 User unknown",
                "unsubscribed")
        file = self.file("list.csv", "Member,reason\n" + "".join(f"u{n}@partner.example,{reason}\n" for n, reason in enumerate(rows)))
        self.store(DATA, "store import", file, says='is "Member, reason"; --column NAME names another')
        told = self.store(DATA, "store import --column member", file)
        self.assertIn(f'1 left out: a reason that is not understood ({file}:5 "dropped")', told)
        self.store(OK, "store follow --once")
        for number in range(4):
            self.store(OK, f"check u{number}@partner.example")
        self.assertIn("550 5.1.1 User unknown", self.store(SUPPRESSED, "check u4@partner.example"))
        told = self.store(SUPPRESSED, "check u5@partner.example")
        self.assertIn("A plain list that was imported has it", told)
        self.assertRegex(told, "the list says +unsubscribed")

    def test_an_import_as_the_manual_has_it(self):
        reasons = ("550 5.1.1 User unknown", "no such user", "mailbox full", "552 5.2.2 mailbox full", "hard bounce", "soft bounce", "complaint",
                   "unsubscribed", "mailbox-full")
        list = self.file("list.csv", "email,reason\n" + "".join(f"u{n}@partner.example,{reason}\n" for n, reason in enumerate(reasons)))
        told = self.store(OK, "store import", list)
        self.assertIn("9 rows: 5 bounces, 1 complaint, 1 who want no mail\n  2 left out: blocks, soft bounces", told)
        records = [json.loads(line) for line in self.own.read_text().splitlines()]
        self.assertEqual([(record["recipient"][1], record["category"], record.get("diagnostic")) for record in records],
                         [("0", "mailbox-unknown", reasons[0]), ("1", "mailbox-unknown", reasons[1]), ("3", "mailbox-full", reasons[3]),
                          ("4", "mailbox-unknown", None), ("6", "abuse-report", reasons[6]), ("7", "abuse-report", reasons[7]),
                          ("8", "mailbox-full", None)])
        # Another failure of one that was full is no repeated row.
        later = self.file("later.csv", "email,reason\nu3@partner.example,550 5.1.1 User unknown\nu1@partner.example,no such user\n")
        told = self.store(OK, "store import", later)
        self.assertIn("1 already so", told)
        self.assertIn("1 record written", told)
        for rows in ("u3@partner.example,who knows\n", "nobody,unsubscribed\n"):
            left = self.file("left.csv", f"email,reason\n{rows}u9@partner.example,unsubscribed\n")
            self.store(DATA, "store import --dry-run", left)

    def test_a_hold_of_another_name(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        with sqlite3.connect(f"{self.folder}/store.sqlite") as store:
            store.execute("INSERT INTO hold (provider, opened, since) VALUES ('google', 1, 1)")
        for verb in ("release", "drop"):
            self.store(UNAVAILABLE, f"store holds {verb} gmail", says="gmail: no hold of that name is open; open: google")
            self.assertIn("google: 0 addresses would be ", self.store(OK, f"store holds {verb} -n google"))

    def test_a_newer_programs_journal(self):
        write_record(self.journal, 1, {**BOUNCE, "category": "mailbox-asleep"})
        for option in ("", "--skip-damaged"):
            self.store(UNAVAILABLE, f"store follow --once {option}", says="a newer version of bounce-milter wrote this line, update this one")

    def test_a_release_by_a_name_that_nobody_has(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        for option, name, says in (("--rule", "google.no-such-usr", 'no such rule; did you mean "google.no-such-user"?'),
                                   ("--provider", "gogle", 'no such provider; did you mean "google"?'),
                                   ("--provider", "partner.exampel", 'no such provider; did you mean "partner.example"?'),
                                   ("--provider", "gmail", 'no such provider; did you mean "google"?'),
                                   ("--provider", "*", 'no such provider; see "bouncectl stats --by provider"')):
            self.store(USAGE, "store release -n", option, name, says=f"{option} {name}: {says}")
            self.store(USAGE, "store release -n --since 2000-01-01", option, name, says=says)
        # Some that the program itself gives, and a domain, though this store has none of them yet.
        for option, name in (("--rule", "google.no-such-user"), ("--rule", "feedback.abuse"), ("--rule", "import.csv"), ("--rule", "auto-reply"),
                             ("--rule", "action.failed"), ("--rule", "store.release"), ("--provider", "google"),
                             ("--provider", "mail.origin.example")):
            self.store(NOTHING, "store release -n", option, name, says="nothing to release")
        self.store(NOTHING, "store release -n --rule foo.bar", says="--rule foo.bar: neither a rule in force nor of a record in the store")
        # Known to the store, if not to the rules.
        self.store(NOTHING, "store release -n --since 2026-11-21 --provider partner.example", says="nothing to release")
        self.store(NOTHING, "store release -n --since 2026-11-21 --rule status.5.1.1", says="nothing to release")
        self.assertIn("would be released", self.store(OK, "store release -n --provider partner.example"))

    def test_a_report_that_cannot_be_written(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        file = self.file("list.csv", "email\nanna@partner.example\n")
        report = self.folder / "none/report.csv"
        self.store(CANNOT_CREATE, "store filter", "--report", report, file, says=f"--report {report}: No such file or directory")

    def test_a_report_on_a_full_disk(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        file = self.file("list.csv", "email\nanna@partner.example\n")
        self.store(INPUT_OUTPUT, "store filter --report /dev/full", file, says="/dev/full: No space left on device")

    def test_what_is_no_list(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        for name, content, says in (
                ("mail.log", "Nov 21 10:00:00 mx postfix/smtp[1]: x\n", 'this is an MTA\'s log: read it with "bouncectl classify --log"'),
                ("a.eml", messages.report(["a@b.example"], "one"), 'this is mail: read it with "bouncectl classify"'),
                ("list.csv.gz", gzip.compress(b"email\na@b.example\n" * 9), "compressed by gzip")):
            for command in ("store filter", "store import"):
                self.store(DATA, command, self.file(name, content), says=f"{name}: {says}")
        self.store(DATA, "store filter", self.journal, says='journal: this is a bounce journal: read it with "bouncectl tail"')

    def test_what_is_made_by_hand_is_for_owner_and_group(self):
        """Whatever the shell's umask: Postfix reads the store as its group, and nobody else reads addresses."""
        write_record(self.journal, 1, BOUNCE)
        for umask in (0o000, 0o077):
            done = subprocess.run([TOOL, "store", "follow", "--once", "-c", self.configuration], umask=umask)
            self.assertEqual(done.returncode, OK)
            made = list(self.folder.glob("store.sqlite*"))
            self.assertEqual({oct(file.stat().st_mode & 0o777) for file in made}, {"0o640"}, made)
            for file in made:
                file.unlink()

    def test_a_check_by_who_may_not_read_a_journal(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        self.journal.chmod(0o600)
        for file in self.folder.glob("store.sqlite*"):
            file.chmod(0o644)
        done = bouncectl("store", "check", "-c", self.configuration, user="nobody", group="nogroup")
        self.assertEqual(done.returncode, NO_INPUT, done.stdout + done.stderr)
        self.assertIn("1 event, 1 addresses, 1 suppressed: sound", done.stdout)
        self.assertIn(f"{self.journal}: Permission denied; its user root alone may read it: use sudo: the store's place in it", done.stderr)

    def test_figures_of_a_time_without_mail(self):
        write_record(self.journal, 1, {**BOUNCE, "time": "2025-11-20T10:00:00.000Z"})
        self.store(OK, "store follow --once")
        self.assertRegex(self.store(OK, "stats --since 1d"), r"^no mail since 20\d\d-\d\d-\d\dT\S+Z is in the store\n$")

    def test_check_tells_of_a_release(self):
        write_record(self.journal, 1, BOUNCE)
        self.store(OK, "store follow --once")
        shown = self.store(OK, "store release", "--reason", "she wrote", "anna@partner.example", "ann@partner.example",
                           says="ann@partner.example: is not suppressed")
        self.assertTrue(shown.endswith("\n1 address released\n"), shown)
        page = self.store(OK, "check", "anna@partner.example")
        self.assertRegex(page, r"It was released on 20\d\d-\d\d-\d\d; nothing has spoken against it since\.")
        self.assertRegex(page, r"released +20\d\d-\d\d-\d\dT\S+Z by \S+: she wrote")
        line = json.loads(self.store(OK, "check --json", "anna@partner.example"))
        self.assertRegex(line["released_by"], r"^\S+: she wrote$")
        self.store(NOTHING, "store release", "anna@partner.example", says="nothing to release")

    def test_check_leaves_out_a_status_that_says_nothing(self):
        for number, status, reply in ((1, "5.0.0", "550 No such person here"), (2, "5.1.1", "550 5.1.1 No such person here")):
            write_record(self.journal, number, {**BOUNCE, "id": str(number), "recipient": f"{number}@partner.example", "status": status,
                                                "reply": 550, "diagnostic": "No such person here"})
            self.store(OK, "store follow --once")
            self.assertRegex(self.store(SUPPRESSED, "check", f"{number}@partner.example"), f"reply +{reply}\n")
            self.assertEqual(json.loads(self.store(SUPPRESSED, "check --json", f"{number}@partner.example"))["status"], status)

    def test_check_tells_of_failures_in_a_row(self):
        for number in range(1, 5):
            write_record(self.journal, number, {**BOUNCE, "id": str(number), "time": f"2026-11-20T{10 + number}:00:00.000Z", "event": "deferral",
                                                "disposition": "soft", "category": "network-error", "action": "retry"})
            self.store(OK, "store follow --once")
            says = (f"It failed {number} of 3 times in a row, since 2026-11-20." if number < 3 else
                    f"It failed {number} times in a row, since 2026-11-20; it is suppressed when it still fails 5 days after the first time.")
            self.assertIn(says, self.store(OK, "check", "anna@partner.example"))

    def test_an_import_says_what_follows_and_repeats_nothing(self):
        write_record(self.journal, 1, BOUNCE)
        list = self.file("list.csv", "email,reason,created\na@partner.example,bounce,soon\nb@partner.example,bounce,\nc@partner.example,bounce,"
                                     "2026-01-02\n")
        self.assertNotIn("already", self.store(OK, "store import --dry-run", list))
        self.assertFalse(self.own.exists())
        printed = self.store(OK, "store import", list)
        self.assertIn(f"1 with a time that cannot be read or is to come: they count from now ({list}:2)", printed)
        self.assertIn(f'3 records written to {self.own}; bounce-store.service applies them, or "bouncectl store follow --once"', printed)
        more = self.file("more.csv", list.read_text() + 2 * "d@partner.example,bounce,2026-01-02\n")
        for command in ("store import --dry-run", "store import"):
            printed = self.store(OK, command, list)
            self.assertIn("3 rows: 3 bounces, 0 complaints, 0 who want no mail\n  3 already so: the same rows were imported before\n", printed)
            self.assertNotIn("written", printed)
            self.assertNotIn("@partner.example", printed)
        printed = self.store(OK, "store import", more)
        self.assertIn("  4 already so", printed)
        self.assertIn("1 record written", printed)
        self.store(OK, "store follow --once")
        self.store(SUPPRESSED, "check", "a@partner.example")
        self.assertIn("4 applied, 0 told before", self.store(OK, "store check"))

    def test_an_import_by_who_may_not_read_what_was_imported(self):
        list = self.file("list.csv", "email\na@partner.example\n")
        self.store(OK, "store import", list)
        self.own.chmod(0o600)
        done = bouncectl("store", "import", "--dry-run", "-c", self.configuration, list, user="nobody", group="nogroup")
        self.assertEqual((done.returncode, done.stdout), (UNAVAILABLE, ""))
        self.assertIn(f"own_journal: {self.own}: Permission denied; its user root alone may read it: use sudo", done.stderr)

    def test_a_follower_ends_when_it_is_told_to(self):
        write_record(self.journal, 1, BOUNCE)
        process = subprocess.Popen([TOOL, "store", "follow", "-c", self.configuration], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        deadline = time.monotonic() + 60
        while not (self.folder / "store.sqlite").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), OK, process.stdout.read())
