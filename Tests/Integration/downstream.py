"""A downstream mail server on the loopback address: refuses by a script, local part by local part, and keeps what it accepts."""
import contextlib
import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        # A client that goes away in the middle, as an MTA does that is stopped, is no error of the server's.
        with contextlib.suppress(ConnectionError):
            self.converse()

    def converse(self):
        refusal = self.server.refusal
        self.say("220 mx.example.net ESMTP")
        sender, recipients = "", []
        for line in self.rfile:
            command = line[:4].upper().strip()
            if command == b"EHLO":
                self.say("250-mx.example.net\r\n250-8BITMIME\r\n250-SIZE\r\n250 ENHANCEDSTATUSCODES")
            elif command == b"MAIL":
                sender, recipients = line[line.find(b"<") + 1:line.find(b">")].decode(), []
                self.say("250 2.1.0 Ok")
            elif command == b"RCPT":
                address = line[line.find(b"<") + 1:line.find(b">")].decode()
                answer = refusal(address, "RCPT")
                if answer is None:
                    recipients.append(address)
                self.say(answer or "250 2.1.5 Ok")
            elif command == b"DATA":
                self.say("354 End with a dot")
                body = []
                for text in self.rfile:
                    if text == b".\r\n":
                        break
                    body.append(text[1:] if text.startswith(b".") else text)
                answers = [answer for answer in (refusal(address, "DATA") for address in recipients) if answer]
                if not answers:
                    self.server.keep(sender, recipients, b"".join(body))
                self.say(answers[0] if answers else "250 2.0.0 Queued")
            elif command == b"QUIT":
                self.say("221 2.0.0 Bye")
                return
            else:
                self.say("250 2.0.0 Ok" if command in (b"HELO", b"RSET", b"NOOP") else "500 5.5.1 Unknown command")


class Server(socketserver.ThreadingTCPServer):
    """Used as a context manager. `script`: local part to (stage, reply) or to (stage, reply, how many times before it accepts); the
    stage is RCPT or DATA, %s in the reply is the address. What no line of it names is accepted."""
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Session)
        self.port = self.server_address[1]
        self.script = script
        self.refused = {}
        self.returned = []
        self.arrived = threading.Condition()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def refusal(self, address, stage):
        """The reply that refuses this recipient at this stage, or None."""
        at, reply, *times = self.script.get(address.split("@")[0], (None, None))
        if at != stage:
            return None
        with self.arrived:
            self.refused[address] = self.refused.get(address, 0) + 1
            if times and self.refused[address] > times[0]:
                return None
        return reply.replace("%s", address)

    def keep(self, sender, recipients, message):
        with self.arrived:
            self.returned.append((sender, recipients, message.replace(b"\r\n", b"\n")))
            self.arrived.notify_all()

    def wait_for(self, recipient, seconds):
        """The first message for this address since `returned` was cleared; None after so many seconds."""
        def first():
            return next((message for _, recipients, message in self.returned if recipient in recipients), None)
        with self.arrived:
            self.arrived.wait_for(first, timeout=seconds)
            return first()
