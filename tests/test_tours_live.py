from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursLive(ScreenCase):
    """Open pages show what was logged at once, and the chatter has actions for it; with the lowest rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.env["crm.lead"].search([("name", "=", "Office for 40 people")])

    def _receive_on_office(self):
        email = self._receive_emails("Offer for your new office")
        self.assertEqual(self._get_record(email), self.office)
        self.office.message_post(body="They want to move in December.", message_type="comment")
        return email

    def _open(self, path, tour, login="own"):
        self.start_tour(f"/odoo/{path}", tour, login=login)
        self.env.invalidate_all()

    def test_record(self):
        self._open(f"crm/{self.office.id}", "bcc_dropbox_live")
        emails = self.env["crm.bcc.dropbox.email"].search([], order="id")
        self.assertEqual(emails.mapped("state"), ["unmatched", "captured", "captured", "unmatched"])

    def test_moved(self):
        email = self._receive_on_office()
        self._open(f"crm/{self.office.id}", "bcc_dropbox_live_moved")
        self.assertEqual(self._get_record(email), self.office)

    def test_list(self):
        self._receive_emails("Visit on Thursday")
        self._open("all-captured-emails", "bcc_dropbox_live_list")

    def test_preferences(self):
        self._open("crm", "bcc_dropbox_live_preferences")

    def test_message(self):
        email = self._receive_on_office()
        self._open(f"crm/{self.office.id}", "bcc_dropbox_message")
        self.assertRow(email, "unmatched", "Removed by")

    def test_colleague(self):
        self._receive_on_office()
        self._open(f"crm/{self.office.id}", "bcc_dropbox_live_colleague", login="lea")


@tagged("post_install", "-at_install")
class TestToursLivePhone(PhoneCase, TestToursLive):
    """The same screens on a phone."""
