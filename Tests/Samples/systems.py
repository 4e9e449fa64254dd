"""The mail systems of Debian that `make` runs: each a packages list, a configuration that sends everything to one port, and a way in."""
import os, pathlib, shutil, subprocess, time

from sendmail import write_configuration

DOMAIN = "example.net"


class System:
    """A mail system in its own root. Used as a context manager: started on entry, stopped on exit."""
    name = ""
    packages = []
    inject = ["/usr/sbin/sendmail", "-f"]

    def __init__(self, root, port):
        self.root, self.port, self.server = pathlib.Path(root), port, None

    def configure(self):
        pass

    def start(self):
        pass

    def stop(self):
        pass

    def run(self, *command, **options):
        """Runs a command in the root, with the host name that the configuration and the hosts file have."""
        return subprocess.run(self.inside(*command), **{"check": True, "timeout": 60, **options})

    def inside(self, *command):
        return ["unshare", "--uts", "sh", "-c", 'hostname mail.example.com; exec chroot "$@"', "sh", str(self.root), *command]

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def send(self, sender, recipient, message):
        # Its exit status tells of the delivery (67 with Sendmail in the foreground), which fails here on purpose.
        self.run(*self.inject, sender, recipient, input=message, check=False, stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL)

    def __enter__(self):
        self.configure()
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


class Postfix(System):
    name = "postfix"
    packages = ["postfix"]

    def configure(self):
        shutil.copy(self.root / "usr/share/postfix/main.cf.dist", self.root / "etc/postfix/main.cf")
        self.run("postconf", "-e", "myhostname=mail.example.com", "mydestination=", f"relayhost=[127.0.0.1]:{self.port}",
                 "compatibility_level=3.6", "inet_interfaces=loopback-only", "inet_protocols=ipv4", "disable_dns_lookups=yes",
                 "maillog_file=/var/log/postfix.log", "alias_maps=", "smtp_tls_security_level=none",
                 "sendmail_path=/usr/sbin/sendmail", "newaliases_path=/usr/bin/newaliases", "mailq_path=/usr/bin/mailq",
                 "setgid_group=postdrop", "html_directory=no", "manpage_directory=/usr/share/man",
                 "sample_directory=/etc/postfix", "readme_directory=no")
        self.run("postconf", "-MX", "smtp/inet")
        self.run("postconf", "-Fe", "*/*/chroot=n")

    def start(self):
        self.run("postfix", "start", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        self.run("postfix", "stop", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Exim(System):
    name = "exim"
    packages = ["exim4-daemon-light"]
    inject = ["/usr/sbin/exim4", "-odf", "-f"]

    def configure(self):
        self.write("etc/exim4/exim4.conf", f"""primary_hostname = mail.example.com
untrusted_set_sender = *
begin acl
begin routers
downstream:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = downstream
begin transports
downstream:
  driver = smtp
  port = {self.port}
begin retry
* * F,1s,1s
""")


class Sendmail(System):
    name = "sendmail"
    packages = ["sendmail-bin", "sendmail-base", "sendmail-cf", "m4"]
    inject = ["/usr/libexec/sendmail/sendmail", "-Am", "-odi", "-f"]

    def configure(self):
        write_configuration(self.root, f"""OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mail.example.com')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {self.port}')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
MAILER(`smtp')dnl
LOCAL_RULE_0
R$* < @ $+ > $*\t\t$#relay $@ [127.0.0.1] $: $1 < @ $2 > $3
""")
        queue = self.root / "var/spool/mqueue"
        queue.mkdir(parents=True, exist_ok=True)
        shutil.chown(queue, "root", "root")
        queue.chmod(0o700)


class OpenSMTPD(System):
    name = "opensmtpd"
    packages = ["opensmtpd"]

    def configure(self):
        self.write("etc/smtpd.conf", f"""listen on socket
action "downstream" relay host smtp://127.0.0.1:{self.port}
match from any for any action "downstream"
""")

    def start(self):
        self.server = subprocess.Popen(
            self.inside("/usr/sbin/smtpd", "-d"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)

    def stop(self):
        self.server.terminate()
        self.server.wait(timeout=20)


class Courier(System):
    name = "courier"
    packages = ["courier-mta"]

    def configure(self):
        self.write("etc/courier/me", "mail.example.com\n")
        self.write("etc/courier/defaultdomain", "mail.example.com\n")
        self.write("etc/courier/dsnfrom", "mailer-daemon@mail.example.com\n")
        self.write("etc/courier/esmtproutes", f":[127.0.0.1],{self.port}\n")

    def start(self):
        self.run("/usr/sbin/courier", "start", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)

    def stop(self):
        self.run("/usr/sbin/courier", "stop", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)


class Dma(System):
    name = "dma"
    packages = ["dma"]

    def configure(self):
        self.write("etc/dma/dma.conf", f"SMARTHOST 127.0.0.1\nPORT {self.port}\nMAILNAME mail.example.com\n")


class Nullmailer(System):
    name = "nullmailer"
    packages = ["nullmailer"]

    def configure(self):
        self.write("etc/nullmailer/remotes", f"127.0.0.1 smtp --port={self.port}\n")
        self.write("etc/nullmailer/me", "mail.example.com\n")
        self.write("etc/nullmailer/pausetime", "1\n")

    def start(self):
        spool = self.root / "var/spool/nullmailer"
        if not (spool / "trigger").exists():
            os.mkfifo(spool / "trigger")
        self.run("chown", "-R", "mail", "/var/spool/nullmailer")
        self.server = subprocess.Popen(
            self.inside("setpriv", "--reuid=mail", "--regid=mail", "--clear-groups", "nullmailer-send"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)

    def stop(self):
        self.server.terminate()
        self.server.wait(timeout=20)


ALL = {system.name: system for system in (Postfix, Exim, Sendmail, OpenSMTPD, Courier, Dma, Nullmailer)}
