"""What the private MTAs of the tests have in common: two ports, one of them for submission, a log, and a way in."""
import smtplib
import socket
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MTA:
    """`log` is the path of its log."""
    name = ""
    log = None

    def __init__(self):
        self.port, self.submission_port = free_port(), free_port()

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for_port(self, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    if connection.recv(3) == b"220":
                        return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not listen on port {self.port}:\n{self.log_text()[-2000:]}")
            time.sleep(0.1)

    def send(self, sender, recipients, message, submission=False):
        """Hands a message over by SMTP; raises smtplib's errors where it is refused."""
        with smtplib.SMTP("127.0.0.1", self.submission_port if submission else self.port, timeout=60) as client:
            client.sendmail(sender, recipients, message)
