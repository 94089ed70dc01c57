"""Emails of customers that users forward to their BCC address."""

import time
from datetime import datetime, timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form

from .common import SECONDS, GatewayCommon, data, tagged
from .content import PDF, alternative, file, html, part, plain, put_together
from .test_wrapped import (
    BODY,
    FILE_PROPERTIES,
    MAIL_INTERFACE,
    NEW_FILE,
    OBJECT,
    PROPERTIES,
    STRING,
    SUBJECT,
    TIME,
    make_properties,
    make_tnef,
)

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


@tagged("post_install", "-at_install")
class TestForwarded(ForwardedCommon):
    # ------------------------------------------------------------
    # WHAT IS LOGGED
    # ------------------------------------------------------------

    def test_inline(self):
        in_html = f"<div>For the record:</div><div class='gmail_quote'>{self._inline(note='').strip()}</div>"
        in_html = in_html.replace("<nora@client.example>", "&lt;nora@client.example&gt;").replace("\n", "<br>")
        for number, content in enumerate(
            (
                self._inline(),
                self._inline(OUTLOOK),
                html(in_html),
                alternative(plain(self._inline()), html(in_html)),
                put_together("mixed", plain(self._inline()), file("application/pdf; name=contract.pdf")),
            )
        ):
            with self.subTest(number), self.assertSilent():
                # everything else is the same, so the sender differs
                sender = f"nora{number}@client.example"
                raw = content if isinstance(content, bytes) else plain(content)
                email = self._forward(raw.replace(b"nora@client.example", sender.encode()))
                message = self.assertIncoming(email, sender)
                self.assertIn("accept your offer", message.body)
                self.assertNotIn("For the record", message.body)
                self.assertNotIn("Forwarded message", message.body)
                self.assertEqual(message.bcc_dropbox_comment, "For the record:")
                self.assertEqual(message.subject, "Your offer")
                self.assertEqual(message.date, DATE)
                self.assertEqual(message.email_from, f'"Nora Client" <{sender}>')
                self.assertFalse(message.author_id)
                self.assertFalse(message.partner_ids)
                self.assertIn("sam@acme.example", message.bcc_dropbox_to)
                self.assertEqual(message.attachment_ids.mapped("name"), ["contract.pdf"] if number == 4 else [])
                lead = self._get_record(email)
                self.assertEqual(lead._name, "crm.lead")
                self.assertEqual(lead.contact_name, "Nora Client")
                self.assertEqual(lead.email_from, sender)
                self.assertEqual(lead.name, "Your offer")
                self.assertEqual(email.subject, "Your offer")
                self.assertEqual(email.date, DATE)
                self.assertIn(sender, email.email_from)
                self.assertIn("sam@acme.example", email.forwarded_by)
                self.assertFalse(email.exposed)

    def test_explanation(self):
        """The row says who forwarded the email, and the verified sender is the one who forwarded it."""
        email = self._forward(self._inline())
        self.assertIn("Forwarded by", email.explanation)
        self.assertIn("Sent from sam@acme.example, a sender address of Sam Seller.", email.explanation)
        self.assertNotIn("client.example", email.explanation)

    def test_author_is_the_contact(self):
        email = self._forward(self._inline(sender="Carla <carla@customer.example>"))
        message = self.assertIncoming(email, "carla@customer.example")
        self.assertEqual(self._get_record(email), self.contact)
        self.assertEqual(message.author_id, self.contact)

    def test_attached(self):
        contract = file("application/pdf; name=contract.pdf")
        original = self._original(put_together("mixed", plain(WORDS), contract, boundary="inner"))
        with self.assertSilent():
            email = self._forward(self._attach(original), subject="see attachment")
        message = self.assertIncoming(email)
        self.assertIn("accept your offer", message.body)
        self.assertEqual(message.bcc_dropbox_comment, "For the record:")
        self.assertIn(message.message_id.encode(), original)
        self.assertEqual(message.attachment_ids.mapped("name"), ["contract.pdf"])
        self.assertEqual(message.date, DATE + timedelta(seconds=12))

    def test_attached_as_programs_do(self):
        for name, content in {
            "base64": part("Content-Type: message/rfc822", self._original(), "base64"),
            "binary file": file('application/octet-stream; name="Your offer.eml"', self._original()),
            "nothing else": part("message/rfc822", self._original()),
        }.items():
            with self.subTest(name):
                body = content if name == "nothing else" else put_together("mixed", plain("see below"), content)
                self.assertIncoming(self._forward(body))

    def test_attached_in_winmail_dat(self):
        properties = ((STRING, 0x0C1F, b"nora@client.example"), (TIME, 0x0039, 133485408000000000))
        inner = make_tnef(
            (SUBJECT, b"Your offer\0"), (BODY, WORDS.encode()), (PROPERTIES, make_properties(*properties))
        )
        attached = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + inner))
        packed = make_tnef((SUBJECT, b"FW: Your offer\0"), (NEW_FILE, b""), (FILE_PROPERTIES, attached))
        email = self._forward(put_together("mixed", plain("see below"), file("application/ms-tnef", packed)))
        message = self.assertIncoming(email)
        self.assertIn("accept your offer", message.body)
        self.assertEqual(message.subject, "Your offer")
        self.assertEqual(message.date, datetime(2024, 1, 1))
        self.assertEqual(message.bcc_dropbox_comment, "see below")

    def test_several_attached(self):
        """Each is logged separately; other files are added to the first one."""
        mails = [
            self._original(sender=f"{name} <{name}@client.example>", subject=name) for name in ("one", "two", "one")
        ]
        parts = [part("message/rfc822", mail) for mail in mails]
        content = put_together("mixed", plain("three mails"), *parts, file("application/pdf; name=plan.pdf"))
        email = self._forward(content, subject="Fwd: three")
        self.assertRow(email, "captured")
        self.assertEqual(email.direction, "incoming")
        self.assertEqual(email.subject, "Fwd: three")
        self.assertEqual(
            email.line_ids.mapped(lambda line: (line.email, line.outcome)),
            [("one@client.example", "created"), ("two@client.example", "created"), ("one@client.example", "matched")],
        )
        one, two, again = email.line_ids
        self.assertEqual(one.res_id, again.res_id)
        self.assertNotEqual(one.mail_message_id, again.mail_message_id)
        files = [line.mail_message_id.attachment_ids.mapped("name") for line in (one, two, again)]
        self.assertEqual(files, [["plan.pdf"], [], []])

    # ------------------------------------------------------------
    # WHEN
    # ------------------------------------------------------------

    def test_recipients(self):
        """A forward that also goes to a customer is logged as an email sent to that customer."""
        own = {"email": "lea@home.example", "verified": True}
        self.lea.sudo().bcc_dropbox_ids.sender_ids = [Command.create(own)]
        for to, direction in (
            ("{dropbox}", "incoming"),
            ("lea@home.example", "incoming"),
            ("Lea <lea@acme.example>", "incoming"),
            ("sales-team@acme.example", "outgoing"),
            ("undisclosed-recipients:;", "incoming"),
            ("", "incoming"),
            ("leo@customer.example", "outgoing"),
            ("lea@acme.example, leo@customer.example", "outgoing"),
        ):
            with self.subTest(to):
                email = self._forward(self._inline(words=f"{WORDS} {to}"), to=to)
                self.assertRow(email, "captured")
                self.assertEqual(email.direction, direction)
                if direction == "outgoing":
                    self.assertEqual(self._get_message(email).author_id, self.sam.partner_id)

    def test_no_forwarded_mail(self):
        for number, (content, subject) in enumerate(
            (
                ("just a note to myself", "note"),
                (REPLY.format(words=WORDS), "Re: Your offer"),
                (self._inline(OUTLOOK), "Re: Your offer"),
            )
        ):
            with self.subTest(number):
                email = self._forward(content, subject=subject)
                self.assertRow(email, "unmatched", "No customer among the recipients")
                self.assertEqual(email.direction, "outgoing")
                self.assertFalse(email.line_ids)

    def test_not_understood(self):
        """An unclear forward is never logged on a wrong record: it is kept, and can be logged by hand."""
        for content in (
            self._inline(sender="Nora Client"),
            self._inline(sender="Nora <nora@client.example> <other@else.example>"),
            "Nora sent this:\n\n" + WORDS,
        ):
            with self.subTest(content):
                email = self._forward(content)
                self.assertRow(email, "unmatched", "Odoo couldn't find a customer in the forwarded email.")
                self.assertTrue(email.has_original)
                self.assertFalse(email.line_ids.mail_message_id)
                wizard = self.env["crm.bcc.dropbox.file"].browse(email.with_user(self.sam).action_file_on()["res_id"])
                with Form(wizard.with_user(self.sam)) as form:
                    form.record = f"{self.lead._name},{self.lead.id}"
                wizard.with_user(self.sam).action_confirm()
                self.assertRow(email, "captured")
                self.assertEqual(self._get_record(email), self.lead)

    def test_from_us(self):
        """The forwarded email of the owner or a colleague is logged as sent to its recipients."""
        for sender, author in (("sam@acme.example", self.sam), ("Lea <lea@acme.example>", self.lea)):
            for content in (
                self._inline(sender=sender, to="leo@customer.example"),
                self._attach(self._original(sender=sender, to="leo@customer.example")),
            ):
                with self.subTest(sender=sender, is_inline=isinstance(content, str)):
                    email = self._forward(content)
                    self.assertRow(email, "captured")
                    self.assertEqual(email.direction, "outgoing")
                    self.assertEqual(self._get_record(email), self.lead)
                    message = self._get_message(email)
                    self.assertEqual(message.message_type, "email_outgoing")
                    self.assertEqual(message.author_id, author.partner_id)
                    self.assertIn(sender.split("<")[-1].strip(">"), message.email_from)
                    email.with_user(self.sam).action_undo()

    def test_from_us_to_nobody(self):
        email = self._forward(self._inline(sender="lea@acme.example", to="sam@acme.example"))
        self.assertRow(email, "unmatched", "Odoo couldn't find a customer in the forwarded email.")

    def test_colleague_is_looked_through(self):
        inner = self._inline()
        outer = self._inline(sender="Lea <lea@acme.example>", subject="Fwd: Your offer", words=inner)
        attached = self._original(plain(inner), sender="lea@acme.example", subject="Fwd: Your offer")
        twice = self._original(self._attach(self._original(), boundary="inner"), sender="lea@acme.example")
        for content in (outer, self._attach(attached), self._attach(twice)):
            with self.subTest(content):
                email = self._forward(content, subject="Fwd: Fwd: Your offer")
                self.assertIncoming(email)
                self.assertRegex(email.forwarded_by, r'^"Sam Seller" <sam@acme.example>, .*lea@acme.example')
                self.assertEqual(email.forwarded_date, datetime(2026, 11, 23, 9))
                self.assertIn("Sent from sam@acme.example", email.explanation)
                email.with_user(self.sam).action_undo()

    def test_stranger(self):
        """Only the owner can forward emails to a dropbox."""
        for sender in ("nora@client.example", "lea@acme.example"):
            email = self._forward(self._inline(), sender=sender)
            self.assertRow(email, "refused", sender)
            self.assertIn(sender, email.email_from)
            self.assertEqual(email.subject, "Fwd: Your offer")
            self.assertFalse(email.forwarded_by)
        self.assertFalse(self.env["crm.lead"].search([("email_from", "=", "nora@client.example")]))

    # ------------------------------------------------------------
    # ONCE
    # ------------------------------------------------------------

    def _count(self, record):
        domain = [("model", "=", record._name), ("res_id", "=", record.id), ("bcc_dropbox_captured", "=", True)]
        return self.env["mail.message"].search_count(domain)

    def test_twice(self):
        message_id = "<once@client.example>"
        original = self._original(message_id=message_id)
        quoted = f"In-Reply-To: {message_id}\n"
        for first, second, headers in (
            (self._inline(), self._inline(note="once more"), ""),
            (self._inline(), self._inline(OUTLOOK), ""),
            (self._attach(original), self._attach(original, note="once more"), ""),
            (self._attach(original), self._inline(), ""),
            (self._inline(), self._attach(original), ""),
            (self._attach(original), self._inline(words="cut"), quoted),
        ):
            with self.subTest(first=first, second=second):
                email = self._forward(first)
                again = self._forward(second, headers=headers)
                self.assertIncoming(again)
                self.assertEqual(self._get_message(again), self._get_message(email))
                self.assertEqual(self._count(self._get_record(email)), 1)
                (email | again).with_user(self.sam).line_ids.mail_message_id.sudo().unlink()

    def test_different_mails(self):
        """Same sender and minute, but another text; and the same text an hour later."""
        email = self._forward(self._inline())
        for values in (
            {"words": "Dear Sam, the contract has arrived. Nora"},
            {"words": ""},
            {"template": GMAIL.replace("9:31", "9:32")},
        ):
            with self.subTest(values):
                other = self._forward(self._inline(**values))
                self.assertIncoming(other)
                self.assertEqual(self._get_record(other), self._get_record(email))
                self.assertNotEqual(self._get_message(other), self._get_message(email))

    def test_nearly_the_same(self):
        """A mail that differs from one on the record anywhere is logged as well: a subject, a file, the end."""
        long = "We have moved, so please note our new address in your records. " * 10
        pdf = file("application/pdf; name=one.pdf", PDF)
        for first, second in (
            ({"subject": "Order S001"}, {"subject": "Order S002"}),
            ({"words": f"{long} Pay to account 1."}, {"words": f"{long} Pay to account 2."}),
            ({"file": pdf}, {"file": pdf.replace(b"one", b"two")}),
        ):
            with self.subTest(first=first):
                emails = []
                for values in (first, second):
                    attached = [values.pop("file")] if "file" in values else []
                    content = put_together("mixed", plain(self._inline(**values)), *attached)
                    emails.append(self._forward(content))
                    self.assertIncoming(emails[-1])
                self.assertNotEqual(*map(self._get_message, emails))

    def test_forged_before(self):
        """A stranger cannot hide a mail by one that merely looks as if Odoo had made its Message-Id."""
        date = "Fri, 20 Nov 2026 09:31:12 +0100"
        values = {"sender": "leo@customer.example", "date": date, "body": WORDS, "to": "sales@acme.example"}
        answer = f"In-Reply-To: {self.lead.message_ids[0].message_id}\n"
        with self.mock_mail_gateway():
            self._receive(self._format(data.BARE, message_id="<x@forwarded.invalid>", headers=answer, **values))
        original = self._original(sender="leo@customer.example", headers=answer, message_id="<real@customer.example>")
        email = self._forward(self._attach(original))
        self.assertRow(email, "captured")
        self.assertEqual(self._get_record(email), self.lead)
        self.assertEqual(self._get_message(email).message_id, "<real@customer.example>")

    def test_unreadable_forward_with_attached_mail(self):
        """A mail attached by the sender of a forwarded one that can't be read is not the forwarded one."""
        victim = self._original(sender="leo@customer.example")
        for note in ("See below.", ""):
            content = put_together(
                "mixed", plain(self._inline(OUTLOOK, note=note)), part("message/rfc822", victim), boundary="outer"
            )
            email = self._forward(content, subject="For our files")
            self.assertRow(email, "unmatched")
            self.assertFalse(email.line_ids)

    def test_comment_of_a_colleague(self):
        """What a colleague wrote above a mail in between is not shown as words of the owner."""
        inner = self._attach(self._original(), note="I promise a discount.", boundary="inner")
        by_lea = self._original(inner, sender="Lea Seller <lea@acme.example>")
        message = self.assertIncoming(self._forward(self._attach(by_lea)))
        lines = message.bcc_dropbox_comment.splitlines()
        self.assertEqual(lines[0], "For the record:")
        self.assertEqual(lines[-2:], ['"Lea Seller" <lea@acme.example>:', "I promise a discount."])

    def test_read_again_another_copy(self):
        """The copy of a colleague stays as it is, even if the text of this email would look the same."""
        original = self._original(to="lea@acme.example", message_id="<once@client.example>")
        first = self._forward(self._attach(original), user=self.lea)
        message = self._get_message(first)
        second = self._forward(self._inline(note="", sender=CUSTOMER), headers="In-Reply-To: <once@client.example>\n")
        self.assertEqual(self._get_message(second), message)
        before = message.read(["body", "subject", "email_from", "date", "bcc_dropbox_to"])
        second.with_user(self.sam).action_read_again()
        self.env.invalidate_all()
        self.assertEqual(message.read(["body", "subject", "email_from", "date", "bcc_dropbox_to"]), before)

    def test_sent_in_bcc_and_then_forwarded(self):
        date = "Fri, 20 Nov 2026 09:31:07 +0100"
        sent = self._capture(to="leo@customer.example", date=date, body=WORDS, subject="Your offer")
        self.assertRow(sent, "captured")
        email = self._forward(self._inline(sender="sam@acme.example", to="leo@customer.example"))
        self.assertRow(email, "captured")
        self.assertEqual(self._get_message(email), self._get_message(sent))

    def test_alias_saw_it(self):
        raw = self._original(to="sales@acme.example", message_id="<seen@client.example>")
        with self.mock_mail_gateway():
            self._receive(raw)
        lead = self.env["crm.lead"].search([("email_from", "ilike", "nora@client.example")])
        self.assertEqual(len(lead), 1)
        for content in (self._attach(raw), self._inline(to="sales@acme.example")):
            email = self._forward(content)
            self.assertRow(email, "captured")
            self.assertEqual(self._get_record(email), lead)
            self.assertFalse(self._count(lead))

    # ------------------------------------------------------------
    # CONVERSATION, SECRETS, ACTIONS
    # ------------------------------------------------------------

    def test_conversation(self):
        """An answer is logged on the record of the answered email, whatever the lookup pattern."""
        self.sam.bcc_dropbox_lookup = "contact"
        sent = self.lead.message_post(body="Our offer", message_type="email_outgoing")
        references = f"References: {sent.message_id} <reply@customer.example>\n"
        for content, headers in (
            (self._inline(sender="Leo <leo@customer.example>"), references),
            (self._attach(self._original(sender="leo@customer.example", headers=references)), ""),
        ):
            email = self._forward(content, headers=headers)
            self.assertIncoming(email, "leo@customer.example")
            self.assertEqual(self._get_record(email), self.lead)

    def test_no_token_is_logged(self):
        token = self.sam.bcc_dropbox_address
        other = self.lea.bcc_dropbox_address
        original = self._original(plain(f"{WORDS} {token} {other}"), headers=f"Bcc: {token}\nCc: {other}\n")
        for content in (
            self._inline(note=token, words=f"{WORDS} {token} {other}", to=f"sam@acme.example, {token}"),
            self._attach(original, note=token),
        ):
            email = self._forward(content)
            message = self.assertIncoming(email)
            values = f"{message.read()} {email.read()} {email.line_ids.read()} {self._get_record(email).read()}"
            for secret in (token, other):
                self.assertNotIn(secret.partition("@")[0].removeprefix("bcc-"), values.lower())

    def test_actions(self):
        for content in (self._inline(), self._attach(self._original())):
            email = self._forward(content)
            email = email.with_user(self.sam)
            message = self.assertIncoming(email)
            body, fingerprint = message.body, message.bcc_dropbox_fingerprint
            message.sudo().body = "changed"
            email.action_read_again()
            self.env.invalidate_all()
            self.assertEqual(message.body, body)
            email.line_ids._move_to(self.lead.with_user(self.sam))
            self.assertEqual(self._get_record(email), self.lead)
            self.assertEqual(self._get_message(email).message_type, "email")
            email.action_undo()
            self.assertRow(email, "unmatched", "Removed")
            email.action_retry()
            self.assertEqual(self.assertIncoming(email).bcc_dropbox_fingerprint, fingerprint)
            email.action_undo()
            email.action_create_contact()
            self.assertIncoming(email)
            self.assertEqual(self._get_record(email)._name, "res.partner")
            email.action_undo()
            self._get_record_with("nora@client.example").sudo().unlink()

    def _get_record_with(self, email):
        return self.env["res.partner"].with_context(active_test=False).search([("email_normalized", "=", email)])

    def test_undo_without_the_original(self):
        """After the original was deleted, it is rebuilt from the copy as a forwarded email."""
        for content in (self._inline(), self._attach(self._original())):
            email = self._forward(content)
            self.assertIncoming(email)
            email.sudo().raw_ids.unlink()
            email.with_user(self.sam).action_undo()
            email.with_user(self.sam).action_create_lead()
            message = self.assertIncoming(email)
            self.assertEqual(message.bcc_dropbox_comment, "For the record:")
            self.assertEqual(fields.Datetime.to_string(message.date)[:16], "2026-11-20 08:31")
            email.with_user(self.sam).action_undo()

    def test_limits(self):
        """A mail over a limit is not searched for forwarded mails."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_parts", "2")
        email = self._forward(self._attach(self._original(), self._original()))
        self.assertRow(email, "refused", "parts")

    def test_many_recipients(self):
        """Queries do not grow with the recipients of attached mails."""
        counts = []
        for number in (1, 150):
            to = ", ".join(f"bcc-{chr(97 + n // 25)}{chr(97 + n % 25)}{'a' * 18}@acme.example" for n in range(number))
            content = self._attach(self._original(sender="lea@acme.example", to=to))
            started = self.env.cr.sql_log_count
            self.assertRow(self._forward(content), "unmatched")
            counts.append(self.env.cr.sql_log_count - started)
        self.assertLess(counts[1] - counts[0], 20)

    def test_hostile_texts(self):
        """Long texts that imitate forwarded emails: the right sender or none, in seconds."""
        for piece in (">", "> " * 100 + "\n", "From: x <x@evil.example>\n", OUTLOOK_TITLE, "\u202e\u2067", "[cid:x]\n"):
            for template in ("{long}\n{text}", "{text}\n{long}"):
                with self.subTest(piece=piece, template=template):
                    long = piece * (10 * 2**20 // len(piece.encode()))
                    content = template.format(long=long, text=self._inline())
                    started = time.process_time()
                    email = self._forward(content)
                    self.assertLess(time.process_time() - started, SECONDS)
                    self.assertIn(email.state, ("captured", "unmatched", "refused"))
                    self.assertIn(email.line_ids.mapped("email"), (["nora@client.example"], []))
                    email.sudo().unlink()

    def test_large_file(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_attachment_mb", "1")
        large = file("application/pdf; name=a.pdf", PDF + bytes(2**20))
        content = put_together("mixed", plain(self._inline()), large)
        email = self._forward(content)
        self.assertIncoming(email)
        self.assertIn("a.pdf", email.reason)
