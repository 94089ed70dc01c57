from odoo.tests import HttpCase, tagged

from .common import DropboxCommon


@tagged("post_install", "-at_install")
class TestToursEmails(DropboxCommon, HttpCase):
    """The screens of captured mails, in a browser, as the user they are made for."""

    def test_emails(self):
        self._capture(to="carla@customer.example")
        refused = self._capture(sender="x@elsewhere.example", subject="From elsewhere")
        self.start_tour("/odoo/captured-emails", "bcc_dropbox_emails", login="sam")
        refused.invalidate_recordset()
        self.assertTrue(refused.dismissed)

    def test_email_actions(self):
        email = self._capture(to="lea@acme.example")
        self.start_tour(f"/odoo/captured-emails/{email.id}", "bcc_dropbox_email_actions", login="sam")
        email.invalidate_recordset()
        self.assertRow(email, "unmatched", "took it off again")

    def test_reporting(self):
        self._capture(to="carla@customer.example")
        self._capture(sender="x@elsewhere.example")
        self._capture(user=self.boss)
        self.start_tour("/odoo/captured-emails-analysis", "bcc_dropbox_reporting", login="boss")

    def test_chatter(self):
        self._capture(to="leo@customer.example")
        self.start_tour(f"/odoo/crm/{self.lead.id}", "bcc_dropbox_chatter", login="sam")
