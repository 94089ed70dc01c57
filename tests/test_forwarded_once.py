"""A forwarded email is logged once, and what users can do with it afterwards."""

import time

from odoo import fields

from .common import SECONDS, data, tagged
from .content import PDF, file, part, plain, put_together
from .forwarded import CUSTOMER, GMAIL, OUTLOOK, OUTLOOK_TITLE, WORDS, ForwardedCommon


@tagged("post_install", "-at_install")
class TestForwardedOnce(ForwardedCommon):
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

    def test_comment_on_a_known_mail(self):
        """The message keeps its comment, and the row of the second email says so."""
        first = self._forward(self._inline())
        same = self._forward(self._inline(OUTLOOK))
        other = self._forward(self._inline(note="Please call her."))
        message = self._get_message(first)
        self.assertEqual((self._get_message(same), self._get_message(other)), (message, message))
        self.assertEqual(message.bcc_dropbox_comment, "For the record:")
        self.assertFalse(first.line_ids.reason)
        self.assertFalse(same.line_ids.reason)
        self.assertIn("what you wrote when forwarding it was not added", other.line_ids.explanation)

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
                    self.assertLess(time.process_time() - started, 3 * SECONDS)  # of 10 MB each; about 5 were measured
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
