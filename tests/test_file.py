import base64
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import ValidationError
from psycopg2 import IntegrityError

from .common import DropboxCommon, data, tagged


@tagged("post_install", "-at_install")
class TestFile(DropboxCommon):
    """Step 5: one silent message per record; create what is missing."""

    def _get_message(self, email):
        self.assertEqual(email.state, "captured", email.reason)
        return email.line_ids.mail_message_id

    def test_dates_that_cannot_be_true(self):
        """Such an email is dated by its arrival, and its row says so."""
        for date, is_odd in (
            ("Mon, 23 Nov 2026 10:00:00 +01:00", False),
            ("Thu, 01 Jan 1970 00:00:00 +0000", True),
            ("Sun, 31 Dec 1989 23:59:59 +0000", True),
            ("Mon, 01 Jan 1990 00:00:00 +0000", False),
            ("Thu, 23 Nov 2096 10:00:00 +0100", True),
        ):
            with self.subTest(date):
                email = self._capture(date=date)
                self.assertRow(email, "captured", "dated" if is_odd else "")
                message = email.line_ids.mail_message_id
                self.assertEqual(message.date, email.date)
                arrival = email.create_date.replace(microsecond=0)
                self.assertEqual(email.date == arrival, is_odd)
                if not is_odd:
                    self.assertFalse(email.reason)
        email = self._capture(date="Thu, 23 Nov 2096 10:00:00 +0100", sender="eve@evil.example")
        self.assertRow(email, "refused", "2096")
        self.assertEqual(email.date, email.create_date.replace(microsecond=0))

    def test_file_that_was_cut_off(self):
        """A file truncated by a full disk is completed by the next email with the same file."""
        email = self._capture(data.MIXED, to="carla@customer.example")
        file = self._get_message(email).attachment_ids.filtered(lambda file: file.name == "offer.pdf")
        path, content = Path(file._full_path(file.store_fname)), file.raw
        self.addCleanup(path.write_bytes, content)
        for left in (content[:5], b""):
            with self.subTest(left):
                path.write_bytes(left)
                self._get_message(self._capture(data.MIXED, to="carla@customer.example"))
                self.assertEqual(path.read_bytes(), content)
        path.write_bytes(b"other")
        email = self._capture(data.MIXED, to="carla@customer.example")
        self.assertRow(email, "unmatched")
        self.assertEqual(path.read_bytes(), b"other", "whatever it is, it is not the beginning of this one")

    def test_message(self):
        email = self._capture(
            to="carla@customer.example",
            sender="Sam at home <sam@acme.example>",
            subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            message_id="<offer@laptop.example>",
        )
        message = self._get_message(email)
        self.assertRecordValues(
            message,
            [
                {
                    "author_id": self.sam.partner_id.id,
                    "email_from": '"Sam at home" <sam@acme.example>',
                    "incoming_email_cc": False,
                    "incoming_email_to": False,
                    "is_internal": True,
                    "message_id": "<offer@laptop.example>",
                    "message_type": "email_outgoing",
                    "model": "res.partner",
                    "outgoing_email_to": False,
                    "partner_ids": [],
                    "res_id": self.contact.id,
                    "subject": "Grüße",
                    "subtype_id": self.env.ref("mail.mt_note").id,
                }
            ],
        )
        self.assertEqual(str(message.date), "2026-11-23 09:00:00")
        self.assertIn("naïve as it is", message.body)
        self.assertIn(message, self.contact.message_ids)

    def test_body_and_attachments(self):
        message = self._get_message(self._capture(data.MIXED, to="carla@customer.example"))
        self.assertNotIn("script", message.body)
        self.assertEqual(message.attachment_ids.mapped("name"), ["offer.pdf"], "the logo is no file of its own")
        files = message._bcc_dropbox_get_files()
        self.assertEqual(set(files.mapped("name")), {"logo.png", "offer.pdf"})
        self.assertEqual(files.mapped("res_model"), ["res.partner"] * 2)
        self.assertIn("/web/image/", message.body, "the inline image is shown")
        self.assertEqual(message.body.count("naïve as it is"), 1, "one of the alternatives")

    def test_plain_text_wraps(self):
        """Its lines may be wider than a phone."""
        message = self._get_message(self._capture(to="carla@customer.example", body="Dear Carla,\n\n  <b>1 < 2</b>"))
        self.assertRegex(
            message.body, r'<pre style="white-space: ?pre-wrap;?">Dear Carla,\n\n  &lt;b&gt;1 &lt; 2&lt;/b&gt;'
        )

    def test_attached_mail_stays_an_attachment(self):
        message = self._get_message(self._capture(data.FORWARDED_AS_ATTACHMENT, to="carla@customer.example"))
        self.assertNotIn("Words of the inner mail", message.body)
        self.assertEqual(message.attachment_ids.name, "The inner mail.eml")
        self.assertIn(b"Words of the inner mail", message.attachment_ids.raw)
        self.assertNotIn(self.sam.bcc_dropbox_address.encode(), message.attachment_ids.raw)

    def test_attachments_over_the_limit(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_attachment_mb", "1")
        file = base64.encodebytes(b"x" * (1024**2 + 1)).decode()
        email = self._capture(data.MIXED, to="carla@customer.example", file=file)
        message = self._get_message(email)
        self.assertEqual(message._bcc_dropbox_get_files().mapped("name"), ["logo.png"], "the largest go first")
        for text in (email.reason, message.bcc_dropbox_note):
            self.assertIn("offer.pdf (1 MB)", text)
            self.assertIn("may have 1 MB", text)
        self.assertNotIn("1 MB", message.body, "it is no text of the sender")
        small = self._get_message(self._capture(data.MIXED, to="carla@customer.example"))
        self.assertEqual(len(small._bcc_dropbox_get_files()), 2)
        self.assertFalse(small.bcc_dropbox_note)

    def test_one_message_per_record(self):
        self.lead.email_from = "carla@customer.example"
        email = self._capture(to="carla@customer.example, leo@customer.example")
        self.assertEqual(email.line_ids.mapped("outcome"), ["matched", "created"])
        contact = self.env["res.partner"].create({"name": "C", "email": "c@customer.example"})
        contact.email = "carla@customer.example"
        both = self._capture(to="carla@customer.example", headers="Cc: Carla <CARLA@customer.example>\n")
        self.assertEqual(len(both.line_ids), 1)

    def test_new_lead(self):
        lead = self._get_record(self._capture(to='"Nora New" <Nora@customer.example>'))
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "Nora New: Our offer",
                    "contact_name": "Nora New",
                    "email_from": "nora@customer.example",
                    "email_normalized": "nora@customer.example",
                    "type": "opportunity",
                    "user_id": self.sam.id,
                }
            ],
        )
        self.assertFalse(lead.message_follower_ids)

    def test_new_lead_of_an_owner_who_works_with_leads(self):
        self.sam.group_ids += self.env.ref("crm.group_use_lead")
        self.assertEqual(self._get_record(self._capture()).type, "lead")

    def test_new_lead_without_subject(self):
        lead = self._get_record(self._capture(subject="", to="Nora <nora@customer.example>"))
        self.assertEqual(lead.name, "Nora")

    def test_new_contact(self):
        self.sam.with_user(self.sam).bcc_dropbox_lookup = "contact"
        for to, name in [("Nora New <nora@customer.example>", "Nora New"), ("ned@customer.example",) * 2]:
            with self.subTest(to=to):
                contact = self._get_record(self._capture(to=to))
                self.assertEqual((contact.name, contact.email_normalized), (name, contact.email))
                self.assertFalse(contact.message_follower_ids)

    def test_what_the_database_refuses_keeps_no_other_recipient_waiting(self):
        error = IntegrityError("duplicate key")
        with patch.object(self.env.registry["crm.lead"], "_create_bcc_dropbox_record", side_effect=error):
            email = self._capture(to="new@customer.example, carla@customer.example")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["skipped", "matched"])
        self.assertIn("database rejected", email.line_ids[0].reason)

    def test_what_a_new_record_demands_is_said(self):
        demand = "A lead needs a budget."

        def refuse(*_args):
            raise ValidationError(demand)

        with patch.object(self.env.registry["crm.lead"], "_prepare_bcc_dropbox_values", refuse):
            email = self._capture(to="carla@customer.example, new@customer.example")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["matched", "skipped"])
        self.assertEqual(email.line_ids[1].reason, demand)

    def test_record_that_may_not_be_written_keeps_no_other_waiting(self):
        """All messages are stored at once; if one is rejected, the others are stored separately."""
        self.env["ir.rule"].create(
            {
                "name": "Nobody writes on Carla",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('email_normalized', '!=', 'carla@customer.example')]",
                "perm_read": False,
            }
        )
        other = self.env["res.partner"].create({"name": "Otto", "email": "otto@customer.example"})
        to = "carla@customer.example, leo@customer.example, otto@customer.example"
        with self.assertSilent():
            email = self._capture(data.MIXED, to=to)
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["skipped", "matched", "matched"])
        self.assertIn("You may see “Carla Customer”", email.line_ids[0].reason)
        for record, number in [(self.contact, 0), (self.lead, 1), (other, 1)]:
            messages = record.message_ids.filtered(lambda message: message.message_type == "email_outgoing")
            self.assertEqual(len(messages), number)
            domain = [("res_model", "=", record._name), ("res_id", "=", record.id), ("res_field", "=", False)]
            files = messages._bcc_dropbox_get_files()
            self.assertEqual(self.env["ir.attachment"].search(domain), files.sorted("id", reverse=True))
            self.assertEqual(len(files), 2 * number)

    def test_files_that_could_run_are_text(self):
        """Otherwise they would run in the browser of a user, with access to Odoo."""
        groups = "base.group_system,sales_team.group_sale_manager"  # core trusts who may write views
        admin = self._create_user("admin_of_all", groups)
        parts = "".join(
            f"--outer\nContent-Type: {kind}; name=a.{end}\nContent-Disposition: attachment\n\n{text}\n"
            for kind, end, text in (
                ("text/html", "html", "<script>evil()</script>"),
                ("image/svg+xml", "svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='evil()'/>"),
                ("application/xhtml+xml", "xhtml", "<html xmlns='http://www.w3.org/1999/xhtml'/>"),
                ("text/xml", "xml", "<?xml version='1.0'?><a/>"),
                ("application/octet-stream", "hta", "<script>evil()</script>"),
            )
        )
        template = data.MIXED.replace(
            "--outer\nContent-Type: application", parts + "--outer\nContent-Type: application"
        )
        for sender in (admin.email, "admin@home.example"):
            email = self._capture(template, user=admin, to="carla@customer.example", sender=sender).with_user(admin)
            if email.state == "refused":
                email.action_adopt_sender()
            files = self._get_message(email).attachment_ids
            self.assertEqual(len(files), 6)
            self.assertEqual(set(files.mapped("mimetype")), {"text/plain", "application/pdf"}, files.mapped("name"))


