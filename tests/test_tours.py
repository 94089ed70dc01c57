from odoo.tests import HttpCase, tagged

from .common import DropboxCommon


@tagged("post_install", "-at_install")
class TestTours(DropboxCommon, HttpCase):
    """The screens, in a browser, as the user they are made for."""

    def test_preferences(self):
        self.start_tour("/odoo", "bcc_dropbox_preferences", login="own")
        self.env.invalidate_all()
        self.assertEqual(self.own.bcc_dropbox_create, "contact")
        self.assertEqual(
            self.own.bcc_dropbox_sender_ids.mapped("email_normalized"), ["own@acme.example", "own@home.example"]
        )
