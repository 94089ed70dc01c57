"""Emails that users forward, as email programs write them, and what they become."""

from datetime import datetime

from .common import GatewayCommon
from .content import part, plain, put_together

CUSTOMER = "Nora Client <nora@client.example>"
WORDS = "Dear Sam, we accept your offer of 12 May and wait for the contract. Nora"
DATE = datetime(2026, 11, 20, 8, 31)

GMAIL = """\
{note}

---------- Forwarded message ---------
From: {sender}
Date: Fri, Nov 20, 2026 at 9:31 AM
Subject: {subject}
To: {to}


{words}
"""

OUTLOOK = """\
{note}

________________________________
From: {sender}
Sent: Friday, November 20, 2026 9:31 AM
To: {to}
Subject: {subject}

{words}
"""

OUTLOOK_TITLE = "-----Original Message-----\n"

REPLY = """\
Thank you!

On Fri, Nov 20, 2026 at 9:31 AM Nora Client <nora@client.example> wrote:

> {words}
"""


class ForwardedCommon(GatewayCommon):
    def _inline(self, template=GMAIL, **values):
        values = {
            "note": "For the record:",
            "sender": CUSTOMER,
            "subject": "Your offer",
            "to": "Sam Seller <sam@acme.example>",
            "words": WORDS,
            **values,
        }
        return template.format(**values)

    def _original(self, content=None, **values):
        """Return a mail that can be attached, by default one from a customer."""
        values = {
            "sender": CUSTOMER,
            "to": "sam@acme.example",
            "message_id": f"<{self.mail_count}.original@client.example>",
            "headers": "",
            "subject": "Your offer",
            **values,
        }
        type(self).mail_count += 1
        head = (
            "From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Fri, 20 Nov 2026 09:31:12 +0100\n"
            "Message-ID: {message_id}\n{headers}MIME-Version: 1.0\n"
        )
        return head.format(**values).encode() + (content or plain(WORDS))

    def _forward(self, content, user=None, to="{dropbox}", subject="Fwd: Your offer", **values):
        """Deliver a mail with some content to a user's dropbox, by default to nobody else, and return its row."""
        user = user or self.sam
        content = plain(content) if isinstance(content, str) else content
        raw = self._format(user=user, to=to.format(dropbox=user.bcc_dropbox_address), subject=subject, **values)
        head = raw.partition(b"Content-Type:")[0]
        known = self.env["crm.bcc.dropbox.email"].search([])
        self._receive(head + content)
        return self.env["crm.bcc.dropbox.email"].search([]) - known

    def _attach(self, *mails, note="For the record:", boundary="outer"):
        mails = [part("message/rfc822", mail) for mail in mails]
        return put_together("mixed", plain(note), *mails, boundary=boundary)

    def _get_message(self, email):
        [line] = email.line_ids
        return line.mail_message_id

    def assertIncoming(self, email, sender="nora@client.example"):
        """Check that a row is one captured email of a customer, and return its message."""
        self.assertRow(email, "captured")
        self.assertEqual(email.direction, "incoming")
        self.assertEqual(email.line_ids.mapped("email"), [sender])
        message = self._get_message(email)
        self.assertEqual(message.message_type, "email")
        self.assertTrue(message.is_internal)
        self.assertTrue(message.bcc_dropbox_captured)
        self.assertEqual(message.bcc_dropbox_forwarded_by, "Sam Seller")
        return message
