"""A downstream mail server on the loopback address that refuses by the local part, and keeps what comes back for the sender."""
import socketserver, threading

# local part -> (stage, reply)
CASES = {
    "unknown": ("RCPT", "550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table"),
    "full": ("RCPT", "552 5.2.2 <%s>: Quota exceeded (mailbox for user is full)"),
    "policy": ("RCPT", "550-5.7.1 Message from 192.0.2.1 rejected by our policy.\r\n550 5.7.1 See https://example.net/policy"),
    "plain": ("RCPT", "550 No such user here"),
    "content": ("DATA", "554 5.6.0 Message content rejected"),
    "spam": ("DATA", "554 5.7.1 This message looks like spam"),
}


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def refusal(self, address, stage):
        """The reply that refuses this recipient at this stage, or None."""
        at, reply = CASES.get(address.split("@")[0], (None, None))
        return reply.replace("%s", address) if at == stage else None

    def handle(self):
        self.say("220 mx.example.net ESMTP")
        recipients = []
        for line in self.rfile:
            command = line[:4].upper().strip()
            if command == b"EHLO":
                self.say("250-mx.example.net\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif command == b"MAIL":
                recipients = []
                self.say("250 2.1.0 Ok")
            elif command == b"RCPT":
                address = line[line.find(b"<") + 1:line.find(b">")].decode()
                refusal = self.refusal(address, "RCPT")
                if refusal is None:
                    recipients.append(address)
                self.say(refusal or "250 2.1.5 Ok")
            elif command == b"DATA":
                self.say("354 End with a dot")
                body = []
                for text in self.rfile:
                    if text == b".\r\n":
                        break
                    body.append(text[1:] if text.startswith(b".") else text)
                refusals = [r for r in (self.refusal(a, "DATA") for a in recipients) if r]
                if not refusals:
                    self.server.keep(recipients, b"".join(body))
                self.say(refusals[0] if refusals else "250 2.0.0 Queued")
            elif command == b"QUIT":
                self.say("221 2.0.0 Bye")
                return
            else:
                self.say("250 2.0.0 Ok" if command in (b"HELO", b"RSET", b"NOOP") else "500 5.5.1 Unknown command")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.port = self.server_address[1]
        self.returned = []
        self.arrived = threading.Condition()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def keep(self, recipients, message):
        with self.arrived:
            self.returned.append((recipients, message.replace(b"\r\n", b"\n")))
            self.arrived.notify_all()

    def wait_for_return(self, sender, seconds):
        """The first message for this address since `returned` was cleared; None after so many seconds."""
        def first():
            return next((m for r, m in self.returned if sender in r), None)
        with self.arrived:
            self.arrived.wait_for(first, timeout=seconds)
            return first()
