"""Dialogs and pages beside the preferences tab, in a browser: the test, and the confirmation of addresses."""

from unittest.mock import patch

from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase
from .test_confirmation import ConfirmationCommon
from .test_dropbox_test import DropboxTestCommon, Session


class Echo(Session):
    """An SMTP session whose emails arrive at once, before the request that sent them ends."""

    def __init__(self, thread):
        super().__init__()
        self.thread = thread

    def quit(self):
        for raw, _sender, recipients, _debuglevel in self.sent:
            self.thread.message_process(None, f"X-Original-To: {recipients[0]}\n".encode() + raw)


@tagged("post_install", "-at_install")
class TestToursPreferences(DropboxTestCommon, ConfirmationCommon, ScreenCase):
    def _open_preferences(self, tour):
        self.start_tour("/odoo/crm", tour, login="own")
        self.env.invalidate_all()

    def test_dropbox_comes_back(self):
        def connect(MailServer, **_options):
            return Echo(MailServer.env["mail.thread"])

        with patch.object(type(self.env["ir.mail_server"]), "_connect__", connect):
            self._open_preferences("bcc_dropbox_test")
        self.assertTrue(self.own.bcc_dropbox_ids.test_result)
        self.assertFalse(self.env["crm.bcc.dropbox.email"].search([("user_id", "=", self.own.id)]))

    def test_dropbox_does_not_come_back(self):
        with self._smtp(Session()) as session:
            self._open_preferences("bcc_dropbox_test_missing")
        self.assertEqual(len(session.sent), 1)

    def test_confirm(self):
        sender = self._add("owen@home.example")
        self.start_tour(self._get_link(), "bcc_dropbox_confirm", login="own")
        self.env.invalidate_all()
        self.assertTrue(sender.verified)

    def test_send_again(self):
        sender = self._add("owen@home.example")
        with self.mock_mail_gateway():
            self._open_preferences("bcc_dropbox_send_again")
            self.assertEqual(self._mails[0]["email_to"], [sender.email])


@tagged("post_install", "-at_install")
class TestToursPreferencesPhone(PhoneCase, TestToursPreferences):
    """The same screens on a phone."""
