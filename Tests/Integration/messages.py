"""Messages that the tests send."""

ORDINARY = """From: News <news@origin.example>
To: {to}
Subject: {subject}
Message-ID: <{id}@origin.example>
Date: Sat, 21 Nov 2026 10:00:00 +0000

Hello,
this is the news.
"""


def ordinary(to, id, subject="Monthly news"):
    return ORDINARY.format(to=to, id=id, subject=subject)


def report(recipients, id, to="news@origin.example", diagnostic="smtp; 550 5.1.1 User unknown", status="5.1.1"):
    """A report of another site about these recipients (RFC 3464)."""
    groups = "".join(
        f"\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n"
        f"Remote-MTA: dns; mx.elsewhere.example\nDiagnostic-Code: {diagnostic}\n" for recipient in recipients)
    return f"""From: Mail Delivery System <MAILER-DAEMON@relay.elsewhere.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{id}@relay.elsewhere.example>
Date: Sat, 21 Nov 2026 10:01:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered to one or more recipients.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.elsewhere.example
{groups}
--b
Content-Type: text/rfc822-headers

From: News <news@origin.example>
To: {recipients[0]}
Subject: Monthly news
Message-ID: <{id}@origin.example>

--b--
"""
