"""Emails of customers that users forward to their BCC address."""

from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import Form

from .common import tagged
from .content import alternative, file, html, part, plain, put_together
from .forwarded import DATE, OUTLOOK, REPLY, WORDS, ForwardedCommon
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
                self.assertEqual(lead.name, "Nora Client: Your offer")
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
            ("sales-team@acme.example", "incoming"),  # in the domain of our company
            ("sales-team@partner.example", "outgoing"),
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
