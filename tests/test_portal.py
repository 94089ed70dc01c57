"""Captured emails are notes: customers with portal access see none of them, not even those on their own contact."""

from odoo.exceptions import AccessError
from odoo.tests.common import HttpCase, new_test_user
from odoo.tools import mute_logger

from .common import data, tagged
from .test_redirected_gateway import RedirectedCommon

WORDS = "Do not tell the customer."


@tagged("post_install", "-at_install")
class TestPortal(RedirectedCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"password": "customer-secret", "groups": "base.group_portal", "email": "pia@customer.example"}
        cls.customer = new_test_user(cls.env, login="customer", **values)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_own_contact(self):
        contact = self.customer.partner_id
        sent = self._capture(data.MIXED, to="pia@customer.example", body=WORDS)
        received = self._redirect(sender="pia@customer.example", body=WORDS)
        self.authenticate("customer", "customer-secret")
        self.assertTrue(contact.with_user(self.customer).has_access("read"))
        for email in (sent, received):
            self.assertEqual(self._get_record(email), contact)
            message = email.line_ids.mail_message_id
            files = message._bcc_dropbox_get_files()
            for record in (message, *files):
                with self.subTest(email.direction, record=record):
                    self.env.invalidate_all()
                    hidden = record.with_user(self.customer)
                    self.assertFalse(hidden.has_access("read"))
                    for operation in ("read", "write", "unlink"):
                        with self.assertRaises(AccessError):
                            hidden.check_access(operation)
                    with self.assertRaises(AccessError):
                        hidden.read(["create_date"])
            call = {"model": "mail.message", "method": "read", "args": [message.ids, ["body"]], "kwargs": {}}
            response = self.url_open("/web/dataset/call_kw", json={"params": call})
            self.assertNotIn(WORDS, response.text)
            self.assertIn("AccessError", response.text)
            for file in files:
                self.assertNotEqual(self.url_open(f"/web/content/{file.id}").content, file.raw)

    def test_other_messages(self):
        """Portal users still read what Odoo lets them read, among captured emails too."""
        contact = self.customer.partner_id
        public = contact.message_post(body="For you", message_type="comment", subtype_xmlid="mail.mt_comment")
        note = contact.message_post(body="For us", message_type="comment", subtype_xmlid="mail.mt_note")
        captured = self._capture(to="pia@customer.example").line_ids.mail_message_id
        messages = (public + note + captured).with_user(self.customer)
        self.assertEqual(messages._filtered_access("read"), public)
        self.assertTrue(captured.with_user(self.sam).has_access("read"))
