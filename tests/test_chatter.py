from odoo.addons.mail.tools.discuss import Store
from odoo.tests import Form

from .common import DropboxCommon, tagged


@tagged("post_install", "-at_install")
class TestChatter(DropboxCommon):
    """A captured email is recognisable in the chatter, and its recipients are text, not Odoo recipients."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.named = {"leo@customer.example", "third@new.example", "sam@home.example"}
        cls.sam.bcc_dropbox_ids.sender_ids.create(
            {"dropbox_id": cls.sam.bcc_dropbox_ids.id, "email": "sam@home.example", "verified": True}
        )
        cls.lead = cls.lead.with_user(cls.sam)

    def _capture_for_lead(self, **values):
        email = self._capture(
            to="Leo Long <leo@customer.example>",
            headers="Cc: Third Party <third@new.example>, lea@acme.example\n",
            sender="Sam at home <sam@home.example>",
            **values,
        )
        self.assertRow(email, "captured")
        return email.line_ids.filtered(lambda line: line.res_id == self.lead.id).mail_message_id.with_env(self.lead.env)

    def _get_store(self, messages):
        self.env.flush_all()
        self.env.invalidate_all()
        return Store().add(messages).get_result()["mail.message"]

    def _get_suggested(self, **options):
        self.env.invalidate_all()
        found = self.lead._message_get_suggested_recipients(**options)
        return {(person["email"], person["partner_id"]) for person in found}

    def test_line(self):
        """The chatter gets From, To, Cc and the date, but not the dropbox."""
        message = self._capture_for_lead()
        [data] = [data for data in self._get_store(message) if data["id"] == message.id]
        self.assertEqual(data["bcc_dropbox_to"], '"Leo Long" <leo@customer.example>')
        self.assertEqual(data["bcc_dropbox_cc"], '"Third Party" <third@new.example>, lea@acme.example')
        self.assertEqual(data["email_from"], '"Sam at home" <sam@home.example>')
        self.assertEqual(str(data["date"]), "2026-11-23 09:00:00")
        self.assertFalse(data["incoming_email_to"] or data["incoming_email_cc"] or data["partner_ids"])
        self.assertNotIn("bcc-", str(data))

    def test_ordinary_messages_are_as_before(self):
        message = self.lead.message_post(body="A word", message_type="comment")
        [data] = [data for data in self._get_store(message) if data["id"] == message.id]
        self.assertNotIn("bcc_dropbox_to", data)
        self.assertNotIn("bcc_dropbox_cc", data)

    def test_no_query_per_message(self):
        """Ten captured emails take as many queries as one."""
        messages = self._capture_for_lead()
        counts = []
        for more in (0, 9):
            for _count in range(more):
                messages += self._capture_for_lead()
            self._get_store(messages)  # warm up caches
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Store().add(messages).get_result()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(messages), 10)
        self.assertEqual(*counts)

    def test_nobody_is_suggested(self):
        """A captured email suggests no recipients, neither for a message on the record nor for a reply to it."""
        before = self._get_suggested(reply_discussion=True, no_create=False)  # creates the contact of the lead
        partners = self.env["res.partner"].search_count([])
        message = self._capture_for_lead()
        self.assertEqual(self._get_suggested(reply_discussion=True, no_create=False), before)
        self.assertEqual(self._get_suggested(reply_message=message, no_create=False), before)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_copy_without_recipients(self):
        """An email to the BCC address alone, logged by hand, is a captured copy although it names nobody."""
        email = self._capture(to="undisclosed-recipients:;")
        self.assertRow(email, "unmatched")
        before = self._get_suggested(reply_discussion=True, no_create=False)
        email.with_user(self.sam)._file_by_hand(self.lead)
        message = email.line_ids.mail_message_id.with_env(self.lead.env)
        [data] = [data for data in self._get_store(message) if data["id"] == message.id]
        self.assertTrue(data["bcc_dropbox_captured"])
        self.assertFalse(data["bcc_dropbox_to"] or data["bcc_dropbox_cc"])
        self.assertEqual(self._get_suggested(reply_message=message, no_create=False), before)

    def test_ordinary_answers_are_as_before(self):
        message = self.lead.message_post(
            body="A word", message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=self.contact.ids
        )
        self.assertIn(("carla@customer.example", self.contact.id), self._get_suggested(reply_message=message))

    def test_composer(self):
        """The full composer is the same as before the email, and posts nothing to the recipients of the email."""
        Composer = self.env["mail.compose.message"].with_user(self.sam)
        Composer = Composer.with_context(default_model="crm.lead", default_res_ids=self.lead.ids)
        before = Form(Composer).partner_ids[:]
        message = self._capture_for_lead()
        with Form(Composer) as form:
            self.assertEqual(form.partner_ids[:], before)
            form.body = "<p>A word</p>"
        answer = Form(Composer.with_context(default_parent_id=message.id))
        self.assertFalse(set(answer.partner_ids[:].mapped("email_normalized")) & self.named)
        with self.mock_mail_gateway(mail_unlink_sent=False):
            form.save().action_send_mail()
        sent_to = {email for mail in self._mails for email in mail["email_to"]}
        self.assertFalse([email for email in sent_to if any(name in email for name in self.named)])

    def test_nobody_follows_or_is_told(self):
        followers = self.lead.message_follower_ids
        with self.assertSilent():
            message = self._capture_for_lead()
        self.assertEqual(self.lead.message_follower_ids, followers)
        self.assertFalse(message.notification_ids)