@tagged("post_install", "-at_install")
class TestSilence(DropboxCommon):
    """A logged copy never sends emails to anyone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.follower = cls.env["res.partner"].create({"name": "Fay", "email": "fay@customer.example"})
        everything = cls.env["mail.message.subtype"].search([])
        for record in (cls.contact, cls.lead):
            record.message_subscribe(
                (cls.follower | cls.contact | cls.lea.partner_id | cls.clerk.partner_id).ids, everything.ids
            )
        cls.lea.notification_type = "inbox"
        cls.team = cls.env["crm.team"].create({"name": "Team", "member_ids": [(6, 0, cls.sam.ids)]})
        cls.team.message_subscribe(cls.lea.partner_id.ids, everything.ids)

    def test_followers_are_not_told(self):
        for to in ("carla@customer.example", "leo@customer.example", "Fay <fay@customer.example>", "x@new.example"):
            with self.subTest(to=to), self.assertSilent():
                self.assertRow(self._capture(to=to, headers="Cc: lea@acme.example, y@new.example\n"), "captured")

    def test_later_messages_go_to_nobody_who_was_merely_named(self):
        email = self._capture(to="leo@customer.example, carla@customer.example", headers="Cc: third@new.example\n")
        self.assertRow(email, "captured")
        named = {"leo@customer.example", "carla@customer.example", "third@new.example"}
        self.lead.message_unsubscribe(self.lead.message_partner_ids.ids)
        self.lead.message_subscribe(self.clerk.partner_id.ids)
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self.lead.with_user(self.sam).message_post(
                body="A word among us", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        sent_to = {email for mail in self._mails for email in mail["email_to"]}
        self.assertTrue(sent_to, "the follower gets it")
        self.assertFalse([email for email in sent_to if any(name in email for name in named)])
        headers = " ".join(str(mail["headers"]) for mail in self._mails)
        self.assertFalse([name for name in named if name in headers])

    def test_suggested_recipients_do_not_change(self):
        before = self.lead.with_user(self.sam)._message_get_suggested_recipients(reply_discussion=True, no_create=True)
        self._capture(to="leo@customer.example", headers="Cc: third@new.example\n")
        after = self.lead.with_user(self.sam)._message_get_suggested_recipients(reply_discussion=True, no_create=True)
        self.assertEqual(before, after)
